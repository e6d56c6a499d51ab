/**
 * The plain lines large zones consist of, straight from their octets:
 *
 *     [owner] [ttl] [IN] A|AAAA|STEER rdata [; comment]
 *
 * owner of unescaped labels, `@` or none; TTL in digits. Whatever is different is left to `entry.ts`, which also tells mistakes; what
 * is read here, it would read the same (property test in `hot-line.test.ts`).
 */
import { MAX_LABEL, MAX_NAME, MAX_TTL, RRType } from '../../wire/constants.ts';
import { readIpv4, readIpv6 } from './address-octets.ts';
import { NO_OWNER, type ZoneTextState } from './state.ts';
import type { SteerCache } from './steer-cache.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const DOT = 0x2e;
const SEMICOLON = 0x3b;
const AT = 0x40;

/** Octets that stand for themselves in a label, lower-cased; 0 for the others. */
const plain = new Uint8Array(256);
for (let c = 0x21; c < 0x7f; c++) plain[c] = c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
for (const c of '"$().;@\\') plain[c.charCodeAt(0)] = 0;

export class HotLine {
  /** The record last read. Its owner is the state's. */
  type = 0;
  ttl = 0;
  rdata: Uint8Array;
  rdataEnd = 0;

  readonly #state: ZoneTextState;
  readonly #steer: SteerCache;
  readonly #address = new Uint8Array(16);

  constructor(state: ZoneTextState, steer: SteerCache) {
    this.#state = state;
    this.#steer = steer;
    this.rdata = this.#address;
  }

  /**
   * Reads the line at `at`.
   * @returns the offset behind its newline; or -1 when it isn't one for here: then the state is as before, but for the octets of
   *   an owner that stands in the line
   */
  read(bytes: Uint8Array, at: number, limit: number): number {
    const state = this.#state;
    let p = at;
    let ownerEnd = state.ownerEnd;
    if (bytes[p] === SPACE || bytes[p] === TAB) {
      if (ownerEnd <= NO_OWNER) return -1;
    } else {
      p = this.#owner(bytes, p, limit);
      if (p < 0) return -1;
      ownerEnd = this.rdataEnd; // where #owner leaves it
    }
    p = blanks(bytes, p, limit);
    let ttl = -1;
    let sawClass = false;
    for (;;) {
      const c = bytes[p];
      if (c >= 0x30 && c <= 0x39) {
        if (ttl >= 0) return -1;
        ttl = 0;
        for (let digit = c - 0x30; digit >= 0 && digit <= 9 && p < limit; digit = bytes[++p] - 0x30) {
          ttl = ttl * 10 + digit;
          if (ttl > MAX_TTL) return -1;
        }
      } else if (!sawClass && (c | 0x20) === 0x69 && (bytes[p + 1] | 0x20) === 0x6e) {
        sawClass = true;
        p += 2;
      } else break;
      if (bytes[p] !== SPACE && bytes[p] !== TAB) return -1;
      p = blanks(bytes, p, limit);
    }
    const type = typeAt(bytes, p);
    if (type === RRType.STEER) {
      p = this.#steer.find(bytes, blanks(bytes, p + 6, limit), limit);
      if (p < 0) return -1;
      this.rdata = this.#steer.rdata;
      this.rdataEnd = this.rdata.length;
    } else if (type !== 0) {
      p = this.#addressLine(bytes, p, limit, type);
      if (p < 0) return -1;
    } else return -1;
    state.ownerEnd = ownerEnd;
    this.type = type;
    if (ttl >= 0) state.lastTtl = ttl;
    this.ttl = ttl >= 0 ? ttl : state.defaultTtl(type);
    return p;
  }

  /** Reads an owner into the state's buffer, its end into `rdataEnd` (free until the RDATA is read). */
  #owner(bytes: Uint8Array, at: number, limit: number): number {
    const state = this.#state;
    const owner = state.owner;
    let p = at;
    let label = 0;
    let end = 1;
    if (bytes[p] === AT) {
      p++;
      end = 0;
    } else {
      for (; p < limit; p++) {
        const c = plain[bytes[p]];
        if (c !== 0) {
          owner[end++] = c;
          continue;
        }
        if (bytes[p] !== DOT) break;
        const length = end - label - 1;
        if (length === 0 || length > MAX_LABEL || end >= MAX_NAME) return -1;
        owner[label] = length;
        label = end;
        end++;
      }
      const length = end - label - 1;
      if (length === 0) {
        // The name ended in a dot: absolute. `label` is where the root octet goes.
        if (label === 0 || (bytes[p] !== SPACE && bytes[p] !== TAB)) return -1;
        owner[label] = 0;
        this.rdataEnd = end;
        return state.inZone(end) ? p : -1;
      }
      if (length > MAX_LABEL) return -1;
      owner[label] = length;
    }
    const origin = state.lowerOrigin;
    if (p >= limit || (bytes[p] !== SPACE && bytes[p] !== TAB)) return -1;
    if (!state.originInZone || end + origin.length > MAX_NAME) return -1;
    for (let i = 0; i < origin.length; i++) owner[end + i] = origin[i];
    this.rdataEnd = end + origin.length;
    return p;
  }

  #addressLine(bytes: Uint8Array, at: number, limit: number, type: number): number {
    let p: number;
    if (type === RRType.A) {
      p = readIpv4(bytes, blanks(bytes, at + 2, limit), limit, this.#address);
      this.rdataEnd = 4;
    } else {
      p = readIpv6(bytes, blanks(bytes, at + 5, limit), limit, this.#address);
      this.rdataEnd = 16;
    }
    if (p < 0) return -1;
    const end = p;
    while (p < limit && (bytes[p] === SPACE || bytes[p] === TAB || bytes[p] === RETURN)) p++;
    if (bytes[p] === SEMICOLON) while (p < limit && bytes[p] !== NEWLINE) p++;
    else if (p === end && bytes[p] !== NEWLINE) return -1;
    if (p >= limit || bytes[p] !== NEWLINE) return -1;
    this.rdata = this.#address;
    return p + 1;
  }
}

function blanks(bytes: Uint8Array, p: number, limit: number): number {
  while (p < limit && (bytes[p] === SPACE || bytes[p] === TAB)) p++;
  return p;
}

/** The type whose mnemonic, followed by a blank, stands at `p`; 0 when it is none of those read here. */
function typeAt(bytes: Uint8Array, p: number): number {
  const c = bytes[p] | 0x20;
  if (c === 0x61) {
    if (isBlank(bytes[p + 1])) return RRType.A;
    const aaa = (bytes[p + 1] | 0x20) === 0x61 && (bytes[p + 2] | 0x20) === 0x61 && (bytes[p + 3] | 0x20) === 0x61;
    return aaa && isBlank(bytes[p + 4]) ? RRType.AAAA : 0;
  }
  if (c !== 0x73) return 0;
  const teer =
    (bytes[p + 1] | 0x20) === 0x74 &&
    (bytes[p + 2] | 0x20) === 0x65 &&
    (bytes[p + 3] | 0x20) === 0x65 &&
    (bytes[p + 4] | 0x20) === 0x72;
  return teer && isBlank(bytes[p + 5]) ? RRType.STEER : 0;
}

function isBlank(c: number): boolean {
  return c === SPACE || c === TAB;
}
