import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTER_WORDS, Counter } from './counters.ts';
import { countServiceTime, SERVICE_BOUNDS, SERVICE_BUCKETS, serviceBucket } from './service-time.ts';

describe('buckets of service times', () => {
  it('have rising bounds from 1 µs to beyond 0.1 s, one less than there are words', () => {
    expect(SERVICE_BOUNDS[0]).toBe(1);
    expect(SERVICE_BOUNDS.at(-1)).toBeGreaterThan(100_000);
    expect(SERVICE_BOUNDS.length).toBe(SERVICE_BUCKETS - 1);
    expect([...SERVICE_BOUNDS].sort((a, b) => a - b)).toEqual(SERVICE_BOUNDS);
  });

  it('include their upper bound', () => {
    SERVICE_BOUNDS.forEach((bound, i) => {
      expect([serviceBucket(bound), serviceBucket(bound + 0.001)]).toEqual([i, i + 1]);
    });
  });

  it.each([0, 0.4, -1, 1e9, 2 ** 32, 2 ** 32 + 1, Number.MAX_VALUE])('has one for %f µs', (microseconds) => {
    expect(serviceBucket(microseconds)).toBe(microseconds <= 1 ? 0 : SERVICE_BUCKETS - 1);
  });

  it('are the first whose bound is not passed, for any time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (microseconds) => {
        const first = SERVICE_BOUNDS.findIndex((bound) => microseconds <= bound);
        expect(serviceBucket(microseconds)).toBe(first === -1 ? SERVICE_BUCKETS - 1 : first);
      }),
    );
  });
});

describe('countServiceTime', () => {
  it("counts each of a batch's queries with the batch's time, and whole microseconds", () => {
    const row = new Uint32Array(COUNTER_WORDS);
    countServiceTime(row, 99.6, 40);
    countServiceTime(row, 3, 1);
    const counted = Object.fromEntries([...row.entries()].filter(([, n]) => n > 0));
    expect(counted).toEqual({ [Counter.SERVICE_SUM]: 4003, [Counter.SERVICE_0 + 2]: 1, [Counter.SERVICE_0 + 7]: 40 });
  });
});
