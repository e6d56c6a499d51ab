import { describe, expect, it } from 'vitest';
import { observe, unobserved } from './check-state.ts';
import { combine, type Health, weigh } from './combine.ts';
import { bad, good, tcpCheck } from './testing.ts';
import { firstVerdict, latched, nextVerdict, unlatched } from './verdict.ts';

describe('checks together', () => {
  it.each<[Health[], number, Health]>([
    [['up', 'up', 'up'], 3, 'up'],
    [['up', 'up', 'down'], 3, 'down'],
    [['up', 'unknown', 'down'], 3, 'down'],
    [['up', 'up', 'unknown'], 3, 'unknown'],
    [['up', 'down', 'down'], 1, 'up'],
    [['down', 'down', 'down'], 1, 'down'],
    [['down', 'unknown', 'down'], 1, 'unknown'],
    [['up', 'up', 'down'], 2, 'up'],
    [['up', 'down', 'down'], 2, 'down'],
    [['up', 'unknown', 'down'], 2, 'unknown'],
  ])('%s, of which %i are needed: %s', (said, need, state) => {
    expect(weigh(said, need)).toBe(state);
  });

  it('change when the change of one changes the whole', () => {
    const checks = [tcpCheck({}, 'a'), tcpCheck({ fall: 4 }, 'b')];
    const failing = checks.map((check) => {
      const up = observe(unobserved(check), check, good(0));
      return observe(up, check, bad(1000, 'refused', 0));
    });
    expect(combine({ checks, need: 2 }, failing)).toEqual({
      state: 'up',
      cause: 'tcp: connected; tcp: connected',
      changeAt: 1500,
    });
    expect(combine({ checks, need: 1 }, failing).changeAt).toBe(2500);
  });

  it('say why by those that agree', () => {
    const checks = [tcpCheck({ fall: 1 }, 'a'), tcpCheck({ fall: 1 }, 'b')];
    const states = [
      observe(unobserved(checks[0]), checks[0], bad(0)),
      observe(unobserved(checks[1]), checks[1], good(0)),
    ];
    expect(combine({ checks, need: 2 }, states)).toEqual({ state: 'down', cause: 'tcp: refused' });
  });
});

describe('a verdict', () => {
  const down = { state: 'down', cause: 'tcp: refused' } as const;
  const up = { state: 'up', cause: 'tcp: connected' } as const;

  it('is the same object while nothing changes', () => {
    const verdict = nextVerdict(firstVerdict(0), up, 1);
    expect(nextVerdict(verdict, { ...up, cause: 'other words' }, 2)).toBe(verdict);
    const near = nextVerdict(verdict, { ...up, changeAt: 9 }, 2);
    expect(near).toEqual({ ...verdict, changeAt: 9 });
    expect(nextVerdict(near, up, 3)).toEqual(verdict);
  });

  it('remembers what it was, over an unknown one and a restart', () => {
    const was = latched(nextVerdict(firstVerdict(0), down, 1));
    expect(was).toEqual({ state: 'down', since: 1, cause: 'tcp: refused', last: 'down', latched: true });
    expect(nextVerdict(was, { state: 'unknown', cause: 'x' }, 2)).toMatchObject({
      state: 'unknown',
      last: 'down',
      latched: true,
    });
    expect(firstVerdict(5, was)).toEqual({
      state: 'unknown',
      since: 5,
      cause: 'not checked yet',
      last: 'down',
      latched: true,
    });
  });

  it('is not latched by itself, and once it is, stays so until an operator lets it come back', () => {
    const fallen = nextVerdict(firstVerdict(0), down, 1);
    expect(fallen.latched).toBeUndefined();
    const back = nextVerdict(latched(fallen), up, 2);
    expect(back.latched).toBe(true);
    expect(nextVerdict(unlatched(back), down, 3).latched).toBeUndefined();
  });
});
