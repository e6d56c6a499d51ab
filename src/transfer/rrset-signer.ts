/**
 * Writes RRsets of one zone into blocks, each with its signatures behind it. A signature is taken from what was transferred before where the RRset is the same, by
 * the same key and good for long enough; else it is made.
 */

import { keyTag } from '../dnssec/key.ts';
import { Signer } from '../dnssec/signer.ts';
import { isOfKeys, type SigningKey, type ZoneKeys } from '../dnssec/zone-keys.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import { hashName } from '../zone/suffixes.ts';
import {
  BLOCK_HEAD,
  type BlockWriter,
  blockSize,
  RECORD_HEAD,
  recordSize,
  recordsAt,
  TTL_AT,
  typeAt,
  u32At,
} from './blocks.ts';
import type { Validity } from './validity.ts';
import { sameOctets } from './zone-content.ts';

/** Where fields lie in RRSIG RDATA (RFC 4034 §3.1). */
const ORIGINAL_TTL_AT = 4;
const COVERED_AT = 0;
const ALGORITHM_AT = 2;
const EXPIRATION_AT = 8;
const INCEPTION_AT = 12;
const TAG_AT = 16;

/** No block. */
const NONE = -1;

export class RRsetSigner {
  /** Signatures made, not taken. */
  made = 0;
  /** When the first of all signatures is due, and the latest inception: in between none need be made. */
  dueAt = Number.POSITIVE_INFINITY;
  goodFrom = 0;
  readonly #keys: ZoneKeys;
  readonly #validity: Validity;
  readonly #now: number;
  readonly #signer = new Signer();
  /** Tags and algorithms of keys by which signatures of before are good. */
  readonly #known = new Set<number>();
  /** The owner's name. */
  readonly #name = new Uint8Array(MAX_NAME);
  #nameEnd = 0;
  /** The owner's block of before. */
  #old: Uint8Array = new Uint8Array(0);
  #oldAt = NONE;
  /** RDLENGTH and RDATA of the records of the RRset. */
  #rdatas: Uint8Array = new Uint8Array(4096);
  #end = 0;

  /** @param now Unix seconds, which `keys` follow already */
  constructor(keys: ZoneKeys, validity: Validity, now: number) {
    this.#keys = keys;
    this.#validity = validity;
    this.#now = now;
  }

  /** Octets of the block of a SOA's signatures. */
  get soaSignature(): number {
    return BLOCK_HEAD + this.#keys.forData.length * (RECORD_HEAD + 18 + this.#keys.apex.length + 64);
  }

  /**
   * Takes the apex's block of before: keys that were published then, and still are, may have signed what is reused. Of others nothing is: another key may have had
   * the same tag.
   */
  trust(block: Uint8Array, at: number): void {
    const { dnskeys } = this.#keys;
    for (let p = 0; p < dnskeys.length; ) {
      const rdata = dnskeys.subarray(p + 2, p + 2 + ((dnskeys[p] << 8) | dnskeys[p + 1]));
      p += 2 + rdata.length;
      eachRecord(block, at, RRType.DNSKEY, (record) => {
        const same = recordSize(block, record) === RECORD_HEAD + rdata.length;
        if (same && sameOctets(block, record + RECORD_HEAD, rdata, 0, rdata.length))
          this.#known.add((keyTag(rdata) << 8) | rdata[3]);
        return true;
      });
    }
  }

  /**
   * Begins an owner.
   * @param labels its labels in front of the apex, at [at, end)
   * @param oldAt  where its block of before lies in `old`; -1 for none
   */
  begin(labels: Uint8Array, at: number, end: number, old: Uint8Array, oldAt: number): void {
    const { apex } = this.#keys;
    for (let i = at; i < end; i++) this.#name[i - at] = labels[i];
    this.#name.set(apex, end - at);
    this.#nameEnd = end - at + apex.length;
    this.#old = old;
    this.#oldAt = oldAt;
    this.#end = 0;
  }

