/**
 * A query's header, question and EDNS(0), taken apart into reused fields (RFC 1035 §4.1, RFC 6891, RFC 7871, RFC 5001, RFC 7828, RFC 7830).
 */
import { EdnsOption, HEADER_SIZE, Opcode, RRClass, RRType } from '../wire/constants.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import { CLIENT_COOKIE, isCookieLength, LONGEST_COOKIE } from './cookies.ts';
import { addressBits, ECS_FIXED, isWellFormed } from './ecs.ts';

export const Parsed = {
  OK: 0,
  /** Not a query at all: no answer must be sent. */
  DROP: 1,
  FORMERR: 2,
  NOTIMP: 3,
  BADVERS: 4,
  /** Only a cookie is asked for: no question, no error (RFC 7873 §5.4). */
  COOKIE: 5,
  /** Somebody says that a zone has changed (RFC 1996). */
  NOTIFY: 6,
  /** A dynamic update (RFC 2136): the zone it is about stands where a query has its question. */
  UPDATE: 7,
} as const;
export type Parsed = (typeof Parsed)[keyof typeof Parsed];

/** Octets of an OPT record without options: root, type, class, TTL, RDLENGTH (RFC 6891 §6.1.2). */
export const OPT_SIZE = 11;

export class Query {
  /** Offset after the question, from the message's start; 12 when there is no usable question. */
  questionEnd = 0;
  type = 0;
  class = 0;
  /** Whether the query has an OPT, and so must the response (RFC 6891 §7). */
  edns = false;
  udpSize = 0;
  /** The DO bit, copied into the response (RFC 3225 §3). */
  dnssecOk = false;
  /** The CO bit: whether a signed "no such name" may say NXDOMAIN (RFC 9824 §5.1). */
  compactOk = false;
  nsid = false;
  /** Whether the client wants to know how long a connection may stand idle (RFC 7828). */
  keepalive = false;
  /** Whether the client pads, and so may the response (RFC 7830 §4). */
  padding = false;
  /** Octets in `ecs`, 0 when the query had no usable option. */
  ecsLength = 0;
  /** Octets in `cookie`, 0 without one. */
  cookieLength = 0;
  /** Where the TSIG begins in the buffer, and ends; both 0 without one. */
  tsigAt = 0;
  tsigEnd = 0;
  /**
   * The serial in the SOA of the authority section, by which IXFR says what it has (RFC 1995 §3), or in the answer section of a notification (RFC 1996 §3.7);
   * undefined without one.
   */
  knownSerial: number | undefined;
  /** The ECS option to echo: a response is written over the query. */
  readonly ecs = new Uint8Array(ECS_FIXED + 16);
  /** The data of the first COOKIE option. */
  readonly cookie = new Uint8Array(LONGEST_COOKIE);
  readonly #takesCookies: boolean;
  readonly #takesNotifications: boolean;
  readonly #takesUpdates: boolean;
  /** Whether the message's SOA says a serial. */
  #hasSerial = false;

  /**
   * @param takesCookies       whether COOKIE is an option this server knows
   * @param takesNotifications whether NOTIFY is an opcode it knows
   * @param takesUpdates       whether UPDATE is
   */
  constructor(takesCookies: boolean, takesNotifications = false, takesUpdates = false) {
    this.#takesCookies = takesCookies;
    this.#takesNotifications = takesNotifications;
    this.#takesUpdates = takesUpdates;
  }

  /** Reads the message at `m[at, at + length)`; the question's name goes into `name`. */
  parse(m: Uint8Array, at: number, length: number, name: Suffixes): Parsed {
    this.questionEnd = HEADER_SIZE;
    this.type = 0;
    this.class = 0;
    this.edns = false;
    this.udpSize = 0;
    this.dnssecOk = false;
    this.compactOk = false;
    this.nsid = false;
    this.keepalive = false;
    this.padding = false;
    this.ecsLength = 0;
    this.cookieLength = 0;
    this.tsigAt = 0;
    this.tsigEnd = 0;
    this.knownSerial = undefined;
    // A response, or too short to have an ID and flags to answer with.
    if (length < HEADER_SIZE || (m[at + 2] & 0x80) !== 0) return Parsed.DROP;
    const opcode = (m[at + 2] >>> 3) & 0xf;
    const questions = (m[at + 4] << 8) | m[at + 5];
    const end = at + length;
    let p = at + HEADER_SIZE;
    // RFC 9619 §4: a query has exactly one question. An opcode we don't implement may have its own shape.
    if (questions === 0 && opcode === Opcode.QUERY && this.#takesCookies) return this.#unasked(m, at, p, end);
    const isNotify = opcode === Opcode.NOTIFY && this.#takesNotifications;
    // RFC 2136 §3.1.1: an update has exactly one zone.
    const isUpdate = opcode === Opcode.UPDATE && this.#takesUpdates;
    const isKnown = opcode === Opcode.QUERY || isNotify || isUpdate;
    if (questions !== 1) return isKnown ? Parsed.FORMERR : Parsed.NOTIMP;
    p = name.take(m, p, end);
    if (p < 0 || p + 4 > end) return isKnown ? Parsed.FORMERR : Parsed.NOTIMP;
    this.type = (m[p] << 8) | m[p + 1];
    this.class = (m[p + 2] << 8) | m[p + 3];
    p += 4;
    this.questionEnd = p - at;
    this.#hasSerial = isNotify || this.type === RRType.IXFR;
    const parsed = this.#records(m, at, p, end);
    if (!isKnown) return parsed === Parsed.BADVERS ? Parsed.BADVERS : Parsed.NOTIMP;
    if (isUpdate && parsed === Parsed.OK) return Parsed.UPDATE;
    return isNotify && parsed === Parsed.OK ? Parsed.NOTIFY : parsed;
  }

  /** A message without a question: it may have come for a cookie. */
  #unasked(m: Uint8Array, at: number, p: number, end: number): Parsed {
    const parsed = this.#records(m, at, p, end);
    if (parsed === Parsed.OK && this.cookieLength >= CLIENT_COOKIE) return Parsed.COOKIE;
    // As ever: what else it may have is not looked at.
    this.edns = false;
    this.cookieLength = 0;
    this.tsigAt = 0;
    this.tsigEnd = 0;
    return Parsed.FORMERR;
  }

