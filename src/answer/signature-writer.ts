/**
 * What signed zones have more: an RRSIG behind each RRset (RFC 4035 §3.1), the keys, and the proof that something is not there, one NSEC of the name itself (compact
 * denial of existence, RFC 9824).
 *
 * What stands at a wildcard is signed as the record of the name asked for, so it needs no proof that the name itself is not there (RFC 9824 §3.3).
 */
import { TypeSet, writeNextName } from '../dnssec/nsec.ts';
import { Signer } from '../dnssec/signer.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { Response, Section } from './response.ts';
import type { SignedZones } from './signed-zones.ts';
import { FamilyIndex } from './steered.ts';

/** Seconds the DNSKEY RRset may be kept. */
const DNSKEY_TTL = 3600;
/** Octets of the largest NSEC RDATA: a name, and all 256 windows. */
const MOST_NSEC = MAX_NAME + 256 * 34;

/** Types that signing makes: what a zone file has of them is not answered in a zone that is signed here. */
export function isMadeBySigning(type: number): boolean {
  switch (type) {
    case RRType.RRSIG:
    case RRType.NSEC:
    case RRType.DNSKEY:
    case RRType.NSEC3:
    case RRType.NSEC3PARAM:
      return true;
    default:
      return false;
  }
}

export class SignatureWriter {
  /** The keys of the zone that answers; undefined when it isn't signed. */
  keys: ZoneKeys | undefined;
  /** Whether the response gets signatures: the zone has keys, and the client wants them (RFC 4035 §3.1). */
  active = false;
  readonly #zones: SignedZones | undefined;
  readonly #signer: Signer | undefined;
  readonly #tables: TableReader;
  readonly #plan: PlanReader;
  readonly #out: Response;
  readonly #types = new TypeSet();
  readonly #rdata: Uint8Array;
  /** Whether the owner of what is answered is not in the zone. */
  #madeUp = false;

  constructor(zones: SignedZones | undefined, tables: TableReader, plan: PlanReader, out: Response) {
    this.#zones = zones;
    this.#signer = zones && new Signer(zones.cache);
    this.#tables = tables;
    this.#plan = plan;
    this.#out = out;
    this.#rdata = new Uint8Array(zones === undefined ? 0 : 2 + MOST_NSEC);
  }

  /** A zone answers. */
  enter(lookup: Lookup, dnssecOk: boolean): void {
    const zones = this.#zones;
    if (zones === undefined) return;
    const keys = zones.keysOf(lookup.zone);
    keys?.follow(zones.now);
    this.keys = keys;
    this.active = keys !== undefined && dnssecOk;
    this.#madeUp = lookup.wildcard;
  }

  /** No zone answers. */
  leave(): void {
    this.keys = undefined;
    this.active = false;
  }

  /** Writes the signatures of an RRset of the tables. `owner`, `name` as in `Response.rrset`. */
  ofRRset(
    section: Section,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    rrset: number,
    ttl: number,
  ): boolean {
    const tables = this.#tables;
    const type = tables.rrsetType(rrset);
    const bytes = tables.rrBytes(rrset);
    return this.write(
      section,
      owner,
      name,
      at,
      end,
      type,
      ttl,
      tables.rrsetTtl(rrset),
      bytes,
      tables.rrAt(rrset),
      tables.rrEnd(rrset),
    );
  }

  /**
   * Writes the signatures of an RRset.
   *
   * @param ttl      what the RRset is answered with, and so its signatures (RFC 4034 §3)
   * @param original the TTL signed
   * @param bytes    RDLENGTH and RDATA of its records, one after another in [from, to)
   * @returns false when they don't fit
   */
  write(
    section: Section,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    type: number,
    ttl: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    const { keys } = this;
    const signer = this.#signer;
    const zones = this.#zones;
    if (keys === undefined || signer === undefined || zones === undefined) return true;
    const out = this.#out;
    // Of a name that is made up, what is above it is not.
    const madeUp = this.#madeUp && at === 0;
    signer.begin(keys.apex, name, at, end, type, original, zones.now);
    signer.records(bytes, from, to);
    const by = type === RRType.DNSKEY ? keys.forKeys : keys.forData;
    out.mark();
    for (let i = 0; i < by.length; i++) {
      // No room: nothing is signed in vain.
      if (!out.recordHead(owner, name, at, end, RRType.RRSIG, ttl)) return this.#noRoom();
      const begin = out.beginRdata();
      if (begin < 0 || !out.fits(signer.headEnd + signer.signature.length)) return this.#noRoom();
      if (!signer.find(by[i], madeUp)) signer.make(by[i], madeUp);
      out.octets(signer.octets, 0, signer.headEnd);
      out.octets(signer.signature, 0, signer.signature.length);
      out.endRdata(begin);
    }
    out.counted(section, by.length);
    return true;
  }

