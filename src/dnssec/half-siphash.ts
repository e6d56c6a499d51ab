/**
 * HalfSipHash-2-4 (J.-P. Aumasson's reference code, the 64-bit form): a keyed hash in 32-bit arithmetic, so that nobody without the key can find inputs that collide.
 * Two of them under different keys make the 128 bits by which signatures are found. They run side by side: neither waits for the other's results, so both take
 * hardly longer than one.
 */

/** Words of a key for `hash128`. */
export const KEY_WORDS = 4;

/** Rounds for each word, and at the end of each half of the result. */
const COMPRESS = 2;
const FINISH = 4;

/**
 * Hashes words; the caller fills the last one up with zeros.
 *
 * @param words  little-endian
 * @param octets how many octets of `words` count
 * @param key    KEY_WORDS words
 * @param out    gets four words
 */
export function hash128(words: Int32Array, octets: number, key: Int32Array, out: Int32Array): void {
  let v0 = key[0];
  let v1 = key[1] ^ 0xee;
  let v2 = key[0] ^ 0x6c796765;
  let v3 = key[1] ^ 0x74656462;
  let w0 = key[2];
  let w1 = key[3] ^ 0xee;
  let w2 = key[2] ^ 0x6c796765;
  let w3 = key[3] ^ 0x74656462;
  const whole = octets >>> 2;
  const rest = octets & 3;
  // The last word: what is left over, and the length in its highest octet.
  const last = (rest === 0 ? 0 : words[whole] & ((1 << (rest * 8)) - 1)) | (octets << 24);
  // Behind the words, both halves of the result are finished by rounds without input.
  for (let i = 0; i <= whole + 2; i++) {
    const m = i < whole ? words[i] : i === whole ? last : 0;
    if (i === whole + 1) {
      v2 ^= 0xee;
      w2 ^= 0xee;
    } else if (i === whole + 2) {
      out[0] = v1 ^ v3;
      out[2] = w1 ^ w3;
      v1 ^= 0xdd;
      w1 ^= 0xdd;
    }
    v3 ^= m;
    w3 ^= m;
    for (let rounds = i <= whole ? COMPRESS : FINISH; rounds > 0; rounds--) {
      v0 = (v0 + v1) | 0;
      w0 = (w0 + w1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      w1 = ((w1 << 5) | (w1 >>> 27)) ^ w0;
      v2 = (v2 + v3) | 0;
      w2 = (w2 + w3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      w3 = ((w3 << 8) | (w3 >>> 24)) ^ w2;
      v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
      w0 = (((w0 << 16) | (w0 >>> 16)) + w3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      w3 = ((w3 << 7) | (w3 >>> 25)) ^ w0;
      v2 = (v2 + v1) | 0;
      w2 = (w2 + w1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      w1 = ((w1 << 13) | (w1 >>> 19)) ^ w2;
      v2 = (v2 << 16) | (v2 >>> 16);
      w2 = (w2 << 16) | (w2 >>> 16);
    }
    v0 ^= m;
    w0 ^= m;
  }
  out[1] = v1 ^ v3;
  out[3] = w1 ^ w3;
}
