/**
 * Makes RRSIG RDATA (RFC 4034 §3) for one RRset after another: the octets to sign are put together in memory used again and again, looked up in the cache, and signed if
 * they are not there.
 *
 *     what is signed (§3.1.8.1)   RRSIG RDATA up to the signer's name | each record: owner, type, class, original TTL, RDLENGTH, RDATA
 *     RRSIG RDATA                 TYPE COVERED (16) ALGORITHM (8) LABELS (8) ORIGINAL TTL (32) EXPIRATION (32) INCEPTION (32) KEY TAG (16) | SIGNER'S NAME | SIGNATURE
 */
import { MAX_NAME, RRClass } from '../wire/constants.ts';
import { hashOfState, hashStep } from '../zone/suffixes.ts';
import { SIGNATURE_OCTETS, signOctets } from './algorithm.ts';
import { canonicalise, compareRdata, hasNames } from './canonical.ts';
import { hash128 } from './half-siphash.ts';
import type { SignatureCache } from './signature-cache.ts';
import { expirationOf, inceptionOf, PERIOD, windowStart } from './window.ts';
import type { SigningKey } from './zone-keys.ts';

/** Octets of RRSIG RDATA before the signer's name. */
const FIXED = 18;
/** Octets of a record before its RDLENGTH, its owner's name apart. */
const RECORD_FIXED = 8;

const AT = { ALGORITHM: 2, LABELS: 3, ORIGINAL_TTL: 4, EXPIRATION: 8, INCEPTION: 12, TAG: 16 } as const;

export class Signer {
  /** RRSIG RDATA up to the signature begins this memory; `headEnd` octets of it. */
  octets = new Uint8Array(4096);
  headEnd = 0;
  /** When the RRset gets another signature, in Unix seconds. */
  until = 0;
  readonly signature = new Uint8Array(SIGNATURE_OCTETS);
  /** Signatures made, not found. */
  made = 0;
  readonly #cache: SignatureCache | undefined;
  readonly #signature = new Int32Array(this.signature.buffer);
  readonly #hash = new Int32Array(4);
  #words = new Int32Array(this.octets.buffer);
  #end = 0;
  // Offsets of the records' RDLENGTH in `octets`.
  #records = new Int32Array(64);
  readonly #owner = new Uint8Array(MAX_NAME);
  #ownerEnd = 0;
  #type = 0;

  /** @param cache without it no signature is found: each is made */
  constructor(cache?: SignatureCache) {
    this.#cache = cache;
  }

  /**
   * Begins an RRset.
   *
   * @param apex  of the zone: wire form, lower case
   * @param name  the owner's name, lower case, at [at, end)
   * @param ttl   original TTL: the highest at which the RRset is answered
   * @param now   Unix seconds
   */
  begin(apex: Uint8Array, name: Uint8Array, at: number, end: number, type: number, ttl: number, now: number): void {
    const m = this.octets;
    let labels = 0;
    let hash = 0;
    for (let p = at; name[p] !== 0; p += name[p] + 1) labels++;
    for (let i = at; i < end; i++) hash = hashStep(hash, name[i]);
    // An asterisk in front is not counted (RFC 4034 §3.1.3).
    if (name[at] === 1 && name[at + 1] === 0x2a) labels--;
    const start = windowStart(now, hashOfState(hash));
    this.until = start + PERIOD;
    m[0] = type >>> 8;
    m[1] = type;
    m[AT.LABELS] = labels;
    u32(m, AT.ORIGINAL_TTL, ttl);
    u32(m, AT.EXPIRATION, expirationOf(start));
    u32(m, AT.INCEPTION, inceptionOf(start));
    for (let i = 0; i < apex.length; i++) m[FIXED + i] = apex[i];
    this.headEnd = FIXED + apex.length;
    this.#end = this.headEnd;
    this.#type = type;
    const owner = this.#owner;
    for (let i = at; i < end; i++) owner[i - at] = name[i];
    this.#ownerEnd = end - at;
  }

  /** From when to when the signature is good, in Unix seconds, if not for the day's window. Call after `begin`. */
  bounds(inception: number, expiration: number): void {
    u32(this.octets, AT.EXPIRATION, expiration);
    u32(this.octets, AT.INCEPTION, inception);
  }

