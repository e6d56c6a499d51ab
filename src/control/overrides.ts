/**
 * What operators have moved: for each host that was, the group each family was moved to, by which move, and what a move under way prepares. A million
 * hosts are normal, and most of them were moved together, so a host is a number with the number of a state that many share.
 *
 * A host whose name is in the base that is answered from is known by its place there, whether the base or the overlay answers for it: nothing is hashed or
 * copied to move it. Any other is known by name (named-hosts.ts). With another base, or other zones, all places are found anew (`Placement`).
 */
import type { Family } from '../steering/model.ts';
import { SHORTEST_TTL } from '../steering/ttl.ts';
import { TableReader } from '../tables/table-reader.ts';
import type { Variant } from './assignments.ts';
import { findInBase } from './find-host.ts';
import { NamedHosts } from './named-hosts.ts';

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
/** Numbers from here on are places in the base: this and the node. Below it they are those of names. */
const PLACED = 2 ** 30;
/** Nodes are further apart than this many bits of their index tell. */
const PLACE_SHIFT = 2;

export class Overrides {
  readonly #seed: number;
  readonly #tables: TableReader;
  #named: NamedHosts;
  /** The state of each place, by `node >>> PLACE_SHIFT`; empty until the first load. */
  #placed: Uint32Array = new Uint32Array(0);
  /** And its penalty. */
  #penalties: Uint32Array = new Uint32Array(0);
  /** Whether any host has had one. */
  #anyPenalty = false;
  /** States by number, with holes, and how many hosts are in each. */
  readonly #states: (HostOverride | undefined)[] = [NOTHING];
  readonly #hostsIn: number[] = [0];
  readonly #stateNumbers = new Map<string, number>();
  readonly #freeStates: number[] = [];
  /** By move, in Unix milliseconds: up to when its ends are near, and until when longer TTLs than the short one last in caches. */
  readonly #endSoon = new Map<number, { readonly until: number; readonly longUntil: number }>();
  #inForce = 0;
  /** How often places were found anew: a node means the same host as long as this is the same. */
  placements = 0;

  /**
   * @param seed   key of the tables' hash
   * @param tables what is answered from
   */
  constructor(seed: number, tables: TableReader = new TableReader()) {
    this.#seed = seed;
    this.#tables = tables;
    this.#named = new NamedHosts(seed);
  }

  /** Hosts that some override holds now. */
  get inForce(): number {
    return this.#inForce;
  }

  /** The host of a name (wire form, lower case) at `bytes[at, end)`; 0 when it is in no place and never was moved. */
  find(bytes: Uint8Array, at: number, end: number): number {
    const place = this.#placeOf(bytes, at, end);
    return place === 0 ? this.#named.find(bytes, at, end) : PLACED + place;
  }

  /** The same, numbering the host if it is new. */
  intern(bytes: Uint8Array, at: number, end: number): number {
    const place = this.#placeOf(bytes, at, end);
    return place === 0 ? this.#named.intern(bytes, at, end) : PLACED + place;
  }

