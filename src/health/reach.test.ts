import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';
import { type Observation, observe, unobserved } from './check-state.ts';
import { failingOf, reachOf } from './reach.ts';
import { bad, good, tcpCheck } from './testing.ts';

function seenAs(check: Check, seen: readonly Observation[]) {
  return seen.reduce((state, each) => observe(state, check, each), unobserved(check));
}

describe('a target that fell', () => {
  const check = tcpCheck();

  it.each<[string, readonly Observation[], { from: number; until: number }]>([
    [
      'by timeouts: from half of the first on',
      [bad(3000, 'x', 1000), bad(4500, 'x', 1000)],
      { from: 2500, until: 5200 },
    ],
    ['by refusals: from the first on', [bad(2001, 'x', 1), bad(2502, 'x', 1)], { from: 2001, until: 5200 }],
    [
      'again: from the first of the last in a row on',
      [bad(1, 'x', 1), good(100), bad(2001), bad(2502)],
      { from: 2001, until: 5200 },
    ],
  ])('%s', (_, seen, expected) => {
    expect(failingOf({ checks: [check], need: 1 }, [seenAs(check, seen)])).toEqual({ ...expected, round: 3000 });
  });

  it('by the check that fell last', () => {
    const checks = [tcpCheck({}, 'a'), tcpCheck({}, 'b'), tcpCheck({}, 'c')];
    const states = [
      [bad(1), bad(2)],
      [bad(1000), bad(1500)],
      [good(1000), bad(1600)],
    ].map((seen, i) => seenAs(checks[i], seen));
    expect(failingOf({ checks, need: 2 }, states)).toMatchObject({ from: 1000 });
  });

  it('by a report says nothing', () => {
    const push = tcpCheck({}, 'feed', { type: 'push', expires: 60_000 });
    expect(failingOf({ checks: [push], need: 1 }, [seenAs(push, [bad(1000)])])).toBeUndefined();
  });
});

describe('a target that is up', () => {
  it('was reached when the last probe of it that succeeded began', () => {
    const checks = [tcpCheck(), tcpCheck({ interval: 250, timeout: 250 }, 'quick')];
    const states = [seenAs(checks[0], [good(5000, 20)]), seenAs(checks[1], [good(5900, 20), bad(6000)])];
    expect(reachOf({ checks, need: 1 }, states)).toEqual({ at: 4980, round: 500 });
  });

  it('is not reached by reports and what a Prometheus says', () => {
    const feed = tcpCheck({}, 'feed', { type: 'push', expires: 60_000 });
    expect(reachOf({ checks: [feed], need: 1 }, [seenAs(feed, [good(1000)])])).toBeUndefined();
  });
});
