/**
 * Entries of the shapes that large zones consist of, straight from their octets:
 *
 *     host1: { type: STEER, service: web, group: anycast, ttl: 60 }        host2:
 *                                                                            type: A
 *                                                                            value: 192.0.2.1
 *
 * one record of STEER, A or AAAA; unquoted scalars that can't be anything but what they look like; keys in any order, each once.
 * Whatever is different is left to js-yaml and the schema, which also tell mistakes; what is read here, they would read the same
 * (property test in `hot-entry.test.ts`).
 */
import { MAX_LABEL, MAX_NAME, MAX_TTL, RRType } from '../../wire/constants.ts';
import { readIpv4, readIpv6 } from '../../zone/text/address-octets.ts';
import { beginsEntry, nextLine } from './entries.ts';
import type { SteerFields } from './steer-fields.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
const COMMA = 0x2c;
const DOT = 0x2e;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Octets of names and identifiers that YAML gives no meaning, lower-cased; 0 for the others. */
const plain = new Uint8Array(256);
/** Whether a word may begin with it and be text for certain. */
const letter = new Uint8Array(256);
for (let c = 0x30; c <= 0x7a; c++) {
  const isLetter = (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a && c >= 0x41;
  if (isLetter) letter[c] = 1;
  if (isLetter || c <= 0x39) plain[c] = isLetter ? c | 0x20 : c;
}
plain[0x2d] = 0x2d;
plain[0x5f] = 0x5f;

/** Octets of an identifier that can go into STEER RDATA. */
const MAX_WORD = 255;

/** The fields a record may have, as bits. */
const Field = { TYPE: 1, TTL: 2, SERVICE: 4, GROUP: 8, POLICY: 16, VALUE: 32 } as const;
const STEER_NEEDS = Field.TYPE | Field.SERVICE | Field.GROUP;
const STEER_MAY = STEER_NEEDS | Field.TTL | Field.POLICY;
const ADDRESS_NEEDS = Field.TYPE | Field.VALUE;
const ADDRESS_MAY = ADDRESS_NEEDS | Field.TTL;

export class HotEntry {
  /** The record last read. */
  readonly owner = new Uint8Array(MAX_NAME + 1);
  ownerEnd = 0;
  type = 0;
  ttl = 0;
  rdata: Uint8Array;
  rdataEnd = 0;
  /** Lines passed, those between this entry and the next included. */
  lines = 0;

  readonly #apex: Uint8Array;
  readonly #steer: SteerFields;
  readonly #address = new Uint8Array(16);
  #seen = 0;
  #valueAt = 0;
  #valueEnd = 0;

  /** @param apex lower case */
  constructor(apex: Uint8Array, steer: SteerFields) {
    this.#apex = apex;
    this.#steer = steer;
    this.rdata = this.#address;
  }

  /**
   * Reads the entry that begins at `at`.
   * @param eof whether the file ends at `limit`
   * @returns the offset of the next entry, or `limit` at the file's end; -1 when this isn't one for here
   */
  read(bytes: Uint8Array, at: number, limit: number, eof: boolean): number {
    let p = this.#key(bytes, at, limit);
    if (p < 0) return -1;
    this.#seen = 0;
    this.ttl = -1;
    this.lines = 0;
    const behind = lineEnd(bytes, p, limit);
    if (behind >= 0) p = this.#block(bytes, behind, limit);
    else p = this.#flow(bytes, p, limit);
    if (p < 0 || !this.#finish(bytes)) return -1;
    for (; p < limit; p = nextLine(bytes, p, limit)) {
      if (bytes[p] !== NEWLINE && bytes[p] !== HASH) return beginsEntry(bytes, p, limit) ? p : -1;
      this.lines++;
    }
    return eof ? p : -1;
  }

  #key(bytes: Uint8Array, at: number, limit: number): number {
    const owner = this.owner;
    let label = 0;
    let end = 1;
    let p = at;
    if (letter[bytes[p]] === 0 && (bytes[p] < 0x30 || bytes[p] > 0x39)) return -1;
    for (; p < limit; p++) {
      const c = plain[bytes[p]];
      if (c !== 0) {
        owner[end++] = c;
        continue;
      }
      const length = end - label - 1;
      if (length === 0 || length > MAX_LABEL || end >= MAX_NAME) return -1;
      owner[label] = length;
      if (bytes[p] !== DOT) break;
      label = end++;
    }
    const apex = this.#apex;
    if (bytes[p] !== COLON || end + apex.length > MAX_NAME) return -1;
    for (let i = 0; i < apex.length; i++) owner[end + i] = apex[i];
    this.ownerEnd = end + apex.length;
    return p + 1;
  }

  /** `{ key: value, … }` and the end of the line. */
  #flow(bytes: Uint8Array, p: number, limit: number): number {
    if (bytes[p] !== SPACE || bytes[p + 1] !== OPEN) return -1;
    p += 2;
    do {
      p = this.#field(bytes, spaces(bytes, p, limit), limit);
      if (p < 0) return -1;
      p = spaces(bytes, p, limit);
    } while (bytes[p++] === COMMA);
    this.lines++;
    return bytes[p - 1] === CLOSE ? lineEnd(bytes, p, limit) : -1;
  }

  /** Lines of `key: value`, equally indented. */
  #block(bytes: Uint8Array, p: number, limit: number): number {
    this.lines++;
    const indent = spaces(bytes, p, limit) - p;
    if (indent === 0) return -1;
    while (p < limit && bytes[p] === SPACE) {
      const at = spaces(bytes, p, limit);
      if (at - p !== indent) return -1;
      p = this.#field(bytes, at, limit);
      if (p >= 0) p = lineEnd(bytes, p, limit);
      if (p < 0) return -1;
      this.lines++;
    }
    return p;
  }

  /** One `key: value`; returns the offset behind the value. */
  #field(bytes: Uint8Array, p: number, limit: number): number {
    const field = fieldAt(bytes, p);
    if (field === 0 || (this.#seen & field) !== 0) return -1;
    this.#seen |= field;
    while (bytes[p] !== COLON) p++;
    if (bytes[p + 1] !== SPACE) return -1;
    p = spaces(bytes, p + 1, limit);
    switch (field) {
      case Field.TYPE:
        return this.#readType(bytes, p);
      case Field.TTL:
        return this.#readTtl(bytes, p, limit);
      case Field.VALUE: {
        this.#valueAt = p;
        while (p < limit && (plain[bytes[p]] !== 0 || bytes[p] === DOT || bytes[p] === COLON)) p++;
        this.#valueEnd = p;
        // A scalar can't begin with a colon for certain, and one behind it makes it a key.
        return p > this.#valueAt && bytes[p - 1] !== COLON && bytes[this.#valueAt] !== COLON ? p : -1;
      }
    }
    const start = p;
    if (letter[bytes[p]] === 0) return -1;
    while (p < limit && plain[bytes[p]] !== 0) p++;
    if (p - start > MAX_WORD || isReserved(bytes, start, p)) return -1;
    if (field === Field.SERVICE) this.#steer.setService(start, p);
    else if (field === Field.GROUP) this.#steer.setGroup(start, p);
    else this.#steer.setPolicy(start, p);
    return p;
  }

  #readType(bytes: Uint8Array, p: number): number {
    if (bytes[p] === 0x53) {
      // STEER
      if (bytes[p + 1] !== 0x54 || bytes[p + 2] !== 0x45 || bytes[p + 3] !== 0x45 || bytes[p + 4] !== 0x52) return -1;
      this.type = RRType.STEER;
      return endsWord(bytes[p + 5]) ? p + 5 : -1;
    }
    if (bytes[p] !== 0x41) return -1;
    this.type = RRType.A;
    if (endsWord(bytes[p + 1])) return p + 1;
    if (bytes[p + 1] !== 0x41 || bytes[p + 2] !== 0x41 || bytes[p + 3] !== 0x41) return -1;
    this.type = RRType.AAAA;
    return endsWord(bytes[p + 4]) ? p + 4 : -1;
  }

  #readTtl(bytes: Uint8Array, p: number, limit: number): number {
    const start = p;
    let ttl = 0;
    for (; p < limit; p++) {
      const digit = bytes[p] - 0x30;
      if (digit < 0 || digit > 9) break;
      ttl = ttl * 10 + digit;
      if (ttl > MAX_TTL) return -1;
    }
    if (p === start || (bytes[start] === 0x30 && p > start + 1) || !endsWord(bytes[p])) return -1;
    this.ttl = ttl;
    return p;
  }

  #finish(bytes: Uint8Array): boolean {
    const seen = this.#seen;
    if (this.type === RRType.STEER && (seen & Field.TYPE) !== 0) {
      if ((seen & STEER_NEEDS) !== STEER_NEEDS || (seen & ~STEER_MAY) !== 0) return false;
      const rdata = this.#steer.rdata(bytes, (seen & Field.POLICY) !== 0);
      if (rdata === undefined) return false;
      this.rdata = rdata;
      this.rdataEnd = rdata.length;
      return true;
    }
    if ((seen & ADDRESS_NEEDS) !== ADDRESS_NEEDS || (seen & ~ADDRESS_MAY) !== 0) return false;
    const [at, end] = [this.#valueAt, this.#valueEnd];
    this.rdata = this.#address;
    this.rdataEnd = this.type === RRType.A ? 4 : 16;
    return (this.type === RRType.A ? readIpv4 : readIpv6)(bytes, at, end, this.#address) === end;
  }
}

