/**
 * Signatures in shared memory, found by what they sign. A signature is a function of a key and the octets signed, and these hold all that matters: owner, type, original
 * TTL, records, validity, the key's tag. So nothing here is ever stale; what is no longer asked for is overwritten.
 *
 *     line 0         the hash's key, in four words
 *     then sets of five lines (of 16 words, as the processor's): four signatures a set
 *         line 0     +0 how many places were taken   +1 an octet a place: when it was found last   +4 check by place
 *                    +8, +12 two words of the hash by place
 *         line 1..4  a signature each
 *
 * Any thread reads and writes, none waits, and there is no lock that one which dies could leave behind. The check is a sum over the signature and the rest of the hash: what is half
 * written, or written while it is read, or written by two at once, is not there, and whoever wants it next writes it again. (The sum of one such in 2^32 may fit.) Writers take places in
 * turn, so two seldom meet in one. It costs a reader two lines of memory.
 *
 * Whoever finds a signature notes when, to the hour or so and once in it, so that signers can tell what is asked for again and again (control/signing/).
 *
 * There are two parts: of names that are in a zone, and of names that wildcards and denials make up. A flood of the latter pushes out none of the former.
 */
import { randomFillSync } from 'node:crypto';
import { SIGNATURE_OCTETS } from './algorithm.ts';
import { KEY_WORDS } from './half-siphash.ts';

const WAYS = 4;
const LINE = 16;
const SIGNATURE_WORDS = SIGNATURE_OCTETS / 4;
const TURN = 0;
const FOUND = 1;
const CHECK = 4;
const HASH_1 = 8;
const HASH_2 = 12;
const SET_WORDS = LINE + WAYS * SIGNATURE_WORDS;
/** Of all sets, one in so many is for names made up. */
const MADE_UP_SHARE = 4;
/** When a signature was found last: not yet; once, by the query it was made for; else FIRST_TICK and the time in ticks of 2^TICK_SHIFT seconds, modulo TICKS. */
const NEVER = 0;
const ONCE = 1;
const FIRST_TICK = 2;
const TICKS = 256 - FIRST_TICK;
const TICK_SHIFT = 12;

/** What is known of a signature by its hash alone. */
export const Known = { MISSING: -2, UNUSED: -1 } as const;

/** Makes the memory for at least so many signatures. */
export function makeSignatureCache(signatures: number): SharedArrayBuffer {
  let sets = MADE_UP_SHARE;
  while (sets * WAYS < signatures) sets *= 2;
  const buffer = new SharedArrayBuffer((LINE + sets * SET_WORDS) * 4);
  const key = new Int32Array(KEY_WORDS);
  randomFillSync(key);
  new Int32Array(buffer).set(key);
  return buffer;
}

export class SignatureCache {
  /** Key of the hash that signatures are found by. */
  readonly key: Int32Array;
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  readonly #sets: number;
  /** Whether the signature found last had been found before, so that it is known by now that it is asked for again. */
  wasFound = false;
  #tick = FIRST_TICK;
  readonly #scratch = new Int32Array(SIGNATURE_WORDS);

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#octets = new Uint8Array(buffer);
    this.key = this.#words.slice(0, KEY_WORDS);
    this.#sets = (this.#words.length - LINE) / SET_WORDS;
  }

  /** How many signatures of names that are in a zone there is room for. */
  get room(): number {
    return (this.#sets - this.#sets / MADE_UP_SHARE) * WAYS;
  }

  /** The time at which signatures are found, in Unix seconds. */
  set now(seconds: number) {
    this.#tick = tickOf(seconds);
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
      if (words[set + HASH_1 + way] !== hash[1] || words[set + HASH_2 + way] !== hash[2]) continue;
      const signature = set + LINE + way * SIGNATURE_WORDS;
      for (let i = 0; i < SIGNATURE_WORDS; i++) out[i] = words[signature + i];
      if (words[set + CHECK + way] !== checkOf(hash, out)) continue;
      // Said once a tick: who reads only shares the line with others.
      const found = (set + FOUND) * 4 + way;
      const before = this.#octets[found];
      if (before !== this.#tick) this.#octets[found] = before === NEVER ? ONCE : this.#tick;
      this.wasFound = before !== NEVER;
      return true;
    }
    return false;
  }

  /**
   * What is known of a signature, without finding it.
   * @returns ticks (of 2^12 seconds) since it was found last, of those up to `now`; or as `Known` says
   */
  known(hash: Int32Array, madeUp: boolean): number {
    const words = this.#words;
    const set = this.#set(hash, madeUp);
    const scratch = this.#scratch;
    for (let way = 0; way < WAYS; way++) {
      if (words[set + HASH_1 + way] !== hash[1] || words[set + HASH_2 + way] !== hash[2]) continue;
      for (let i = 0; i < SIGNATURE_WORDS; i++) scratch[i] = words[set + LINE + way * SIGNATURE_WORDS + i];
      if (words[set + CHECK + way] !== checkOf(hash, scratch)) continue;
      const found = this.#octets[(set + FOUND) * 4 + way];
      return found < FIRST_TICK ? Known.UNUSED : (this.#tick - found + TICKS) % TICKS;
    }
    return Known.MISSING;
  }

  /** Keeps a signature. */
  store(hash: Int32Array, madeUp: boolean, signature: Int32Array): void {
    const words = this.#words;
    const set = this.#set(hash, madeUp);
    // The place it has already, if another was faster; else each in turn.
    let way = -1;
    for (let i = 0; i < WAYS; i++)
      if (words[set + HASH_1 + i] === hash[1] && words[set + HASH_2 + i] === hash[2]) way = i;
    if (way < 0) way = Atomics.add(words, set + TURN, 1) & (WAYS - 1);
    words[set + HASH_1 + way] = hash[1];
    words[set + HASH_2 + way] = hash[2];
    words[set + CHECK + way] = checkOf(hash, signature);
    this.#octets[(set + FOUND) * 4 + way] = NEVER;
    for (let i = 0; i < SIGNATURE_WORDS; i++) words[set + LINE + way * SIGNATURE_WORDS + i] = signature[i];
  }

  #set(hash: Int32Array, madeUp: boolean): number {
    const some = this.#sets / MADE_UP_SHARE;
    const place = hash[0] >>> 1;
    const set = madeUp ? place % some : some + (place % (this.#sets - some));
    return LINE + set * SET_WORDS;
  }
}

function tickOf(seconds: number): number {
  return FIRST_TICK + (((seconds / 2 ** TICK_SHIFT) % TICKS) | 0);
}

/** Never that of a place nobody has written: zeros under a hash of zeros. */
function checkOf(hash: Int32Array, signature: Int32Array): number {
  let check = hash[3] ^ 0x5bd1e995;
  for (let i = 0; i < SIGNATURE_WORDS; i++) check = (Math.imul(check, 0x9e3779b1) + signature[i]) | 0;
  return check;
}
