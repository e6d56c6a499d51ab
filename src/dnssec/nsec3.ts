/**
 * NSEC3 records (RFC 5155), as RFC 9276 §3.1 wants them: hashed once with SHA-1, without iterations or salt, no opt-out.
 *
 *     | HASH ALGORITHM (8) | FLAGS (8) | ITERATIONS (16) | SALT LENGTH (8) | HASH LENGTH (8) |  NEXT HASHED OWNER  |  TYPE BIT MAPS  |
 *
 * The owner is the hash of a name in base 32 (RFC 4648 §7, "extended hex"), one label in front of the apex.
 */
import { MAX_NAME } from '../wire/constants.ts';
import type { TypeSet } from './nsec.ts';
import { SHA1_OCTETS, sha1 } from './sha1.ts';

/** Octets of a hashed name. */
export const HASH_OCTETS = SHA1_OCTETS;
/** Octets of a hash as a label, its length octet included. */
export const HASH_LABEL = 1 + (HASH_OCTETS * 8) / 5;
/** Octets of the longest apex whose zone can have NSEC3: there is room for a hash in front of it. */
export const MAX_NSEC3_APEX = MAX_NAME - HASH_LABEL;

/** RFC 5155 §11. */
const SHA1 = 1;
const FIXED = 6;
const BASE32 = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuv');

/** RDATA of the NSEC3PARAM at the apex (RFC 5155 §4.2): algorithm, flags, iterations, no salt. */
export const NSEC3PARAM: Uint8Array = Uint8Array.of(SHA1, 0, 0, 0, 0);

/** The hash of the name at [at, end): wire form, lower case (RFC 5155 §5). @param out gets HASH_OCTETS octets from `to` on */
export function hashOwner(name: Uint8Array, at: number, end: number, out: Uint8Array, to: number): void {
  sha1(name, at, end, out, to);
}

/** Makes a hash the one before it, in place; before zero is the last of all, as the chain is a circle. */
export function decrementHash(hash: Uint8Array): void {
  let i = HASH_OCTETS - 1;
  while (i > 0 && hash[i] === 0) hash[i--] = 0xff;
  hash[i]--;
}

/** Makes a hash the one after it, in place. */
export function incrementHash(hash: Uint8Array): void {
  let i = HASH_OCTETS - 1;
  while (i > 0 && hash[i] === 0xff) hash[i--] = 0;
  hash[i]++;
}

/** Writes a hash as the label that owners of NSEC3 begin with. @returns the octet after it */
export function writeHashLabel(hash: Uint8Array, out: Uint8Array, at: number): number {
  out[at] = HASH_LABEL - 1;
  // Five octets are eight digits.
  for (let i = 0, p = at + 1; i < HASH_OCTETS; i += 5, p += 8) {
    const high = (hash[i] << 12) | (hash[i + 1] << 4) | (hash[i + 2] >>> 4);
    const low = ((hash[i + 2] & 0xf) << 16) | (hash[i + 3] << 8) | hash[i + 4];
    for (let digit = 0; digit < 4; digit++) {
      out[p + digit] = BASE32[(high >>> (15 - digit * 5)) & 31];
      out[p + 4 + digit] = BASE32[(low >>> (15 - digit * 5)) & 31];
    }
  }
  return at + HASH_LABEL;
}

/** Writes RDATA of an NSEC3. `out` has room for it: 26 octets and the bit maps. @param next the next hash @returns the octet after it */
export function writeNsec3(next: Uint8Array, types: TypeSet, out: Uint8Array, at: number): number {
  out[at] = SHA1;
  out[at + 1] = 0;
  out[at + 2] = 0;
  out[at + 3] = 0;
  out[at + 4] = 0;
  out[at + 5] = HASH_OCTETS;
  for (let i = 0; i < HASH_OCTETS; i++) out[at + FIXED + i] = next[i];
  return types.write(out, at + FIXED + HASH_OCTETS);
}
