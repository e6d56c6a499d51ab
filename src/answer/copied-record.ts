/** Records that the fast path writes by itself: their owner is a pointer into the question. */
import { HEADER_SIZE, RRClass } from '../wire/constants.ts';

/** Octets of a record before its RDLENGTH: a pointer to the owner, type, class, TTL. */
export const RECORD_HEAD = 10;
/** And of RDLENGTH. */
export const RDLENGTH = 2;
/** RFC 1035 §4.1.4: a pointer to the question's name. */
export const QUESTION_POINTER = 0xc000 | HEADER_SIZE;

/** Writes a record's octets before its RDLENGTH. @returns the octet after them */
export function writeHead(m: Uint8Array, p: number, owner: number, type: number, ttl: number): number {
  m[p] = owner >>> 8;
  m[p + 1] = owner;
  m[p + 2] = type >>> 8;
  m[p + 3] = type;
  m[p + 4] = 0;
  m[p + 5] = RRClass.IN;
  m[p + 6] = ttl >>> 24;
  m[p + 7] = ttl >>> 16;
  m[p + 8] = ttl >>> 8;
  m[p + 9] = ttl;
  return p + RECORD_HEAD;
}
