/**
 * Writes a response's records behind the question it answers: compression, section counts, and going back to the last whole RRset when
 * there is no more room (RFC 1035 §4.1.4, RFC 2181 §9).
 */
import { HEADER_SIZE, RRClass, RRType } from '../wire/constants.ts';
import { hashStep, type Suffixes } from '../zone/suffixes.ts';
import { TRANSFER_MESSAGE, type Transfer } from './transfers.ts';

/** Names remembered for compression; later ones are written without being remembered. */
const MOST_NAMES = 128;
/** Pointers reach 14 bits (RFC 1035 §4.1.4). */
const MAX_POINTER = 0x3fff;
const MAX_LABELS = 128;
/** Largest response to a query without EDNS over UDP (RFC 1035 §4.2.1). */
export const PLAIN_UDP = 512;

export const Section = { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 } as const;
export type Section = (typeof Section)[keyof typeof Section];

export class Response {
  #m: Uint8Array = new Uint8Array(0);
  /** Where the message begins in the buffer. */
  #at = 0;
  /** Where the next octet goes, and the first that may not be written. */
  #p = 0;
  #limit = 0;
  readonly #counts = new Uint16Array(3);
  truncated = false;
  // Suffixes of names already in the message: their hash and place.
  readonly #hashes = new Int32Array(MOST_NAMES);
  readonly #places = new Uint16Array(MOST_NAMES);
  #names = 0;
  readonly #labels = new Uint16Array(MAX_LABELS);
  readonly #labelHashes = new Int32Array(MAX_LABELS);
  // To go back to when an RRset does not fit.
  #markP = 0;
  #markNames = 0;

  /**
   * @param questionEnd offset after the question, from the message's start
   * @param limit octets the records may reach, from the message's start
   */
  begin(m: Uint8Array, at: number, questionEnd: number, limit: number, question: Suffixes): void {
    this.#m = m;
    this.#at = at;
    this.#p = at + questionEnd;
    this.#limit = at + limit;
    this.#counts[0] = this.#counts[1] = this.#counts[2] = 0;
    this.truncated = false;
    this.#names = 0;
    this.#rootState = question.state[question.labels];
    for (let i = 0; i < question.labels && i < MOST_NAMES; i++)
      this.#remember(question.state[i], HEADER_SIZE + question.at[i]);
  }

  /** Records in a section. */
  count(section: Section): number {
    return this.#counts[section];
  }

  /** Octets of the message so far. */
  get length(): number {
    return this.#p - this.#at;
  }

  /** Whether `octets` more would fit. */
  fits(octets: number): boolean {
    return this.#p + octets <= this.#limit;
  }

  /** Writes records of a transfer, a message full. @throws Error as `Transfer.fill` */
  fill(transfer: Transfer): void {
    this.#p = transfer.fill(this.#m, this.#p, Math.min(this.#limit, this.#at + TRANSFER_MESSAGE), this.#limit);
    this.#counts[Section.ANSWER] += transfer.records;
  }

  /** Moves the bound, to make room for OPT or to give it back. */
  set limit(limit: number) {
    this.#limit = this.#at + limit;
  }

  /** Remembers this place; `undo` comes back to it. */
  mark(): void {
    this.#markP = this.#p;
    this.#markNames = this.#names;
  }

  /** Takes back what was written since `mark`. */
  undo(): void {
    this.#p = this.#markP;
    this.#names = this.#markNames;
  }

