/** What announcements and RPKI say of routes, and what is decided by it. */
import { describe, expect, it } from 'vitest';
import { POLL_MS } from '../../support/simulator/feeds.ts';
import { answeredAt, failedAt, failedOverall, percentText } from '../../support/simulator/figures.ts';
import { MINUTE, SECOND } from '../../support/simulator/scenario.ts';
import { type Run, simulate } from '../../support/simulator/simulate.ts';
import * as dead from './dead-announcer.ts';
import * as lost from './lost-routes.ts';
import * as stale from './stale-feeds.ts';

const seeds = [1, 2, 3];
/** Detection with the defaults, in the worst case (src/health/README.md). */
const DETECTION = 4.6 * SECOND;

const foundAt = (run: Run, text: RegExp): number | undefined =>
  run.journal.of('found').find((entry) => text.test(entry.text))?.at;

describe('a prefix that is withdrawn, and one that turns invalid', () => {
  it.each(seeds)('take no hosts that fall back, and lose none that were there (seed %i)', (seed) => {
    const run = simulate(lost.lostRoutes, seed);
    expect(run.broken).toEqual([]);
    // Nobody moves when a route is lost, nor when it is found.
    expect(answeredAt(run, lost.ZURICH_DIES - SECOND)).toEqual(answeredAt(run, lost.WITHDRAWN - SECOND));
    expect(answeredAt(run, lost.INVALID + MINUTE)).toEqual(answeredAt(run, lost.INVALID - SECOND));
    const { zurich, frankfurt } = answeredAt(run, 0);
    // Zurich's hosts go past Switzerland to Europe, and stay; Frankfurt's go past Europe.
    expect(answeredAt(run, lost.ZURICH_DIES + DETECTION).europe).toBeCloseTo(zurich, 6);
    const later = answeredAt(run, lost.FRANKFURT_DIES + DETECTION);
    expect([later.europe, later.anycast]).toEqual([expect.closeTo(zurich, 6), expect.closeTo(frankfurt, 6)]);
    for (const { at } of run.answered.filter((each) => each.at < lost.REPAIRED))
      expect(answeredAt(run, at).switzerland).toBe(0);
    const cause = run.journal.of('answer').find(({ at }) => at > lost.ZURICH_DIES)?.cause;
    expect(cause).toContain('switzerland: ipv6 up, but takes no new hosts by announcement');
    // When routes are back, a poll later hosts are where they would have been.
    const back = answeredAt(run, lost.REPAIRED + POLL_MS + SECOND);
    expect([back.switzerland, back.europe]).toEqual([expect.closeTo(zurich, 6), expect.closeTo(frankfurt, 6)]);
    expect(answeredAt(run, lost.RECOVERED + 3 * MINUTE)).toEqual(answeredAt(run, 0));
    const found = foundAt(run, /^unannounced: zrh does not announce/)!;
    expect(found - lost.WITHDRAWN).toBeLessThanOrEqual(POLL_MS);
    const without = simulate({ ...lost.lostRoutes, network: lost.UNGUARDED }, seed);
    console.log(
      `seed ${seed}: ${percentText(failedOverall(run))} of requests fail, ${percentText(failedOverall(without))} without the guards`,
    );
    expect(failedOverall(run)).toBeLessThan(failedOverall(without) / 2);
  });
});

describe('a dead site that keeps announcing', () => {
  it.each(seeds)('is avoided where another group can be, and its routes are told of (seed %i)', (seed) => {
    const run = simulate(dead.deadAnnouncer, seed);
    expect(run.broken).toEqual([]);
    expect(answeredAt(run, dead.FROM + DETECTION).frankfurt).toBeCloseTo(1, 6);
    const stuck = foundAt(run, /^stuck: web\/zurich\/ipv6 is down since .* zrh still has its host route/)!;
    expect(stuck - dead.FROM).toBeGreaterThan(MINUTE);
    expect(stuck - dead.FROM).toBeLessThan(MINUTE + DETECTION + 2 * POLL_MS);
    const over = foundAt(run, /^stuck no longer: web\/zurich\/ipv6/)!;
    expect(over - dead.WITHDRAWN).toBeLessThanOrEqual(POLL_MS);
    expect(answeredAt(run, dead.RECOVERED + 3 * MINUTE)).toEqual(answeredAt(run, 0));
    // With the ladder alone every candidate contains the dead site: that is told, and half of these requests are lost.
    const ladder = simulate({ ...dead.deadAnnouncer, network: dead.LADDER }, seed);
    const cause = ladder.journal.of('answer').find(({ at }) => at > dead.FROM)?.cause;
    expect(cause).toMatch(/switzerland: up \(served by the failed site too\)$/);
    const at = (each: Run): number => failedAt(each, each.traffic.sliceOf(dead.WITHDRAWN - MINUTE));
    console.log(
      `seed ${seed}: stuck told after ${Math.round((stuck - dead.FROM) / SECOND)} s; ${percentText(at(run))} fail, ${percentText(at(ladder))} with the ladder alone`,
    );
    expect(at(ladder)).toBeGreaterThan(0.2);
    expect(at(run)).toBeLessThan(at(ladder) / 10);
  });
});

describe('feeds that go stale one by one', () => {
  it.each(seeds)('change nothing, and count at once when they are back (seed %i)', (seed) => {
    const run = simulate(stale.staleFeeds, seed);
    expect(run.broken).toEqual([]);
    const answers = run.journal.of('answer').map(({ at }) => at);
    const { zurich, frankfurt } = answeredAt(run, 0);
    const within = (from: number, to: number): number[] => answers.filter((at) => at >= from && at < to);
    // Frankfurt's hosts are led past Europe while that is known to be invalid, and for as long as nothing else is known.
    expect(answeredAt(run, stale.INVALID + 2 * MINUTE).anycast).toBeCloseTo(frankfurt, 6);
    expect(within(stale.RPKI_SILENT, stale.ZURICH_DIES)).toEqual([]);
    // Switzerland was announced when that was last seen.
    expect(answeredAt(run, stale.ZURICH_DIES + DETECTION).switzerland).toBeCloseTo(zurich, 6);
    expect(within(stale.ZURICH_DIES + DETECTION, stale.RPKI_SPEAKS)).toEqual([]);
    const rpki = within(stale.RPKI_SPEAKS, stale.ANNOUNCEMENTS_SPEAK);
    expect(rpki).toHaveLength(1);
    expect(rpki[0] - stale.RPKI_SPEAKS).toBeLessThanOrEqual(POLL_MS);
    expect(answeredAt(run, stale.ANNOUNCEMENTS_SPEAK).europe).toBeCloseTo(frankfurt, 6);
    // Who is in Switzerland stays there, and nobody else comes, until an operator has seen what is found.
    expect(within(stale.ANNOUNCEMENTS_SPEAK, stale.TOLD)).toEqual([]);
    expect(foundAt(run, /^unannounced: zrh does not announce 2001:db8:18::/)).toBeLessThan(stale.TOLD);
    expect(answeredAt(run, stale.TOLD).europe).toBeCloseTo(1, 6);
    const closed = run.journal.of('guard').map(({ text }) => text);
    expect(closed).toEqual([
      'europe/ipv6 takes no new hosts by itself, by rpki',
      'europe/ipv6 takes hosts again',
      'switzerland/ipv6 takes no new hosts by itself, by announcement',
    ]);
  });
});
