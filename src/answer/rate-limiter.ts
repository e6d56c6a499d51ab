/**
 * Response rate limiting: how many replies of a kind a network gets over UDP, where the address a query came from may be forged. What is over the rate is left unsaid, but
 * for one in `slip`, which sends who asked to TCP: a resolver in that network still gets its answer, and who only lent its address gets little.
 *
 * A network is a client's address with so many bits. Each network and kind has an entry in a table of fixed size, all in one ArrayBuffer: a *set* of four entries, chosen by a
 * keyed hash, of four words each:
 *
 *     +0  network, its first 32 bits            +2  epoch << 8 | slips << 3 | IPv6 << 2 | kind
 *     +1  network, the next 32 bits (IPv6)      +3  when the entry will owe nothing
 *
 * The entry says when its network will have paid for the replies it got, at the rate it has (the *virtual scheduling* of ITU-T I.371): a reply puts that off by the time between
 * two replies; when it lies a second ahead, no more is said. So whatever a network asks, within any second it gets what a second's rate is, and then again as time goes by.
 *
 * Entries hold whole networks, so no two share one. When a set is full, the entry that owes least goes, since least is forgotten with it: a network that is limited keeps its entry
 * while others come and go. Who made room is never limited for it.
 *
 * Time is in ticks of 2^-24 s in 32 bits, which wrap, and epochs of 2^30 ticks, which tell an entry of one wrap from that of the next: one that isn't of this epoch or the one before
 * owes nothing, and zeroes are such an entry.
 */
import type { Prefix } from '../net/prefix.ts';
import { PrefixSet } from '../net/prefix-set.ts';
import { BATCH } from './batch.ts';
import { REPLY_KINDS, type ReplyKind } from './reply-kind.ts';

export interface RateLimitConfig {
  /** Replies a second of one network, by ReplyKind: 1 to MOST_RATE, or 0 for no limit. */
  readonly rates: readonly number[];
  /** One in so many of what is over the rate is truncated: 1 for all, 0 for none. */
  readonly slip: number;
  /** Bits of a network. */
  readonly ipv4: number;
  readonly ipv6: number;
  /** Networks that have no limit. */
  readonly exempt: readonly Prefix[];
  /** Entries, rounded up to a power of two. */
  readonly entries: number;
  /** LIMITER_KEY_WORDS words nobody can guess: who knows them can choose networks of one set. */
  readonly key: Int32Array;
}

