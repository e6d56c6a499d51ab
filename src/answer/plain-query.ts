/**
 * Queries of the one shape that nearly all have: a standard query, one question of class IN for a type that zones hold, and at most an OPT of version 0 whose
 * options change nothing but Client Subnet and cookies. The fast path takes no others; what is noted of them here is what `Query` would say of them.
 */
import { EdnsOption, HEADER_SIZE, MAX_LABEL, MAX_NAME, RRClass, RRType } from '../wire/constants.ts';
import { hashOfState, hashStep } from '../zone/suffixes.ts';
import { BATCH } from './batch.ts';
import { isCookieLength } from './cookies.ts';
import { addressBits, ECS_FIXED, isWellFormed } from './ecs.ts';
import { OPT_SIZE } from './query.ts';

/** Octets of an option before its data: code and length. */
const OPTION_HEAD = 4;

/** First type of the range that are questions about messages and zones, not data (RFC 6895 §3.1), and the last, which is ANY. */
const FIRST_QTYPE = RRType.TKEY;
const LAST_QTYPE = RRType.ANY;

/** By message of a batch. */
export class PlainQueries {
  /** Hash of the question's name, as `Suffixes.hash(0)` gives it. */
  readonly hash = new Uint32Array(BATCH);
  /** Hash of its last two labels (tables/zone-filter.ts). */
  readonly ending = new Uint32Array(BATCH);
  /** Offset after the question, from the message's start; 0 for a message of another shape, of which nothing else is noted. */
  readonly questionEnd = new Uint16Array(BATCH);
  readonly type = new Uint16Array(BATCH);
  /** The payload size that the OPT says. */
  readonly udpSize = new Uint16Array(BATCH);
  /** Offset of the Client Subnet option's data from the message's start, and its octets: 0 for none. */
  readonly ecsAt = new Uint16Array(BATCH);
  readonly ecsLength = new Uint8Array(BATCH);
  /** The same of the COOKIE option. */
  readonly cookieAt = new Uint16Array(BATCH);
  readonly cookieLength = new Uint8Array(BATCH);
  readonly #seed: number;
  readonly #cookies: boolean;
  readonly #cookiesRequired: boolean;

  /**
   * @param cookies  whether COOKIE is an option this server knows
   * @param required whether an answer may depend on it
   */
  constructor(seed: number, cookies: boolean, required: boolean) {
    this.#seed = seed;
    this.#cookies = cookies;
    this.#cookiesRequired = required;
  }

  /** Looks at message i, which lies in `m` at `at`. */
  read(m: Uint8Array, i: number, at: number, length: number): void {
    this.questionEnd[i] = 0;
    // Header: a standard query with at most RD, AD and CD set; one question, nothing else but at most one additional record.
    if (length < HEADER_SIZE + 5 || (m[at + 2] & 0xfe) !== 0 || (m[at + 3] & 0xcf) !== 0) return;
    if (m[at + 4] !== 0 || m[at + 5] !== 1 || m[at + 6] !== 0 || m[at + 7] !== 0 || m[at + 8] !== 0 || m[at + 9] !== 0)
      return;
    if (m[at + 10] !== 0 || m[at + 11] > 1) return;
    const begin = at + HEADER_SIZE;
    const end = at + length;
    const last = end - 5;
    let root = begin;
    // Where the last label begins, and the one before it.
    let lastLabel = begin;
    let ending = begin;
    while (root <= last) {
      const label = m[root];
      if (label === 0) break;
      if (label > MAX_LABEL) return;
      ending = lastLabel;
      lastLabel = root;
      root += label + 1;
    }
    if (root > last || root - begin >= MAX_NAME) return;
    if (m[root + 3] !== 0 || m[root + 4] !== RRClass.IN) return;
    const type = (m[root + 1] << 8) | m[root + 2];
    if (type === 0 || type === RRType.OPT || type === RRType.DS || type === RRType.NXNAME) return;
    // What signing makes is made by the complete path.
    if (type >= RRType.RRSIG && type <= RRType.NSEC3PARAM) return;
    if (type === RRType.CDS || type === RRType.CDNSKEY) return;
    if (type >= FIRST_QTYPE && type <= LAST_QTYPE) return;
    const opt = root + 5;
    this.ecsLength[i] = 0;
    this.cookieLength[i] = 0;
    if (m[at + 11] === 0) {
      if (opt !== end) return;
    } else {
      const options = opt + OPT_SIZE;
      if (options > end || m[opt] !== 0 || m[opt + 1] !== 0 || m[opt + 2] !== RRType.OPT || m[opt + 6] !== 0) return;
      if (((m[opt + 9] << 8) | m[opt + 10]) !== end - options) return;
      this.udpSize[i] = (m[opt + 3] << 8) | m[opt + 4];
      if (options !== end && !this.#options(m, i, at, options, end)) return;
    }
    let state = this.#seed;
    let p = root;
    for (; p >= ending; p--) {
      let c = m[p];
      if (c >= 0x41 && c <= 0x5a) c |= 0x20;
      state = hashStep(state, c);
    }
    this.ending[i] = hashOfState(state);
    for (; p >= begin; p--) {
      let c = m[p];
      if (c >= 0x41 && c <= 0x5a) c |= 0x20;
      state = hashStep(state, c);
    }
    this.hash[i] = hashOfState(state);
    this.type[i] = type;
    this.questionEnd[i] = opt - at;
  }

  /** @returns false when an option asks for more than Client Subnet or a cookie, or is not as it should be */
  #options(m: Uint8Array, i: number, at: number, p: number, end: number): boolean {
    while (p < end) {
      const data = p + OPTION_HEAD;
      if (data > end) return false;
      const code = (m[p] << 8) | m[p + 1];
      const length = (m[p + 2] << 8) | m[p + 3];
      if (data + length > end || code === EdnsOption.NSID) return false;
      if (code === EdnsOption.CLIENT_SUBNET) {
        const bits = length < ECS_FIXED || this.ecsLength[i] !== 0 ? 0 : addressBits(m, data);
        if (bits === 0 || !isWellFormed(m, data, length, bits)) return false;
        this.ecsAt[i] = data - at;
        this.ecsLength[i] = length;
      }
      if (code === EdnsOption.COOKIE && this.#cookies && this.cookieLength[i] === 0) {
        if (this.#cookiesRequired || !isCookieLength(length)) return false;
        this.cookieAt[i] = data - at;
        this.cookieLength[i] = length;
      }
      p = data + length;
    }
    return true;
  }
}
