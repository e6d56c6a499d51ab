/** Hosts known by name, numbered from 1, each with the numbers of its state (overrides.ts) and penalty (moves/host-penalties.ts). Names are found by the same keyed hash as in the tables. */
import { hashName } from '../zone/suffixes.ts';

const FIRST_ROOM = 1024;

export class NamedHosts {
  readonly #seed: number;
  /** Host by hash: open addressing, at most half full; 0 = free. */
  #slots = new Uint32Array(FIRST_ROOM * 2);
  #hashes = new Uint32Array(FIRST_ROOM);
  /** Where each host's name begins; the next one's is its end. */
  #at = new Uint32Array(FIRST_ROOM + 1);
  #names = new Uint8Array(FIRST_ROOM * 32);
  #state = new Uint32Array(FIRST_ROOM);
  #penalty = new Uint32Array(FIRST_ROOM);
  #count = 0;

  /** @param seed key of the tables' hash */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** One past the highest host number. */
  get end(): number {
    return this.#count + 1;
  }

  /** The host of a name (wire form, lower case) at `bytes[at, end)`; 0 when it has no number. */
  find(bytes: Uint8Array, at: number, end: number): number {
    if (this.#count === 0) return 0;
    return this.#slots[this.#slotOf(hashName(this.#seed, bytes, at, end), bytes, at, end)];
  }

  /** The same, numbering the host if it is new. */
  intern(bytes: Uint8Array, at: number, end: number): number {
    const hash = hashName(this.#seed, bytes, at, end);
    const slot = this.#slotOf(hash, bytes, at, end);
    if (this.#slots[slot] !== 0) return this.#slots[slot];
    this.#makeRoom(end - at);
    const host = ++this.#count;
    this.#hashes[host] = hash;
    this.#names.set(bytes.subarray(at, end), this.#at[host]);
    this.#at[host + 1] = this.#at[host] + end - at;
    // Making room may have moved the slots.
    this.#slots[this.#slotOf(hash, bytes, at, end)] = host;
    return host;
  }

  /** A host's name in wire form: a view, valid until the next `intern`. */
  name(host: number): Uint8Array {
    return this.#names.subarray(this.#at[host], this.#at[host + 1]);
  }

  state(host: number): number {
    return this.#state[host];
  }

  setState(host: number, state: number): void {
    this.#state[host] = state;
  }

  penalty(host: number): number {
    return this.#penalty[host];
  }

  setPenalty(host: number, penalty: number): void {
    this.#penalty[host] = penalty;
  }

  /** Makes room for so many more hosts at once. */
  reserve(hosts: number): void {
    while (this.#count + hosts + 2 >= this.#hashes.length) this.#growColumns(this.#hashes.length * 2);
  }

  #slotOf(hash: number, bytes: Uint8Array, at: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const host = this.#slots[s];
      if (host === 0 || (this.#hashes[host] === hash && this.#hasName(host, bytes, at, end))) return s;
    }
  }

  #hasName(host: number, bytes: Uint8Array, at: number, end: number): boolean {
    let n = this.#at[host];
    if (this.#at[host + 1] - n !== end - at) return false;
    while (at < end) if (this.#names[n++] !== bytes[at++]) return false;
    return true;
  }

  #makeRoom(octets: number): void {
    if (this.#count + 2 >= this.#hashes.length) this.#growColumns(this.#hashes.length * 2);
    const end = this.#at[this.#count + 1];
    if (end + octets > this.#names.length) this.#names = grown(this.#names, new Uint8Array(this.#names.length * 2));
  }

  /** Columns double, so that a million hosts cost a few copies. */
  #growColumns(room: number): void {
    this.#hashes = grown(this.#hashes, new Uint32Array(room));
    this.#at = grown(this.#at, new Uint32Array(room + 1));
    this.#state = grown(this.#state, new Uint32Array(room));
    this.#penalty = grown(this.#penalty, new Uint32Array(room));
    this.#slots = new Uint32Array(room * 2);
    const mask = this.#slots.length - 1;
    for (let host = 1; host <= this.#count; host++) {
      let s = this.#hashes[host] & mask;
      while (this.#slots[s] !== 0) s = (s + 1) & mask;
      this.#slots[s] = host;
    }
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
