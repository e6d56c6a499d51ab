/**
 * A sample of which resolvers ask for which steered hosts, kept by the packet workers in shared memory, so that after a move the main thread can tell
 * who has asked again (control/progress.ts).
 *
 *     words 0..15     what the main thread says: the clock in seconds, so that no worker reads one; how often to note
 *     then a row a worker, which only that worker writes:
 *       16 words      how coarse the sample is
 *       2048 × 8      the pairs: resolver, queries this period, queries the period before, first and last second seen, name
 *
 * **Which pairs.** `resolver` is a hash of the client's whole address (each resolver caches for itself) that begins with the name's keyed hash: nobody
 * outside can choose addresses that get in. A pair is in the sample if the low k bits of it are 0, so every pair has the same chance, 2^-k, however
 * often it asks. A row more than three quarters full forgets pairs unseen for an hour and raises k until it is half empty. When a flood of made-up
 * addresses is over and its pairs are forgotten, k comes down again.
 *
 * **Which queries.** UDP batches are noted every eighth, whole; dgram and TCP note every eighth message. That divides all rates by eight and leaves their
 * ratios alone, but not the time until a resolver is seen again: one that asks once a TTL would be found after eight. So while a move is followed
 * (`follow`) every query is noted.
 *
 * **Counts** are of the current and the last period of 1024 s, for all pairs alike. A rate over a pair's own first and last second would make every
 * resolver that asked once in an hour look like one that asks every second.
 *
 * Both the fast and the complete path say which steered host a message was answered with (Responder.hosts), so both are noted; answers of
 * anything else are not. A and AAAA of a host are one pair. Caches that share an address (a farm behind NAT) are one resolver here: it has asked again
 * when the first of them has.
 */
import type { Batch } from '../answer/batch.ts';

/** Header: the clock, the mask of queries left out, and whether a move is followed. */
const CLOCK = 0;
const SKIP = 1;
const FOLLOWED = 2;
const HEADER_WORDS = 16;

/** A row: k as it is for new pairs, k that holds for all of both periods, the period, and a count that is odd while pairs change their places. */
const K = 0;
const K_READ = 1;
const PERIOD = 2;
const VERSION = 3;
const ROW_HEADER = 16;

const ENTRIES = 2048;
const ENTRY_WORDS = 8;
const ROW_WORDS = ROW_HEADER + ENTRIES * ENTRY_WORDS;
const RESOLVER = 0;
const COUNT = 1;
const EARLIER = 2;
const FIRST = 3;
const LAST = 4;
/** 0 where there is no pair; written last. */
const NAME = 5;

/** The place of a pair is decided by the bits of its hash that k leaves free. */
const PLACE_SHIFT = 32 - Math.log2(ENTRIES);
const MAX_K = PLACE_SHIFT;
const MOST = (ENTRIES * 3) / 4;
const PERIOD_SHIFT = 10;
const FORGET_S = 3600;
/** A power of two: one batch of so many is noted. */
const EVERY = 8;

export type ResolverSample = SharedArrayBuffer;

/** A pair in the sample of one worker. With several workers a pair may be in several rows. */
export interface ResolverPair {
  /** Hash of the steered host's name (zone/suffixes.ts). */
  readonly name: number;
  /** Hash of the client's address and the name. */
  readonly resolver: number;
  /** Queries noted in the current and the last period of 1024 s. */
  readonly count: number;
  /** Seconds of the sample's clock. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How many pairs this one stands for: 2^k. */
  readonly weight: number;
}

/**
 * Makes the shared memory for `workers` workers.
 * @param every one batch of so many is noted; a power of two
 */
export function makeResolverSample(workers: number, every = EVERY): ResolverSample {
  const sample = new SharedArrayBuffer((HEADER_WORDS + workers * ROW_WORDS) * 4);
  new Uint32Array(sample)[SKIP] = every - 1;
  setClock(sample);
  return sample;
}

/** Main thread, about once a second. The default is Unix time as it was at the process's start, gone on evenly: it never jumps. */
export function setClock(
  sample: ResolverSample,
  seconds = Math.floor((performance.timeOrigin + performance.now()) / 1000),
): void {
  new Uint32Array(sample)[CLOCK] = seconds;
}

