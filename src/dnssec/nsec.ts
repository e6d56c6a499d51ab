/**
 * NSEC records made for one name (RFC 4034 §4). One that denies types has the name as its owner and the very next name there could be as the next: nothing lies between
 * the two. One that denies the name itself reaches from a name just before it to one just behind all that could be below it (RFC 4470, by the functions of RFC 4471).
 */
import { MAX_LABEL, MAX_NAME } from '../wire/constants.ts';
import { copy } from '../wire/copy-octets.ts';

/** Octets of the largest NSEC RDATA: a name, and all 256 windows. */
export const MOST_NSEC_RDATA = MAX_NAME + 256 * 34;

/**
 * Writes the name that follows in canonical order (RFC 4034 §6.1): the least child where there is room for one (`\000.name`), else what RFC 4471 §3.1.2 finds.
 *
 * @param name   wire form, lower case, at or below the apex, at [from, end)
 * @param apexAt where the apex begins in it
 * @param out    room for MAX_NAME octets from `at` on
 * @returns the octet after the name
 */
export function writeNextName(
  name: Uint8Array,
  from: number,
  end: number,
  apexAt: number,
  out: Uint8Array,
  at: number,
): number {
  if (end - from + 2 <= MAX_NAME) {
    out[at] = 1;
    out[at + 1] = 0;
    return copy(name, from, end, out, at + 2);
  }
  return writeNextSibling(name, from, end, apexAt, out, at);
}

/**
 * Writes the name that follows all that is below one, which begins at `from`: the least of its later siblings, or of a name above it (RFC 4471 §3.1.2).
 * @param apexAt as for `writeNextName`
 */
export function writeNextSibling(
  name: Uint8Array,
  from: number,
  end: number,
  apexAt: number,
  out: Uint8Array,
  at: number,
): number {
  let label = from;
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

/**
 * Writes a sibling that comes before the name at `from`, so that nothing lies between the two but what is below the sibling: the last octet one less, and filled up
 * with the largest (RFC 4471 §3.1.1). Of a label that ends in a zero octet it is the label without that.
 *
 * @returns the octet after it; `at` where there is none: the label is one zero octet, and what comes before is the name above itself
 */
export function writePreviousSibling(name: Uint8Array, from: number, end: number, out: Uint8Array, at: number): number {
  const length = name[from];
  const next = from + 1 + length;
  const last = name[next - 1];
  if (last === 0) {
    if (length === 1) return at;
    out[at] = length - 1;
    return copy(name, next, end, out, copy(name, from + 1, next - 1, out, at + 1));
  }
  const p = copy(name, from + 1, next - 1, out, at + 1);
  // Capital letters don't occur in canonical names.
  out[p] = last === 0x5b ? 0x40 : last - 1;
  const most = Math.min(MAX_LABEL, length + MAX_NAME - (end - from));
  for (let i = length; i < most; i++) out[p + 1 + i - length] = 0xff;
  out[at] = most;
  return copy(name, next, end, out, at + 1 + most);
}

/** Writes the last name there can be below the one at [at, end): labels of the largest octets in front, as long as there is room (RFC 4471 §3.1.1). @returns its end */
export function writeLastBelow(name: Uint8Array, at: number, end: number, out: Uint8Array): number {
  const room = MAX_NAME - (end - at);
  // What is nearer to the name counts more, so only the first label is shorter than can be.
  const rest = room % (MAX_LABEL + 1);
  let p = rest > 1 ? writeLastLabel(rest - 1, out, 0) : 0;
  for (let more = room - rest; more > 0; more -= MAX_LABEL + 1) p = writeLastLabel(MAX_LABEL, out, p);
  return copy(name, at, end, out, p);
}

function writeLastLabel(length: number, out: Uint8Array, at: number): number {
  out[at] = length;
  out.fill(0xff, at + 1, at + 1 + length);
  return at + 1 + length;
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
