/**
 * Signatures that packet workers ask signer threads for, in memory they share. Each worker has places; a query that waits for a signature has one, with the octets to be
 * signed. Places sent are signed in the order they were sent, by whichever signer is free; the signature goes into the cache, for all to find.
 *
 *     line 0          BELL: grows with everything sent; signers wait for that   STOP: 1 when signers are to end
 *     then by worker
 *         line 0      HEAD: places ever sent      line 1   TAIL: how far signers are      line 2   RUNG: 1 while the worker's bell has not been heard
 *         ORDER       a word a place: what was sent, as a ring
 *         PLACES      4 KiB each: STATE, KEY (`SigningKey.id`), MADE_UP, LENGTH, then the octets to be signed
 *
 *     STATE           FREE ──worker──> SENT ──signer──> CLAIMED + its number ──signer──> SIGNED or UNABLE ──worker──> FREE
 *
 * Nobody waits for a lock. A signer that dies leaves the place that it claimed; the one that replaces it signs that when nothing else is waiting, or after so many others. If it dies of it too,
 * the next gives it up: what kills signers stops neither others' requests nor itself being done with. A worker that dies leaves places that are sent; the one that replaces it frees them once
 * they are done.
 */

const LINE = 16;
const BELL = 0;
const STOP = 1;
const HEAD = 0;
const TAIL = LINE;
const RUNG = 2 * LINE;
const ORDER = 3 * LINE;
/** Places of a worker: queries that may wait. At the rate a core signs (decision 0021) the last of them waits some 15 ms. */
export const PLACES = 256;
const PLACE_WORDS = 1024;
const FIRST_PLACE = ORDER + PLACES;
const WORKER_WORDS = FIRST_PLACE + PLACES * PLACE_WORDS;
const STATE = 0;
const KEY = 1;
const MADE_UP = 2;
const LENGTH = 3;
const OCTETS = 4;

/** Most octets that can be sent: of an RRset with more, a response over UDP says that it is to be had over TCP. */
export const MOST_OCTETS = (PLACE_WORDS - OCTETS) * 4;

const State = { FREE: 0, SENT: 1, SIGNED: 2, UNABLE: 3, CLAIMED: 4 } as const;
/** Added to CLAIMED and the number, of what one before has died of. */
const AGAIN = 1 << 16;
/** Others that are taken before what the signer before may have died of. */
const OTHERS_FIRST = PLACES;

/** Makes the memory for so many workers. */
export function makeSignatureRequests(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer((LINE + workers * WORKER_WORDS) * 4);
}

