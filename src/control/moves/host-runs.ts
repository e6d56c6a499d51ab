/**
 * The hosts of a large move, by a catalogue (host-catalogue.ts): runs of {skip, take, transition}, each a LEB128 number. `skip` hosts of the catalogue are
 * none of the move's, `take` after them are, with this transition. A run that skips and takes none ends them; what follows is a list by name (host-list.ts),
 * of the hosts that are not in the catalogue. A million neighbours are ten octets.
 */

/** Words of a run that was read. */
export const RUN_WORDS = 3;

export class HostRunWriter {
  #octets = new Uint8Array(64);
  #length = 0;
  /** One past the last host that was written. */
  #written = 0;
  #first = 0;
  #next = 0;
  #transition = 0;

  /** Adds `count` hosts from a place in the catalogue on. Places only rise. */
  add(place: number, count: number, transition: number): void {
    if (place !== this.#next || transition !== this.#transition || this.#first === this.#next) {
      this.#flush();
      this.#first = place;
      this.#transition = transition;
    }
    this.#next = place + count;
  }

  /** Ends the runs, with the list of those that have no place. */
  end(others: Uint8Array): Uint8Array {
    this.#flush();
    this.#number(0);
    this.#number(0);
    this.#number(0);
    const all = new Uint8Array(this.#length + others.length);
    all.set(this.#octets.subarray(0, this.#length));
    all.set(others, this.#length);
    return all;
  }

  #flush(): void {
    if (this.#next === this.#first) return;
    this.#number(this.#first - this.#written);
    this.#number(this.#next - this.#first);
    this.#number(this.#transition);
    this.#written = this.#next;
    this.#first = this.#next;
  }

  #number(value: number): void {
    if (this.#length + 5 > this.#octets.length) {
      const more = new Uint8Array(this.#octets.length * 2);
      more.set(this.#octets);
      this.#octets = more;
    }
    for (; value > 0x7f; value >>>= 7) this.#octets[this.#length++] = (value & 0x7f) | 0x80;
    this.#octets[this.#length++] = value;
  }
}

/**
 * Reads runs.
 * @returns three words a run, {first, count, transition}, and the list of those that have no place
 * @throws Error for octets that are none
 */
export function readRuns(octets: Uint8Array): { readonly runs: Uint32Array; readonly others: Uint8Array } {
  let runs = new Uint32Array(RUN_WORDS * 16);
  let words = 0;
  let at = 0;
  let place = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const octet = octets[at++];
      if (octet === undefined) break;
      value += (octet & 0x7f) * 2 ** shift;
      if (octet < 0x80) return value;
    }
    throw new Error(`runs of hosts can't be read: they break off at octet ${at - 1}`);
  };
  for (;;) {
    const skip = number();
    const count = number();
    const transition = number();
    if (count === 0) return { runs: runs.subarray(0, words), others: octets.subarray(at) };
    if (words === runs.length) {
      const more = new Uint32Array(words * 2);
      more.set(runs);
      runs = more;
    }
    runs[words++] = place + skip;
    runs[words++] = count;
    runs[words++] = transition;
    place += skip + count;
  }
}
