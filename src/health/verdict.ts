/** From what checks say together to the verdict that steering gets: since when, what was before, whether an operator must let it come back. Pure. */
import type { Verdict } from '../steering/model.ts';
import type { Combined } from './combine.ts';

/** The verdict of a target nothing has been observed of. @param stored its last verdict in an earlier life of the server */
export function firstVerdict(now: number, stored: Pick<Verdict, 'last' | 'latched'> = {}): Verdict {
  return {
    state: 'unknown',
    since: now,
    cause: 'not checked yet',
    ...(stored.last === undefined ? {} : { last: stored.last }),
    ...(stored.latched === true ? { latched: true } : {}),
  };
}

/** @returns the verdict before when nothing has changed, so that comparing is cheap */
export function nextVerdict(before: Verdict, { state, cause, changeAt }: Combined, now: number): Verdict {
  if (state === before.state) {
    // Why it is up or down is what made it so. Why nothing is known may change.
    const why = state === 'unknown' ? cause : before.cause;
    if (changeAt === before.changeAt && why === before.cause) return before;
    const { changeAt: _, ...rest } = before;
    return { ...rest, cause: why, ...(changeAt === undefined ? {} : { changeAt }) };
  }
  const last = state === 'unknown' ? before.last : state;
  return {
    state,
    since: now,
    cause,
    ...(changeAt === undefined ? {} : { changeAt }),
    ...(last === undefined ? {} : { last }),
    ...(before.latched === true ? { latched: true } : {}),
  };
}

/** It counts as down, so an operator must let it come back. */
export function latched(before: Verdict): Verdict {
  return { ...before, latched: true };
}

/** An operator lets a target come back, now or as soon as it is up. */
export function unlatched(before: Verdict): Verdict {
  const { latched: _, ...rest } = before;
  return rest;
}
