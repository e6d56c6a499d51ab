import { expect, it } from 'vitest';
import { restartDelay, SLOWEST_RESTART } from './restart-delay.ts';

it('grows while a thread keeps dying, up to a bound, and is none again for one that lived', () => {
  const delays = [0];
  while (delays.length < 14) delays.push(restartDelay(50, delays.at(-1) ?? 0));
  expect(delays.slice(0, 5)).toEqual([0, 10, 20, 40, 80]);
  expect(delays.at(-1)).toBe(SLOWEST_RESTART);
  expect(restartDelay(60_000, SLOWEST_RESTART)).toBe(0);
});
