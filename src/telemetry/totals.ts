/**
 * Sums of what workers count in their rows of shared 32-bit words (answer/counters.ts). A word wraps, within hours on a busy server, so readers never
 * take its value: they add how much it has grown, mod 2^32, since they last looked.
 */

/** Milliseconds between readings where nobody asks. No word can grow by 2^32 in that time. */
const READ_EVERY_MS = 10_000;

export class Totals {
  readonly #rows: Uint32Array;
  readonly #seen: Uint32Array;
  readonly #sums: Float64Array;

  /**
   * @param rows one row of words after another, all zero when the first reader is made; they outlive the workers that write them
   * @param words in a row
   */
  constructor(rows: SharedArrayBuffer, words: number) {
    this.#rows = new Uint32Array(rows);
    this.#seen = new Uint32Array(this.#rows.length);
    this.#sums = new Float64Array(words);
  }

  /**
   * Adds what was counted since the last reading. Right as long as no word has grown by 2^32 in between.
   * @returns by place in a row, the sum over all rows; exact to 2^53. The same array each time
   */
  read(): Float64Array {
    const rows = this.#rows;
    const seen = this.#seen;
    const sums = this.#sums;
    for (let i = 0, word = 0; i < rows.length; i++, word++) {
      if (word === sums.length) word = 0;
      const now = rows[i];
      if (now === seen[i]) continue;
      sums[word] += (now - seen[i]) >>> 0;
      seen[i] = now;
    }
    return sums;
  }
}

/**
 * Reads now and then, so that nothing is lost when nobody else does. Keeps no process alive.
 * @param then called after each time
 * @returns ends it
 */
export function keepReading(
  totals: readonly Totals[],
  then: () => void = () => {},
  everyMs = READ_EVERY_MS,
): () => void {
  const timer = setInterval(() => {
    for (const each of totals) each.read();
    then();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
