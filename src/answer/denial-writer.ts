/**
 * Proof that something is not there, in zones that are signed as they are served, in one of three ways:
 *
 *     compact   one NSEC of the very name that was asked for, which says that it has the type NXNAME, or which types it has (RFC 9824)
 *     minimal   NSEC that reach from just before a name to just behind it (RFC 4470): one over the name, one over the wildcard that might have stood for it
 *     nsec3     NSEC3 of hashed names, of which each covers one hash or is of one (RFC 5155 §7.2, RFC 7129 appendix B)
 *
 * Under the latter two what a wildcard stands for has the wildcard's own signature, and needs the proof that the name itself is not there. Those proofs belong into the
 * authority section, so they wait (`fromWildcard`) until the answer section is complete (`finish`).
 */
import {
  MOST_NSEC_RDATA,
  type TypeSet,
  writeLastBelow,
  writeNextName,
  writeNextSibling,
  writePreviousSibling,
} from '../dnssec/nsec.ts';
import { decrementHash, HASH_OCTETS, hashOwner, incrementHash, writeHashLabel, writeNsec3 } from '../dnssec/nsec3.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { RDLENGTH } from './copied-record.ts';
import { DeniedTypes } from './denied-types.ts';
import { type Response, Section } from './response.ts';
import type { SignatureWriter } from './signature-writer.ts';

/** Wildcards that can stand in one answer: one a hop (responder.ts). */
const MOST_WAITING = 17;

export class DenialWriter {
  readonly #tables: TableReader;
  readonly #out: Response;
  readonly #signatures: SignatureWriter;
  readonly #denied: DeniedTypes;
  readonly #types: TypeSet;
  readonly #rdata = new Uint8Array(RDLENGTH + MOST_NSEC_RDATA);
  /** A name that is made here: the owner of a record, before it is written. */
  readonly #name = new Uint8Array(MAX_NAME + 2);
  readonly #before: Suffixes;
  readonly #hash = new Uint8Array(HASH_OCTETS);
  // What is to be proved not to be there when the answer section is complete: names, and the zones they would be in.
  readonly #waiting = Array.from({ length: MOST_WAITING }, () => new Uint8Array(MAX_NAME));
  readonly #waitingEnd = new Uint16Array(MOST_WAITING);
  readonly #waitingZone = new Int32Array(MOST_WAITING);
  readonly #waitingKeys: ZoneKeys[] = [];
  #waits = 0;

  constructor(seed: number, tables: TableReader, plan: PlanReader, out: Response, signatures: SignatureWriter) {
    this.#tables = tables;
    this.#denied = new DeniedTypes(tables, plan);
    this.#types = this.#denied.types;
    this.#out = out;
    this.#signatures = signatures;
    this.#before = new Suffixes(seed);
  }

  /** A response begins. */
  begin(): void {
    this.#waits = 0;
  }

