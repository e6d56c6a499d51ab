/**
 * STEER: a host steered to a service (private-use type 65280; RFC 6895 §3.1). In zone data only: never sent, never queryable.
 *
 *     +--+---------+--+------------+--+------------+--+--------+
 *     |n | service |n | ipv4 group |n | ipv6 group |n | policy |     four <character-string>s (RFC 1035 §3.3)
 *     +--+---------+--+------------+--+------------+--+--------+
 *
 * Text: `www 60 IN STEER web anycast [policy]`; two groups are written `europe/zurich` (IPv4 first). An empty policy means `default`.
 * Value: `{ service: web, group: anycast | {ipv4: europe, ipv6: zurich}, policy: default }`.
 */
import { RRType } from '../constants.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import type { RdataWriter } from './writer.ts';

const FIELDS = 4;
/** What network.yaml takes as an identifier. */
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

function identifier(value: unknown, what: string, out: RdataWriter): void {
  if (typeof value !== 'string' || !IDENTIFIER.test(value)) {
    throw new RdataError(
      `${what} "${String(value)}" is no name of network.yaml: letters, digits, dot, hyphen and underscore`,
    );
  }
  out.u8(value.length);
  for (let i = 0; i < value.length; i++) out.u8(value.charCodeAt(i));
}

function policyField(value: unknown, out: RdataWriter): void {
  if (value === undefined || value === 'default') out.u8(0);
  else identifier(value, 'policy', out);
}

function strings(rdata: Uint8Array): string[] {
  const list: string[] = [];
  for (let p = 0; p < rdata.length; p += rdata[p] + 1)
    list.push(String.fromCharCode(...rdata.subarray(p + 1, p + 1 + rdata[p])));
  return list;
}

export const steer: RdataCodec = {
  type: RRType.STEER,
  mnemonic: 'STEER',
  fromText(fields, _origin, out) {
    if (fields.length < 2 || fields.length > 3)
      throw new RdataError('STEER takes a service, a group and perhaps a policy: STEER web anycast');
    const groups = fields[1].text.split('/');
    if (groups.length > 2)
      throw new RdataError(`group "${fields[1].text}" has too many parts; write GROUP or IPV4GROUP/IPV6GROUP`);
    identifier(fields[0].text, 'service', out);
    identifier(groups[0], 'group', out);
    identifier(groups[groups.length - 1], 'group', out);
    policyField(fields[2]?.text, out);
  },
  toText(rdata) {
    const [service, ipv4, ipv6, policy] = strings(rdata);
    return `${service} ${ipv4 === ipv6 ? ipv4 : `${ipv4}/${ipv6}`}${policy === '' ? '' : ` ${policy}`}`;
  },
  fromValue(value, _origin, out) {
    const { service, group, policy } = value as { service?: unknown; group?: unknown; policy?: unknown };
    const perFamily =
      typeof group === 'object' && group !== null
        ? (group as { ipv4?: unknown; ipv6?: unknown })
        : { ipv4: group, ipv6: group };
    identifier(service, 'service', out);
    identifier(perFamily.ipv4, 'group', out);
    identifier(perFamily.ipv6, 'group', out);
    policyField(policy, out);
  },
  toValue(rdata) {
    const [service, ipv4, ipv6, policy] = strings(rdata);
    return { service, group: ipv4 === ipv6 ? ipv4 : { ipv4, ipv6 }, ...(policy === '' ? {} : { policy }) };
  },
  check(rdata) {
    let p = 0;
    let fields = 0;
    for (; p < rdata.length; p += rdata[p] + 1) fields++;
    return fields === FIELDS && p === rdata.length
      ? undefined
      : 'STEER has four strings: service, IPv4 group, IPv6 group, policy';
  },
};
