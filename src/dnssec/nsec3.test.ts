import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseName } from '../wire/name.ts';
import { TypeSet } from './nsec.ts';
import {
  decrementHash,
  HASH_LABEL,
  HASH_OCTETS,
  hashOwner,
  incrementHash,
  MAX_NSEC3_APEX,
  writeHashLabel,
  writeNsec3,
} from './nsec3.ts';

function label(hash: Uint8Array): string {
  const out = new Uint8Array(2 + HASH_LABEL);
  expect(writeHashLabel(hash, out, 2)).toBe(2 + HASH_LABEL);
  expect(out[2]).toBe(32);
  return new TextDecoder().decode(out.subarray(3));
}

function hashOf(name: string): Uint8Array {
  const wire = parseName(name);
  const out = new Uint8Array(HASH_OCTETS);
  hashOwner(wire, 0, wire.length, out, 0);
  return out;
}

describe('hashes', () => {
  // What `ldns-nsec3-hash -t 0` and `nsec3hash - 1 0` print.
  it.each([
    ['example.', '3msev9usmd4br9s97v51r2tdvmr9iqo1'],
    ['com.', 'ck0pojmg874ljref7efn8430qvit8bsm'],
  ])('of %s are those that others make', (name, expected) => {
    expect(label(hashOf(name))).toBe(expected);
  });

  it('are counted up and down, around the circle', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: HASH_OCTETS, maxLength: HASH_OCTETS }), (hash) => {
        const value = BigInt(`0x${Buffer.from(hash).toString('hex')}`);
        const size = 1n << 160n;
        const other = hash.slice();
        incrementHash(other);
        expect(BigInt(`0x${Buffer.from(other).toString('hex')}`)).toBe((value + 1n) % size);
        decrementHash(other);
        expect(other).toEqual(hash);
        decrementHash(other);
        expect(BigInt(`0x${Buffer.from(other).toString('hex')}`)).toBe((value + size - 1n) % size);
      }),
      { examples: [[new Uint8Array(HASH_OCTETS)], [new Uint8Array(HASH_OCTETS).fill(255)]] },
    );
  });

  it('sort as labels as they do as numbers (RFC 4648 §7)', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: HASH_OCTETS, maxLength: HASH_OCTETS }),
        fc.uint8Array({ minLength: HASH_OCTETS, maxLength: HASH_OCTETS }),
        (a, b) => {
          const [x, y] = [label(a), label(b)];
          expect(Math.sign(Buffer.compare(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
        },
      ),
    );
  });
});

it('has neither salt nor iterations nor opt-out in its RDATA (RFC 9276 §3.1)', () => {
  const types = new TypeSet();
  for (const type of [1, 46]) types.add(type);
  const out = new Uint8Array(100);
  const next = new Uint8Array(HASH_OCTETS).fill(7);
  const end = writeNsec3(next, types, out, 1);
  expect([...out.subarray(1, end)]).toEqual([1, 0, 0, 0, 0, 20, ...next, 0, 6, 0x40, 0, 0, 0, 0, 2]);
});

it('needs room for a hash in front of the apex', () => {
  expect(MAX_NSEC3_APEX).toBe(222);
});
