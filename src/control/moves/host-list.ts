/**
 * The hosts of a move as octets: one host after another, each {u16 transition, little-endian; u8 length; name in wire form, lower case}. A million hosts
 * are one document of some 25 MB instead of a million rows.
 */

const HEADER = 3;

export class HostListWriter {
  #octets: Uint8Array;
  #end = 0;
  #count = 0;

  constructor(room = 1024) {
    this.#octets = new Uint8Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a name in wire form, lower case: `octets[from, to)`. */
  add(transition: number, octets: Uint8Array, from = 0, to = octets.length): void {
    const end = this.#end + HEADER + to - from;
    if (end > this.#octets.length) {
      const more = new Uint8Array(Math.max(end, this.#octets.length * 2));
      more.set(this.#octets);
      this.#octets = more;
    }
    this.#octets[this.#end] = transition;
    this.#octets[this.#end + 1] = transition >>> 8;
    this.#octets[this.#end + 2] = to - from;
    for (let i = from, o = this.#end + HEADER; i < to; i++, o++) this.#octets[o] = octets[i];
    this.#end = end;
    this.#count++;
  }

  /** What was written: a view. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end);
  }
}

/** Whether a host, or the end of the list, is at an offset: one that comes from outside may be anything. */
export function isPlace(octets: Uint8Array, offset: number): boolean {
  let at = 0;
  while (at < offset && at + HEADER <= octets.length) at += HEADER + octets[at + 2];
  return at === offset;
}

/** Reads a list from `offset` on, which must be a place of it. The name is a view into the list. */
export function* hostList(
  octets: Uint8Array,
  offset = 0,
): Generator<{ readonly transition: number; readonly name: Uint8Array; readonly next: number }> {
  let at = offset;
  while (at + HEADER <= octets.length) {
    const next = at + HEADER + octets[at + 2];
    yield { transition: octets[at] | (octets[at + 1] << 8), name: octets.subarray(at + HEADER, next), next };
    at = next;
  }
}
