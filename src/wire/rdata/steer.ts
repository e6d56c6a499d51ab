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
import { mappingOf, refuseUnknownKeys } from './keys.ts';
import type { RdataWriter } from './writer.ts';

const FORM = '{service: web, group: anycast}';
const GROUPS_FORM = 'group: {ipv4: europe, ipv6: zurich}';
const KEYS: readonly string[] = ['service', 'group', 'policy'];
const FAMILIES: readonly string[] = ['ipv4', 'ipv6'];
const DEFAULT_POLICY = 'default';
/** What network.yaml takes as an identifier has at most as many octets as a label. */
const MAX_IDENTIFIER = 63;

/** Whether an octet may stand in an identifier of network.yaml; `.`, `-` and `_` not at its beginning. */
function isIdentifierOctet(c: number, first: boolean): boolean {
  if (c >= 0x30 && c <= 0x39) return true;
  const lower = c | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return !first && (c === 0x2e || c === 0x2d || c === 0x5f);
}

/** Written without a regular expression or an encoder: there may be a million. */
function identifier(value: unknown, what: string, out: RdataWriter, form = FORM): void {
  if (value === undefined || value === null) throw new RdataError(`${what} is missing; write e.g. ${form}`);
  if (typeof value !== 'string' || value === '' || value.length > MAX_IDENTIFIER) throw badIdentifier(value, what);
  out.u8(value.length);
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (!isIdentifierOctet(c, i === 0)) throw badIdentifier(value, what);
    out.u8(c);
  }
}

function badIdentifier(value: unknown, what: string): RdataError {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
  const long = text !== undefined && text.length > MAX_IDENTIFIER ? `, at most ${MAX_IDENTIFIER}` : '';
  return new RdataError(
    `${what} "${text}" is no name of network.yaml: letters, digits, dot, hyphen and underscore${long}`,
  );
}

function policyField(value: unknown, out: RdataWriter): void {
  if (value === undefined || value === DEFAULT_POLICY) out.u8(0);
  else if (value === null) throw new RdataError('policy is empty; name one of network.yaml, or leave the key out');
  else identifier(value, 'policy', out);
}

function groupFields(group: unknown, out: RdataWriter): void {
  if (typeof group !== 'object' || group === null || Array.isArray(group)) {
    identifier(group, 'group', out);
    identifier(group, 'group', out);
    return;
  }
  const perFamily = group as { ipv4?: unknown; ipv6?: unknown };
  refuseUnknownKeys(group as Record<string, unknown>, FAMILIES, 'group');
  identifier(perFamily.ipv4, 'group.ipv4', out, GROUPS_FORM);
  identifier(perFamily.ipv6, 'group.ipv6', out, GROUPS_FORM);
}

function strings(rdata: Uint8Array): string[] {
  const list: string[] = [];
  for (let p = 0; p < rdata.length; p += rdata[p] + 1)
    list.push(String.fromCharCode(...rdata.subarray(p + 1, p + 1 + rdata[p])));
  return list;
}

/** What is wrong with the string at `at`, if anything; only a policy may be empty. */
function stringProblem(rdata: Uint8Array, at: number, what: string): string | undefined {
  if (at >= rdata.length) return `STEER: ${what} is missing`;
  const end = at + 1 + rdata[at];
  if (end > rdata.length) return `STEER: ${what} is cut off`;
  if (rdata[at] > MAX_IDENTIFIER || (rdata[at] === 0 && what !== 'policy')) return `STEER: ${what} is malformed`;
  for (let p = at + 1; p < end; p++)
    if (!isIdentifierOctet(rdata[p], p === at + 1)) return `STEER: ${what} is malformed`;
  return undefined;
}

export const steer: RdataCodec = {
  type: RRType.STEER,
  mnemonic: 'STEER',
  fromText(fields, _origin, out) {
    if (fields.length < 2 || fields.length > 3)
      throw new RdataError('STEER takes a service, a group and perhaps a policy: STEER web anycast');
    const group = fields[1].text;
    const slash = group.indexOf('/');
    if (slash >= 0 && group.includes('/', slash + 1))
      throw new RdataError(`group "${group}" has too many parts; write GROUP or IPV4GROUP/IPV6GROUP`);
    identifier(fields[0].text, 'service', out);
    identifier(slash < 0 ? group : group.slice(0, slash), 'group', out);
    identifier(group.slice(slash + 1), 'group', out);
    policyField(fields[2]?.text, out);
  },
  toText(rdata) {
    const [service, ipv4, ipv6, policy] = strings(rdata);
    return `${service} ${ipv4 === ipv6 ? ipv4 : `${ipv4}/${ipv6}`}${policy === '' ? '' : ` ${policy}`}`;
  },
  fromValue(value, _origin, out) {
    const given = mappingOf(value, FORM);
    refuseUnknownKeys(given, KEYS, 'STEER');
    identifier(given.service, 'service', out);
    groupFields(given.group, out);
    policyField(given.policy, out);
  },
  toValue(rdata) {
    const [service, ipv4, ipv6, policy] = strings(rdata);
    return { service, group: ipv4 === ipv6 ? ipv4 : { ipv4, ipv6 }, ...(policy === '' ? {} : { policy }) };
  },
  check(rdata) {
    let p = 0;
    for (const what of ['service', 'IPv4 group', 'IPv6 group', 'policy']) {
      const problem = stringProblem(rdata, p, what);
      if (problem !== undefined) return problem;
      p += rdata[p] + 1;
    }
    if (p < rdata.length) return `STEER: ${rdata.length - p} octets too many`;
    // One meaning, one form: cells are interned by these octets.
    return strings(rdata)[3] === DEFAULT_POLICY ? 'STEER: the default policy is an empty string' : undefined;
  },
};