/** The second workers note now. */
export function readClock(sample: ResolverSample): number {
  return new Uint32Array(sample)[CLOCK];
}

/** Main thread: whether every query is to be noted, because somebody waits for resolvers to come back. */
export function follow(sample: ResolverSample, followed: boolean): void {
  new Uint32Array(sample)[FOLLOWED] = followed ? 1 : 0;
}

/** Main thread: the mask of the coarsest row. A pair whose hash has none of its bits has been looked for by every worker. */
export function sampleMask(sample: ResolverSample): number {
  const words = new Uint32Array(sample);
  let k = 0;
  for (let row = HEADER_WORDS; row < words.length; row += ROW_WORDS) k = Math.max(k, words[row + K_READ]);
  return 2 ** k - 1;
}

/** Main thread: the pairs of all workers, row after row. */
export function* readResolvers(sample: ResolverSample): Generator<ResolverPair> {
  const words = new Uint32Array(sample);
  const period = words[CLOCK] >>> PERIOD_SHIFT;
  for (let row = HEADER_WORDS; row < words.length; row += ROW_WORDS) {
    const copy = copyRow(words, row);
    const weight = 2 ** copy[K_READ];
    for (let e = ROW_HEADER; e < ROW_WORDS; e += ENTRY_WORDS) {
      const resolver = copy[e + RESOLVER];
      if (copy[e + NAME] === 0 || (resolver & (weight - 1)) !== 0) continue;
      const age = period - (copy[e + LAST] >>> PERIOD_SHIFT);
      const count = age <= 0 ? copy[e + COUNT] + copy[e + EARLIER] : age === 1 ? copy[e + COUNT] : 0;
      yield { name: copy[e + NAME], resolver, count, firstSeen: copy[e + FIRST], lastSeen: copy[e + LAST], weight };
    }
  }
}

/** A row as it was between two rearrangements. They take microseconds and are rare: after a few tries what is there will do. */
function copyRow(words: Uint32Array, row: number): Uint32Array {
  for (let tries = 0; ; tries++) {
    const version = Atomics.load(words, row + VERSION);
    const copy = words.slice(row, row + ROW_WORDS);
    const still = version % 2 === 0 && Atomics.load(words, row + VERSION) === version;
    if (still || tries === 3) return copy;
  }
}

/** The finaliser of MurmurHash3 over a state and a word: neighbouring addresses must differ in the low bits too. */
function mix(state: number, word: number): number {
  state ^= word;
  state ^= state >>> 16;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return state ^ (state >>> 16);
}

/** A worker's side. */
export class ResolverTable {
  readonly #words: Uint32Array;
  readonly #row: number;
  /** Where pairs wait while the row is rearranged. */
  readonly #aside = new Uint32Array(ENTRIES * ENTRY_WORDS);
  #mask = 0;
  #used = 0;
  #turn = 0;
  #now = 0;

  /** A worker that replaces a dead one goes on in the same row, even if that one died while rearranging it. */
  constructor(sample: ResolverSample, worker: number) {
    this.#words = new Uint32Array(sample);
    this.#row = HEADER_WORDS + worker * ROW_WORDS;
    this.#now = this.#words[CLOCK];
    this.#rearrange();
  }

