import { expect, it } from 'vitest';
import { hash128 } from './half-siphash.ts';

/** HalfSipHash-2-4 with 64 bits of output, key 00 … 07, of the octets 00, 01 …: the first of the reference code's vectors. */
const VECTORS = [
  '218d1f59b9b83cc8',
  'be552412f8387315',
  '064f39ef7c50eb57',
  'ce0f1a45f7060679',
  'd5e78a175be52ea1',
  'cb9d7c3f2f3db580',
  'ce3e91358aa2bc25',
  'ff202728b07bc684',
];

it.each(VECTORS.map((vector, octets) => [octets, vector] as const))('of %i octets', (octets, vector) => {
  // What lies behind the octets must not matter.
  const bytes = new Uint8Array((octets + 7) & ~3).fill(0xaa);
  for (let i = 0; i < octets; i++) bytes[i] = i;
  const key = new Int32Array(Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]).buffer);
  const out = new Int32Array(4);
  hash128(new Int32Array(bytes.buffer), octets, key, out);
  expect(Buffer.from(out.buffer).toString('hex')).toBe(vector.repeat(2));
});
