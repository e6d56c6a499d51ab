import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NAME } from '../wire/constants.ts';
import { formatName, isWireName, parseName, suffixOffset } from '../wire/name.ts';
import { TypeSet, writeLastBelow, writeNextName, writeNextSibling, writePreviousSibling } from './nsec.ts';

const APEX = parseName('example.com.');

function next(name: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_NAME + 4);
  const end = writeNextName(name, 0, name.length, suffixOffset(name, APEX), out, 2);
  return out.slice(2, end);
}

function nextSibling(name: Uint8Array, from = 0): Uint8Array {
  const out = new Uint8Array(MAX_NAME + 4);
  return out.slice(2, writeNextSibling(name, from, name.length, suffixOffset(name, APEX), out, 2));
}

/** Undefined where there is none. */
function previousSibling(name: Uint8Array, from = 0): Uint8Array | undefined {
  const out = new Uint8Array(MAX_NAME + 4);
  const end = writePreviousSibling(name, from, name.length, out, 2);
  return end === 2 ? undefined : out.slice(2, end);
}

function lastBelow(name: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_NAME);
  return out.slice(0, writeLastBelow(name, 0, name.length, out));
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
    fc.assert(
      fc.property(awkwardName, (name) => {
        const found = next(name);
        expect(isWireName(found, 0, found.length)).toBe(true);
        if (formatName(found) !== 'example.com.') expect(compare(name, found)).toBeLessThan(0);
      }),
    );
  });
});

/** Octets about which canonical order is particular, in labels and names with hardly any room left. */
const awkwardName = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 63 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.constantFrom(0, 0x40, 0x5b, 0x61, 0x7a, 0xfe, 0xff), { minLength: 8, maxLength: 8 }),
  )
  .map(([sizes, octets]) => {
    let name = Uint8Array.from(APEX);
    sizes.forEach((size, i) => {
      const label = Array.from({ length: size }, (_, k) => octets[(i + k) % octets.length]);
      if (name.length + size + 1 <= MAX_NAME) name = Uint8Array.from([size, ...label, ...name]);
    });
    // Mostly a name with hardly any room left.
    const room = MAX_NAME - name.length - (octets[0] & 3);
    if (room > 1 && room <= 64) name = Uint8Array.from([room - 1, ...new Array(room - 1).fill(octets[1]), ...name]);
    return name;
  });

/** Names near to one, by what can be done to its labels, and some below. */
function neighbours(name: Uint8Array): Uint8Array[] {
  const length = name[0];
  const rest = name.subarray(1 + length);
  const label = [...name.subarray(1, 1 + length)];
  const changed = [-2, -1, 0, 1, 2].map((by) => [...label.slice(0, -1), (label[length - 1] + by) & 0xff]);
  const labels = [label, ...changed, label.slice(0, -1)].flatMap((each) => [
    each,
    [...each, 0],
    [...each, 0xff],
    [...each, ...new Array(Math.max(0, 63 - each.length)).fill(0xff)],
  ]);
  const near = [label, ...labels]
    .filter((each) => each.length > 0 && each.length <= 63)
    .map((each) => Uint8Array.from([each.length, ...each, ...rest]));
  const below = near.flatMap((each) => [Uint8Array.from([1, 0, ...each]), Uint8Array.from([2, 0xff, 0xff, ...each])]);
  return [...near, ...below, rest].filter((each) => each.length <= MAX_NAME && !hasCapitals(each));
}

const hasCapitals = (name: Uint8Array): boolean =>
  labels(name).some((label) => label.some((octet) => octet >= 0x41 && octet <= 0x5a));
const isAtOrBelow = (name: Uint8Array, above: Uint8Array): boolean => suffixOffset(name, above) >= 0;

describe('siblings', () => {
  it('of an ordinary name are just around it', () => {
    expect(formatName(nextSibling(parseName('www.example.com.')))).toBe('www\\000.example.com.');
    const before = previousSibling(parseName('www.example.com.')) as Uint8Array;
    expect(labels(before)[0]).toEqual(Buffer.from([0x77, 0x77, 0x76, ...new Array(60).fill(0xff)]));
    expect(formatName(previousSibling(parseName('ab\\000.example.com.')) as Uint8Array)).toBe('ab.example.com.');
    expect(previousSibling(parseName('\\000.example.com.'))).toBeUndefined();
  });

  it('have nothing between them but the name and what is below it, and what is below the one before', () => {
    fc.assert(
      fc.property(awkwardName, (name) => {
        fc.pre(!hasCapitals(name));
        const after = nextSibling(name);
        const before = previousSibling(name) ?? name.subarray(1 + name[0]);
        for (const bound of [after, before]) expect(isWireName(bound, 0, bound.length)).toBe(true);
        expect(isAtOrBelow(after, name)).toBe(false);
        expect(compare(before, name)).toBeLessThan(0);
        for (const other of neighbours(name)) {
          const isLast = formatName(after) === 'example.com.';
          const isBetween = compare(before, other) < 0 && (isLast || compare(other, after) < 0);
          const belongs =
            isAtOrBelow(other, name) || (previousSibling(name) !== undefined && isAtOrBelow(other, before));
          if (isBetween) expect([formatName(other), belongs]).toEqual([formatName(other), true]);
          if (isAtOrBelow(other, name)) expect([formatName(other), isBetween]).toEqual([formatName(other), true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('have between them only the name, when what is last below the one before is taken', () => {
    fc.assert(
      fc.property(awkwardName, (name) => {
        fc.pre(!hasCapitals(name));
        const sibling = previousSibling(name);
        fc.pre(sibling !== undefined);
        const before = lastBelow(sibling as Uint8Array);
        expect(isWireName(before, 0, before.length)).toBe(true);
        expect(compare(before, name)).toBeLessThan(0);
        for (const other of [...neighbours(name), ...neighbours(sibling as Uint8Array)])
          if (compare(before, other) < 0 && compare(other, name) < 0)
            expect(`${formatName(other)} before ${formatName(name)}`).toBe('none');
      }),
      { numRuns: 500 },
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
