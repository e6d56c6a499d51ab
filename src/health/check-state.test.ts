import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';
import { type CheckState, grown, type Observation, observe, projected, staleAt, unobserved } from './check-state.ts';
import { bad, good, tcpCheck } from './testing.ts';

const STALE = 5000;

/** `+` a success, `-` a failure, `?` nothing learnt, one a second. */
function run(check: Check, seen: string, from = unobserved(check)): CheckState {
  return [...seen].reduce((state, each, i) => {
    const at = (i + 1) * 1000;
    if (each === '?') return observe(state, check, { at, result: 'none', cause: 'no such series', duration: 1 });
    return observe(state, check, each === '+' ? good(at) : bad(at));
  }, from);
}

const brownOut = { ratio: 0.5, window: 10_000, least: 6 };

describe('a check', () => {
  it.each<[string, Parameters<typeof tcpCheck>[0], string, 'up' | 'down' | 'unknown']>([
    ['is unknown at first', {}, '', 'unknown'],
    ['is up with the first success', {}, '+', 'up'],
    ['is still unknown before `fall` failures', {}, '-', 'unknown'],
    ['is down after `fall` failures, never having been up', {}, '--', 'down'],
    ['stays up before `fall` failures', {}, '+-', 'up'],
    ['is down after `fall` failures', {}, '+--', 'down'],
    ['counts failures in a row only', {}, '+-+-+-+-', 'up'],
    ['stays down before `rise` successes', {}, '--++', 'down'],
    ['is up again after `rise` successes', {}, '--+++', 'up'],
    ['counts successes in a row only', {}, '--++-++-++', 'down'],
    ['learns nothing from what says nothing', {}, '+?????', 'up'],
    ['goes on counting after what says nothing', {}, '+-?-', 'down'],
    ['with fall 1 is down at once', { fall: 1 }, '+-', 'down'],
    ['with rise 1 is up at once', { rise: 1 }, '--+', 'up'],
    ['never fails often enough in a row without a brown-out rule', {}, '+-+-+-+-+-', 'up'],
    ['browns out when it fails too often', { brownOut }, '+-+-+-', 'down'],
    ['does not brown out on few observations', { brownOut: { ...brownOut, least: 7 } }, '+-+-+-', 'up'],
    ['does not brown out on fewer failures than `fall`', { brownOut, fall: 4 }, '+-+-+-', 'up'],
    ['stays browned out while half the ratio is still failing', { brownOut }, '+-+-+-+++', 'down'],
    ['comes back when its window is better', { brownOut }, '+-+-+-++++++++', 'up'],
    [
      'that fell by failures in a row stays down while half the ratio is still failing',
      { brownOut },
      '+++---+++',
      'down',
    ],
    ['that fell by failures in a row comes back when its window is better', { brownOut }, '+++---++++++++', 'up'],
    ['that fell by failures in a row is not asked for a window of few', { brownOut }, '--+++', 'up'],
  ])('%s', (_, timing, seen, state) => {
    expect(run(tcpCheck(timing), seen).state).toBe(state);
  });

  it('rises slowly after a restart, if it was down before', () => {
    const check = tcpCheck();
    expect(run(check, '++', unobserved(check, 'down')).state).toBe('unknown');
    expect(run(check, '+++', unobserved(check, 'down')).state).toBe('up');
    expect(run(check, '+', unobserved(check, 'up')).state).toBe('up');
  });

  it('says why', () => {
    expect(run(tcpCheck(), '--').cause).toBe('tcp: refused');
    expect(run(tcpCheck({ brownOut }), '+-+-+-').cause).toBe('tcp: refused (3 of the last 6 failed)');
  });

  it('goes stale when nothing is observed for three probes, and no earlier than `stale`', () => {
    const check = tcpCheck();
    const state = run(check, '+');
    expect(staleAt(state, check, STALE)).toBe(10_000);
    expect(grown(state, check, 9999, STALE)).toBe(state);
    expect(grown(state, check, 10_000, STALE)).toMatchObject({
      state: 'unknown',
      cause: 'tcp: nothing observed for 9 s',
      known: 'up',
    });
    expect(staleAt(run(tcpCheck({ interval: 250, timeout: 250 }), '+'), check, STALE)).toBe(10_000);
    expect(grown(run(check, '+?'), check, 10_000, STALE).cause).toBe('tcp: nothing observed for 9 s (no such series)');
    // A failure from before the silence is not the first of two.
    const silent = grown(run(check, '+-'), check, 60_000, STALE);
    expect(observe(silent, check, bad(61_000)).state).toBe('unknown');
  });

  it('that is reported follows each report, and expires', () => {
    const push = tcpCheck({}, 'feed', { type: 'push', expires: 60_000 });
    const down = observe(unobserved(push), push, bad(1000, 'drained by the balancer'));
    expect(down).toMatchObject({ state: 'down', cause: 'push: drained by the balancer' });
    expect(observe(down, push, good(2000)).state).toBe('up');
    expect(grown(down, push, 60_999, STALE)).toBe(down);
    expect(grown(down, push, 61_000, STALE)).toMatchObject({
      state: 'unknown',
      cause: 'push: the last report has expired',
    });
    const brief = observe(down, push, { ...good(2000), until: 3000 });
    expect(grown(brief, push, 3000, STALE).state).toBe('unknown');
  });

  it('that is manual is up until somebody says otherwise, and then for ever', () => {
    const manual = tcpCheck({}, 'hand', { type: 'manual' });
    expect(unobserved(manual).state).toBe('up');
    const down = observe(unobserved(manual), manual, bad(1000, 'by me'));
    expect(grown(down, manual, 1e12, STALE)).toBe(down);
    expect(down.cause).toBe('manual: by me');
  });

  it('foretells a change as it will come', () => {
    const check = tcpCheck({ fall: 3 });
    const slow = observe(run(check, '+'), check, bad(2000, 'timed out', 1000));
    expect(projected(slow, check)).toEqual({ at: 2000 + 2 * 1500, state: 'down' });
    expect(projected(run(check, '+'), check)).toBeUndefined();
    expect(projected(run(check, '---'), check)).toBeUndefined();
    expect(projected(run(check, '---+'), check)).toEqual({ at: 4000 + 2 * 2000, state: 'up' });
    // Its window is better when the first failure has left it, which it does at 14 s.
    const asked = tcpCheck({ interval: 1000, brownOut });
    expect(projected(run(asked, '+++---+'), asked)).toEqual({ at: 14_000, state: 'up' });
    expect(run(asked, '+++---+++++++').state).toBe('down');
  });
});

