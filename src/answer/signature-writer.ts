/**
 * What signed zones have more: an RRSIG behind each RRset (RFC 4035 §3.1), and the RRsets that signing makes. What proves that something is not there is in
 * denial-writer.ts.
 *
 * Under compact denial what stands at a wildcard is signed as the record of the name asked for, so it needs no proof that the name itself is not there (RFC 9824
 * §3.3). Else it has the wildcard's own signature (RFC 4035 §3.1.3.3).
 */
import { Signer } from '../dnssec/signer.ts';
import { isOfKeys, type SigningKey, type ZoneKeys } from '../dnssec/zone-keys.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import { Counter } from './counters.ts';
import type { Awaited } from './parking.ts';
import type { Response, Section } from './response.ts';
import type { SignedZones } from './signed-zones.ts';

/** Types that signing makes: what a zone file has of them is not answered in a zone that is signed here. */
export function isMadeBySigning(type: number): boolean {
  switch (type) {
    case RRType.RRSIG:
    case RRType.NSEC:
    case RRType.DNSKEY:
    case RRType.NSEC3:
    case RRType.NSEC3PARAM:
    case RRType.CDS:
    case RRType.CDNSKEY:
      return true;
    default:
      return false;
  }
}

/** Whoever answers signs all that is missing. */
const ALL = 0x3fff_ffff;
const NOTHING: Uint8Array = new Uint8Array(0);

export class SignatureWriter {
  /** The keys of the zone that answers; undefined when it isn't signed. */
  keys: ZoneKeys | undefined;
  /** Whether the response gets signatures: the zone has keys, and the client wants them (RFC 4035 §3.1). */
  active = false;
  /** How many signatures that are missing may still be made here. */
  allowance: number = ALL;
  /** Whether the response lacks one that may not: it is none yet. */
  isAwaiting = false;
  /** Whether it lacks one that can't be made: there can be none (RFC 4035 §3.1: it is no answer without). */
  hasFailed = false;
  readonly #mostOctets: number;
  readonly #awaited = { octets: NOTHING, length: 0, key: 0, madeUp: false };
  readonly #counters: Uint32Array;
  readonly #zones: SignedZones | undefined;
  readonly #signer: Signer | undefined;
  readonly #tables: TableReader;
  readonly #out: Response;
  /** The wildcard whose own signature is given with what it stands for; none where that is signed as the name asked for. */
  readonly #starred = new Uint8Array(MAX_NAME);
  #starredEnd = 0;
  /** Whether the owner of what is answered is not in the zone. */
  #madeUp = false;

  /**
   * @param counters   this worker's row
   * @param mostOctets of an RRset that can be awaited: one with more is left out, as if it had no room
   */
  constructor(
    zones: SignedZones | undefined,
    tables: TableReader,
    out: Response,
    counters: Uint32Array,
    mostOctets: number,
  ) {
    this.#counters = counters;
    this.#mostOctets = mostOctets;
    this.#zones = zones;
    this.#signer = zones && new Signer(zones.cache);
    this.#tables = tables;
    this.#out = out;
  }

  /** A zone answers for a name. */
  enter(lookup: Lookup, name: Suffixes, dnssecOk: boolean): void {
    const zones = this.#zones;
    if (zones === undefined) return;
    const keys = zones.keysOf(lookup.zone);
    keys?.follow(zones.now);
    this.keys = keys;
    this.active = keys !== undefined && dnssecOk;
    this.#madeUp = lookup.wildcard;
    this.#starredEnd = 0;
    if (lookup.wildcard && keys !== undefined && keys.denial !== 'compact')
      this.#takeStarred(name, name.at[lookup.label]);
  }

  #takeStarred({ name, end }: Suffixes, from: number): void {
    const starred = this.#starred;
    starred[0] = 1;
    starred[1] = 0x2a;
    this.#starredEnd = 2;
    for (let i = from; i < end; i++) starred[this.#starredEnd++] = name[i];
  }

  /** Whether the response is signed, and denial is compact. */
  get isCompact(): boolean {
    return this.active && this.keys?.denial === 'compact';
  }

  /** Whether a type stands beside a CNAME (RFC 4035 §2.5): where there are NSEC3, NSEC does not. */
  isBesideAlias(type: number): boolean {
    const { keys } = this;
    return keys !== undefined && (type === RRType.RRSIG || (type === RRType.NSEC && keys.denial !== 'nsec3'));
  }

