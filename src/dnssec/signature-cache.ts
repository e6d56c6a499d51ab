/**
 * Signatures in shared memory, found by what they sign. A signature is a function of a key and the octets signed, and these hold all that matters: owner, type, original
 * TTL, records, validity, the key's tag. So nothing here is ever stale; what is no longer asked for is overwritten.
 *
 *     words 0..3     the hash's key
 *     then entries of ENTRY_WORDS words, WAYS of them a set:
 *         +0         sequence: odd while the entry is written, 0 when it never was
 *         +1..+4     128-bit hash of the octets signed (half-siphash.ts)
 *         +5..+20    the signature
 *
 * Any thread reads and writes, and none waits: a reader takes what was the same before and after, a writer that finds an entry being written leaves it. All accesses
 * are atomic, so their order is the one written here on every processor.
 *
 * There are two parts: of names that are in a zone, and of names that wildcards and denials make up. A flood of the latter pushes out none of the former.
 */
import { randomFillSync } from 'node:crypto';
import { SIGNATURE_OCTETS } from './algorithm.ts';
import { KEY_WORDS } from './half-siphash.ts';

const WAYS = 4;
const SIGNATURE_WORDS = SIGNATURE_OCTETS / 4;
const SEQUENCE = 0;
const HASH = 1;
const SIGNATURE = 5;
const ENTRY_WORDS = SIGNATURE + SIGNATURE_WORDS;
const HEAD_WORDS = KEY_WORDS;
/** Of all entries, one in so many is for names made up. */
const MADE_UP_SHARE = 4;

/** Makes the memory for at least so many signatures. */
export function makeSignatureCache(signatures: number): SharedArrayBuffer {
  let sets = MADE_UP_SHARE;
  while (sets * WAYS < signatures) sets *= 2;
  const buffer = new SharedArrayBuffer((HEAD_WORDS + sets * WAYS * ENTRY_WORDS) * 4);
  const key = new Int32Array(KEY_WORDS);
  randomFillSync(key);
  new Int32Array(buffer).set(key);
  return buffer;
}

export class SignatureCache {
  /** Key of the hash that signatures are found by. */
  readonly key: Int32Array;
  readonly #words: Int32Array;
  readonly #sets: number;
  #turn = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.key = this.#words.slice(0, KEY_WORDS);
    this.#sets = (this.#words.length - HEAD_WORDS) / (WAYS * ENTRY_WORDS);
  }

  /**
   * Looks a signature up.
   * @param hash   four words
   * @param madeUp whether it is of a name that is not in the zone
   * @param out    gets the signature's words
   */
  find(hash: Int32Array, madeUp: boolean, out: Int32Array): boolean {
    const words = this.#words;
    const set = this.#set(hash, madeUp);
    for (let way = 0; way < WAYS; way++) {
      const entry = set + way * ENTRY_WORDS;
      const before = Atomics.load(words, entry);
      if (before === 0 || (before & 1) !== 0 || !this.#is(entry, hash)) continue;
      for (let i = 0; i < SIGNATURE_WORDS; i++) out[i] = Atomics.load(words, entry + SIGNATURE + i);
      if (Atomics.load(words, entry) === before) return true;
    }
    return false;
  }

  /** Keeps a signature. */
  store(hash: Int32Array, madeUp: boolean, signature: Int32Array): void {
    const words = this.#words;
    const set = this.#set(hash, madeUp);
    // A place nobody has taken, else each in turn.
    let entry = set + (this.#turn++ & (WAYS - 1)) * ENTRY_WORDS;
    for (let way = 0; way < WAYS; way++) {
      const place = set + way * ENTRY_WORDS;
      if (Atomics.load(words, place) === 0) {
        entry = place;
        break;
      }
      if (this.#is(place, hash)) return;
    }
    const before = Atomics.load(words, entry + SEQUENCE);
    if ((before & 1) !== 0 || Atomics.compareExchange(words, entry, before, before | 1) !== before) return;
    for (let i = 0; i < KEY_WORDS; i++) Atomics.store(words, entry + HASH + i, hash[i]);
    for (let i = 0; i < SIGNATURE_WORDS; i++) Atomics.store(words, entry + SIGNATURE + i, signature[i]);
    Atomics.store(words, entry, (before + 2) | 0);
  }

  #is(entry: number, hash: Int32Array): boolean {
    const words = this.#words;
    for (let i = 0; i < KEY_WORDS; i++) if (Atomics.load(words, entry + HASH + i) !== hash[i]) return false;
    return true;
  }

  #set(hash: Int32Array, madeUp: boolean): number {
    const some = this.#sets / MADE_UP_SHARE;
    const place = hash[0] >>> 1;
    const set = madeUp ? place % some : some + (place % (this.#sets - some));
    return HEAD_WORDS + set * WAYS * ENTRY_WORDS;
  }
}
