/**
 * Numbers for tuples of four numbers, rising from 0: a million hosts differ in a few ways, and each way is to be worked out once. Neighbours are mostly alike, or
 * take turns, so what came after a tuple the last time is looked at first.
 */

const WIDTH = 4;

export class Tuples {
  /** Four words a tuple, by its number. */
  #words = new Uint32Array(64 * WIDTH);
  /** Number + 1 by hash, at most half full. */
  #slots = new Uint32Array(128);
  #count = 0;
  /** By number, the one asked for after it. */
  #next = new Uint32Array(64);
  #last = 0;

  get size(): number {
    return this.#count;
  }

  /** The tuple's number; a new one is `size` before the call. All four are below 2^32. */
  number(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    const next = this.#next[this.#last];
    const at = next * WIDTH;
    const isNext = words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
    const number = isNext && next < this.#count ? next : this.#find(a, b, c, d);
    this.#next[this.#last] = number;
    this.#last = number;
    return number;
  }

  #find(a: number, b: number, c: number, d: number): number {
    const slot = this.#slotOf(a, b, c, d);
    const known = this.#slots[slot];
    if (known !== 0) return known - 1;
    const at = this.#count * WIDTH;
    this.#words[at] = a;
    this.#words[at + 1] = b;
    this.#words[at + 2] = c;
    this.#words[at + 3] = d;
    this.#slots[slot] = ++this.#count;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return this.#count - 1;
  }

  #slotOf(a: number, b: number, c: number, d: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
    h ^= h >>> 15;
    for (let s = h & mask; ; s = (s + 1) & mask) {
      const number = this.#slots[s];
      if (number === 0) return s;
      const at = (number - 1) * WIDTH;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return s;
    }
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(before.length * 2);
    this.#words.set(before);
    const next = this.#next;
    this.#next = new Uint32Array(next.length * 2);
    this.#next.set(next);
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.#count; number++) {
      const at = number * WIDTH;
      this.#slots[this.#slotOf(before[at], before[at + 1], before[at + 2], before[at + 3])] = number + 1;
    }
  }
}
