/**
 * What operators have moved: for each host that was, the group each family was moved to, by which move, and what a move under way prepares. A million
 * hosts are normal, and most of them were moved together, so a host is its name and the number of a state that many share; names are found by the same
 * keyed hash as in the tables.
 */
import type { Family } from '../steering/model.ts';
import { SHORTEST_TTL } from '../steering/ttl.ts';
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

/** The state of a host that is as declared. */
const AS_DECLARED = 0;
const FIRST_ROOM = 1024;

export class Overrides {
  readonly #seed: number;
  /** Host by hash: open addressing, at most half full; 0 = free. */
  #slots = new Uint32Array(FIRST_ROOM * 2);
  #hashes = new Uint32Array(FIRST_ROOM);
  /** Where each host's name begins; the next one's is its end. */
  #at = new Uint32Array(FIRST_ROOM + 1);
  #names = new Uint8Array(FIRST_ROOM * 32);
  /** The state of each host. */
  #state = new Uint32Array(FIRST_ROOM);
  /** States by number, with holes, and how many hosts are in each. */
  readonly #states: (HostOverride | undefined)[] = [NOTHING];
  readonly #hostsIn: number[] = [0];
  readonly #stateNumbers = new Map<string, number>();
  readonly #freeStates: number[] = [];
  /** By move, in Unix milliseconds: up to when its ends are near, and until when longer TTLs than the short one last in caches. */
  readonly #endSoon = new Map<number, { readonly until: number; readonly longUntil: number }>();
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

  /** The keyed hash of a host's name. */
  hash(host: number): number {
    return this.#hashes[host];
  }

  isOverridden(host: number): boolean {
    return this.#state[host] !== AS_DECLARED;
  }

  get(host: number): HostOverride {
    return this.#states[this.#state[host]] ?? NOTHING;
  }

  /** A number that is the same for all hosts that are overridden alike, until one of them changes. */
  state(host: number): number {
    return this.#state[host];
  }

  /** The move that holds a host's family; 0 = as declared. */
  moveOf(host: number, family: Family): number {
    const { move4, move6 } = this.get(host);
    return family === 'ipv4' ? move4 : move6;
  }

  set(host: number, to: HostOverride): void {
    this.setState(host, this.stateNumber(to));
  }

  /** The number of a state. Give it to `setState` at once: when the last host leaves a state, its number is used anew. */
  stateNumber({ ipv4, ipv6, move4, move6, until4 = 0, until6 = 0, prepare, prepareTtl }: HostOverride): number {
    if (move4 === 0 && move6 === 0 && prepare === 0) return AS_DECLARED;
    const state = { ipv4, ipv6, move4, move6, until4, until6, prepare, prepareTtl };
    const text = textOf(state);
    const known = this.#stateNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#freeStates.pop() ?? this.#states.length;
    this.#states[number] = state;
    this.#hostsIn[number] = 0;
    this.#stateNumbers.set(text, number);
    return number;
  }

  /** Puts a host into a state. */
  setState(host: number, state: number): void {
    const before = this.#state[host];
    if (before === state) return;
    this.#state[host] = state;
    this.#hostsIn[state]++;
    if (before === AS_DECLARED) this.#inForce++;
    else if (--this.#hostsIn[before] === 0) this.#forget(before);
    if (state === AS_DECLARED) this.#inForce--;
  }

  /** What an assignment is made of under a host's override. */
  variant(host: number): Variant {
    return this.variantOf(this.get(host));
  }

  /** What an assignment is made of under an override: with a short TTL while another change is near, prepared or an end. */
  variantOf({ ipv4, ipv6, move4, move6, until4 = 0, until6 = 0, prepare, prepareTtl }: HostOverride): Variant {
    const prepared = prepare === 0 ? undefined : prepareTtl;
    const ends = this.#isEnding(move4, until4) || this.#isEnding(move6, until6);
    return { ipv4, ipv6, ttl: ends ? Math.min(prepared ?? SHORTEST_TTL, SHORTEST_TTL) : prepared };
  }

  /**
   * What a move holds until this time or an earlier one is answered with a short TTL from now on. Cells are for the caller to refill.
   * @param until     Unix milliseconds
   * @param longUntil when its answers with a longer TTL have run out; the latest that was told counts
   */
  endSoon(move: number, until: number, longUntil: number): void {
    this.#endSoon.set(move, { until, longUntil: Math.max(longUntil, this.#endSoon.get(move)?.longUntil ?? 0) });
  }

  /** Up to when ends of a move are near; 0 when none is. */
  endingUntil(move: number): number {
    return this.#endSoon.get(move)?.until ?? 0;
  }

  /** Whether an end of a host's override is near. */
  endsSoon(host: number): boolean {
    const { move4, move6, until4 = 0, until6 = 0 } = this.get(host);
    return this.#isEnding(move4, until4) || this.#isEnding(move6, until6);
  }

  /** Until when longer answers than those now, which are short because an end is near, may be in caches; 0 where none is near. */
  longUntil({ move4, move6, until4 = 0, until6 = 0 }: HostOverride): number {
    const of = (move: number, until: number): number =>
      this.#isEnding(move, until) ? (this.#endSoon.get(move)?.longUntil ?? 0) : 0;
    return Math.max(of(move4, until4), of(move6, until6));
  }

  /** A move holds nothing any more. */
  forgetEnds(move: number): void {
    this.#endSoon.delete(move);
  }

  #isEnding(move: number, until: number): boolean {
    return until !== 0 && until <= this.endingUntil(move);
  }

  /** Makes room for so many more hosts at once. */
  reserve(hosts: number): void {
    while (this.#count + hosts + 2 >= this.#hashes.length) this.#growColumns(this.#hashes.length * 2);
  }

  #forget(state: number): void {
    this.#stateNumbers.delete(textOf(this.#states[state] ?? NOTHING));
    this.#states[state] = undefined;
    this.#freeStates.push(state);
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
    this.#slots = new Uint32Array(room * 2);
    const mask = this.#slots.length - 1;
    for (let host = 1; host <= this.#count; host++) {
      let s = this.#hashes[host] & mask;
      while (this.#slots[s] !== 0) s = (s + 1) & mask;
      this.#slots[s] = host;
    }
  }
}

function textOf({ ipv4, ipv6, move4, move6, until4, until6, prepare, prepareTtl }: HostOverride): string {
  return `${ipv4 ?? ''} ${ipv6 ?? ''} ${move4} ${move6} ${until4} ${until6} ${prepare} ${prepareTtl}`;
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
