/** Requests by where they went, in slices of time. */
export class Traffic {
  /** Milliseconds. */
  readonly slice: number;
  readonly slices: number;
  readonly #rows: readonly Float64Array[];

  /** @param rows how many places requests may go to @param duration milliseconds */
  constructor(rows: number, duration: number, slice: number) {
    this.slice = slice;
    this.slices = Math.ceil(duration / slice);
    this.#rows = Array.from({ length: rows }, () => new Float64Array(this.slices));
  }

  /** @param rate requests a second, from one time (milliseconds) to another; what lies outside is left out */
  add(row: number, from: number, to: number, rate: number): void {
    const { slice, slices } = this;
    const requests = this.#rows[row];
    const last = Math.min(slices - 1, Math.floor(to / slice));
    for (let i = Math.max(0, Math.floor(from / slice)); i <= last; i++) {
      const part = Math.min(to, (i + 1) * slice) - Math.max(from, i * slice);
      requests[i] += (rate * part) / 1000;
    }
  }

  /** One request. */
  one(row: number, at: number): void {
    const i = Math.floor(at / this.slice);
    if (i >= 0 && i < this.slices) this.#rows[row][i]++;
  }

  /** By place, what went there in a slice. */
  at(slice: number): number[] {
    return this.#rows.map((requests) => requests[slice]);
  }

  /** Of a slice, 0 to 1 by place; all 0 where nothing was sent. */
  sharesAt(slice: number): number[] {
    const requests = this.at(slice);
    const all = requests.reduce((sum, each) => sum + each, 0);
    return requests.map((each) => (all === 0 ? 0 : each / all));
  }

  /** The slice a time lies in. */
  sliceOf(time: number): number {
    return Math.min(this.slices - 1, Math.max(0, Math.floor(time / this.slice)));
  }
}
