/**
 * Signatures for the fast path. What was found in the cache all workers share (dnssec/signature-cache.ts) is kept by the worker for a while: most of the time it takes to
 * find one again goes into putting together and hashing what is signed, and that is the same while the name, its records, the key and the window are.
 *
 * A node stands for its name as long as the tables are the same, so the name is not compared; records are, since plans change without the tables. Signatures of names that
 * wildcards make up are not kept: they would push out others.
 */
import type { Signer } from '../dnssec/signer.ts';
import type { SigningKey } from '../dnssec/zone-keys.ts';
import { RRType } from '../wire/constants.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import { RDLENGTH, RECORD_HEAD, writeHead } from './copied-record.ts';
import { copyOctets } from './copy-octets.ts';

/** Signatures kept, a power of two; two that want one place take turns. */
const PLACES = 4096;
/** Octets of the longest records and RRSIG RDATA that are kept. */
const MOST_RECORDS = 48;
const MOST_RDATA = 160;
/** Octets of a place: the records, then the RDATA. */
const PLACE = MOST_RECORDS + MOST_RDATA;
/** One more place holds what is found and not kept: RDATA of any length. */
const LONGEST_RDATA = 512;
/** Seconds a signature is kept: short beside the ticks in which the cache notes what is found. */
const KEPT_S = 30;

// Words of a place.
const NODE = 0;
const TYPE = 1;
const VERSION = 2;
const ORIGINAL = 3;
const FROM = 4;
const UNTIL = 5;
/** Octets of the records, and of the RDATA. */
const RECORDS = 6;
const RDATA = 7;
const WORDS = 8;

export class SignatureFinder {
  readonly #signer: Signer;
  readonly #words = new Int32Array(PLACES * WORDS);
  readonly #octets = new Uint8Array(PLACES * PLACE + LONGEST_RDATA);
  readonly #view = new DataView(this.#octets.buffer);
  readonly #keys: (SigningKey | undefined)[] = new Array(PLACES).fill(undefined);
  // Where the RDATA found last is.
  #at = 0;
  #length = 0;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** Octets of the record with the signature found. */
  get size(): number {
    return RECORD_HEAD + RDLENGTH + this.#length;
  }

  /**
   * Looks for a signature among those kept.
   *
   * @param node     whose name is signed
   * @param version  of the tables
   * @param original the TTL signed
   * @param bytes    RDLENGTH and RDATA of the records, one after another in [from, to)
   * @param now      Unix seconds
   */
  findKept(
    key: SigningKey,
    node: number,
    version: number,
    type: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    now: number,
  ): boolean {
    const place = placeOf(node, type);
    const words = this.#words;
    const at = place * WORDS;
    if (
      words[at + NODE] !== node ||
      words[at + TYPE] !== type ||
      words[at + VERSION] !== version ||
      words[at + ORIGINAL] !== original ||
      words[at + RECORDS] !== to - from ||
      now < words[at + FROM] ||
      now >= words[at + UNTIL] ||
      this.#keys[place] !== key
    )
      return false;
    const octets = this.#octets;
    const begin = place * PLACE;
    for (let i = from, j = begin; i < to; i++, j++) if (octets[j] !== bytes[i]) return false;
    this.#at = begin + MOST_RECORDS;
    this.#length = words[at + RDATA];
    return true;
  }

  /**
   * Looks for a signature in the cache, and keeps one that was found before, unless its name is made up; else as `findKept`.
   * @param name of the node
   */
  find(
    apex: Uint8Array,
    name: Suffixes,
    madeUp: boolean,
    key: SigningKey,
    node: number,
    version: number,
    type: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    now: number,
  ): boolean {
    const signer = this.#signer;
    signer.begin(apex, name.name, 0, name.end, type, original, now);
    signer.records(bytes, from, to);
    if (!signer.find(key, madeUp)) return false;
    this.#length = signer.headEnd + signer.signature.length;
    // Not at once: the cache goes by what is found in it again to tell which names are hot.
    const isKept = !madeUp && signer.wasFound && to - from <= MOST_RECORDS && this.#length <= MOST_RDATA;
    const place = isKept ? placeOf(node, type) : PLACES;
    this.#at = isKept ? place * PLACE + MOST_RECORDS : PLACES * PLACE;
    if (isKept) {
      const words = this.#words;
      const at = place * WORDS;
      words[at + NODE] = node;
      words[at + TYPE] = type;
      words[at + VERSION] = version;
      words[at + ORIGINAL] = original;
      words[at + FROM] = now;
      words[at + UNTIL] = Math.min(now + KEPT_S, signer.until);
      words[at + RECORDS] = to - from;
      words[at + RDATA] = this.#length;
      this.#keys[place] = key;
      copy(bytes, from, to, this.#octets, place * PLACE);
    }
    const end = copy(signer.octets, 0, signer.headEnd, this.#octets, this.#at);
    copy(signer.signature, 0, signer.signature.length, this.#octets, end);
    return true;
  }

  /** Writes the record with the signature found. @param view of `m` @returns the octet after it */
  write(m: Uint8Array, view: DataView, at: number, owner: number, ttl: number): number {
    const length = this.#length;
    const p = writeHead(m, at, owner, RRType.RRSIG, ttl);
    m[p] = length >>> 8;
    m[p + 1] = length;
    copyOctets(this.#view, this.#at, length, view, p + RDLENGTH);
    return p + RDLENGTH + length;
  }
}

function placeOf(node: number, type: number): number {
  return (Math.imul(node, 0x9e3779b1) ^ Math.imul(type, 0x85ebca6b)) >>> 20;
}

function copy(from: Uint8Array, at: number, end: number, to: Uint8Array, toAt: number): number {
  let p = toAt;
  for (let i = at; i < end; i++) to[p++] = from[i];
  return p;
}
