/** What targets and sites that fail lead to. */
import { describe, expect, it } from 'vitest';
import { answeredAt, failedAt, failedOverall, percentText, sharesAt } from '../../support/simulator/figures.ts';
import { MINUTE, SECOND } from '../../support/simulator/scenario.ts';
import { type Run, simulate } from '../../support/simulator/simulate.ts';
import * as down from './all-down.ts';
import * as brown from './brown-out.ts';
import * as site from './site-failure.ts';
import * as slow from './slow-death.ts';
import * as begin from './start.ts';

const seeds = [1, 2, 3];
/** Detection with the defaults, in the worst case (src/health/README.md). */
const DETECTION = 4.6 * SECOND;

/** What was answered of a host's family, as `zurich -> switzerland`, in order. */
function changes(run: Run, policy: string, family = 'ipv6'): { at: number; change: string }[] {
  return run.journal
    .of('answer')
    .filter(({ text }) => text.includes(`(${policy})`) && text.includes(` ${family} `))
    .map(({ at, text }) => ({ at, change: text.slice(text.indexOf('): ') + 3) }));
}

describe('a site fails', () => {
  it.each(seeds)('its clients go up the ladder, others stay (seed %i)', (seed) => {
    const run = simulate(site.siteFailure, seed);
    const seen = run.journal.firstAfter(site.FROM, 'seen', 'zurich/ipv6')!;
    expect(seen.at - site.FROM).toBeLessThan(DETECTION);
    const answer = run.journal.of('answer').find(({ text }) => text.includes('zurich -> switzerland'))!;
    expect(answer.at).toBe(seen.at);
    expect(answer.cause).toContain('zurich: ipv6 down since 00:05:0');
    for (const { at, shares: _ } of run.answered) {
      expect(answeredAt(run, at).frankfurt).toBeCloseTo(0.2, 6);
      expect(answeredAt(run, at).geneva).toBeCloseTo(0.1, 6);
    }
    const slice = run.traffic.sliceOf(site.FROM + 2 * MINUTE);
    console.log(
      `seed ${seed}: seen after ${Math.round(seen.at - site.FROM)} ms, ${percentText(failedAt(run, slice))} of requests fail 2 min later`,
    );
    // Zurich had 15 %: what is left are sessions and pinned clients.
    expect(failedAt(run, slice)).toBeLessThan(0.02);
    expect(answeredAt(run, site.UNTIL + 10 * SECOND)).toEqual(answeredAt(run, site.FROM - SECOND));
  });
});

describe('all is down', () => {
  it.each(seeds)('each policy answers what it says, and all come back (seed %i)', (seed) => {
    const run = simulate(down.allDown, seed);
    const last = (policy: string): string => changes(run, policy).findLast(({ at }) => at < down.UNTIL)!.change;
    expect(last('default')).toBe('switzerland -> switzerland (last resort)');
    expect(last('declared')).toBe('switzerland -> zurich (last resort)');
    expect(last('honest')).toBe('switzerland -> SERVFAIL');
    // Only who asked for a failure gets one.
    const none = sharesAt(run, down.UNTIL - MINUTE).none;
    expect(none).toBeGreaterThan(0.15);
    expect(none).toBeLessThan(0.4);
    expect(answeredAt(run, down.UNTIL + 10 * SECOND).zurich).toBeCloseTo(1, 6);
    expect(run.held).toEqual([]);
  });
});

describe('a brown-out', () => {
  it.each(seeds)('is found by its ratio, and left until it is over (seed %i)', (seed) => {
    const run = simulate(brown.brownOut, seed);
    const without = simulate({ ...brown.brownOut, network: brown.WITHOUT }, seed);
    const [left, back, ...more] = changes(run, 'default');
    console.log(
      `seed ${seed}: left after ${Math.round((left.at - brown.FROM) / SECOND)} s, back ${Math.round((back.at - brown.UNTIL) / SECOND)} s after its end; ` +
        `failed ${percentText(failedOverall(run))}, without the rule ${percentText(failedOverall(without))}`,
    );
    expect(left.change).toBe('zurich -> switzerland');
    expect(left.at - brown.FROM).toBeLessThan(5 * MINUTE);
    expect(back.at).toBeGreaterThan(brown.UNTIL);
    expect(back.at - brown.UNTIL).toBeLessThan(2 * MINUTE);
    expect(more).toEqual([]);
    expect(failedOverall(run)).toBeLessThan(failedOverall(without) / 2);
  });
});

describe('a slow death', () => {
  it.each(seeds)('is left for good before half of its requests fail (seed %i)', (seed) => {
    const run = simulate(slow.slowDeath, seed);
    const all = changes(run, 'default');
    const dying = all.filter(({ at }) => at < slow.UNTIL);
    const last = dying.at(-1)!;
    const part = (last.at - slow.FROM) / (slow.DEAD - slow.FROM);
    console.log(`seed ${seed}: ${dying.length} changes, the last one when ${percentText(part)} failed`);
    expect(last.change).toBe('zurich -> switzerland');
    expect(part).toBeLessThan(0.5);
    // Three successes in a row don't bring it back while too many of the last minute failed. Without that it moves 19 to 25 times.
    expect(dying.length).toBeLessThan(18);
    expect(all.at(-1)!.change).toBe('switzerland -> zurich');
    expect(all.at(-1)!.at - slow.UNTIL).toBeLessThan(2 * MINUTE);
  });
});

describe('a start', () => {
  it.each(
    seeds,
  )('counts what is unknown as up, or as the policy says, until the first round is over (seed %i)', (seed) => {
    const run = simulate(begin.start, seed);
    const [left, ...others] = changes(run, 'default').filter(({ at }) => at < begin.DEAD_UNTIL);
    expect(left.change).toBe('zurich -> switzerland');
    expect(left.at).toBeLessThan(DETECTION);
    // The restart changes nothing: the last verdict is remembered.
    expect(others).toEqual([]);
    const careful = changes(run, 'careful').filter(({ at }) => at < begin.RESTART);
    expect(careful[0].change).toContain('zurich (last resort) -> ');
    expect(careful[0].at).toBeLessThan(SECOND);
    expect(careful.slice(1).every(({ change }) => !change.includes('-> zurich'))).toBe(true);
    expect(careful.at(-1)!.change).toMatch(/-> switzerland$/);
    expect(answeredAt(run, begin.DEAD_UNTIL + 10 * SECOND).zurich).toBeCloseTo(1, 6);
  });
});
