import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NAME } from '../wire/constants.ts';
import { formatName, isWireName, parseName, suffixOffset } from '../wire/name.ts';
import { TypeSet, writeNextName } from './nsec.ts';

const APEX = parseName('example.com.');

function next(name: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_NAME + 4);
  const end = writeNextName(name, name.length, suffixOffset(name, APEX), out, 2);
  return out.slice(2, end);
}

/** RFC 4034 §6.1, by its words: label by label from the root, as octets. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const x = labels(a).reverse();
  const y = labels(b).reverse();
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = Buffer.compare(x[i], y[i]);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

function labels(name: Uint8Array): Buffer[] {
  const all: Buffer[] = [];
  for (let p = 0; name[p] !== 0; p += name[p] + 1) all.push(Buffer.from(name.subarray(p + 1, p + 1 + name[p])));
  return all;
}

/** Labels of these lengths, each of one octet again and again, under the apex. */
function long(lengths: readonly number[], octet: number): Uint8Array {
  return Uint8Array.from([...lengths.flatMap((length) => [length, ...new Array(length).fill(octet)]), ...APEX]);
}

describe('the next name', () => {
  it('is the least child', () => {
    expect(formatName(next(parseName('www.example.com.')))).toBe('\\000.www.example.com.');
    expect(formatName(next(APEX))).toBe('\\000.example.com.');
  });

  // Octets that are left: 255 less the apex's 13.
  it('of a name with room for one octet only is longer by it', () => {
    const name = long([48, 63, 63, 63], 0x61);
    expect(name.length).toBe(254);
    expect(labels(next(name))[0]).toEqual(Buffer.from([...new Array(48).fill(0x61), 0]));
  });

  it('of a name without room has another last octet', () => {
    const name = long([49, 63, 63, 63], 0x61);
    expect(name.length).toBe(MAX_NAME);
    expect(labels(next(name))[0]).toEqual(Buffer.from([...new Array(48).fill(0x61), 0x62]));
    expect(labels(next(long([49, 63, 63, 63], 0x40)))[0].at(-1)).toBe(0x5b);
  });

  it('of the last name there can be is the apex', () => {
    expect(formatName(next(long([49, 63, 63, 63], 0xff)))).toBe('example.com.');
  });

  it('of the last below a name is the one that follows this', () => {
    const name = Uint8Array.from([...long([50, 63, 63], 0xff).slice(0, -13), 62, ...new Array(62).fill(0x61), ...APEX]);
    expect(next(name)).toEqual(Uint8Array.from([63, ...new Array(62).fill(0x61), 0, ...APEX]));
  });

  it('is a name that comes later', () => {
    const octet = fc.constantFrom(0, 0x40, 0x5b, 0x61, 0x7a, 0xfe, 0xff);
    const lengths = fc.array(fc.integer({ min: 1, max: 63 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lengths, fc.array(octet, { minLength: 8, maxLength: 8 }), (sizes, octets) => {
        let name = Uint8Array.from(APEX);
        sizes.forEach((size, i) => {
          const label = Array.from({ length: size }, (_, k) => octets[(i + k) % octets.length]);
          if (name.length + size + 1 <= MAX_NAME) name = Uint8Array.from([size, ...label, ...name]);
        });
        // Mostly a name with hardly any room left.
        const room = MAX_NAME - name.length - (octets[0] & 3);
        if (room > 1 && room <= 64) name = Uint8Array.from([room - 1, ...new Array(room - 1).fill(octets[1]), ...name]);
        const found = next(name);
        expect(isWireName(found, 0, found.length)).toBe(true);
        if (formatName(found) !== 'example.com.') expect(compare(name, found)).toBeLessThan(0);
      }),
    );
  });
});

describe('bit maps', () => {
  const written = (set: TypeSet): number[] => {
    const out = new Uint8Array(256 * 34);
    return [...out.subarray(0, set.write(out, 0))];
  };

  it('are those of RFC 4034 §4.3', () => {
    const set = new TypeSet();
    for (const type of [1, 15, 46, 47, 1234]) set.add(type);
    expect(written(set)).toEqual([0, 6, 0x40, 0x01, 0, 0, 0, 0x03, 4, 27, ...new Array(26).fill(0), 0x20]);
  });

  it('forget what is taken away, and all when cleared', () => {
    const set = new TypeSet();
    for (const type of [1, 28, 65280]) set.add(type);
    set.remove(28);
    set.remove(65280);
    expect(written(set)).toEqual([0, 1, 0x40]);
    set.clear();
    expect(written(set)).toEqual([]);
    set.add(2);
    expect(written(set)).toEqual([0, 1, 0x20]);
  });
});
