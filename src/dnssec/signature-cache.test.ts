import { expect, it } from 'vitest';
import { makeSignatureCache, SignatureCache } from './signature-cache.ts';

const hashOf = (i: number): Int32Array => Int32Array.from([Math.imul(i + 1, 0x9e3779b1), i, ~i, 7]);
const signatureOf = (i: number): Int32Array => new Int32Array(16).fill(i);

function has(cache: SignatureCache, i: number, madeUp = false): boolean {
  const out = new Int32Array(16);
  if (!cache.find(hashOf(i), madeUp, out)) return false;
  expect(out).toEqual(signatureOf(i));
  return true;
}

it('what is stored by one is found by all', () => {
  const buffer = makeSignatureCache(1024);
  const [one, two] = [new SignatureCache(buffer), new SignatureCache(buffer)];
  expect(has(two, 1)).toBe(false);
  one.store(hashOf(1), false, signatureOf(1));
  expect(has(two, 1)).toBe(true);
  expect(two.key).toEqual(one.key);
  // Nothing has a hash of zeros before it was stored.
  expect(two.find(new Int32Array(4), false, new Int32Array(16))).toBe(false);
});

it('names that are made up push out no others', () => {
  const cache = new SignatureCache(makeSignatureCache(1024));
  for (let i = 0; i < 300; i++) cache.store(hashOf(i), false, signatureOf(i));
  const kept = Array.from({ length: 300 }, (_, i) => i).filter((i) => has(cache, i));
  expect(kept.length).toBeGreaterThan(250);
  for (let i = 1000; i < 50_000; i++) cache.store(hashOf(i), true, signatureOf(i));
  expect(kept.filter((i) => !has(cache, i))).toEqual([]);
  expect(has(cache, 49_999, true)).toBe(true);
  expect(has(cache, 1000, true)).toBe(false);
});

it('what is half written is neither taken nor waited for', () => {
  const buffer = makeSignatureCache(1024);
  const cache = new SignatureCache(buffer);
  cache.store(hashOf(1), false, signatureOf(1));
  const words = new Int32Array(buffer);
  const last = words.lastIndexOf(1);
  words[last] = 2;
  expect(cache.find(hashOf(1), false, new Int32Array(16))).toBe(false);
  // Another who writes there leaves the set; it is not waited for either.
  const lock = Math.floor((last - 16) / 80) * 80 + 16;
  words[lock] = 1;
  cache.store(hashOf(1), false, signatureOf(1));
  expect(cache.find(hashOf(1), false, new Int32Array(16))).toBe(false);
  words[lock] = 0;
  cache.store(hashOf(1), false, signatureOf(1));
  expect(has(cache, 1)).toBe(true);
});

it('a hash that differs in any of its words is another', () => {
  const cache = new SignatureCache(makeSignatureCache(1024));
  cache.store(hashOf(1), false, signatureOf(1));
  for (const word of [1, 2, 3]) {
    const other = hashOf(1);
    other[word] ^= 1;
    expect(cache.find(other, false, new Int32Array(16))).toBe(false);
  }
});
