/** A reply made one without records, that sends who asked to TCP. */
import { HEADER_SIZE, RRType } from '../wire/constants.ts';

/** In the header's third octet. */
const TC = 0x02;
/** Octets of a record between its owner and its RDATA. */
const RECORD_HEAD = 10;

/**
 * Leaves header, question and OPT (RFC 6891 §6.1.1: who sent one gets one; a new cookie may be in it), and sets TC.
 *
 * @param m a reply as this server writes them, at [at, at + length)
 * @returns its octets now
 */
export function truncate(m: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let p = at + HEADER_SIZE;
  if (m[at + 5] !== 0) p = afterName(m, p) + 4;
  let to = p;
  let additional = 0;
  const others = count(m, at + 6) + count(m, at + 8);
  for (let i = others + count(m, at + 10); i > 0 && p < end; i--) {
    const owner = afterName(m, p);
    const next = owner + RECORD_HEAD + ((m[owner + 8] << 8) | m[owner + 9]);
    if (((m[owner] << 8) | m[owner + 1]) === RRType.OPT) {
      while (p < next) m[to++] = m[p++];
      additional = 1;
    }
    p = next;
  }
  m[at + 2] |= TC;
  for (let i = 6; i < HEADER_SIZE; i++) m[at + i] = 0;
  m[at + 11] = additional;
  return to - at;
}

function count(m: Uint8Array, p: number): number {
  return (m[p] << 8) | m[p + 1];
}

/** @returns the offset after the name, which may end in a pointer */
function afterName(m: Uint8Array, p: number): number {
  while (m[p] !== 0 && m[p] < 0xc0) p += m[p] + 1;
  return m[p] === 0 ? p + 1 : p + 2;
}