  /** The host of a node that is answered from; 0 when it is in no place of the base and never was moved. */
  at(node: number): number {
    if (node > 0) return PLACED + node;
    const tables = this.#tables;
    const under = tables.underneath(node, this.#seed);
    if (under !== 0) return PLACED + under;
    return this.#named.find(tables.names(node), tables.nameAt(node), tables.nameEnd(node));
  }

  /** The same, numbering the host if it is new. */
  internAt(node: number): number {
    const tables = this.#tables;
    return this.at(node) || this.#named.intern(tables.names(node), tables.nameAt(node), tables.nameEnd(node));
  }

  /** A host's name in wire form: a view, valid until the next `intern` or load. */
  name(host: number): Uint8Array {
    return host > PLACED ? this.#tables.name(host - PLACED) : this.#named.name(host);
  }

  isOverridden(host: number): boolean {
    return this.state(host) !== AS_DECLARED;
  }

  get(host: number): HostOverride {
    return this.#states[this.state(host)] ?? NOTHING;
  }

  /** A number that is the same for all hosts that are overridden alike, until one of them changes. */
  state(host: number): number {
    return host > PLACED ? this.#placed[(host - PLACED) >>> PLACE_SHIFT] : this.#named.state(host);
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
    const before = this.state(host);
    this.put(host, state);
    this.enter(state, 1);
    this.leave(before, 1);
  }

  /** The same for one of many, which are counted together when all have been put: first those that `enter` states, then those that `leave` them. */
  put(host: number, state: number): void {
    if (host > PLACED) this.#placed[(host - PLACED) >>> PLACE_SHIFT] = state;
    else this.#named.setState(host, state);
  }

  /** The number of a host's penalty (moves/host-penalties.ts); 0 when it has none. */
  penalty(host: number): number {
    return host > PLACED ? this.#penalties[(host - PLACED) >>> PLACE_SHIFT] : this.#named.penalty(host);
  }

  setPenalty(host: number, penalty: number): void {
    this.#anyPenalty = true;
    if (host > PLACED) this.#penalties[(host - PLACED) >>> PLACE_SHIFT] = penalty;
    else this.#named.setPenalty(host, penalty);
  }

  enter(state: number, hosts: number): void {
    this.#hostsIn[state] += hosts;
    if (state !== AS_DECLARED) this.#inForce += hosts;
  }

  leave(state: number, hosts: number): void {
    if (state === AS_DECLARED) return;
    this.#inForce -= hosts;
    this.#hostsIn[state] -= hosts;
    if (this.#hostsIn[state] === 0) this.#forget(state);
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

  /** Makes room for so many more hosts that are known by name. */
  reserve(hosts: number): void {
    this.#named.reserve(hosts);
  }

  /** All hosts that are overridden or have a penalty, those in places first, in the order of the base. None may change meanwhile. */
  *all(): Generator<number> {
    if (this.#inForce === 0 && !this.#anyPenalty) return;
    const tables = this.#tables;
    // Before the first load there are no places.
    if (this.#placed.length > 0)
      for (let node = tables.baseFirst; node < tables.baseEnd; node = tables.after(node))
        if ((this.#placed[node >>> PLACE_SHIFT] | this.#penalties[node >>> PLACE_SHIFT]) !== 0) yield PLACED + node;
    for (let host = 1; host < this.#named.end; host++)
      if ((this.#named.state(host) | this.#named.penalty(host)) !== 0) yield host;
  }

  /** Begins to find the places overrides have in tables that are about to be published. */
  placement(next: TableReader): Placement {
    return new Placement(next, this.#seed);
  }

  /** Takes places: the tables they are of are answered from now on, and every overridden host has been put. */
  take(placement: Placement): void {
    this.#placed = placement.placed;
    this.#penalties = placement.penalties;
    this.#named = placement.named;
    this.placements++;
  }

  /** A number for each host: 0 until it is set. Valid until the next load. */
  column(): HostColumn {
    return new HostColumn(this.#placed.length, this.#named.end);
  }

  #forget(state: number): void {
    this.#stateNumbers.delete(textOf(this.#states[state] ?? NOTHING));
    this.#states[state] = undefined;
    this.#freeStates.push(state);
  }

  /** The node of the base that has the name, in the zone that would answer for it; 0 when there is none. */
  #placeOf(bytes: Uint8Array, at: number, end: number): number {
    return this.#placed.length === 0 ? 0 : findInBase(this.#tables, bytes.subarray(at, end), this.#seed);
  }
}

/** Where overrides go with other tables: worked out beside what counts now, which goes on until the tables are published. */
export class Placement {
  readonly placed: Uint32Array;
  readonly penalties: Uint32Array;
  readonly named: NamedHosts;
  readonly #tables: TableReader;
  readonly #seed: number;

  /** @param tables those that are about to be published */
  constructor(tables: TableReader, seed: number) {
    this.#tables = tables;
    this.#seed = seed;
    this.placed = new Uint32Array((tables.baseEnd >>> PLACE_SHIFT) + 1);
    this.penalties = new Uint32Array(this.placed.length);
    this.named = new NamedHosts(seed);
  }

  /**
   * Gives a host its place, or a number by its name.
   * @param node the host's node in the tables; 0 when it is no host any more
   * @returns the host's number when the placement is taken
   */
  put(name: Uint8Array, node: number, state: number, penalty: number): number {
    const place = node > 0 ? node : findInBase(this.#tables, name, this.#seed);
    if (place !== 0) {
      this.placed[place >>> PLACE_SHIFT] = state;
      this.penalties[place >>> PLACE_SHIFT] = penalty;
      return PLACED + place;
    }
    const host = this.named.intern(name, 0, name.length);
    this.named.setState(host, state);
    this.named.setPenalty(host, penalty);
    return host;
  }
}

/** A number of up to 16 bits for each host. */
export class HostColumn {
  readonly #placed: Uint16Array;
  readonly #named: Uint16Array;

  constructor(places: number, named: number) {
    this.#placed = new Uint16Array(places);
    this.#named = new Uint16Array(named);
  }

  get(host: number): number {
    return host > PLACED ? this.#placed[(host - PLACED) >>> PLACE_SHIFT] : this.#named[host];
  }

  set(host: number, to: number): void {
    if (host > PLACED) this.#placed[(host - PLACED) >>> PLACE_SHIFT] = to;
    else this.#named[host] = to;
  }
}

function textOf({ ipv4, ipv6, move4, move6, until4, until6, prepare, prepareTtl }: HostOverride): string {
  return `${ipv4 ?? ''} ${ipv6 ?? ''} ${move4} ${move6} ${until4} ${until6} ${prepare} ${prepareTtl}`;
}
