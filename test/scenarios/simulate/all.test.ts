/** Every scenario: what must hold of each answer holds, and the same seed gives the same run and plot. */
import { describe, expect, it } from 'vitest';
import { plot } from '../../support/simulator/plot/plot.ts';
import { DAY } from '../../support/simulator/scenario.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { summary } from '../../support/simulator/summary.ts';
import { scenarios } from './index.ts';

describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s', (id, scenario) => {
  // Days cost seconds each; those of one seed are enough, and days.test.ts has more of them.
  const seeds = scenario.duration >= DAY ? [] : [1, 2, 3];

  it.each(seeds)('breaks no rule (seed %i)', (seed) => {
    const run = simulate(scenario, seed);
    if (seed === 1) console.log(summary(run));
    expect(run.broken).toEqual([]);
    expect(run.plans).toBeGreaterThan(2);
  });

  it('is the same whenever it is run', () => {
    const short = { ...scenario, duration: Math.min(scenario.duration, DAY / 2), caches: 20 };
    const [one, other, third] = [simulate(short, 4), simulate(short, 4), simulate(short, 5)];
    expect(other.journal.entries).toEqual(one.journal.entries);
    expect(plot(other)).toBe(plot(one));
    expect(third.journal.entries).not.toEqual(one.journal.entries);
  });

  it('is named like its file', async () => {
    const file: Record<string, unknown> = await import(`./${id}.ts`);
    expect(Object.values(file)).toContain(scenario);
  });
});
