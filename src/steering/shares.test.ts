import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS } from './model.ts';
import { keyHash, type Member, shareOut, split } from './shares.ts';

const members = fc.uniqueArray(
  fc.record({ key: fc.stringMatching(/^[a-z]{1,8}$/), weight: fc.integer({ min: 1, max: 20 }) }),
  {
    selector: ({ key }) => key,
    minLength: 2,
    maxLength: 5,
  },
);
const sharesOf = (map: Uint8Array, count: number): number[] => {
  const counts = Array.from({ length: count }, () => 0);
  for (const member of map) counts[member]++;
  return counts.map((n) => n / BUCKETS);
};

describe('shares', () => {
  it('are within a percent of the weights', () => {
    fc.assert(
      fc.property(members, (list) => {
        const total = list.reduce((sum, { weight }) => sum + weight, 0);
        sharesOf(shareOut(list), list.length).forEach((share, i) => {
          expect(Math.abs(share - list[i].weight / total)).toBeLessThan(0.01);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('do not depend on the order', () => {
    fc.assert(
      fc.property(members, (list) => {
        const one = shareOut(list);
        const other = shareOut([...list].reverse());
        expect(one.every((member, b) => list[member].key === list[list.length - 1 - other[b]].key)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('move only to a member whose weight grows, and only from one whose falls', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 40 }), (list, weight) => {
        const [first, ...others] = list;
        const before = shareOut(list);
        const after = shareOut([{ ...first, weight }, ...others]);
        for (let b = 0; b < BUCKETS; b++) {
          if (before[b] === after[b]) continue;
          expect(weight > first.weight ? after[b] : before[b]).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('of members without weight are nothing', () => {
    const list: Member[] = [
      { key: 'a', weight: 0 },
      { key: 'b', weight: 1 },
    ];
    expect(sharesOf(shareOut(list), 2)).toEqual([0, 1]);
  });

  it('of a split are exact and only grow', () => {
    expect(sharesOf(split(25), 2)).toEqual([0.75, 0.25]);
    const [small, large] = [split(5), split(50)];
    expect(small.every((one, b) => one <= large[b])).toBe(true);
    expect([split(0).includes(1), split(100).includes(0)]).toEqual([false, false]);
  });

  it('are the same on every server, so hashes may never change', () => {
    expect(keyHash('europe')).toBe(3_976_666_823);
    expect(
      [
        ...shareOut([
          { key: 'europe', weight: 1 },
          { key: 'zurich', weight: 1 },
        ]).subarray(0, 16),
      ].join(''),
    ).toMatchInlineSnapshot(`"0110101010100001"`);
  });
});
