/**
 * HalfSipHash-2-4 (J.-P. Aumasson's reference code, the 64-bit form): a keyed hash in 32-bit arithmetic, so that nobody without the key can find inputs that collide.
 * Two of them under different keys make the 128 bits by which signatures are found.
 */

/** Words of a key for `hash128`. */
export const KEY_WORDS = 4;

/**
 * Hashes words; the caller fills the last one up with zeros.
 *
 * @param words  little-endian
 * @param octets how many octets of `words` count
 * @param key    KEY_WORDS words
 * @param out    gets four words
 */
export function hash128(words: Int32Array, octets: number, key: Int32Array, out: Int32Array): void {
  half(words, octets, key[0], key[1], out, 0);
  half(words, octets, key[2], key[3], out, 2);
}

function half(words: Int32Array, octets: number, k0: number, k1: number, out: Int32Array, at: number): void {
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  const whole = octets >>> 2;
  const rest = octets & 3;
  for (let i = 0; i <= whole; i++) {
    // The last word: what is left over, and the length in its highest octet.
    const last = rest === 0 ? 0 : words[whole] & ((1 << (rest * 8)) - 1);
    const m = i < whole ? words[i] : last | (octets << 24);
    v3 ^= m;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = (v1 << 5) | (v1 >>> 27);
      v1 ^= v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = (v3 << 8) | (v3 >>> 24);
      v3 ^= v2;
      v0 = (v0 + v3) | 0;
      v3 = (v3 << 7) | (v3 >>> 25);
      v3 ^= v0;
      v2 = (v2 + v1) | 0;
      v1 = (v1 << 13) | (v1 >>> 19);
      v1 ^= v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= m;
  }
  v2 ^= 0xee;
  for (let round = 0; round < 8; round++) {
    if (round === 4) {
      out[at] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v0 = (v0 + v1) | 0;
    v1 = (v1 << 5) | (v1 >>> 27);
    v1 ^= v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = (v3 << 8) | (v3 >>> 24);
    v3 ^= v2;
    v0 = (v0 + v3) | 0;
    v3 = (v3 << 7) | (v3 >>> 25);
    v3 ^= v0;
    v2 = (v2 + v1) | 0;
    v1 = (v1 << 13) | (v1 >>> 19);
    v1 ^= v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  out[at + 1] = v1 ^ v3;
}
