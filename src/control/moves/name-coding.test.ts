import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNames, NameEncoder } from './name-coding.ts';

const octets = fc.uint8Array({ min: 97, max: 99, maxLength: 12 });

function encoded(names: readonly Uint8Array[]): Uint8Array {
  const encoder = new NameEncoder(8);
  for (const name of names) encoder.add(name, 0, name.length);
  expect(encoder.count).toBe(names.length);
  return encoder.octets;
}

describe('names beside each other', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(octets), (names) => {
        expect(Array.from(decodeNames(encoded(names)), (name) => [...name])).toEqual(names.map((name) => [...name]));
      }),
      { seed: 1 },
    );
  });

  it('may be as long as names get', () => {
    const long = Uint8Array.from({ length: 255 }, (_, i) => i);
    const names = [long, long.slice(1), long];
    expect(Array.from(decodeNames(encoded(names)), (name) => [...name])).toEqual(names.map((name) => [...name]));
  });

  it('cost what they do not share', () => {
    const name = (i: number): Uint8Array => new TextEncoder().encode(`host${i}.example.net`);
    const names = Array.from({ length: 1000 }, (_, i) => name(100_000 + i));
    expect(encoded(names).length).toBeLessThan(5 * names.length);
  });

  it('are refused when they were cut off, or are something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        try {
          for (const name of decodeNames(any)) expect(name.length).toBeLessThan(256);
        } catch (error) {
          expect((error as Error).message).toMatch(/names can't be read: octet \d+ is no beginning of one/);
        }
      }),
      { seed: 1 },
    );
    const whole = encoded([new TextEncoder().encode('one'), new TextEncoder().encode('two')]);
    expect(() => [...decodeNames(whole.subarray(0, whole.length - 1))]).toThrow("names can't be read");
  });
});
