/**
 * When a zone's primary is asked, and until when what came from it is good (RFC 1034 §4.3.5, RFC 1035 §3.3.13): by the SOA's REFRESH, RETRY and EXPIRE, within bounds,
 * so that no primary makes us ask all the time, or never. Moments here are of a clock that no one sets.
 */
import { u32At } from '../blocks.ts';

const DAY = 86_400;
/** Seconds. Lower bounds keep a primary that says 0 from being asked without end; upper ones are those of BIND. */
const BOUNDS = {
  refresh: [2, 28 * DAY],
  retry: [1, 14 * DAY],
  expire: [3, 168 * DAY],
} as const;
/** Of a zone of which nothing has come yet, in seconds: the first wait, and the longest. Each is twice the one before. */
const FIRST_WAIT = 2;
const LONGEST_WAIT = 300;
/** Waits are shortened by up to this part, so that zones of one primary don't come all at once for ever. */
const JITTER = 0.1;
/** Octets of REFRESH, RETRY, EXPIRE and MINIMUM at the end of a SOA. */
const FROM_END = 16;

/** Seconds. */
export interface SoaTimers {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** @param soa octets that end with a SOA's RDATA */
export function timersOf(soa: Uint8Array): SoaTimers {
  const at = soa.length - FROM_END;
  const bound = (value: number, [least, most]: readonly [number, number]): number =>
    Math.min(most, Math.max(least, value));
  return {
    refresh: bound(u32At(soa, at), BOUNDS.refresh),
    retry: bound(u32At(soa, at + 4), BOUNDS.retry),
    expire: bound(u32At(soa, at + 8), BOUNDS.expire),
  };
}

/** Milliseconds until the next question after one that was answered. @param random in [0, 1) */
export function untilRefresh({ refresh }: SoaTimers, random: number): number {
  return refresh * 1000 * (1 - JITTER * random);
}

/**
 * Milliseconds until the next question after one that failed.
 * @param timers   undefined for a zone of which nothing has come yet
 * @param failures how many in a row
 */
export function untilRetry(timers: SoaTimers | undefined, failures: number, random: number): number {
  const seconds =
    timers === undefined ? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(16, failures - 1)) : timers.retry;
  return seconds * 1000 * (1 - JITTER * random);
}

/**
 * How long ago a primary was last known to have nothing newer, after a restart: only the wall clock knows, and that may have been set. A moment that is still to
 * come was written by a clock that was ahead, and counts as now.
 */
export function ageOf(checkedAt: number, now: number): number {
  return Math.max(0, now - checkedAt);
}
