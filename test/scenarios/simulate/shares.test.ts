/** Names that are shared out, and moved in steps. */
import { describe, expect, it } from 'vitest';
import { answeredAt } from '../../support/simulator/figures.ts';
import { MINUTE } from '../../support/simulator/scenario.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { FROM, shares, UNTIL } from './shares.ts';
import { STEPS, steps } from './steps.ts';

/** Of a thousand names, so much is chance: three standard deviations of a half. */
const CHANCE = 0.05;
const few = { caches: 1, ipv6: 1 };

describe('shares', () => {
  it('are as wide as they should be, and a failure moves only what it must', () => {
    const run = simulate({ ...shares, ...few });
    const [before, during, after] = [FROM - MINUTE, FROM + MINUTE, UNTIL + MINUTE].map((at) => answeredAt(run, at));
    console.log('before, while Frankfurt fails, after:', before, during, after);
    for (const [group, share] of [
      ['frankfurt', 0.5],
      ['zurich', 0.3],
      ['geneva', 0.2],
    ] as const)
      expect(Math.abs(before[group] - share), group).toBeLessThan(CHANCE);
    expect(during.frankfurt).toBe(0);
    // Each keeps its own and takes over by its share.
    expect(Math.abs(during.zurich - before.zurich - before.frankfurt * 0.6)).toBeLessThan(CHANCE);
    expect(after).toEqual(before);
    expect(run.answered).toHaveLength(3);
  });
});

describe('a move in steps', () => {
  it('moves so many names at each step, and none back', () => {
    const run = simulate({ ...steps, ...few });
    let before = 0;
    for (const { at, percent } of STEPS) {
      const { frankfurt, zurich } = answeredAt(run, at + MINUTE);
      console.log(`${percent} %: ${(frankfurt * 100).toFixed(1)} %`);
      expect(Math.abs(frankfurt - percent / 100)).toBeLessThan(CHANCE);
      expect(frankfurt + zurich).toBeCloseTo(1, 6);
      expect(frankfurt).toBeGreaterThan(before);
      before = frankfurt;
    }
    expect(before).toBeCloseTo(1, 6);
  });
});
