/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"): 64 bits of a short message under a secret of 128. Numbers of 64 bits are halves of 32 here, since
 * the engine's large integers are objects.
 */

/** Octets of what comes out. */
export const SIPHASH_OCTETS = 8;

/**
 * @param key   four words, little-endian, from `keyAt` on
 * @param m     the message, at [at, at + length)
 * @param out   takes the hash as eight octets, the least significant first, at `outAt`
 */
export function sipHash24(
  key: Int32Array,
  keyAt: number,
  m: Uint8Array,
  at: number,
  length: number,
  out: Uint8Array,
  outAt: number,
): void {
  const k0l = key[keyAt];
  const k0h = key[keyAt + 1];
  const k1l = key[keyAt + 2];
  const k1h = key[keyAt + 3];
  // "somepseudorandomlygeneratedbytes", as the paper has it.
  let v0h = k0h ^ 0x736f6d65;
  let v0l = k0l ^ 0x70736575;
  let v1h = k1h ^ 0x646f7261;
  let v1l = k1l ^ 0x6e646f6d;
  let v2h = k0h ^ 0x6c796765;
  let v2l = k0l ^ 0x6e657261;
  let v3h = k1h ^ 0x74656462;
  let v3l = k1l ^ 0x79746573;
  const last = length >>> 3;
  // Words of the message, the last with its length; then, instead of a word, the end.
  for (let word = 0; word <= last + 1; word++) {
    const ended = word > last;
    const p = at + word * 8;
    const end = at + length;
    let ml = 0;
    let mh = 0;
    if (word < last) {
      ml = m[p] | (m[p + 1] << 8) | (m[p + 2] << 16) | (m[p + 3] << 24);
      mh = m[p + 4] | (m[p + 5] << 8) | (m[p + 6] << 16) | (m[p + 7] << 24);
    } else if (!ended) {
      for (let q = p, shift = 0; q < end; q++, shift += 8) {
        if (shift < 32) ml |= m[q] << shift;
        else mh |= m[q] << (shift - 32);
      }
      mh |= length << 24;
    }
    if (ended) v2l ^= 0xff;
    v3h ^= mh;
    v3l ^= ml;
    for (let round = ended ? 4 : 2; round > 0; round--) {
      let h = 0;
      // v0 += v1; v1 = (v1 <<< 13) ^ v0; v0 <<<= 32
      let l = (v0l + v1l) | 0;
      h = (v0h + v1h + (l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      let t = (v1h << 13) | (v1l >>> 19);
      v1l = ((v1l << 13) | (v1h >>> 19)) ^ l;
      v1h = t ^ h;
      v0h = l;
      v0l = h;
      // v2 += v3; v3 = (v3 <<< 16) ^ v2
      l = (v2l + v3l) | 0;
      h = (v2h + v3h + (l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v2l = l;
      v2h = h;
      t = (v3h << 16) | (v3l >>> 16);
      v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
      v3h = t ^ v2h;
      // v0 += v3; v3 = (v3 <<< 21) ^ v0
      l = (v0l + v3l) | 0;
      h = (v0h + v3h + (l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v0l = l;
      v0h = h;
      t = (v3h << 21) | (v3l >>> 11);
      v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
      v3h = t ^ v0h;
      // v2 += v1; v1 = (v1 <<< 17) ^ v2; v2 <<<= 32
      l = (v2l + v1l) | 0;
      h = (v2h + v1h + (l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      t = (v1h << 17) | (v1l >>> 15);
      v1l = ((v1l << 17) | (v1h >>> 15)) ^ l;
      v1h = t ^ h;
      v2h = l;
      v2l = h;
    }
    v0h ^= mh;
    v0l ^= ml;
  }
  const low = v0l ^ v1l ^ v2l ^ v3l;
  const high = v0h ^ v1h ^ v2h ^ v3h;
  for (let i = 0; i < 4; i++) {
    out[outAt + i] = low >>> (i * 8);
    out[outAt + 4 + i] = high >>> (i * 8);
  }
}
