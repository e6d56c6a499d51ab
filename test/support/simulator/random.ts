/** Chance that is the same in every run: xorshift128, seeded through the finaliser of MurmurHash3. */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    for (let i = 0; i < 4; i++) this.#state[i] = mixed(seed + Math.imul(i + 1, 0x9e3779b9));
    // The one state it would never leave.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** In [0, 1). */
  next(): number {
    const [x, y, z, w] = this.#state;
    const t = x ^ (x << 11);
    const made = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    this.#state.set([y, z, w, made]);
    return made / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** Exponentially distributed, as the time until the next of events that don't know of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Another source that takes nothing from this one: what one part of a simulation draws must not change another part. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }
}

function mixed(value: number): number {
  let state = value | 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