  /** Takes the RRset's records, RDLENGTH and RDATA one after another at [from, end). */
  records(bytes: Uint8Array, from: number, end: number): void {
    const type = this.#type;
    const named = hasNames(type);
    let count = 0;
    for (let p = from; p < end; ) {
      const next = p + 2 + ((bytes[p] << 8) | bytes[p + 1]);
      this.#room(this.#ownerEnd + RECORD_FIXED + next - p);
      const m = this.octets;
      let q = this.#end;
      const owner = this.#owner;
      for (let i = 0; i < this.#ownerEnd; i++) m[q++] = owner[i];
      m[q] = type >>> 8;
      m[q + 1] = type;
      m[q + 2] = 0;
      m[q + 3] = RRClass.IN;
      for (let i = 0; i < 4; i++) m[q + 4 + i] = m[AT.ORIGINAL_TTL + i];
      q += RECORD_FIXED;
      if (count === this.#records.length) this.#records = grown(this.#records);
      this.#records[count++] = q;
      for (let i = p; i < next; i++) m[q++] = bytes[i];
      if (named) canonicalise(type, m, this.#records[count - 1] + 2, q);
      this.#end = q;
      p = next;
    }
    if (count > 1 && !this.#isOrdered(count)) this.#order(count);
  }

  /**
   * Looks for the signature of the RRset taken, by a key.
   * @param madeUp whether the owner is not in the zone
   */
  find(key: SigningKey, madeUp: boolean): boolean {
    const m = this.octets;
    m[AT.ALGORITHM] = key.algorithm;
    m[AT.TAG] = key.tag >>> 8;
    m[AT.TAG + 1] = key.tag;
    if (this.#cache === undefined) return false;
    hash128(this.#words, this.#end, this.#cache.key, this.#hash);
    return this.#cache.find(this.#hash, madeUp, this.#signature);
  }

  /** Whether the signature found was found before (`SignatureCache.wasFound`). */
  get wasFound(): boolean {
    return this.#cache?.wasFound ?? false;
  }

  /** How many of `octets` are signed. */
  get length(): number {
    return this.#end;
  }

  /** Makes the signature that `find` did not find, by the same key. */
  make(key: SigningKey, madeUp: boolean): void {
    this.signature.set(signOctets(key.algorithm, key.object, this.octets.subarray(0, this.#end)));
    this.made++;
    this.#cache?.store(this.#hash, madeUp, this.#signature);
  }

  /** Records that are stored in canonical order are so as soon as they have no names; else mostly too. */
  #isOrdered(count: number): boolean {
    const records = this.#records;
    for (let i = 1; i < count; i++) if (this.#compare(records[i - 1], records[i]) >= 0) return false;
    return true;
  }

  #compare(a: number, b: number): number {
    const m = this.octets;
    return compareRdata(m, a + 2, a + 2 + ((m[a] << 8) | m[a + 1]), b + 2, b + 2 + ((m[b] << 8) | m[b + 1]));
  }

  /** Puts the records in order, each once: names that differ in case only are one. */
  #order(count: number): void {
    const m = this.octets;
    const places = [...this.#records.subarray(0, count)].sort((a, b) => this.#compare(a, b));
    const before = this.#ownerEnd + RECORD_FIXED;
    const pieces = places
      .filter((place, i) => i === 0 || this.#compare(places[i - 1], place) !== 0)
      .map((place) => m.slice(place - before, place + 2 + ((m[place] << 8) | m[place + 1])));
    let p = this.headEnd;
    for (const piece of pieces) {
      m.set(piece, p);
      p += piece.length;
    }
    this.#end = p;
  }

  #room(octets: number): void {
    // A whole word behind the end: the hash reads it.
    const needed = this.#end + octets + 4;
    if (needed <= this.octets.length) return;
    const more = new Uint8Array((needed * 2 + 3) & ~3);
    more.set(this.octets);
    this.octets = more;
    this.#words = new Int32Array(more.buffer);
  }
}

function u32(m: Uint8Array, at: number, value: number): void {
  m[at] = value >>> 24;
  m[at + 1] = value >>> 16;
  m[at + 2] = value >>> 8;
  m[at + 3] = value;
}

function grown(words: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(words.length * 2);
  more.set(words);
  return more;
}
