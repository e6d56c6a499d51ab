/**
 * Dynamic updates as messages (RFC 2136 §2): a query's shape with other sections.
 *
 *     header (opcode UPDATE) | zone: one, as a question of type SOA | prerequisites | updates | additional: OPT, TSIG
 */

import { HEADER_SIZE, RRClass, RRType } from '../wire/constants.ts';
import { lowerCase } from '../wire/name.ts';
import { codecOf } from '../wire/rdata/index.ts';

/** A record of the prerequisites or updates: its class says what is meant. */
export interface UpdateRecord {
  /** Wire form, lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Names uncompressed. */
  readonly rdata: Uint8Array;
}

export interface UpdateMessage {
  /** Of the zone: wire form, lower case. */
  readonly apex: Uint8Array;
  readonly prerequisites: readonly UpdateRecord[];
  readonly updates: readonly UpdateRecord[];
}

/** TTLs above are taken as 0 (RFC 2181 §8). */
const LONGEST_TTL = 0x7fff_ffff;
const LONGEST_NAME = 255;
/** Names in the RDATA of these types may be compressed (RFC 1035, RFC 3597 §4): octets before them, and how many there are. */
const NAMES: Readonly<Record<number, readonly [before: number, names: number]>> = {
  [RRType.NS]: [0, 1],
  [RRType.CNAME]: [0, 1],
  [RRType.PTR]: [0, 1],
  [RRType.DNAME]: [0, 1],
  [RRType.SOA]: [0, 2],
  [RRType.MX]: [2, 1],
  [RRType.SRV]: [6, 1],
};

/**
 * Reads an update whose zone section is known to be well formed (answer/query.ts).
 * @param message up to its TSIG
 * @returns undefined for FORMERR
 */
export function readUpdate(message: Uint8Array): UpdateMessage | undefined {
  const reader = new Reader(message);
  const apex = reader.name();
  if (apex === undefined) return undefined;
  reader.at += 4;
  const prerequisites = reader.records(u16(message, 6));
  const updates = prerequisites && reader.records(u16(message, 8));
  return prerequisites && updates && { apex, prerequisites, updates };
}

class Reader {
  at = HEADER_SIZE;
  readonly #m: Uint8Array;

  constructor(message: Uint8Array) {
    this.#m = message;
  }

  records(count: number): UpdateRecord[] | undefined {
    const records: UpdateRecord[] = [];
    for (let i = 0; i < count; i++) {
      const record = this.#record();
      if (record === undefined) return undefined;
      records.push(record);
    }
    return records;
  }

  #record(): UpdateRecord | undefined {
    const m = this.#m;
    const owner = this.name();
    const at = this.at;
    if (owner === undefined || at + 10 > m.length) return undefined;
    const type = u16(m, at);
    const rrclass = u16(m, at + 2);
    const ttl = u16(m, at + 4) * 0x10000 + u16(m, at + 6);
    const end = at + 10 + u16(m, at + 8);
    if (end > m.length) return undefined;
    const rdata = this.#rdata(type, at + 10, end);
    this.at = end;
    if (rdata === undefined) return undefined;
    // Of class ANY, and of NONE in prerequisites, there is none; whoever asks says so.
    if (rrclass === RRClass.IN && codecOf(type).check(rdata) !== undefined) return undefined;
    return { owner, type, class: rrclass, ttl: ttl > LONGEST_TTL ? 0 : ttl, rdata };
  }

  /** RDATA with its names as they are without compression. */
  #rdata(type: number, from: number, end: number): Uint8Array | undefined {
    const [before, names] = NAMES[type] ?? [0, 0];
    if (names === 0 || end === from) return this.#m.slice(from, end);
    this.at = from + before;
    const pieces = [...this.#m.subarray(from, Math.min(end, this.at))];
    for (let i = 0; i < names; i++) {
      const name = this.name(false);
      if (name === undefined || this.at > end) return undefined;
      pieces.push(...name);
    }
    pieces.push(...this.#m.subarray(this.at, end));
    return Uint8Array.from(pieces);
  }

  /** Reads a name that may be compressed. @returns undefined when there is none */
  name(lower = true): Uint8Array | undefined {
    const m = this.#m;
    const octets: number[] = [];
    let p = this.at;
    // A pointer leads backwards, so this ends (RFC 1035 §4.1.4: a prior occurrence).
    let before = p;
    let hasJumped = false;
    for (;;) {
      if (p >= m.length) return undefined;
      const length = m[p];
      if (length >= 0xc0) {
        if (p + 1 >= m.length) return undefined;
        const to = ((length & 0x3f) << 8) | m[p + 1];
        if (to >= before) return undefined;
        if (!hasJumped) this.at = p + 2;
        hasJumped = true;
        before = to;
        p = to;
        continue;
      }
      if (length > 63 || octets.length + length + 1 > LONGEST_NAME) return undefined;
      for (let i = p; i <= p + length; i++) octets.push(m[i]);
      p += length + 1;
      if (length === 0) break;
      if (p > m.length) return undefined;
    }
    if (!hasJumped) this.at = p;
    const name = Uint8Array.from(octets);
    if (lower) lowerCase(name);
    return name;
  }
}

function u16(m: Uint8Array, p: number): number {
  return (m[p] << 8) | m[p + 1];
}
