import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SHA1_OCTETS, sha1 } from './sha1.ts';

function hashed(bytes: Uint8Array, at: number, end: number): string {
  const out = new Uint8Array(SHA1_OCTETS + 3);
  sha1(bytes, at, end, out, 3);
  return Buffer.from(out.subarray(3)).toString('hex');
}

it('hashes "abc" as FIPS 180 says', () => {
  expect(hashed(new TextEncoder().encode('abc'), 0, 3)).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
});

it('hashes what node hashes, whatever its length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 20 }), (bytes, from) => {
      const at = Math.min(from, bytes.length);
      expect(hashed(bytes, at, bytes.length)).toBe(createHash('sha1').update(bytes.subarray(at)).digest('hex'));
    }),
    { numRuns: 1000 },
  );
  // Where a block begins anew.
  for (let length = 50; length < 130; length++) {
    const bytes = new Uint8Array(length).fill(length);
    expect(hashed(bytes, 0, length)).toBe(createHash('sha1').update(bytes).digest('hex'));
  }
});