/** What becomes of a reply. */
export const Verdict = { SEND: 0, DROP: 1, TRUNCATE: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Bounds of the configuration. */
export const MOST_RATE = 100_000;
export const MOST_SLIP = 10;
/** An IPv6 network is two words. */
export const MOST_IPV6 = 64;

const TICKS_PER_SECOND = 2 ** 24;
const TICKS_PER_MS = TICKS_PER_SECOND / 1000;
const EPOCH_TICKS = 2 ** 30;
/** Epochs of an entry, which take 34 years to come round. */
const EPOCH_MASK = 0xff_ffff;
/** So that an entry of zeroes is of no epoch near the first one. */
const FIRST_EPOCH = 2;

/** In place of a set. */
const NO_SET = -1;
const WAYS = 4;
const ENTRY_WORDS = 4;
const SET_WORDS = WAYS * ENTRY_WORDS;
// Words of an entry.
const LOW = 1;
const TAG = 2;
const DUE = 3;
// Of a tag.
const KEY_MASK = 7;
const KIND_MASK = 3;
const IPV6 = 4;
const SLIP_SHIFT = 3;
const SLIP_MASK = 15;
const EPOCH_SHIFT = 8;

/** Words of the hash's key: one for each kind and family, and four multipliers. */
const KEY_WORDS = KEY_MASK + 1;
export const LIMITER_KEY_WORDS = KEY_WORDS + 4;

export class RateLimiter {
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #key: Int32Array;
  /** By kind: ticks between two replies, 0 for no limit; and how far ahead an entry may owe for one more. */
  readonly #interval = new Int32Array(REPLY_KINDS.length);
  readonly #most = new Int32Array(REPLY_KINDS.length);
  readonly #slip: number;
  readonly #ipv4Mask: number;
  readonly #ipv6High: number;
  readonly #ipv6Low: number;
  readonly #exempt: PrefixSet | undefined;
  #epoch = FIRST_EPOCH;
  #now = 0;
  // By message of a batch: its network and key, and where its set begins.
  readonly #high = new Int32Array(BATCH);
  readonly #low = new Int32Array(BATCH);
  readonly #keys = new Int32Array(BATCH);
  readonly #sets = new Int32Array(BATCH);
  /** Of no meaning: it keeps the reads of `touch` from being left out. */
  #seen = 0;

  constructor({ rates, slip, ipv4, ipv6, exempt, entries, key }: RateLimitConfig) {
    const sets = 2 ** Math.max(0, Math.ceil(Math.log2(entries / WAYS)));
    this.#words = new Int32Array(sets * SET_WORDS);
    this.#mask = sets - 1;
    this.#key = key.slice(0, LIMITER_KEY_WORDS);
    // Multipliers are odd, so that nothing of what they multiply is lost.
    for (let i = KEY_WORDS; i < LIMITER_KEY_WORDS; i++) this.#key[i] |= 1;
    REPLY_KINDS.forEach((_, kind) => {
      const interval = rates[kind] === 0 ? 0 : Math.floor(TICKS_PER_SECOND / rates[kind]);
      this.#interval[kind] = interval;
      this.#most[kind] = (rates[kind] - 1) * interval;
    });
    this.#slip = slip;
    this.#ipv4Mask = maskOf(ipv4);
    this.#ipv6High = maskOf(ipv6);
    this.#ipv6Low = maskOf(ipv6 - 32);
    this.#exempt = exempt.length === 0 ? undefined : new PrefixSet(exempt);
  }

  /** Octets of the table. */
  get size(): number {
    return this.#words.byteLength;
  }

  /** Says the time, before each batch. @param milliseconds of a clock that is never set, as performance.now */
  set now(milliseconds: number) {
    const ticks = Math.floor(milliseconds * TICKS_PER_MS);
    const epoch = Math.floor(ticks / EPOCH_TICKS);
    this.#epoch = (epoch + FIRST_EPOCH) & EPOCH_MASK;
    // Two bits of the epoch go on where an epoch's own ticks end, so that 32 bits count on through it.
    this.#now = ((epoch & 3) << 30) | (ticks - epoch * EPOCH_TICKS);
  }

  /**
   * Finds the set that a reply is reckoned in: stage one of a batch. The cache misses of its messages overlap, then.
   * @param i    the message's place in the batch
   * @param m    where the reply goes: an address of `size` octets, 4 or 16, at `at`
   */
  place(i: number, m: Uint8Array, at: number, size: number, kind: ReplyKind): void {
    if (this.#interval[kind] === 0) {
      this.skip(i);
      return;
    }
    let high = (m[at] << 24) | (m[at + 1] << 16) | (m[at + 2] << 8) | m[at + 3];
    let low = 0;
    let key: number = kind;
    if (size === 4) high &= this.#ipv4Mask;
    else {
      high &= this.#ipv6High;
      low = ((m[at + 4] << 24) | (m[at + 5] << 16) | (m[at + 6] << 8) | m[at + 7]) & this.#ipv6Low;
      key |= IPV6;
    }
    this.#high[i] = high;
    this.#low[i] = low;
    this.#keys[i] = key;
    this.#sets[i] = (this.#hash(high, low, key) & this.#mask) * SET_WORDS;
  }

  /** Leaves message i out. */
  skip(i: number): void {
    this.#sets[i] = NO_SET;
  }

  /** Stage two: brings the sets of the first `count` messages into the cache. */
  touch(count: number): void {
    const words = this.#words;
    const sets = this.#sets;
    let seen = 0;
    for (let i = 0; i < count; i++) if (sets[i] !== NO_SET) seen |= words[sets[i]];
    this.#seen = seen;
  }

  /**
   * Counts message i's reply, and judges it: stage three.
   * @param m as it was placed by
   */
  judge(i: number, m: Uint8Array, at: number, size: number): Verdict {
    const first = this.#sets[i];
    if (first === NO_SET) return Verdict.SEND;
    const high = this.#high[i];
    const low = this.#low[i];
    const key = this.#keys[i];
    const kind = key & KIND_MASK;
    const words = this.#words;
    let entry = first;
    for (const end = first + SET_WORDS; entry < end; entry += ENTRY_WORDS)
      if (words[entry] === high && words[entry + LOW] === low && (words[entry + TAG] & KEY_MASK) === key) break;
    if (entry === first + SET_WORDS) {
      entry = this.#cheapest(first);
      words[entry] = high;
      words[entry + LOW] = low;
      // Of no epoch: it owes nothing.
      words[entry + TAG] = (((this.#epoch - FIRST_EPOCH) & EPOCH_MASK) << EPOCH_SHIFT) | key;
    }
    const owed = this.#owed(entry);
    if (owed > this.#most[kind]) return this.#limit(m, at, size, entry);
    words[entry + TAG] = (this.#epoch << EPOCH_SHIFT) | (words[entry + TAG] & 0xff);
    words[entry + DUE] = (this.#now + owed + this.#interval[kind]) | 0;
    return Verdict.SEND;
  }

  /** Ticks until an entry has paid for what it got: no more than a second and an interval. */
  #owed(entry: number): number {
    const words = this.#words;
    // Of the next wrap, as far as its ticks tell.
    if (((this.#epoch - (words[entry + TAG] >>> EPOCH_SHIFT)) & EPOCH_MASK) > 1) return 0;
    const owed = (words[entry + DUE] - this.#now) | 0;
    return owed < 0 ? 0 : owed;
  }

  /** The entry of a full set with which least is forgotten. */
  #cheapest(first: number): number {
    let cheapest = first;
    let least = this.#owed(first);
    for (let way = 1; way < WAYS && least > 0; way++) {
      const entry = first + way * ENTRY_WORDS;
      const owed = this.#owed(entry);
      if (owed >= least) continue;
      least = owed;
      cheapest = entry;
    }
    return cheapest;
  }

  #limit(m: Uint8Array, at: number, size: number, entry: number): Verdict {
    if (this.#exempt?.has(m, at, size) === true) return Verdict.SEND;
    if (this.#slip === 0) return Verdict.DROP;
    const words = this.#words;
    const tag = words[entry + TAG];
    const slips = ((tag >>> SLIP_SHIFT) & SLIP_MASK) + 1;
    const is = slips >= this.#slip;
    words[entry + TAG] = (tag & ~(SLIP_MASK << SLIP_SHIFT)) | ((is ? 0 : slips) << SLIP_SHIFT);
    return is ? Verdict.TRUNCATE : Verdict.DROP;
  }

  /** Multipliers nobody knows stand between the words: differences of two networks can't be chosen so that they cancel out. */
  #hash(high: number, low: number, key: number): number {
    const k = this.#key;
    let x = Math.imul(high ^ k[key], k[KEY_WORDS]);
    x = Math.imul(x ^ (x >>> 15), k[KEY_WORDS + 1]);
    x = Math.imul(x ^ (x >>> 15) ^ low, k[KEY_WORDS + 2]);
    x = Math.imul(x ^ (x >>> 15), k[KEY_WORDS + 3]);
    return x ^ (x >>> 16);
  }
}

/** The first `bits` of a word, none where that is below 1. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
