/**
 * How often each target is answered with, lately: a mean over past seconds in which what is older counts less (an exponential one). What hangs on a target is
 * measured by it, so it follows a change within minutes and does not jump with every burst.
 */

/** In this time what was counted counts half. */
const HALF_LIFE_MS = 60_000;

export class AnswerRates {
  readonly #read: () => ReadonlyMap<string, number>;
  /** Milliseconds by a clock that never jumps. */
  #at: number;
  #totals: ReadonlyMap<string, number>;
  #rates: ReadonlyMap<string, number> = new Map();
  /** How much of the mean is there: 0 at the start, towards 1. Without it the first minutes would seem quiet. */
  #filled = 0;

  /**
   * @param read answers counted so far, by target; they only grow
   * @param now  as for `sample`
   */
  constructor(read: () => ReadonlyMap<string, number>, now: number) {
    this.#read = read;
    this.#at = now;
    this.#totals = read();
  }

  /**
   * Looks at the counters again. Call every few seconds.
   * @param now milliseconds of a clock that never jumps
   * @returns answers a second by target; targets that nobody asks for any more are left out
   */
  sample(now: number): ReadonlyMap<string, number> {
    const elapsed = now - this.#at;
    if (elapsed <= 0) return this.current;
    const kept = 0.5 ** (elapsed / HALF_LIFE_MS);
    const totals = this.#read();
    const rates = new Map<string, number>();
    for (const [key, total] of totals) {
      const rate = ((total - (this.#totals.get(key) ?? 0)) * 1000) / elapsed;
      const mean = (this.#rates.get(key) ?? 0) * kept + rate * (1 - kept);
      if (mean > 1e-6) rates.set(key, mean);
    }
    this.#filled = this.#filled * kept + (1 - kept);
    this.#at = now;
    // A copy: the reader may give the same map each time.
    this.#totals = new Map(totals);
    this.#rates = rates;
    return this.current;
  }

  /** As of the last sample. */
  get current(): ReadonlyMap<string, number> {
    if (this.#filled === 0) return this.#rates;
    return new Map([...this.#rates].map(([key, rate]) => [key, rate / this.#filled]));
  }
}
