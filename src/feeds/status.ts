/** How a feed does, worked out from its last report and the time. Pure. */
import type { FeedReport } from './feed.ts';

/**
 * `waiting`: the first attempt is under way. `ok`: the last one was good. `failing`: it was not, and what was read before still holds. `stale`: what was read before is
 * too old, or nothing ever was; what was decided by it holds, and nothing new is.
 */
export const feedStates = ['waiting', 'ok', 'failing', 'stale'] as const;

export interface FeedStatus {
  readonly state: (typeof feedStates)[number];
  /** Why it is not `ok`. */
  readonly why?: string;
  /** Unix milliseconds; undefined as long as nothing was read. */
  readonly observedAt?: number;
  readonly staleAt?: number;
}

/** @param stale the operator's bound, in milliseconds; a shorter one of the source goes before it */
export function feedStatus(
  { newest, problem, expire = Number.POSITIVE_INFINITY }: Pick<FeedReport<unknown>, 'newest' | 'problem' | 'expire'>,
  stale: number,
  now: number,
): FeedStatus {
  if (newest === undefined) return problem === undefined ? { state: 'waiting' } : { state: 'stale', why: problem.why };
  const { observedAt } = newest;
  const staleAt = observedAt + Math.min(stale, expire);
  const times = { observedAt, staleAt };
  if (now >= staleAt) {
    const bound = `of ${new Date(observedAt).toISOString()}, which is more than ${secondsText(staleAt - observedAt)} ago`;
    return {
      state: 'stale',
      why: problem === undefined ? `what it says is ${bound}` : `${problem.why}; the last it said is ${bound}`,
      ...times,
    };
  }
  return problem === undefined ? { state: 'ok', ...times } : { state: 'failing', why: problem.why, ...times };
}

/** `90 s`, `2 h` */
function secondsText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