  /** Whether the batch, or message, that has just been answered is to be noted. Asked once for each. */
  due(): boolean {
    return (this.#turn++ & this.#words[SKIP]) === 0 || this.#words[FOLLOWED] !== 0;
  }

  /**
   * Notes a batch.
   * @param hosts the hash of the host each was answered with, 0 for none (Responder.hosts)
   */
  noteBatch(batch: Batch, hosts: Uint32Array): void {
    this.#readClock();
    const { clients, clientAt, addressSize, count } = batch;
    for (let i = 0; i < count; i++) this.#noteFrom(clients, clientAt[i], addressSize, hosts[i]);
  }

  /**
   * Notes one message.
   * @param address 4 or 16 octets
   * @param host    as in `noteBatch`
   */
  noteAddress(address: Uint8Array, host: number): void {
    this.#readClock();
    this.#noteFrom(address, 0, address.length, host);
  }

  #noteFrom(clients: Uint8Array, at: number, size: number, host: number): void {
    if (host === 0) return;
    let hash = host;
    for (let p = at; p < at + size; p += 4)
      hash = mix(hash, clients[p] | (clients[p + 1] << 8) | (clients[p + 2] << 16) | (clients[p + 3] << 24));
    if ((hash & this.#mask) === 0) this.#note(host, hash >>> 0);
  }

  #readClock(): void {
    const now = this.#words[CLOCK];
    if (now === this.#now) return;
    this.#now = now;
    if (now >>> PERIOD_SHIFT !== this.#words[this.#row + PERIOD]) this.#beginPeriod();
  }

  #note(name: number, resolver: number): void {
    const words = this.#words;
    const now = this.#now;
    const entry = this.#find(name, resolver);
    if (words[entry + NAME] === 0) {
      if (this.#used >= MOST) {
        // This one query goes unnoted.
        this.#makeRoom();
        return;
      }
      this.#used++;
      words[entry + RESOLVER] = resolver;
      words[entry + COUNT] = 1;
      words[entry + EARLIER] = 0;
      words[entry + FIRST] = now;
      words[entry + LAST] = now;
      words[entry + NAME] = name;
      return;
    }
    const last = words[entry + LAST];
    if (last !== now) {
      const age = (now >>> PERIOD_SHIFT) - (last >>> PERIOD_SHIFT);
      if (age !== 0) {
        words[entry + EARLIER] = age === 1 ? words[entry + COUNT] : 0;
        words[entry + COUNT] = 0;
      }
      words[entry + LAST] = now;
    }
    words[entry + COUNT]++;
  }

  /** Where the pair is, or the free place for it. There always is one: the row is never full. */
  #find(name: number, resolver: number): number {
    const words = this.#words;
    const entries = this.#row + ROW_HEADER;
    for (let place = resolver >>> PLACE_SHIFT; ; place++) {
      const entry = entries + (place & (ENTRIES - 1)) * ENTRY_WORDS;
      const there = words[entry + NAME];
      if (there === 0 || (there === name && words[entry + RESOLVER] === resolver)) return entry;
    }
  }

  /** At least a quarter of the row is freed, so this comes once in hundreds of new pairs. */
  #makeRoom(): void {
    const words = this.#words;
    const row = this.#row;
    this.#rearrange();
    while (this.#used > ENTRIES / 2 && words[row + K] < MAX_K) {
      words[row + K]++;
      words[row + K_READ] = Math.max(words[row + K_READ], words[row + K]);
      this.#rearrange();
    }
  }

  /**
   * Pairs that a lower k lets in have not been counted before, so readers go by the higher one for a period more: then the two periods they count
   * were both under the lower.
   */
  #beginPeriod(): void {
    const words = this.#words;
    const row = this.#row;
    words[row + PERIOD] = this.#now >>> PERIOD_SHIFT;
    words[row + K_READ] = words[row + K];
    this.#rearrange();
    for (let expected = this.#used * 2; words[row + K] > 0 && expected <= ENTRIES / 4; expected *= 2) words[row + K]--;
    this.#mask = 2 ** words[row + K] - 1;
  }

  /** Puts the pairs in their places again, without those that k leaves out and those not seen for an hour. */
  #rearrange(): void {
    const words = this.#words;
    const row = this.#row;
    const entries = row + ROW_HEADER;
    const aside = this.#aside;
    this.#mask = 2 ** words[row + K] - 1;
    this.#used = 0;
    const changing = words[row + VERSION] | 1;
    Atomics.store(words, row + VERSION, changing);
    aside.set(words.subarray(entries, entries + aside.length));
    words.fill(0, entries, entries + aside.length);
    for (let e = 0; e < aside.length; e += ENTRY_WORDS) {
      const name = aside[e + NAME];
      const resolver = aside[e + RESOLVER];
      if (name === 0 || (resolver & this.#mask) !== 0 || this.#now - aside[e + LAST] > FORGET_S) continue;
      words.set(aside.subarray(e, e + ENTRY_WORDS), this.#find(name, resolver));
      this.#used++;
    }
    Atomics.store(words, row + VERSION, changing + 1);
  }
}