  /** Copies what was written since the message had `from` octets. @returns the offset in `into` after it */
  copy(from: number, into: Uint8Array, at: number): number {
    const m = this.#m;
    for (let p = this.#at + from; p < this.#p; p++) into[at++] = m[p];
    return at;
  }

  /** Counts records of a finished RRset. */
  counted(section: Section, records: number): void {
    this.#counts[section] += records;
  }

  /**
   * Writes an RRset's records.
   *
   * @param owner  offset in the message of its owner's name, if it is there already; else 0 and `name` is written
   * @param bytes  the records: RDLENGTH, RDATA, one after another in [from, end)
   * @param ttl    seconds
   * @returns false, with nothing written, when it does not fit
   */
  rrset(
    section: Section,
    owner: number,
    name: Uint8Array,
    nameAt: number,
    nameEnd: number,
    type: number,
    ttl: number,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): boolean {
    this.mark();
    let records = 0;
    for (let p = from; p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      if (!this.recordHead(owner, name, nameAt, nameEnd, type, ttl)) return this.#noRoom();
      if (!this.#rdata(type, bytes, rdata, p)) return this.#noRoom();
      records++;
    }
    this.#counts[section] += records;
    return true;
  }

  #noRoom(): false {
    this.undo();
    return false;
  }

  /** Writes owner, type, class, TTL, and leaves the RDATA to the caller, who ends it with `endRdata`. */
  recordHead(
    owner: number,
    name: Uint8Array,
    nameAt: number,
    nameEnd: number,
    type: number,
    ttl: number,
    rrclass: number = RRClass.IN,
  ): boolean {
    if (owner !== 0) {
      if (!this.fits(2)) return false;
      this.#m[this.#p++] = 0xc0 | (owner >>> 8);
      this.#m[this.#p++] = owner;
    } else if (this.name(name, nameAt, nameEnd) < 0) return false;
    if (!this.fits(10)) return false;
    const m = this.#m;
    let p = this.#p;
    m[p++] = type >>> 8;
    m[p++] = type;
    m[p++] = 0;
    m[p++] = rrclass;
    m[p++] = ttl >>> 24;
    m[p++] = ttl >>> 16;
    m[p++] = ttl >>> 8;
    m[p++] = ttl;
    this.#p = p;
    return true;
  }

  /** Leaves room for RDLENGTH; `endRdata` fills it in. @returns the place to give there, or -1 without room */
  beginRdata(): number {
    if (!this.fits(2)) return -1;
    this.#p += 2;
    return this.#p;
  }

  endRdata(begin: number): void {
    const length = this.#p - begin;
    this.#m[begin - 2] = length >>> 8;
    this.#m[begin - 1] = length;
  }

  /** Copies octets. @returns false when they do not fit */
  octets(bytes: Uint8Array, from: number, end: number): boolean {
    if (!this.fits(end - from)) return false;
    const m = this.#m;
    let p = this.#p;
    for (let i = from; i < end; i++) m[p++] = bytes[i];
    this.#p = p;
    return true;
  }

  u8(value: number): void {
    this.#m[this.#p++] = value;
  }

  u16(value: number): void {
    this.#m[this.#p++] = value >>> 8;
    this.#m[this.#p++] = value;
  }

  /**
   * Writes a name with as much of it as possible replaced by a pointer.
   * @returns the offset from the message's start at which the name can be pointed to, or -1 when it does not fit
   */
  name(bytes: Uint8Array, at: number, end: number): number {
    const labels = this.#labels;
    const hashes = this.#labelHashes;
    let count = 0;
    for (let p = at; bytes[p] !== 0; p += bytes[p] + 1) labels[count++] = p - at;
    // As Suffixes does: from the root forward, letters in lower case, so that the question's suffixes are found too.
    let state = this.#rootState;
    for (let i = end - 2, label = count - 1; label >= 0; i--) {
      let c = bytes[i];
      if (c >= 0x41 && c <= 0x5a) c |= 0x20;
      state = hashStep(state, c);
      if (i - at === labels[label]) hashes[label--] = state;
    }
    let pointer = 0;
    let kept = 0;
    for (; kept < count; kept++) {
      pointer = this.#known(hashes[kept], bytes, at + labels[kept]);
      if (pointer !== 0) break;
    }
    const own = kept === count ? end - at : labels[kept];
    if (!this.fits(pointer === 0 ? own : own + 2)) return -1;
    const place = this.#p - this.#at;
    const m = this.#m;
    let p = this.#p;
    for (let i = 0; i < own; i++) m[p++] = bytes[at + i];
    if (pointer !== 0) {
      m[p++] = 0xc0 | (pointer >>> 8);
      m[p++] = pointer;
    }
    this.#p = p;
    for (let i = 0; i < kept; i++) this.#remember(hashes[i], place + labels[i]);
    return kept === 0 && pointer !== 0 ? pointer : place;
  }

  /** State of the hash after the root's octet; the one of the question's Suffixes. */
  #rootState = 0;

  #remember(hash: number, place: number): void {
    if (this.#names >= MOST_NAMES || place > MAX_POINTER) return;
    this.#hashes[this.#names] = hash;
    this.#places[this.#names++] = place;
  }

  #known(hash: number, bytes: Uint8Array, at: number): number {
    for (let i = 0; i < this.#names; i++) {
      if (this.#hashes[i] === hash && this.#sameAs(this.#places[i], bytes, at)) return this.#places[i];
    }
    return 0;
  }

  /** Compares the name at a place of the message, pointers followed, with an uncompressed one. */
  #sameAs(place: number, bytes: Uint8Array, q: number): boolean {
    const m = this.#m;
    let p = this.#at + place;
    for (;;) {
      while (m[p] >= 0xc0) p = this.#at + (((m[p] & 0x3f) << 8) | m[p + 1]);
      const length = m[p];
      if (length !== bytes[q]) return false;
      if (length === 0) return true;
      for (let i = 1; i <= length; i++) {
        let a = m[p + i];
        let b = bytes[q + i];
        if (a >= 0x41 && a <= 0x5a) a |= 0x20;
        if (b >= 0x41 && b <= 0x5a) b |= 0x20;
        if (a !== b) return false;
      }
      p += length + 1;
      q += length + 1;
    }
  }

  /** RDLENGTH and RDATA. Names are compressed only in the types of RFC 1035, which every resolver can read (RFC 3597 §4). */
  #rdata(type: number, bytes: Uint8Array, from: number, end: number): boolean {
    const begin = this.beginRdata();
    if (begin < 0) return false;
    let p = from;
    if (type === RRType.MX) {
      if (!this.octets(bytes, p, p + 2)) return false;
      p += 2;
    }
    let names =
      type === RRType.NS || type === RRType.CNAME || type === RRType.PTR || type === RRType.MX
        ? 1
        : type === RRType.SOA
          ? 2
          : 0;
    for (; names > 0; names--) {
      let nameEnd = p;
      while (bytes[nameEnd] !== 0) nameEnd += bytes[nameEnd] + 1;
      nameEnd++;
      this.lastName = this.name(bytes, p, nameEnd);
      if (this.lastName < 0) return false;
      p = nameEnd;
    }
    if (!this.octets(bytes, p, end)) return false;
    this.endRdata(begin);
    return true;
  }

  /** Where the last name in RDATA can be pointed to: a CNAME's target owns the next record. */
  lastName = 0;

  /** Writes the section counts and returns the message's length. `extra` are additional records written by hand. */
  finish(extra: number): number {
    const m = this.#m;
    const at = this.#at;
    for (let s = 0; s < 3; s++) {
      const n = this.#counts[s] + (s === Section.ADDITIONAL ? extra : 0);
      m[at + 6 + s * 2] = n >>> 8;
      m[at + 7 + s * 2] = n;
    }
    return this.#p - at;
  }
}
