/**
 * SOA: start of a zone of authority (RFC 1035 §3.3.13).
 *
 *     /  MNAME  /  RNAME  / SERIAL | REFRESH | RETRY | EXPIRE | MINIMUM |      five numbers of 32 bits
 *
 * In a value, RNAME may be written as a mail address, and all numbers may be left out.
 */
import { RRType } from '../constants.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import { fieldCodec } from './field-codec.ts';
import { domainName, type Field, u32 } from './fields.ts';
import { integer } from './text-form.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** A time in seconds, or with BIND's units (1h30m). */
function time(key: string, preset: string): Field {
  const plain = u32(key, { preset });
  return {
    ...plain,
    read(text, origin, out) {
      if (!/^(\d{1,10}[smhdw])+$/i.test(text)) return plain.read(text, origin, out);
      const parts = text.toLowerCase().match(/\d+[smhdw]/g) as string[];
      const seconds = parts.reduce(
        (sum, part) => sum + Number(part.slice(0, -1)) * SECONDS[part.slice(-1) as keyof typeof SECONDS],
        0,
      );
      out.u32(integer(String(seconds), 0xffffffff, key));
    },
  };
}

const base = fieldCodec(
  RRType.SOA,
  'SOA',
  [
    domainName('mname'),
    domainName('rname'),
    u32('serial', { preset: '0' }),
    time('refresh', '7200'),
    time('retry', '1800'),
    time('expire', '1209600'),
    time('minimum', '300'),
  ],
  { compressible: true },
);

/** Where the `@` of a mail address is, or -1 in a name; an escaped one is a letter like others. */
function atSign(text: string): number {
  let at = -1;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '@') at = i;
  }
  return at;
}

/** A mail address as a name: what is before the `@` is the first label, its dots escaped (RFC 1035 §8). @throws RdataError */
function mailName(address: string, at: number): string {
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (local === '' || domain === '')
    throw new RdataError(`rname "${address}" is no mail address; write one like hostmaster@example.net`);
  const label = local.replace(/\\.|\./gs, (found) => (found === '.' ? '\\.' : found));
  return `${label}.${domain}${domain.endsWith('.') ? '' : '.'}`;
}

export const soa: RdataCodec = {
  ...base,
  fromValue(value, origin, out) {
    const rname = typeof value === 'object' && value !== null ? (value as Record<string, unknown>).rname : undefined;
    const at = typeof rname === 'string' && rname !== '@' ? atSign(rname) : -1;
    if (at < 0) return base.fromValue(value, origin, out);
    base.fromValue({ ...(value as object), rname: mailName(rname as string, at) }, origin, out);
  },
};