  #noRoom(): false {
    this.#out.undo();
    return false;
  }

  /** Writes the DNSKEY RRset of the zone. */
  dnskeys(section: Section, owner: number, name: Suffixes): boolean {
    const { dnskeys } = this.keys!;
    const type = RRType.DNSKEY;
    const { end } = name;
    return (
      this.#out.rrset(section, owner, name.name, 0, end, type, DNSKEY_TTL, dnskeys, 0, dnskeys.length) &&
      (!this.active ||
        this.write(section, owner, name.name, 0, end, type, DNSKEY_TTL, DNSKEY_TTL, dnskeys, 0, dnskeys.length))
    );
  }

  /**
   * Writes the NSEC that says that a name is not there.
   * @param owner as in `Response.rrset`
   */
  noName(section: Section, lookup: Lookup, owner: number, name: Suffixes): boolean {
    const types = this.#types;
    types.clear();
    types.add(RRType.RRSIG);
    types.add(RRType.NSEC);
    types.add(RRType.NXNAME);
    this.#madeUp = true;
    return this.#nsec(section, lookup, owner, name, 0, true);
  }

  /**
   * Writes the NSEC of a node, which says what types it has.
   *
   * @param label  of `name`, at which the node's name begins (for a wildcard: of the name it stands for)
   * @param denied the type that isn't there, whatever else: of a steered host it may be for this client alone
   */
  types(section: Section, lookup: Lookup, owner: number, name: Suffixes, label: number, denied: number): boolean {
    this.#collect(lookup, denied);
    return this.#nsec(section, lookup, owner, name, name.at[label], true);
  }

  /** Writes the signature of a node's NSEC alone. */
  signatureOfTypes(section: Section, lookup: Lookup, owner: number, name: Suffixes): boolean {
    this.#collect(lookup, 0);
    return this.#nsec(section, lookup, owner, name, 0, false);
  }

  #collect(lookup: Lookup, denied: number): void {
    const tables = this.#tables;
    const types = this.#types;
    const { node } = lookup;
    const flags = tables.flags(node);
    types.clear();
    for (let i = 0, count = tables.rrsetCount(node); i < count; i++) {
      const type = tables.rrsetType(tables.rrsetAt(node, i));
      // At a cut, only what the parent's side is authoritative for, and the NS that make it one (RFC 4035 §2.3).
      const belongs = (flags & NodeFlag.CUT) === 0 || type === RRType.NS || type === RRType.DS;
      if (belongs && !isMadeBySigning(type)) types.add(type);
    }
    const assignment = tables.assignment(node);
    if (assignment !== 0) {
      if (this.#has(assignment, FamilyIndex.IPV4)) types.add(RRType.A);
      if (this.#has(assignment, FamilyIndex.IPV6)) types.add(RRType.AAAA);
    }
    if ((flags & NodeFlag.APEX) !== 0) types.add(RRType.DNSKEY);
    types.remove(denied);
    types.add(RRType.RRSIG);
    types.add(RRType.NSEC);
  }

  /** Whether any client is answered a family: what an NSEC denies, it denies to all. */
  #has(assignment: number, family: number): boolean {
    const plan = this.#plan;
    for (let i = 0; i < plan.classes; i++) {
      const row = plan.row(assignment, i, family);
      if (row !== 0) return true;
    }
    return false;
  }

  #nsec(
    section: Section,
    lookup: Lookup,
    owner: number,
    { name, end, at: labels }: Suffixes,
    at: number,
    whole: boolean,
  ): boolean {
    const rdata = this.#rdata;
    const suffix = at === 0 ? name : name.subarray(at, end);
    const next = writeNextName(suffix, end - at, labels[lookup.apexLabel] - at, rdata, 2);
    const to = this.#types.write(rdata, next);
    rdata[0] = (to - 2) >>> 8;
    rdata[1] = to - 2;
    // RFC 9077 §3: as long as what it denies may be taken for denied.
    const ttl = this.#tables.negativeTtl(lookup.zone);
    const fits = !whole || this.#out.rrset(section, owner, name, at, end, RRType.NSEC, ttl, rdata, 0, to);
    if (!fits) return false;
    if (whole && !this.active) return true;
    return this.write(section, owner, name, at, end, RRType.NSEC, ttl, ttl, rdata, 0, to);
  }
}
