/** When a thread that died is replaced. */

/** One that lived for so long may be replaced at once, in milliseconds. */
const QUICK_DEATH = 10_000;
const SHORTEST = 10;
/** The longest that a thread is waited for, in milliseconds. */
export const SLOWEST_RESTART = 5000;

/**
 * At once if it had lived for a while, else after twice the time before: one that keeps dying keeps no core busy, and fills no log.
 * @param lived milliseconds
 * @param before the delay that it was started with itself
 */
export function restartDelay(lived: number, before: number): number {
  return lived < QUICK_DEATH ? Math.min(SLOWEST_RESTART, Math.max(SHORTEST, before * 2)) : 0;
}
