/** The server sees everything fail, or really two sites at once. */
import { describe, expect, it } from 'vitest';
import { answeredAt } from '../../support/simulator/figures.ts';
import { MINUTE, SECOND } from '../../support/simulator/scenario.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { BACK, CUT, cutOff } from './cut-off.ts';
import { FROM, TOLD, twoSites } from './two-sites.ts';

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
/** Every target has been probed and checked again: what is not held by then never will be. */
const DETECTION = 4.6 * SECOND;
/** The first targets to fall may share a site, which then explains them. So long they may count, and no longer. */
const IN_DOUBT = 2.5 * SECOND;

describe('a server that is cut off', () => {
  it('holds what it answered, says so, and goes on when it sees again', () => {
    let moved = 0;
    let longest = 0;
    for (const seed of seeds) {
      const run = simulate({ ...cutOff, caches: 20, ipv6: 0.5 }, seed);
      expect(run.broken).toEqual([]);
      const before = answeredAt(run, CUT - SECOND);
      expect(before.frankfurt).toBe(0);
      expect(run.held).toHaveLength(1);
      const [{ from, to }] = run.held;
      expect(from - CUT).toBeLessThan(DETECTION);
      // All that had been handed over meanwhile is taken back, and nothing moves until it is over, nor then.
      for (const { at } of run.answered.filter((each) => each.at >= from)) expect(answeredAt(run, at)).toEqual(before);
      expect(answeredAt(run, from)).toEqual(before);
      const early = run.answered.filter(({ at }) => at >= CUT && at < from);
      const other = early.filter(({ at }) => JSON.stringify(answeredAt(run, at)) !== JSON.stringify(before));
      if (other.length > 0) {
        moved++;
        longest = Math.max(longest, from - other[0].at);
      }
      // It ends ten seconds after all is well.
      expect(to - BACK).toBeGreaterThan(10 * SECOND);
      expect(to - BACK).toBeLessThan(20 * SECOND);
    }
    console.log(
      `${seeds.length} cut-offs: in ${moved} answers changed before it was held, for ${Math.round(longest)} ms at most`,
    );
    expect(longest).toBeLessThan(IN_DOUBT);
  });
});

describe('two sites that really fail at once', () => {
  it.each([1, 2, 3])('are taken for a cut-off until an operator says otherwise (seed %i)', (seed) => {
    const run = simulate(twoSites, seed);
    const [{ from, to }] = run.held;
    expect(from - FROM).toBeLessThan(DETECTION);
    const held = answeredAt(run, TOLD - SECOND);
    expect(held.zurich + held.frankfurt).toBeCloseTo(1, 6);
    const told = answeredAt(run, TOLD);
    expect(told.zurich + told.frankfurt).toBe(0);
    expect(to - TOLD).toBeLessThan(MINUTE);
  });
});
