import { describe, expect, it } from 'vitest';
import { retryDelay } from './feed.ts';
import { feedStatus } from './status.ts';

const AT = Date.parse('2026-11-23T12:00:00Z');
const newest = { data: {}, observedAt: AT };
const problem = { since: AT, why: 'connection refused' };

describe('a feed', () => {
  it('waits for its first attempt, and is stale when that fails', () => {
    expect(feedStatus({}, 1000, AT)).toEqual({ state: 'waiting' });
    expect(feedStatus({ problem }, 1000, AT)).toEqual({ state: 'stale', why: 'connection refused' });
  });

  it('is ok or failing until what it said is stale', () => {
    const times = { observedAt: AT, staleAt: AT + 90_000 };
    expect(feedStatus({ newest }, 90_000, AT + 89_999)).toEqual({ state: 'ok', ...times });
    expect(feedStatus({ newest, problem }, 90_000, AT + 89_999)).toEqual({
      state: 'failing',
      why: problem.why,
      ...times,
    });
    expect(feedStatus({ newest }, 90_000, AT + 90_000)).toEqual({
      state: 'stale',
      why: 'what it says is of 2026-11-23T12:00:00.000Z, which is more than 90 s ago',
      ...times,
    });
    expect(feedStatus({ newest, problem }, 7_200_000, AT + 7_200_000).why).toBe(
      'connection refused; the last it said is of 2026-11-23T12:00:00.000Z, which is more than 2 h ago',
    );
  });

  it('is stale sooner where its source says so, and never later', () => {
    expect(feedStatus({ newest, expire: 600_000 }, 7_200_000, AT).staleAt).toBe(AT + 600_000);
    expect(feedStatus({ newest, expire: 9_000_000 }, 7_200_000, AT).staleAt).toBe(AT + 7_200_000);
  });
});

describe('an attempt after failures', () => {
  it('comes after 1 s, then twice as late each time, up to the interval, and earlier at random', () => {
    const delays = [1, 2, 3, 4, 5, 6, 100].map((failures) => retryDelay(failures, 20_000, 0));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
    expect(retryDelay(1, 60, 0)).toBe(60);
    expect(retryDelay(3, 20_000, 1)).toBe(3000);
  });
});
