/**
 * What compact denial (RFC 9824) adds to the SOA of a negative answer, for the fast path: all of it, or nothing where a signature is not there yet.
 *
 *     SOA (negative-tails.ts)   RRSIG of it   NSEC: name  \000.name  the types that name has   RRSIG of it
 *
 * The SOA's signature is one for all names of a zone, so it is looked for once a second and generation and then copied.
 */
import { MOST_NSEC_RDATA, writeNextName } from '../dnssec/nsec.ts';
import type { Signer } from '../dnssec/signer.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import { copy, copyOctets } from '../wire/copy-octets.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import { QUESTION_POINTER, RDLENGTH, RECORD_HEAD, writeHead } from './copied-record.ts';
import { DeniedTypes } from './denied-types.ts';
import type { SignatureFinder } from './signature-finder.ts';

/** Records of it. */
export const DENIAL_RECORDS = 3;
/** Zones whose SOA's signature is kept, a power of two; two that want one place take turns. */
const ZONES = 256;
/** Octets kept of a zone: RRSIG RDATA is 18 octets, the signer's name and the signature. */
const SIGNATURE = 352;
/** `\000.` in front of a name. */
const LEAST_LABEL = 2;

// Words of a zone.
const ZONE = 0;
const VERSION = 1;
const SECOND = 2;
/** Octets of the RDATA. */
const LENGTH = 3;
const WORDS = 4;

export class CompactDenial {
  readonly #tables: TableReader;
  readonly #signer: Signer;
  readonly #finder: SignatureFinder;
  readonly #denied: DeniedTypes;
  /** The types of a name that is not there, as an NSEC lists them. */
  readonly #noName: Uint8Array;
  readonly #rdata = new Uint8Array(RDLENGTH + MOST_NSEC_RDATA);
  readonly #kept = new Int32Array(ZONES * WORDS);
  readonly #signatures = new Uint8Array(ZONES * SIGNATURE);
  readonly #view = new DataView(this.#signatures.buffer);
  readonly #keys: (ZoneKeys | undefined)[] = new Array(ZONES).fill(undefined);
  // What was found last.
  #place = 0;
  #ttl = 0;
  #rdataEnd = 0;
  #apex = 0;

  /** @param finder the signature found by it last is the NSEC's */
  constructor(tables: TableReader, plan: PlanReader, signer: Signer, finder: SignatureFinder) {
    this.#tables = tables;
    this.#signer = signer;
    this.#finder = finder;
    this.#denied = new DeniedTypes(tables, plan);
    this.#denied.noName();
    this.#noName = this.#rdata.slice(0, this.#denied.types.write(this.#rdata, 0));
  }

  /**
   * Looks for the signatures.
   *
   * @param now    Unix seconds
   * @param keys   of the zone: one key signs its data
   * @param name   what is denied, or has not the type
   * @param node   what stands for it, 0 when it is not there
   * @param denied the type asked for
   * @param madeUp whether the name is not in the zone
   * @returns octets of the records; 0 when there are none to be written yet
   */
  find(
    now: number,
    keys: ZoneKeys,
    zone: number,
    name: Suffixes,
    node: number,
    denied: number,
    madeUp: boolean,
  ): number {
    const { apex } = keys;
    // Of longer names the next one is another; and of the root nothing is a pointer.
    if (name.end + LEAST_LABEL > MAX_NAME || apex.length === 1) return 0;
    const place = zone & (ZONES - 1);
    if (!this.#isKept(place, zone, now, keys) && !this.#keep(place, zone, now, keys)) return 0;
    const rdata = this.#rdata;
    const apexAt = name.end - apex.length;
    let end = writeNextName(name.name, 0, name.end, apexAt, rdata, RDLENGTH);
    if (node === 0) end = copy(this.#noName, 0, this.#noName.length, rdata, end);
    else {
      const types = this.#denied;
      types.of(keys, node, denied);
      end = types.types.write(rdata, end);
    }
    rdata[0] = (end - RDLENGTH) >>> 8;
    rdata[1] = end - RDLENGTH;
    const { version } = this.#tables;
    const ttl = this.#tables.negativeTtl(zone);
    const finder = this.#finder;
    finder.begin(keys.forData[0], RRType.NSEC, ttl, rdata, 0, end, now);
    const isFound = madeUp
      ? finder.findMadeUp(apex, name)
      : finder.findKept(node, version) || finder.find(apex, name, node, version);
    if (!isFound) return 0;
    this.#place = place;
    this.#ttl = ttl;
    this.#rdataEnd = end;
    this.#apex = QUESTION_POINTER + apexAt;
    return 2 * RECORD_HEAD + RDLENGTH + this.#kept[place * WORDS + LENGTH] + end + finder.size;
  }

  /** Writes what was found. @param view of `m` @returns the octet after it */
  write(m: Uint8Array, view: DataView, at: number): number {
    const ttl = this.#ttl;
    const length = this.#kept[this.#place * WORDS + LENGTH];
    let p = writeHead(m, at, this.#apex, RRType.RRSIG, ttl);
    m[p++] = length >>> 8;
    m[p++] = length;
    copyOctets(this.#view, this.#place * SIGNATURE, length, view, p);
    p = writeHead(m, p + length, QUESTION_POINTER, RRType.NSEC, ttl);
    const rdata = this.#rdata;
    for (let i = 0, end = this.#rdataEnd; i < end; i++) m[p++] = rdata[i];
    return this.#finder.write(m, view, p, QUESTION_POINTER, ttl);
  }

  #isKept(place: number, zone: number, now: number, keys: ZoneKeys): boolean {
    const kept = this.#kept;
    const at = place * WORDS;
    return (
      kept[at + ZONE] === zone &&
      kept[at + VERSION] === this.#tables.version &&
      kept[at + SECOND] === now &&
      this.#keys[place] === keys
    );
  }

  /** Looks for the signature of a zone's SOA. @returns false when it is not there yet */
  #keep(place: number, zone: number, now: number, keys: ZoneKeys): boolean {
    const tables = this.#tables;
    const signer = this.#signer;
    const { apex } = keys;
    const soa = tables.rrset(tables.apex(zone), RRType.SOA);
    this.#keys[place] = undefined;
    if (soa === 0) return false;
    signer.begin(apex, apex, 0, apex.length, RRType.SOA, tables.rrsetTtl(soa), now);
    signer.records(tables.rrBytes(soa), tables.rrAt(soa), tables.rrEnd(soa));
    if (!signer.find(keys.forData[0], false)) return false;
    const kept = this.#kept;
    const at = place * WORDS;
    const signatures = this.#signatures;
    let p = place * SIGNATURE;
    for (let i = 0; i < signer.headEnd; i++) signatures[p++] = signer.octets[i];
    for (let i = 0; i < signer.signature.length; i++) signatures[p++] = signer.signature[i];
    kept[at + ZONE] = zone;
    kept[at + VERSION] = tables.version;
    kept[at + SECOND] = now;
    kept[at + LENGTH] = signer.headEnd + signer.signature.length;
    this.#keys[place] = keys;
    return true;
  }
}