  /** Walks what follows the question, for OPT and TSIG. Everything else there is skipped, but must be well formed. */
  #records(m: Uint8Array, at: number, p: number, end: number): Parsed {
    const before = ((m[at + 6] << 8) | m[at + 7]) + ((m[at + 8] << 8) | m[at + 9]);
    const records = before + ((m[at + 10] << 8) | m[at + 11]);
    let badVersion = false;
    for (let i = 0; i < records; i++) {
      const recordAt = p;
      const root = m[p] === 0;
      p = skipName(m, p, end);
      if (p < 0 || p + 10 > end) return Parsed.FORMERR;
      const type = (m[p] << 8) | m[p + 1];
      const data = p + 10;
      const next = data + ((m[p + 8] << 8) | m[p + 9]);
      if (next > end) return Parsed.FORMERR;
      if (type === RRType.OPT) {
        // RFC 6891 §6.1.1: at most one, of the root, in the additional section.
        if (this.edns || !root || i < before) return Parsed.FORMERR;
        this.edns = true;
        this.udpSize = (m[p + 2] << 8) | m[p + 3];
        this.dnssecOk = (m[p + 6] & 0x80) !== 0;
        this.compactOk = (m[p + 6] & 0x40) !== 0;
        badVersion = m[p + 5] !== 0;
        // RFC 6891 §6.1.3: of an unknown version nothing but its number is understood.
        if (!badVersion && !this.#options(m, data, next)) return Parsed.FORMERR;
      }
      if (type === RRType.SOA && i < before && this.#hasSerial) this.#serial(m, data, next);
      if (type === RRType.TSIG) {
        // RFC 8945 §5.1: the last record of the message.
        if (i !== records - 1 || i < before) return Parsed.FORMERR;
        this.tsigAt = recordAt;
        this.tsigEnd = next;
      }
      p = next;
    }
    if (p !== end) return Parsed.FORMERR;
    return badVersion ? Parsed.BADVERS : Parsed.OK;
  }

  /** Two names, which may be compressed, then the serial and four more numbers (RFC 1035 §3.3.13). */
  #serial(m: Uint8Array, p: number, end: number): void {
    const afterPrimary = skipName(m, p, end);
    const at = afterPrimary < 0 ? -1 : skipName(m, afterPrimary, end);
    if (at >= 0 && at + 20 === end)
      this.knownSerial = ((m[at] << 24) | (m[at + 1] << 16) | (m[at + 2] << 8) | m[at + 3]) >>> 0;
  }

  /** Reads the options this server knows; others are ignored (RFC 6891 §6.1.2). */
  #options(m: Uint8Array, p: number, end: number): boolean {
    while (p < end) {
      if (p + 4 > end) return false;
      const code = (m[p] << 8) | m[p + 1];
      const length = (m[p + 2] << 8) | m[p + 3];
      const data = p + 4;
      if (data + length > end) return false;
      if (code === EdnsOption.NSID) this.nsid = true;
      else if (code === EdnsOption.TCP_KEEPALIVE) this.keepalive = true;
      else if (code === EdnsOption.PADDING) this.padding = true;
      else if (code === EdnsOption.COOKIE && this.#takesCookies && !this.#takeCookie(m, data, length)) return false;
      else if (code === EdnsOption.CLIENT_SUBNET && !this.#clientSubnet(m, data, length)) return false;
      p = data + length;
    }
    return true;
  }

  /** RFC 7873 §5.2: of several options the first counts; a length that can't be is FORMERR. */
  #takeCookie(m: Uint8Array, at: number, length: number): boolean {
    if (this.cookieLength !== 0) return true;
    if (!isCookieLength(length)) return false;
    for (let i = 0; i < length; i++) this.cookie[i] = m[at + i];
    this.cookieLength = length;
    return true;
  }

  /** RFC 7871 §6, §7.1.1: a malformed option is FORMERR; of an address family we don't know nothing is used or echoed. */
  #clientSubnet(m: Uint8Array, at: number, length: number): boolean {
    if (length < ECS_FIXED) return false;
    const bits = addressBits(m, at);
    if (bits === 0) return true;
    if (!isWellFormed(m, at, length, bits)) return false;
    if (this.ecsLength !== 0) return false;
    for (let i = 0; i < length; i++) this.ecs[i] = m[at + i];
    this.ecsLength = length;
    return true;
  }

  /** Whether the question can be put to zone data. */
  get isInternet(): boolean {
    return this.class === RRClass.IN || this.class === RRClass.ANY;
  }
}

/** Steps over a possibly compressed name. @returns the offset after it, or -1 */
function skipName(m: Uint8Array, p: number, end: number): number {
  for (;;) {
    if (p >= end) return -1;
    const length = m[p];
    if (length === 0) return p + 1;
    if (length >= 0xc0) return p + 2 <= end ? p + 2 : -1;
    if (length > 63) return -1;
    p += length + 1;
  }
}