/** A worker's side. */
export class SignatureRequests {
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  readonly #block: number;

  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.#words = new Int32Array(buffer);
    this.#octets = new Uint8Array(buffer);
    this.#block = LINE + worker * WORKER_WORDS;
  }

  /** Writes what is to be signed into a place that is free. */
  write(place: number, octets: Uint8Array, length: number, key: number, madeUp: boolean): void {
    const at = this.#place(place);
    const words = this.#words;
    words[at + KEY] = key;
    words[at + MADE_UP] = madeUp ? 1 : 0;
    words[at + LENGTH] = length;
    const into = this.#octets;
    for (let i = 0, to = (at + OCTETS) * 4; i < length; i++) into[to + i] = octets[i];
  }

  /** Hands a place that was written to the signers. */
  send(place: number): void {
    const words = this.#words;
    const head = words[this.#block + HEAD];
    words[this.#block + ORDER + (head & (PLACES - 1))] = place;
    Atomics.store(words, this.#place(place) + STATE, State.SENT);
    Atomics.store(words, this.#block + HEAD, (head + 1) | 0);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL, 1);
  }

  /** Whether a place's signature has been made. */
  isSigned(place: number): boolean {
    return Atomics.load(this.#words, this.#place(place) + STATE) === State.SIGNED;
  }

  /** Whether a place's signature can't be made: no signer has the key, or can sign with it. */
  isUnable(place: number): boolean {
    return Atomics.load(this.#words, this.#place(place) + STATE) === State.UNABLE;
  }

  /** Whether a place is with the signers: sent by a worker that died. */
  isSent(place: number): boolean {
    const state = Atomics.load(this.#words, this.#place(place) + STATE);
    return state === State.SENT || state >= State.CLAIMED;
  }

  /** Takes a place back that is done, or was never sent. */
  free(place: number): void {
    Atomics.store(this.#words, this.#place(place) + STATE, State.FREE);
  }

  /** Whether a signer has rung, and may not ring again until `heard`. */
  get isRung(): boolean {
    return this.#words[this.#block + RUNG] !== 0;
  }

  /** The bell was heard. What is done by now is to be looked for after this. */
  heard(): void {
    Atomics.store(this.#words, this.#block + RUNG, 0);
  }

  #place(place: number): number {
    return this.#block + FIRST_PLACE + place * PLACE_WORDS;
  }
}

/** A signer's side: takes one place after another, workers in turn. */
export class SignatureOrders {
  /** Of what was taken: the worker, the key's id, whether the owner is not in the zone, how many of `octets` are to be signed. */
  worker = 0;
  key = 0;
  madeUp = false;
  length = 0;
  readonly octets = new Uint8Array(MOST_OCTETS);
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #claim: number;
  readonly #workers: number;
  #at = 0;
  /** How many requests were given up, of which two signers of this number have died. */
  readonly abandoned: number = 0;
  /** Words of the places that a signer of this number claimed before it died. */
  readonly #left: number[] = [];
  #taken = 0;

  /** @param signer its number, which no other that lives has */
  constructor(buffer: SharedArrayBuffer, signer: number) {
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#claim = State.CLAIMED + signer;
    this.#workers = (this.#words.length - LINE) / WORKER_WORDS;
    for (let worker = 0; worker < this.#workers; worker++)
      for (let place = 0; place < PLACES; place++) {
        const at = placeOf(worker, place);
        const state = Atomics.load(this.#words, at + STATE);
        if (state === this.#claim) this.#left.push(at);
        else if (state === this.#claim + AGAIN) {
          Atomics.store(this.#words, at + STATE, State.UNABLE);
          this.abandoned++;
        }
      }
  }

  /** Takes what was sent longest ago by the worker whose turn it is. @returns false when nothing is waiting */
  take(): boolean {
    if (this.#left.length > 0 && this.#taken++ === OTHERS_FIRST) return this.#takeLeft();
    for (let tries = 0; tries < this.#workers; tries++) {
      this.worker = (this.worker + 1) % this.#workers;
      if (this.#takeOf(this.worker)) return true;
    }
    return this.#takeLeft();
  }

  /** Takes what the signer before was at when it died. */
  #takeLeft(): boolean {
    const left = this.#left.pop();
    if (left === undefined) return false;
    Atomics.store(this.#words, left + STATE, this.#claim + AGAIN);
    this.worker = Math.floor((left - LINE) / WORKER_WORDS);
    this.#read(left);
    return true;
  }

  /** What was taken is in the cache, or can't be signed. */
  done(isSigned: boolean): void {
    Atomics.store(this.#words, this.#at + STATE, isSigned ? State.SIGNED : State.UNABLE);
  }

  /** @returns whether the worker's bell is to be rung: nobody has since it heard it last */
  mustRing(worker: number): boolean {
    return Atomics.exchange(this.#words, LINE + worker * WORKER_WORDS + RUNG, 1) === 0;
  }

  /** How often something was sent. Read before looking for something, given to `wait` after nothing was found. */
  get bell(): number {
    return Atomics.load(this.#words, BELL);
  }

  /** Waits until something is sent, but not for longer than so many milliseconds. */
  wait(bell: number, most: number): void {
    Atomics.wait(this.#words, BELL, bell, most);
  }

  get stopping(): boolean {
    return this.#words[STOP] !== 0;
  }

  #takeOf(worker: number): boolean {
    const words = this.#words;
    const block = LINE + worker * WORKER_WORDS;
    for (;;) {
      const tail = Atomics.load(words, block + TAIL);
      if (tail === Atomics.load(words, block + HEAD)) return false;
      const at = placeOf(worker, words[block + ORDER + (tail & (PLACES - 1))]);
      const mine = Atomics.compareExchange(words, at + STATE, State.SENT, this.#claim) === State.SENT;
      // Whoever claims a place that another has claimed helps it on; so the ring goes on also where a signer died in between.
      Atomics.compareExchange(words, block + TAIL, tail, (tail + 1) | 0);
      if (!mine) continue;
      this.#read(at);
      return true;
    }
  }

  #read(at: number): void {
    const words = this.#words;
    this.#at = at;
    this.key = words[at + KEY];
    this.madeUp = words[at + MADE_UP] !== 0;
    this.length = words[at + LENGTH];
    this.octets.set(this.#bytes.subarray((at + OCTETS) * 4, (at + OCTETS) * 4 + this.length));
  }
}

/** Tells all signers to end. */
export function stopSigners(buffer: SharedArrayBuffer): void {
  const words = new Int32Array(buffer);
  Atomics.store(words, STOP, 1);
  Atomics.add(words, BELL, 1);
  Atomics.notify(words, BELL);
}

function placeOf(worker: number, place: number): number {
  return LINE + worker * WORKER_WORDS + FIRST_PLACE + place * PLACE_WORDS;
}
