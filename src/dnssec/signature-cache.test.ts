import { expect, it } from 'vitest';
import { makeSignatureCache, SignatureCache } from './signature-cache.ts';

const hashOf = (i: number, set = i): Int32Array =>
  Int32Array.from([Math.imul(set + 1, 0x9e3779b1), i, ~i, Math.imul(i + 1, 0x85ebca6b)]);
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

/** A signature whose reader dies after so many words: so does a thread that is ended amid writing it. */
function deadlyAfter(words: number): Int32Array {
  let left = words;
  return new Proxy(signatureOf(2), {
    get(target, property) {
      if (left-- === 0) throw new Error('the thread ends');
      return Reflect.get(target, property);
    },
  });
}

it('a writer that dies leaves nothing that is taken, nothing that is waited for, and all of its neighbours', () => {
  const buffer = makeSignatureCache(1024);
  const cache = new SignatureCache(buffer);
  const other = new SignatureCache(buffer);
  // All in one set.
  const neighbour = hashOf(2, 1);
  let deaths = 0;
  for (let words = 0; ; words++) {
    other.store(neighbour, false, signatureOf(3));
    try {
      cache.store(hashOf(1), false, deadlyAfter(words));
      break;
    } catch {
      deaths++;
    }
    expect(other.find(hashOf(1), false, new Int32Array(16))).toBe(false);
    expect(other.find(neighbour, false, new Int32Array(16))).toBe(true);
    other.store(hashOf(1), false, signatureOf(1));
    expect(has(other, 1)).toBe(true);
    // Gone again, for the next round.
    for (let i = 0; i < 4; i++) other.store(hashOf(100 + words * 4 + i, 1), false, signatureOf(4));
    expect(has(other, 1)).toBe(false);
  }
  // Once for the check, once to write it.
  expect(deaths).toBe(32);
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
