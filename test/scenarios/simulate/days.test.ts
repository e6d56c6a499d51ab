/** Days in seconds. */
import { describe, expect, it } from 'vitest';
import { failedOverall, percentText } from '../../support/simulator/figures.ts';
import { DAY, HOUR, SECOND } from '../../support/simulator/scenario.ts';
import { simulate } from '../../support/simulator/simulate.ts';
import { summary } from '../../support/simulator/summary.ts';
import { flapping, UNDAMPED, UNTIL } from './flapping.ts';
import { week } from './week.ts';

/** For machines many times slower. */
const PATIENCE = 600_000;
const TARGET = 'web/zurich/ipv6';

describe('a target that flaps for a day', () => {
  it(
    'moves names twice, without damping whenever it is found down, and once where they come back by hand only',
    () => {
      const began = performance.now();
      const run = simulate({ ...flapping, network: UNDAMPED, caches: 20 });
      const damped = simulate({ ...flapping, caches: 20 });
      const outages = run.journal.of('fails', TARGET);
      const falls = run.journal.of('seen', TARGET).filter(({ text }) => text.includes(' seen down:'));
      const of = (policy: string, { journal } = run) =>
        journal.of('answer', TARGET).filter(({ text, at }) => text.includes(`(${policy})`) && at > HOUR);
      const [auto, manual, calm] = [of('default'), of('patient'), of('default', damped)];
      console.log(
        `${run.probes} probes of ${run.scenario.duration / DAY} days in ${Math.round(performance.now() - began)} ms: ${outages.length} outages, ${falls.length} found, ` +
          `${auto.length} changes of answers, ${manual.length} by hand; damped ${calm.length}, ` +
          `failed ${percentText(failedOverall(run))}, damped ${percentText(failedOverall(damped))}`,
      );
      expect([...run.broken, ...damped.broken]).toEqual([]);
      // Away, back, away, and back when it is over, after the longest wait at the latest.
      expect(calm.map(({ text }) => text.slice(text.indexOf('): ') + 3))).toEqual([
        'zurich -> switzerland',
        'switzerland -> zurich',
        'zurich -> switzerland',
        'switzerland -> zurich',
      ]);
      expect(calm[3].at).toBeGreaterThan(UNTIL);
      expect(calm[3].at).toBeLessThan(UNTIL + HOUR);
      expect(failedOverall(damped)).toBeLessThan(failedOverall(run) / 2);
      expect(outages.length).toBeGreaterThan(300);
      // The shortest are over before they have failed twice.
      expect(falls.length).toBeLessThan(outages.length);
      expect(auto.length).toBe(2 * falls.length);
      expect(manual.map(({ text }) => text.slice(text.indexOf('): ') + 3))).toEqual([
        'zurich -> switzerland',
        'switzerland -> zurich',
      ]);
      expect(manual[1].at).toBe(UNTIL + 6 * HOUR);
      // Three successes in a row take two intervals, each up to a tenth shorter.
      for (let i = 1; i < auto.length; i += 2) expect(auto[i].at - auto[i - 1].at).toBeGreaterThan(2 * 1.8 * SECOND);
    },
    PATIENCE,
  );
});

describe('a week of ordinary trouble', () => {
  it(
    'breaks no rule',
    () => {
      const began = performance.now();
      const run = simulate(week);
      console.log(`${summary(run)}\n${Math.round(performance.now() - began)} ms`);
      expect(run.broken).toEqual([]);
      expect(run.plans).toBeGreaterThan(1000);
      expect(run.held.length).toBeGreaterThanOrEqual(2);
      expect(failedOverall(run), percentText(failedOverall(run))).toBeLessThan(0.05);
    },
    PATIENCE,
  );

  it.each([2, 3])(
    'nor in another two days (seed %i)',
    (seed) => {
      expect(simulate({ ...week, duration: 2 * DAY, caches: 5 }, seed).broken).toEqual([]);
    },
    PATIENCE,
  );
});
