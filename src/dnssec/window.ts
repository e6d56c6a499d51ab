/**
 * From when to when a signature is good (RFC 4034 §3.1.5). A function of the owner's name and the time alone: servers that have one key agree without talking, a
 * restart brings back the same, and a clock that was set is followed by the next answer.
 *
 *     inception          start                          start + PERIOD       expiration
 *        |---- SKEW -------|------- answers get this one -----|------ KEPT -------|
 *
 * Starts are spread over the period by the owner's name, so that not all signatures of a zone are made anew at one time.
 */

/** Seconds a signature is given out. */
export const PERIOD = 86_400;
/** Seconds it is good beyond that: what a resolver keeps is good for its whole TTL, if that is no longer. Short, for an old answer can be replayed as long. */
export const KEPT = 3 * 86_400;
/** How far behind a validator's clock may be. */
export const SKEW = 3 * 3600;

/** When the window began that an owner's signatures have at a time. @param now Unix seconds @param hash of the owner's name, the same on every server */
export function windowStart(now: number, hash: number): number {
  const jitter = (hash >>> 0) % PERIOD;
  return now - ((now + jitter) % PERIOD);
}

export function inceptionOf(start: number): number {
  return start - SKEW;
}

export function expirationOf(start: number): number {
  return start + PERIOD + KEPT;
}
