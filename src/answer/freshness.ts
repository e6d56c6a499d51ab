/** How long a response may be kept, by the TTLs in it (RFC 8484 §5.1). */
import { HEADER_SIZE, RRType } from '../wire/constants.ts';

/** TTL, RDLENGTH: from a record's type on. */
const TTL_AT = 4;
const RDATA_AT = 10;
/** Octets of SOA's five numbers; MINIMUM is the last (RFC 1035 §3.3.13). */
const SOA_NUMBERS = 20;
const ONE_NUMBER = 4;

/**
 * Seconds: the smallest TTL of the answer section; of a negative answer what RFC 2308 §5 says, the smaller of its SOA's TTL and MINIMUM; 0 when there is neither.
 * @param m a response of ours, at [0, length)
 */
export function freshness(m: Uint8Array, length: number): number {
  const answers = (m[6] << 8) | m[7];
  const authority = (m[8] << 8) | m[9];
  let p = HEADER_SIZE;
  if (((m[4] << 8) | m[5]) === 1) p = afterName(m, p) + 4;
  let least = -1;
  for (let i = 0; i < (answers > 0 ? answers : authority) && p < length; i++) {
    p = afterName(m, p);
    const type = (m[p] << 8) | m[p + 1];
    const ttl = u32(m, p + TTL_AT);
    const next = p + RDATA_AT + ((m[p + 8] << 8) | m[p + 9]);
    if (answers > 0) least = least < 0 ? ttl : Math.min(least, ttl);
    else if (type === RRType.SOA && next - p >= RDATA_AT + SOA_NUMBERS) return Math.min(ttl, u32(m, next - ONE_NUMBER));
    p = next;
  }
  return Math.max(0, least);
}

function afterName(m: Uint8Array, p: number): number {
  while (m[p] !== 0) {
    if (m[p] >= 0xc0) return p + 2;
    p += m[p] + 1;
  }
  return p + 1;
}

function u32(m: Uint8Array, p: number): number {
  return ((m[p] << 24) | (m[p + 1] << 16) | (m[p + 2] << 8) | m[p + 3]) >>> 0;
}
