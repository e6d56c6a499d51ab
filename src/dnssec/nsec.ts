/**
 * NSEC records made for one name (RFC 4034 §4): the owner, the very next name there could be, and the types the owner has. Nothing lies between the two, so the
 * record denies types of its owner and no other name.
 */
import { MAX_LABEL, MAX_NAME } from '../wire/constants.ts';

/**
 * Writes the name that follows in canonical order (RFC 4034 §6.1): the least child where there is room for one (`\000.name`), else what RFC 4471 §3.1.2 finds.
 *
 * @param name   wire form, lower case, at or below the apex
 * @param apexAt where the apex begins in it
 * @param out    room for MAX_NAME octets from `at` on
 * @returns the octet after the name
 */
export function writeNextName(name: Uint8Array, end: number, apexAt: number, out: Uint8Array, at: number): number {
  if (end + 2 <= MAX_NAME) {
    out[at] = 1;
    out[at + 1] = 0;
    return copy(name, 0, end, out, at + 2);
  }
  let label = 0;
  while (label < apexAt) {
    const length = name[label];
    const next = label + 1 + length;
    // The next label is one octet longer.
    if (length < MAX_LABEL && end - label + 1 <= MAX_NAME) {
      out[at] = length + 1;
      const p = copy(name, label + 1, next, out, at + 1);
      out[p] = 0;
      return copy(name, next, end, out, p + 1);
    }
    // Or of the same length: its last octet that can grow is one more. Capital letters don't occur in canonical names.
    let last = next - 1;
    while (last > label && name[last] === 0xff) last--;
    if (last > label) {
      out[at] = last - label;
      const p = copy(name, label + 1, last, out, at + 1);
      out[p] = name[last] === 0x40 ? 0x5b : name[last] + 1;
      return copy(name, next, end, out, p + 1);
    }
    label = next;
  }
  // Nothing follows in the zone: the chain closes at the apex (RFC 4034 §4.1.1).
  return copy(name, apexAt, end, out, at);
}

function copy(from: Uint8Array, at: number, end: number, out: Uint8Array, to: number): number {
  let p = to;
  for (let i = at; i < end; i++) out[p++] = from[i];
  return p;
}

/** A set of types, written as the bit maps of NSEC (RFC 4034 §4.1.2). */
export class TypeSet {
  readonly #bits = new Uint8Array(0x10000 / 8);
  /** Windows that have a type, by number: octets in use. */
  readonly #used = new Uint8Array(256);
  /** One past the last of them. */
  #windows = 0;

  clear(): void {
    for (let window = 0; window < this.#windows; window++) {
      const octets = this.#used[window];
      if (octets === 0) continue;
      this.#bits.fill(0, window * 32, window * 32 + octets);
      this.#used[window] = 0;
    }
    this.#windows = 0;
  }

  add(type: number): void {
    const window = type >>> 8;
    const octet = (type & 0xff) >>> 3;
    this.#bits[window * 32 + octet] |= 0x80 >>> (type & 7);
    if (this.#used[window] <= octet) this.#used[window] = octet + 1;
    if (this.#windows <= window) this.#windows = window + 1;
  }

  remove(type: number): void {
    this.#bits[type >>> 3] &= ~(0x80 >>> (type & 7));
  }

  /** Writes the bit maps. `out` has room for them: 34 octets a window. @returns the octet after them */
  write(out: Uint8Array, at: number): number {
    let p = at;
    for (let window = 0; window < this.#windows; window++) {
      let octets = this.#used[window];
      // No trailing zero octets (RFC 4034 §4.1.2).
      while (octets > 0 && this.#bits[window * 32 + octets - 1] === 0) octets--;
      if (octets === 0) continue;
      out[p++] = window;
      out[p++] = octets;
      for (let i = 0; i < octets; i++) out[p++] = this.#bits[window * 32 + i];
    }
    return p;
  }
}
