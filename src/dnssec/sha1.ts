/**
 * SHA-1 (FIPS 180-4 §6.1.2) of something short, into memory that is there already: NSEC3 hashes up to three names a denial, and node's own hash makes objects. For
 * nothing else: SHA-1 keeps no secret and proves nothing.
 */

/** Octets of a hash. */
export const SHA1_OCTETS = 20;

const BLOCK = 64;
/** Octets that end the last block: the length in bits. */
const LENGTH = 8;
const words = new Int32Array(80);
const block = new Uint8Array(BLOCK);
const state = new Int32Array(5);

/** Hashes the octets at [at, end). @param out gets the hash, from `to` on */
export function sha1(bytes: Uint8Array, at: number, end: number, out: Uint8Array, to: number): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
  const octets = end - at;
  // Behind the octets at least the bit that ends them and their length (§5.1.1).
  const blocks = Math.ceil((octets + 1 + LENGTH) / BLOCK);
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < BLOCK; i++) {
      const p = b * BLOCK + i;
      block[i] = p < octets ? bytes[at + p] : p === octets ? 0x80 : 0;
    }
    if (b === blocks - 1) {
      // In bits; three octets of it are plenty for what is hashed here.
      block[BLOCK - 3] = octets >>> 13;
      block[BLOCK - 2] = octets >>> 5;
      block[BLOCK - 1] = octets << 3;
    }
    mix();
  }
  for (let i = 0; i < SHA1_OCTETS; i++) out[to + i] = state[i >>> 2] >>> (24 - (i & 3) * 8);
}

function mix(): void {
  for (let t = 0; t < 16; t++)
    words[t] = (block[t * 4] << 24) | (block[t * 4 + 1] << 16) | (block[t * 4 + 2] << 8) | block[t * 4 + 3];
  for (let t = 16; t < 80; t++) words[t] = rotated(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  for (let t = 0; t < 80; t++) {
    const chosen =
      t < 20
        ? ((b & c) | (~b & d)) + 0x5a827999
        : t < 40
          ? (b ^ c ^ d) + 0x6ed9eba1
          : t < 60
            ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6;
    const next = (rotated(a, 5) + chosen + e + words[t]) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