  /**
   * The name is not there.
   * @param owner offset of the name in the message if it can be pointed to, else 0
   */
  noName(lookup: Lookup, owner: number, name: Suffixes): boolean {
    const keys = this.#signatures.keys!;
    const { zone, label } = lookup;
    if (keys.denial === 'compact') {
      this.#denied.noName();
      return this.#nsec(Section.AUTHORITY, lookup, owner, name, 0, true, true);
    }
    const next = name.at[label - 1];
    const end = this.#takeStarred(name, label);
    return (
      (keys.denial === 'minimal' || this.#encloser(lookup, name)) &&
      this.#cover(keys, zone, name.name, next, name.end, true) &&
      // The wildcard itself was asked for: one proof is both (RFC 5155 §7.2.2).
      (this.#isStar(name, label - 1) || this.#cover(keys, zone, this.#starred, 0, end, false))
    );
  }

  /**
   * The name is there, or a wildcard stands for it, and has not the type.
   * @param owner  as for `noName`
   * @param denied the type that isn't there, whatever else: of a steered host it may be for this client alone
   */
  noData(lookup: Lookup, owner: number, name: Suffixes, denied: number): boolean {
    const keys = this.#signatures.keys!;
    if (keys.denial !== 'compact' && lookup.wildcard) {
      // RFC 4035 §3.1.3.4, RFC 5155 §7.2.5.
      this.fromWildcard(lookup, name);
      if (keys.denial === 'nsec3' && !this.#encloser(lookup, name)) return false;
      const end = this.#takeStarred(name, lookup.label);
      this.#denied.of(keys, lookup.node, denied);
      return keys.denial === 'nsec3'
        ? this.#nsec3(keys, lookup.zone, this.#starred, 0, end)
        : this.#own(keys, lookup.zone, 0, this.#starred, 0, end, false);
    }
    return this.#typesOf(lookup, owner, name, 0, denied);
  }

  /** A delegation has no DS. @param owner offset of the cut's name in the message, or 0 */
  noSigner(lookup: Lookup, owner: number, name: Suffixes): boolean {
    return this.#typesOf(lookup, owner, name, lookup.label, RRType.DS);
  }

  /** The NSEC of the name, as an answer; or the signature of it alone. @param owner as for `noName` */
  nsec(lookup: Lookup, owner: number, name: Suffixes, whole: boolean): boolean {
    const keys = this.#signatures.keys!;
    this.#denied.of(keys, lookup.node, 0);
    if (keys.denial === 'compact' || !lookup.wildcard)
      return this.#nsec(Section.ANSWER, lookup, owner, name, 0, lookup.wildcard, whole);
    const end = this.#takeStarred(name, lookup.label);
    const to = this.#nextAndTypes(this.#starred, 0, end, end - keys.apex.length);
    const ttl = this.#tables.negativeTtl(lookup.zone);
    const rdata = this.#rdata;
    const type = RRType.NSEC;
    if (whole && !this.#out.rrset(Section.ANSWER, owner, name.name, 0, name.end, type, ttl, rdata, 0, to)) return false;
    if (whole && !this.#signatures.active) return true;
    return this.#signatures.write(Section.ANSWER, owner, name.name, 0, name.end, type, ttl, ttl, rdata, 0, to);
  }

  /** What is answered stands at a wildcard: where that matters, `finish` proves that the name asked for is not there. */
  fromWildcard(lookup: Lookup, name: Suffixes): void {
    const { keys, active } = this.#signatures;
    if (!active || keys === undefined || keys.denial === 'compact' || this.#waits === MOST_WAITING) return;
    const from = name.at[lookup.label - 1];
    const length = name.end - from;
    for (let i = 0; i < this.#waits; i++)
      if (this.#waitingZone[i] === lookup.zone && this.#isWaiting(i, name, from, length)) return;
    const waiting = this.#waiting[this.#waits];
    for (let i = 0; i < length; i++) waiting[i] = name.name[from + i];
    this.#waitingEnd[this.#waits] = length;
    this.#waitingZone[this.#waits] = lookup.zone;
    this.#waitingKeys[this.#waits++] = keys;
  }

  /** Writes the proofs that wait (RFC 4035 §3.1.3.3, RFC 5155 §7.2.6). @returns false when they don't fit */
  finish(): boolean {
    for (let i = 0; i < this.#waits; i++) {
      const name = this.#waiting[i];
      if (!this.#cover(this.#waitingKeys[i], this.#waitingZone[i], name, 0, this.#waitingEnd[i], true)) return false;
    }
    return true;
  }

  #isWaiting(i: number, name: Suffixes, from: number, length: number): boolean {
    if (this.#waitingEnd[i] !== length) return false;
    for (let j = 0; j < length; j++) if (this.#waiting[i][j] !== name.name[from + j]) return false;
    return true;
  }

  /** Says which types the node of the look-up has, by its own name, which begins at a label of `name`. */
  #typesOf(lookup: Lookup, owner: number, name: Suffixes, label: number, denied: number): boolean {
    const keys = this.#signatures.keys!;
    this.#denied.of(keys, lookup.node, denied);
    return keys.denial === 'nsec3'
      ? this.#nsec3(keys, lookup.zone, name.name, name.at[label], name.end)
      : this.#nsec(Section.AUTHORITY, lookup, owner, name, name.at[label], lookup.wildcard, true);
  }

  /** Says what the closest encloser is, and that it is there (RFC 5155 §7.2.1). */
  #encloser(lookup: Lookup, name: Suffixes): boolean {
    const { zone, label } = lookup;
    const at = name.at[label];
    const node = lookup.wildcard ? this.#tables.find(zone, name.hash(label), name.name, at, name.end) : lookup.node;
    const keys = this.#signatures.keys!;
    this.#denied.of(keys, node, 0);
    return this.#nsec3(keys, zone, name.name, at, name.end);
  }

  /** Says that a name, which begins at `at`, is not there, nor anything below it. */
  #cover(keys: ZoneKeys, zone: number, bytes: Uint8Array, at: number, end: number, madeUp: boolean): boolean {
    if (keys.denial === 'nsec3') {
      this.#types.clear();
      const hash = this.#hash;
      hashOwner(bytes, at, end, hash, 0);
      decrementHash(hash);
      const to = this.#hashedOwner(keys);
      incrementHash(hash);
      incrementHash(hash);
      return this.#prove(keys, zone, 0, this.#name, 0, to, RRType.NSEC3, this.#writeNsec3(), madeUp);
    }
    const owner = this.#name;
    const ownerEnd = this.#takeBefore(keys, zone, bytes, at, end);
    const apexAt = end - keys.apex.length;
    const next = writeNextSibling(bytes, at, end, apexAt, this.#rdata, 2);
    return this.#prove(keys, zone, 0, owner, 0, ownerEnd, RRType.NSEC, this.#endRdata(next), madeUp);
  }

  /**
   * Makes the name an NSEC that covers another has, and collects its types: one between which and the other nothing is. What is next to the other is shorter, but holds
   * only where nothing is below it.
   * @returns its end in `#name`
   */
  #takeBefore(keys: ZoneKeys, zone: number, bytes: Uint8Array, at: number, end: number): number {
    const name = this.#name;
    const before = this.#before;
    const tables = this.#tables;
    let nameEnd = writePreviousSibling(bytes, at, end, name, 0);
    if (nameEnd === 0) {
      // The name above comes right before.
      for (let i = at + 1 + bytes[at]; i < end; i++) name[nameEnd++] = bytes[i];
    } else {
      before.take(name, 0, MAX_NAME);
      if (tables.find(zone, before.hash(0), before.name, 0, before.end) === 0) {
        this.#denied.nothing();
        return nameEnd;
      }
      nameEnd = writeLastBelow(before.name, 0, before.end, name);
    }
    before.take(name, 0, MAX_NAME);
    const node = tables.find(zone, before.hash(0), before.name, 0, before.end);
    if (node === 0) this.#denied.nothing();
    else this.#denied.of(keys, node, 0);
    return nameEnd;
  }

  /** The wildcard at a label's name. */
  readonly #starred = new Uint8Array(MAX_NAME);

  #takeStarred(name: Suffixes, label: number): number {
    const starred = this.#starred;
    starred[0] = 1;
    starred[1] = 0x2a;
    let end = 2;
    for (let i = name.at[label]; i < name.end; i++) starred[end++] = name.name[i];
    return end;
  }

  #isStar(name: Suffixes, label: number): boolean {
    const at = name.at[label];
    return name.name[at] === 1 && name.name[at + 1] === 0x2a;
  }

  /** Writes the NSEC3 of a name that is there, whose types are collected. */
  #nsec3(keys: ZoneKeys, zone: number, bytes: Uint8Array, at: number, end: number): boolean {
    const hash = this.#hash;
    hashOwner(bytes, at, end, hash, 0);
    const to = this.#hashedOwner(keys);
    incrementHash(hash);
    return this.#prove(keys, zone, 0, this.#name, 0, to, RRType.NSEC3, this.#writeNsec3(), false);
  }

  /** Makes the name that a hash has in a zone. @returns its end in `#name` */
  #hashedOwner(keys: ZoneKeys): number {
    const name = this.#name;
    const { apex } = keys;
    let p = writeHashLabel(this.#hash, name, 0);
    for (let i = 0; i < apex.length; i++) name[p++] = apex[i];
    return p;
  }

  #writeNsec3(): number {
    const to = writeNsec3(this.#hash, this.#types, this.#rdata, 2);
    return this.#length(to);
  }

  /** Writes the NSEC of a name that has the types collected: they are its, and the next name is the very next there can be. */
  #nsec(
    section: Section,
    lookup: Lookup,
    owner: number,
    { name, end }: Suffixes,
    at: number,
    madeUp: boolean,
    whole: boolean,
  ): boolean {
    const keys = this.#signatures.keys!;
    return this.#own(keys, lookup.zone, owner, name, at, end, madeUp, section, whole);
  }

  #own(
    keys: ZoneKeys,
    zone: number,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    madeUp: boolean,
    section: Section = Section.AUTHORITY,
    whole = true,
  ): boolean {
    const to = this.#nextAndTypes(name, at, end, end - keys.apex.length);
    return this.#prove(keys, zone, owner, name, at, end, RRType.NSEC, to, madeUp, section, whole);
  }

  #nextAndTypes(name: Uint8Array, at: number, end: number, apexAt: number): number {
    return this.#endRdata(writeNextName(name, at, end, apexAt, this.#rdata, RDLENGTH));
  }

  /** Writes the types behind the next name. @returns the octet after the RDATA */
  #endRdata(next: number): number {
    return this.#length(this.#types.write(this.#rdata, next));
  }

  #length(to: number): number {
    const rdata = this.#rdata;
    rdata[0] = (to - 2) >>> 8;
    rdata[1] = to - 2;
    return to;
  }

  /** Writes the record whose RDATA is made, and its signature, or that alone. */
  #prove(
    keys: ZoneKeys,
    zone: number,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    type: number,
    to: number,
    madeUp: boolean,
    section: Section = Section.AUTHORITY,
    whole = true,
  ): boolean {
    const rdata = this.#rdata;
    // RFC 9077 §3: as long as what it denies may be taken for denied.
    const ttl = this.#tables.negativeTtl(zone);
    if (whole && !this.#out.rrset(section, owner, name, at, end, type, ttl, rdata, 0, to)) return false;
    // Proofs are for who wants signatures; an NSEC that is asked for is an answer to all.
    if (section === Section.ANSWER && whole && !this.#signatures.active) return true;
    return this.#signatures.sign(keys, section, owner, name, at, end, name, end, type, ttl, ttl, rdata, 0, to, madeUp);
  }
}