describe('whatever is observed', () => {
  const observation = fc.record({
    at: fc.integer({ min: 0, max: 100_000 }),
    result: fc.constantFrom<Observation['result']>('ok', 'failed', 'none'),
    cause: fc.constant('x'),
    duration: fc.integer({ min: 0, max: 1000 }),
  });
  const timing = fc.record({
    rise: fc.integer({ min: 1, max: 5 }),
    fall: fc.integer({ min: 1, max: 5 }),
    brownOut: fc.option(
      fc.record({
        ratio: fc.double({ min: 0.05, max: 1, noNaN: true }),
        window: fc.integer({ min: 1000, max: 50_000 }),
        least: fc.integer({ min: 1, max: 20 }),
      }),
      { nil: undefined },
    ),
  });

  it('it never goes down before `fall` failures, nor up before `rise` successes', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 60 }), timing, (seen, t) => {
        const check = tcpCheck({
          rise: t.rise,
          fall: t.fall,
          ...(t.brownOut === undefined ? {} : { brownOut: t.brownOut }),
        });
        let state = unobserved(check);
        let failed: number[] = [];
        let inARow = 0;
        let successes = 0;
        for (const each of seen) {
          const counts = each.result !== 'none' && (state.last === undefined || each.at >= state.last.at);
          const after = observe(state, check, each);
          if (counts) {
            const reach = t.brownOut === undefined ? 0 : t.brownOut.window;
            failed = failed.filter((at) => at > each.at - reach);
            if (each.result === 'failed') failed.push(each.at);
            [inARow, successes] = each.result === 'failed' ? [inARow + 1, 0] : [0, successes + 1];
          }
          if (after.state === 'down' && state.state !== 'down')
            expect(Math.max(inARow, failed.length)).toBeGreaterThanOrEqual(t.fall);
          if (after.state === 'up' && state.state === 'down') expect(successes).toBeGreaterThanOrEqual(t.rise);
          state = after;
        }
      }),
    );
  });

  it('it is not up again while its window is full and above half the ratio', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), timing, (results, { rise, fall, brownOut: rule }) => {
        fc.pre(rule !== undefined);
        const check = tcpCheck({ rise, fall, brownOut: rule });
        let state = unobserved(check);
        results.forEach((ok, i) => {
          const after = observe(state, check, ok ? good(i * 1000) : bad(i * 1000));
          if (state.state === 'down' && after.state === 'up' && after.window.length >= rule.least)
            expect(after.window.filter(({ failed }) => failed).length / after.window.length).toBeLessThanOrEqual(
              rule.ratio / 2,
            );
          state = after;
        });
      }),
    );
  });

  it('one older than the last changes nothing', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 30 }), observation, (seen, old) => {
        const check = tcpCheck();
        const state = seen.reduce((before, each) => observe(before, check, each), unobserved(check));
        fc.pre(state.last !== undefined && old.at < state.last.at);
        expect(observe(state, check, old)).toBe(state);
      }),
    );
  });

  it('a failure in place of a success never makes a check better', () => {
    const worth = { down: 0, unknown: 1, up: 2 } as const;
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.nat(), timing, (results, at, t) => {
        const check = tcpCheck({ rise: t.rise, fall: t.fall });
        const worse = results.map((ok, i) => (i === at % Math.max(1, results.length) ? false : ok));
        const end = (list: boolean[]): CheckState =>
          list.reduce((state, ok, i) => observe(state, check, ok ? good(i * 1000) : bad(i * 1000)), unobserved(check));
        expect(worth[end(worse).state]).toBeLessThanOrEqual(worth[end(results).state]);
      }),
    );
  });
});