function spaces(bytes: Uint8Array, p: number, limit: number): number {
  while (p < limit && bytes[p] === SPACE) p++;
  return p;
}

/** The line behind, where nothing but spaces is left of this one; else -1. */
function lineEnd(bytes: Uint8Array, p: number, limit: number): number {
  const end = spaces(bytes, p, limit);
  return end < limit && bytes[end] === NEWLINE ? end + 1 : -1;
}

/** What may stand behind a scalar in the shapes read here. */
function endsWord(c: number): boolean {
  return c === NEWLINE || c === SPACE || c === COMMA || c === CLOSE;
}

/** Whether the word is YAML for a truth value or null, as `plainValue` reads it. */
function isReserved(bytes: Uint8Array, at: number, end: number): boolean {
  const c = bytes[at];
  if (end - at < 4 || end - at > 5 || (c !== 0x74 && c !== 0x66 && c !== 0x6e)) return false;
  const word = String.fromCharCode(...bytes.subarray(at, end));
  return word === 'true' || word === 'false' || word === 'null';
}

const names: readonly (readonly [number, string])[] = [
  [Field.TYPE, 'type:'],
  [Field.TTL, 'ttl:'],
  [Field.SERVICE, 'service:'],
  [Field.GROUP, 'group:'],
  [Field.POLICY, 'policy:'],
  [Field.VALUE, 'value:'],
];
/** By the low bits of a name's second letter, which tell the names apart. */
const bySecond: (readonly [number, string])[] = [];
for (const entry of names) bySecond[entry[1].charCodeAt(1) & 0x1f] = entry;

/** The field whose name, and a colon, stand at `p`; 0 when it is none of those read here. */
function fieldAt(bytes: Uint8Array, p: number): number {
  const found = bySecond[bytes[p + 1] & 0x1f];
  if (found === undefined) return 0;
  const [field, name] = found;
  for (let i = 0; i < name.length; i++) if (bytes[p + i] !== name.charCodeAt(i)) return 0;
  return field;
}
