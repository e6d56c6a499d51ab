/**
 * What operators have moved: for each host that was, the group each family was moved to, by which move, and what a move under way prepares. A million
 * hosts are normal, so it is columns, found by the same keyed hash as the tables:
 *
 *     host      a number for the life of the process, 1.. ; names lie one after another in `names`
 *     ipv4/6    group names, interned; 0 = as declared
 *     move4/6   the move that put the group there; 0 = none
 *     until4/6  when that group is meant to end, in Unix milliseconds; 0 = never
 *     prepare   the move that prepares this host, and the short TTL it is answered with until then
 */
import type { Family } from '../steering/model.ts';
import { hashName } from '../zone/suffixes.ts';
import type { Variant } from './assignments.ts';

/** What an override says of one host. Zero moves and undefined groups are "as declared". */
export interface HostOverride {
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly move4: number;
  readonly move6: number;
  /** Unix milliseconds; 0 or absent: without an end. */
  readonly until4?: number;
  readonly until6?: number;
  readonly prepare: number;
  readonly prepareTtl: number;
}

const NOTHING: HostOverride = {
  ipv4: undefined,
  ipv6: undefined,
  move4: 0,
  move6: 0,
  until4: 0,
  until6: 0,
  prepare: 0,
  prepareTtl: 0,
};

const FIRST_ROOM = 1024;

export class Overrides {
  readonly #seed: number;
  /** Host by hash: open addressing, at most half full; 0 = free. */
  #slots = new Uint32Array(FIRST_ROOM * 2);
  #hashes = new Uint32Array(FIRST_ROOM);
  /** Where each host's name begins; the next one's is its end. */
  #at = new Uint32Array(FIRST_ROOM + 1);
  #names = new Uint8Array(FIRST_ROOM * 32);
  readonly #groups: (string | undefined)[] = [undefined];
  readonly #groupNumbers = new Map<string, number>();
  #group4 = new Uint16Array(FIRST_ROOM);
  #group6 = new Uint16Array(FIRST_ROOM);
  #move4 = new Uint32Array(FIRST_ROOM);
  #move6 = new Uint32Array(FIRST_ROOM);
  #until4 = new Float64Array(FIRST_ROOM);
  #until6 = new Float64Array(FIRST_ROOM);
  #prepare = new Uint32Array(FIRST_ROOM);
  #prepareTtl = new Uint32Array(FIRST_ROOM);
  #count = 0;
  #inForce = 0;

  /** @param seed key of the tables' hash */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** One past the highest host number. */
  get end(): number {
    return this.#count + 1;
  }

  /** Hosts that some override holds now. */
  get inForce(): number {
    return this.#inForce;
  }

  /** The host of a name (wire form, lower case) at `bytes[at, end)`; 0 when it never was moved. */
  find(bytes: Uint8Array, at: number, end: number): number {
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

  /** The keyed hash of a host's name. */
  hash(host: number): number {
    return this.#hashes[host];
  }

  isOverridden(host: number): boolean {
    return this.#move4[host] !== 0 || this.#move6[host] !== 0 || this.#prepare[host] !== 0;
  }

  get(host: number): HostOverride {
    if (host === 0) return NOTHING;
    return {
      ipv4: this.#groups[this.#group4[host]],
      ipv6: this.#groups[this.#group6[host]],
      move4: this.#move4[host],
      move6: this.#move6[host],
      until4: this.#until4[host],
      until6: this.#until6[host],
      prepare: this.#prepare[host],
      prepareTtl: this.#prepareTtl[host],
    };
  }

  /** The move that holds a host's family; 0 = as declared. */
  moveOf(host: number, family: Family): number {
    return (family === 'ipv4' ? this.#move4 : this.#move6)[host];
  }

  set(host: number, to: HostOverride): void {
    const before = this.isOverridden(host);
    this.#group4[host] = this.#groupNumber(to.ipv4);
    this.#group6[host] = this.#groupNumber(to.ipv6);
    this.#move4[host] = to.move4;
    this.#move6[host] = to.move6;
    this.#until4[host] = to.until4 ?? 0;
    this.#until6[host] = to.until6 ?? 0;
    this.#prepare[host] = to.prepare;
    this.#prepareTtl[host] = to.prepareTtl;
    const after = this.isOverridden(host);
    if (before !== after) this.#inForce += after ? 1 : -1;
  }

  /** What an assignment is made of under a host's override. */
  variant(host: number): Variant {
    if (host === 0 || !this.isOverridden(host)) return {};
    return {
      ipv4: this.#groups[this.#group4[host]],
      ipv6: this.#groups[this.#group6[host]],
      ttl: this.#prepare[host] === 0 ? undefined : this.#prepareTtl[host],
    };
  }

  #groupNumber(name: string | undefined): number {
    if (name === undefined) return 0;
    let number = this.#groupNumbers.get(name);
    if (number === undefined) {
      number = this.#groups.length;
      this.#groups.push(name);
      this.#groupNumbers.set(name, number);
    }
    return number;
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

  /** Columns double, so that a million hosts cost a few copies. */
  #makeRoom(octets: number): void {
    if (this.#count + 2 >= this.#hashes.length) {
      const room = this.#hashes.length * 2;
      this.#hashes = grown(this.#hashes, new Uint32Array(room));
      this.#at = grown(this.#at, new Uint32Array(room + 1));
      this.#group4 = grown(this.#group4, new Uint16Array(room));
      this.#group6 = grown(this.#group6, new Uint16Array(room));
      this.#move4 = grown(this.#move4, new Uint32Array(room));
      this.#move6 = grown(this.#move6, new Uint32Array(room));
      this.#until4 = grown(this.#until4, new Float64Array(room));
      this.#until6 = grown(this.#until6, new Float64Array(room));
      this.#prepare = grown(this.#prepare, new Uint32Array(room));
      this.#prepareTtl = grown(this.#prepareTtl, new Uint32Array(room));
      this.#slots = new Uint32Array(room * 2);
      const mask = this.#slots.length - 1;
      for (let host = 1; host <= this.#count; host++) {
        let s = this.#hashes[host] & mask;
        while (this.#slots[s] !== 0) s = (s + 1) & mask;
        this.#slots[s] = host;
      }
    }
    const end = this.#at[this.#count + 1];
    if (end + octets > this.#names.length) this.#names = grown(this.#names, new Uint8Array(this.#names.length * 2));
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
