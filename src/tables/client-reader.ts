import type { ClientArena } from './arena.ts';
import {
  CLIENT_FAMILY_WORDS,
  CLIENT_HEADER_WORDS,
  ClientHeader,
  ClientMapWord,
  ENTRY4_WORDS,
  ENTRY6_WORDS,
  ROOT_BITS,
} from './client-layout.ts';

const NONE = new Uint32Array(CLIENT_HEADER_WORDS);
const ROOT_SHIFT = 32 - ROOT_BITS;

/**
 * Classes of clients (client-layout.ts), and how far each look-up holds: the shortest prefix around the address that lies in its entry as a whole.
 *
 * That prefix must leave out the last address before the entry and the first one behind it. A prefix of n bits leaves out an address that differs in
 * one of the first n bits, so it takes one bit more than the two have in common, and the longer of both is the answer. What two words have in common at
 * their front is the leading zeros of their exclusive or. All bounds are multiples of a /24 or /56, so it is never longer than that.
 */
export class ClientReader {
  /** Of the last look-up: bits of the address that the class holds for; 0 where it holds for everybody. */
  scope = 0;
  #words: Uint32Array = NONE;
  #policies = 0;

  /** Takes the views of a generation's maps; without an arena all clients are of class 0. */
  use(arena: ClientArena | undefined): void {
    arena?.words.refresh();
    const words = arena?.words.u32 ?? NONE;
    this.#words = words.length === 0 ? NONE : words;
    this.#policies = this.#words[ClientHeader.POLICIES];
  }

  /**
   * The class of an IPv4 client under a policy.
   * @param signed its address with zeros behind its /24, as 32 bits with sign: without one the engine would make an object of it
   */
  ipv4(policy: number, signed: number): number {
    const address = signed >>> 0;
    this.scope = 0;
    const map = this.#map(policy);
    if (map === 0) return 0;
    const words = this.#words;
    const entries = words[map + ClientMapWord.ENTRIES];
    const root = words[map + ClientMapWord.ROOT] + (address >>> ROOT_SHIFT);
    let low = words[root];
    let high = words[root + 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (words[entries + middle * ENTRY4_WORDS] <= address) low = middle;
      else high = middle - 1;
    }
    const at = entries + low * ENTRY4_WORDS;
    if (low > 0) this.scope = Math.clz32(address ^ (words[at] - 1)) + 1;
    if (low + 1 < words[map + ClientMapWord.COUNT]) {
      this.scope = Math.max(this.scope, Math.clz32(address ^ words[at + ENTRY4_WORDS]) + 1);
    }
    return words[at + 1];
  }

  /** The class of an IPv6 client under a policy. @param first its first 32 bits, `next` those behind, with zeros behind its /56; with sign */
  ipv6(policy: number, first: number, next: number): number {
    const hi = first >>> 0;
    const lo = next >>> 0;
    this.scope = 0;
    let map = this.#map(policy);
    if (map === 0) return 0;
    map += CLIENT_FAMILY_WORDS;
    const words = this.#words;
    const entries = words[map + ClientMapWord.ENTRIES];
    const root = words[map + ClientMapWord.ROOT] + (hi >>> ROOT_SHIFT);
    let low = words[root];
    let high = words[root + 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = entries + middle * ENTRY6_WORDS;
      if (words[at] < hi || (words[at] === hi && words[at + 1] <= lo)) low = middle;
      else high = middle - 1;
    }
    const at = entries + low * ENTRY6_WORDS;
    if (low > 0) {
      const before = words[at + 1] === 0 ? 1 : 0;
      this.scope = common(hi, lo, words[at] - before, words[at + 1] - 1) + 1;
    }
    if (low + 1 < words[map + ClientMapWord.COUNT]) {
      const after = at + ENTRY6_WORDS;
      this.scope = Math.max(this.scope, common(hi, lo, words[after], words[after + 1]) + 1);
    }
    return words[at + 2];
  }

  #map(policy: number): number {
    return policy < this.#policies ? this.#words[CLIENT_HEADER_WORDS + policy] : 0;
  }
}

/** Leading bits two pairs of words have in common. */
function common(hi: number, lo: number, otherHi: number, otherLo: number): number {
  const differs = hi ^ otherHi;
  return differs !== 0 ? Math.clz32(differs) : 32 + Math.clz32(lo ^ otherLo);
}
