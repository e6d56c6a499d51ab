/**
 * A query name prepared for suffix look-ups: lower-cased wire form, where its labels begin, and a hash for each suffix.
 *
 *     octets   3 w w w 7 e x a m p l e 3 n e t 0
 *     label 0  ^       1               2       3 (root)
 *     hash[0]  of the whole name, hash[1] of example.net, hash[2] of net, hash[3] of the root
 *
 * The hash runs from the root towards the first label, so that one pass gives the hash of every suffix. It is keyed: without the
 * seed nobody can choose names that crowd one part of a table. 32-bit arithmetic and bounded loops only, so that another program
 * (a mapped file's reader, an eBPF program) can compute the same.
 */
import { MAX_LABEL, MAX_LABELS, MAX_NAME } from '../wire/constants.ts';

const FNV_PRIME = 0x01000193;
const NOTHING = new Uint8Array(0);

/** Mixes one octet into a running hash state. */
export function hashStep(state: number, octet: number): number {
  state = Math.imul(state ^ octet, FNV_PRIME);
  return (state << 5) | (state >>> 27);
}

/** Spreads a state's entropy into all 32 bits (the finaliser of MurmurHash3, first half). Unsigned. */
export function hashFinish(state: number): number {
  state ^= state >>> 15;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  return state >>> 0;
}

/**
 * The hash of a name from its state: 31 bits, which the JavaScript engine holds as they are. A larger number it would make an object of wherever a call passes it on,
 * and such garbage adds up.
 */
export function hashOfState(state: number): number {
  return hashFinish(state) >>> 1;
}

/** Hash of the lower-case wire-form name at `bytes[at, end)`; what `Suffixes` computes for suffix 0. */
export function hashName(seed: number, bytes: Uint8Array, at: number, end: number): number {
  return hashOfState(hashState(seed, bytes, at, end));
}

/** The unfinished state of `hashName`, from which the hash of a name with more labels in front goes on. */
export function hashState(seed: number, bytes: Uint8Array, at: number, end: number): number {
  let state = seed;
  for (let i = end - 1; i >= at; i--) state = hashStep(state, bytes[i]);
  return state;
}

export class Suffixes {
  /** Lower-case wire form, from offset 0. */
  readonly name = new Uint8Array(MAX_NAME + 1);
  /** Octets of `name`, root octet included. */
  end = 0;
  /** Labels, root not counted. */
  labels = 0;
  /** Offset in `name` of each label; `at[labels]` is the root's octet. */
  readonly at = new Uint16Array(MAX_LABELS + 1);
  /** Unfinished hash state of each suffix, so that a label can still be put in front. */
  readonly state = new Int32Array(MAX_LABELS + 1);
  readonly #seed: number;
  // The octets a name was begun from, and the label from which on it is here.
  #bytes: Uint8Array = NOTHING;
  #from = 0;
  #reached = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Finished hash of the suffix that begins at label `i`. */
  hash(i: number): number {
    return hashOfState(this.state[i]);
  }

  /** Finished hash of `*.` in front of the suffix at label `i` (RFC 4592 §2.1.1: one asterisk label). */
  wildcardHash(i: number): number {
    return hashOfState(hashStep(hashStep(this.state[i], 0x2a), 1));
  }

  /**
   * Takes the uncompressed name at `bytes[from]`, which must end before `limit`.
   * @returns the offset after the root octet, or -1 when there is no well-formed name there
   */
  take(bytes: Uint8Array, from: number, limit: number): number {
    const end = this.begin(bytes, from, limit);
    if (end >= 0) this.reach(0);
    return end;
  }

  /**
   * Takes of a name only where its labels are: of the rest what `reach` is asked for, while the octets stay where they are. For who may not need the first
   * label, which mostly is half of a name.
   */
  begin(bytes: Uint8Array, from: number, limit: number): number {
    const { at } = this;
    let p = from;
    let labels = 0;
    for (;;) {
      if (p >= limit) return -1;
      const length = bytes[p];
      at[labels] = p - from;
      if (length === 0) break;
      if (length > MAX_LABEL || p - from + length + 2 > MAX_NAME) return -1;
      labels++;
      p += length + 1;
    }
    const root = p - from;
    this.end = root + 1;
    this.name[root] = 0;
    this.state[labels] = hashStep(this.#seed, 0);
    this.labels = labels;
    this.#bytes = bytes;
    this.#from = from;
    this.#reached = labels;
    return p + 1;
  }

  /** Sees to it that the suffix that begins at a label is there, and all shorter ones. */
  reach(label: number): void {
    const { name, at, state: states } = this;
    const bytes = this.#bytes;
    const from = this.#from;
    let reached = this.#reached;
    let i = at[reached];
    let state = states[reached];
    while (reached > label) {
      reached--;
      const first = at[reached];
      while (--i > first) {
        let c = bytes[from + i];
        if (c >= 0x41 && c <= 0x5a) c |= 0x20;
        name[i] = c;
        state = hashStep(state, c);
      }
      const length = bytes[from + first];
      name[first] = length;
      state = hashStep(state, length);
      states[reached] = state;
    }
    this.#reached = reached;
  }
}
