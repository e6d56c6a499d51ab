import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expirationOf, inceptionOf, KEPT, PERIOD, SKEW, windowStart } from './window.ts';

it('a signature given out has begun, by more than clocks differ, and ends later than resolvers keep it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: PERIOD, max: 4_000_000_000 }),
      (hash, now) => {
        const start = windowStart(now, hash);
        expect(start).toBeLessThanOrEqual(now);
        expect(now - start).toBeLessThan(PERIOD);
        expect(inceptionOf(start)).toBeLessThanOrEqual(now - SKEW);
        expect(expirationOf(start) - now).toBeGreaterThan(KEPT);
        // It stays the same until its period is over, whichever way the clock goes meanwhile.
        expect(windowStart(start, hash)).toBe(start);
        expect(windowStart(start + PERIOD - 1, hash)).toBe(start);
        expect(windowStart(start + PERIOD, hash)).toBe(start + PERIOD);
      },
    ),
  );
});

it('names begin theirs at different times', () => {
  const now = 1_700_000_000;
  const starts = new Set(Array.from({ length: 100 }, (_, i) => windowStart(now, i * 863)));
  expect(starts.size).toBe(100);
});