  /** Adds a record's RDATA to the RRset. */
  rdata(bytes: Uint8Array, from: number, end: number): void {
    const octets = end - from;
    if (this.#end + 2 + octets > this.#rdatas.length) {
      const more = new Uint8Array((this.#end + 2 + octets) * 2);
      more.set(this.#rdatas);
      this.#rdatas = more;
    }
    const to = this.#rdatas;
    let p = this.#end;
    to[p++] = octets >>> 8;
    to[p++] = octets;
    for (let i = from; i < end; i++) to[p++] = bytes[i];
    this.#end = p;
  }

  /** Writes the records added, without signatures. */
  write(out: BlockWriter, type: number, ttl: number): void {
    const bytes = this.#rdatas;
    for (let p = 0; p < this.#end; ) {
      const octets = (bytes[p] << 8) | bytes[p + 1];
      out.record(type, ttl, octets);
      out.octetsOf(bytes, p + 2, p + 2 + octets);
      p += 2 + octets;
    }
    this.#end = 0;
  }

  /** Writes the records added, and their signatures behind them. */
  sign(out: BlockWriter, type: number, ttl: number): void {
    const octets = this.#end;
    this.write(out, type, ttl);
    this.#end = octets;
    this.signatures(out, type, ttl);
  }

  /** Writes the signatures of the records added. The TTL that is signed is the one they are transferred with: in a zone, both are one (RFC 4034 §3.1.4). */
  signatures(out: BlockWriter, type: number, ttl: number): void {
    const by = isOfKeys(type) ? this.#keys.forKeys : this.#keys.forData;
    const isSame = this.#known.size > 0 && this.#isAsBefore(type);
    let isBegun = false;
    for (const key of by) {
      if (isSame && this.#reuse(out, key, type, ttl)) continue;
      if (!isBegun) this.#beginSigning(type, ttl);
      isBegun = true;
      this.#make(out, key, ttl);
    }
    this.#end = 0;
  }

  #isAsBefore(type: number): boolean {
    const old = this.#old;
    let p = 0;
    let isSame = this.#oldAt !== NONE;
    if (!isSame) return false;
    eachRecord(old, this.#oldAt, type, (record) => {
      const octets = recordSize(old, record) - RECORD_HEAD;
      isSame = p + 2 + octets <= this.#end && sameOctets(old, record + RECORD_HEAD - 2, this.#rdatas, p, octets + 2);
      p += 2 + octets;
      return isSame;
    });
    return isSame && p === this.#end;
  }

  #reuse(out: BlockWriter, key: SigningKey, type: number, ttl: number): boolean {
    const old = this.#old;
    const record = this.#find(old, this.#oldAt, key, type, ttl);
    if (record === NONE) return false;
    out.record(RRType.RRSIG, ttl, recordSize(old, record) - RECORD_HEAD);
    out.octetsOf(old, record + RECORD_HEAD, record + recordSize(old, record));
    return true;
  }

  /** Whether all signatures that an RRset must have lie in a block, good for long enough. */
  areGood(block: Uint8Array, type: number): boolean {
    return this.#keys.forData.every((key) => this.#find(block, 0, key, type, undefined) !== NONE);
  }

  /** The signature of an RRset by a key, if it can stay. @param ttl undefined: whatever it is */
  #find(bytes: Uint8Array, at: number, { tag, algorithm }: SigningKey, type: number, ttl: number | undefined): number {
    let found = NONE;
    if (!this.#known.has((tag << 8) | algorithm)) return NONE;
    eachRecord(bytes, at, RRType.RRSIG, (record) => {
      const rdata = record + RECORD_HEAD;
      const isBy =
        typeAt(bytes, rdata + COVERED_AT) === type &&
        bytes[rdata + ALGORITHM_AT] === algorithm &&
        typeAt(bytes, rdata + TAG_AT) === tag &&
        (ttl === undefined || u32At(bytes, rdata + ORIGINAL_TTL_AT) === ttl);
      if (isBy && this.#keep(u32At(bytes, rdata + INCEPTION_AT), u32At(bytes, rdata + EXPIRATION_AT))) found = record;
      return found === NONE;
    });
    return found;
  }

  /** @returns whether a signature of before stays */
  #keep(inception: number, expiration: number): boolean {
    if (!this.#validity.isGood(inception, expiration, this.#now)) return false;
    this.#count(inception, expiration);
    return true;
  }

  #count(inception: number, expiration: number): void {
    this.goodFrom = Math.max(this.goodFrom, inception);
    this.dueAt = Math.min(this.dueAt, this.#validity.due(expiration));
  }

  #beginSigning(type: number, ttl: number): void {
    const { apex } = this.#keys;
    const signer = this.#signer;
    signer.begin(apex, this.#name, 0, this.#nameEnd, type, ttl, this.#now);
    const inception = this.#validity.inception(this.#now);
    const expiration = this.#validity.expiration(this.#now, hashName(type, this.#name, 0, this.#nameEnd));
    signer.bounds(inception, expiration);
    signer.records(this.#rdatas, 0, this.#end);
    this.#count(inception, expiration);
  }

  #make(out: BlockWriter, key: SigningKey, ttl: number): void {
    const signer = this.#signer;
    if (!signer.find(key, false)) signer.make(key, false);
    out.record(RRType.RRSIG, ttl, signer.headEnd + signer.signature.length);
    out.octetsOf(signer.octets, 0, signer.headEnd);
    out.octetsOf(signer.signature, 0, signer.signature.length);
    this.made++;
  }
}

/** Calls `each` with the place of every record of a type in the block at `at`, until it says false. */
export function eachRecord(bytes: Uint8Array, at: number, type: number, each: (record: number) => boolean): void {
  const end = at + blockSize(bytes, at);
  for (let p = recordsAt(bytes, at); p < end; p += recordSize(bytes, p))
    if (typeAt(bytes, p) === type && !each(p)) return;
}

/** TTL of the record at `at`. */
export function ttlAt(bytes: Uint8Array, at: number): number {
  return u32At(bytes, at + TTL_AT);
}