  /** No zone answers. */
  leave(): void {
    this.keys = undefined;
    this.active = false;
    this.isAwaiting = false;
    this.hasFailed = false;
  }

  /** What is awaited while `isAwaiting`. What it is of is overwritten by the next that is signed. */
  get awaited(): Awaited {
    return this.#awaited;
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
    if (keys === undefined) return true;
    const starredEnd = at === 0 ? this.#starredEnd : 0;
    if (starredEnd > 0) {
      const starred = this.#starred;
      return this.sign(
        keys,
        section,
        owner,
        name,
        at,
        end,
        starred,
        starredEnd,
        type,
        ttl,
        original,
        bytes,
        from,
        to,
        false,
      );
    }
    // Of a name that is made up, what is above it is not.
    const madeUp = this.#madeUp && at === 0;
    return this.sign(keys, section, owner, name, at, end, name, end, type, ttl, original, bytes, from, to, madeUp);
  }

  /**
   * Writes the signatures of an RRset by keys of a zone; else as `write`.
   *
   * @param own    the name that is signed, which ends at `ownEnd`: `name`, or the wildcard that stands for it and begins at 0
   * @param madeUp whether that name is not in the zone
   */
  sign(
    keys: ZoneKeys,
    section: Section,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    own: Uint8Array,
    ownEnd: number,
    type: number,
    ttl: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    madeUp: boolean,
  ): boolean {
    const signer = this.#signer;
    const zones = this.#zones;
    if (signer === undefined || zones === undefined) return true;
    const out = this.#out;
    signer.begin(keys.apex, own, own === name ? at : 0, ownEnd, type, original, zones.now);
    signer.records(bytes, from, to);
    const by = isOfKeys(type) ? keys.forKeys : keys.forData;
    out.mark();
    for (let i = 0; i < by.length; i++) {
      // No room: nothing is signed in vain.
      if (!out.recordHead(owner, name, at, end, RRType.RRSIG, ttl)) return this.#noRoom();
      const begin = out.beginRdata();
      if (begin < 0 || !out.fits(signer.headEnd + signer.signature.length)) return this.#noRoom();
      if (!signer.find(by[i], madeUp) && !this.#make(signer, by[i], madeUp)) return this.#noRoom();
      out.octets(signer.octets, 0, signer.headEnd);
      out.octets(signer.signature, 0, signer.signature.length);
      out.endRdata(begin);
    }
    out.counted(section, by.length);
    this.#counters[Counter.SIGNATURES] += by.length;
    return true;
  }

  /** @returns false when it may not be made here, and is awaited, or can't be made */
  #make(signer: Signer, key: SigningKey, madeUp: boolean): boolean {
    if (this.allowance > 0) {
      if (this.allowance !== ALL) this.allowance--;
      return this.#sign(signer, key, madeUp);
    }
    this.isAwaiting = signer.length <= this.#mostOctets;
    const awaited = this.#awaited;
    awaited.octets = signer.octets;
    awaited.length = signer.length;
    awaited.key = key.id;
    awaited.madeUp = madeUp;
    return false;
  }

  /** A key that can't be used is no end of the thread, which has other zones, and clients that want no signatures. */
  #sign(signer: Signer, key: SigningKey, madeUp: boolean): boolean {
    try {
      signer.make(key, madeUp);
    } catch {
      this.hasFailed = true;
      this.#counters[Counter.SIGNATURES_FAILED]++;
      return false;
    }
    this.#counters[Counter.SIGNATURES_MADE]++;
    return true;
  }

  #noRoom(): false {
    this.#out.undo();
    return false;
  }

  /** Writes an RRset that signing has at the apex. @returns false when it doesn't fit */
  ofZone(section: Section, owner: number, name: Suffixes, type: number): boolean {
    const { keys } = this;
    const bytes = keys?.rrset(type);
    if (keys === undefined || bytes === undefined) return true;
    const ttl = keys.ttl(type);
    const { end } = name;
    return (
      this.#out.rrset(section, owner, name.name, 0, end, type, ttl, bytes, 0, bytes.length) &&
      (!this.active || this.write(section, owner, name.name, 0, end, type, ttl, ttl, bytes, 0, bytes.length))
    );
  }
}
