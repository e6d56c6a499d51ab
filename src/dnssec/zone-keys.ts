/** One zone as a worker signs it: which keys are published, and which sign what, at a time; what the apex has of signing; how is denied. */
import type { KeyObject } from 'node:crypto';
import { RRType } from '../wire/constants.ts';
import { type Algorithm, privateKeyOf } from './algorithm.ts';
import { compareRdata } from './canonical.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, isActive, isPublished, isSep, keyTag } from './key.ts';
import type { CdsState } from './key-directory.ts';
import { NSEC3PARAM } from './nsec3.ts';
import { begins, DNSKEY_TTL, ends, keysForParent } from './roll.ts';

/** How a zone proves that something is not there (answer/denial-writer.ts). */
export type Denial = 'compact' | 'minimal' | 'nsec3';

/** A signed zone as it is handed to those who answer; can be cloned. */
export interface ZoneSigning {
  /** At least one. */
  readonly keys: readonly DnssecKey[];
  readonly denial: Denial;
  /** What CDS and CDNSKEY say; there are none without it. */
  readonly cds?: CdsState;
}

/** No validator asks for it; servers that take a zone over do once (RFC 5155 §4). */
const NSEC3PARAM_TTL = 0;

/** Types that are signed by the keys that sign keys (RFC 4035 §2.2, RFC 7344 §4.1). */
export function isOfKeys(type: number): boolean {
  return type === RRType.DNSKEY || type === RRType.CDS || type === RRType.CDNSKEY;
}

/** A key as answers are signed with it. */
export interface SigningKey {
  readonly tag: number;
  readonly algorithm: Algorithm;
  /** Tells keys apart that have one tag: the first octets of the public key. */
  readonly id: number;
  /** What node signs with. Only threads that sign have the private half it is made of. */
  readonly object: KeyObject;
}

class ReadyKey implements SigningKey {
  readonly tag: number;
  readonly algorithm: Algorithm;
  readonly id: number;
  readonly #key: DnssecKey;
  #object: KeyObject | undefined;

  constructor(key: DnssecKey) {
    const [a, b, c, d] = key.publicKey;
    this.tag = keyTag(dnskeyRdata(key));
    this.algorithm = key.algorithm;
    this.id = (a << 24) | (b << 16) | (c << 8) | d;
    this.#key = key;
  }

  get object(): KeyObject {
    this.#object ??= privateKeyOf(this.algorithm, this.#key);
    return this.#object;
  }
}

export function readyKey(key: DnssecKey): SigningKey {
  return new ReadyKey(key);
}

/** A zone without the private halves of its keys, for threads that look signatures up and never make one. */
export function publicZone(zone: ZoneSigning): ZoneSigning {
  return { ...zone, keys: zone.keys.map((key) => ({ ...key, privateKey: new Uint8Array(0) })) };
}

/** RFC 8078 §4: that the parent zone should have no DS any more. */
const DELETE_CDS = Uint8Array.of(0, 0, 0, 0, 0);
const DELETE_CDNSKEY = Uint8Array.of(0, 0, 3, 0, 0);

/** What holds until a key's time comes. */
interface Now {
  readonly until: number;
  readonly rrsets: ReadonlyMap<number, Uint8Array>;
  readonly types: readonly number[];
  readonly forKeys: readonly SigningKey[];
  readonly forData: readonly SigningKey[];
}

export class ZoneKeys {
  /** The zone's apex: wire form, lower case. */
  readonly apex: Uint8Array;
  readonly denial: Denial;
  readonly #cds: CdsState | undefined;
  readonly #keys: readonly { readonly key: DnssecKey; readonly signing: SigningKey }[];
  #now: Now;

  constructor({ keys, denial, cds }: ZoneSigning) {
    this.denial = denial;
    this.#cds = cds;
    this.apex = keys[0].zone;
    this.#keys = keys.map((key) => ({
      key,
      signing: readyKey(key),
    }));
    this.#now = this.#at(0);
  }

  /** Follows the keys' times. Call before what is below is read. @param now Unix seconds */
  follow(now: number): void {
    if (now >= this.#now.until || now < this.#from) this.#now = this.#at(now);
  }
  #from = 0;

  /** Types that signing has at the apex, signatures and denial apart. */
  get types(): readonly number[] {
    return this.#now.types;
  }

  /** The DNSKEY RRset, as `rrset` has it. */
  get dnskeys(): Uint8Array {
    return this.#now.rrsets.get(RRType.DNSKEY)!;
  }

  /** Such an RRset: RDLENGTH and RDATA, one after another, in canonical order; undefined for what there is not. */
  rrset(type: number): Uint8Array | undefined {
    return this.#now.rrsets.get(type);
  }

  /** Seconds such an RRset may be kept. */
  ttl(type: number): number {
    return type === RRType.NSEC3PARAM ? NSEC3PARAM_TTL : DNSKEY_TTL;
  }

  /** Keys that sign the DNSKEY RRset. */
  get forKeys(): readonly SigningKey[] {
    return this.#now.forKeys;
  }

  /** Keys that sign everything else. */
  get forData(): readonly SigningKey[] {
    return this.#now.forData;
  }

  #at(now: number): Now {
    const times = this.#keys.flatMap(({ key }) => Object.values(key.times));
    this.#from = Math.max(0, ...times.filter((time) => time <= now));
    const until = Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time > now));
    const due = this.#keys.filter(({ key }) => isActive(key, now));
    const active = due.length > 0 ? due : lastOf(this.#keys, now);
    const sep = active.filter(({ key }) => isSep(key));
    const zsk = active.filter(({ key }) => !isSep(key));
    const signing = (keys: typeof active): SigningKey[] => keys.map((each) => each.signing);
    // A key that is alone in its algorithm does both (RFC 4035 §2.2: every RRset has a signature of every algorithm there is a DNSKEY of).
    const lacks = (some: typeof active, others: typeof active): typeof active =>
      others.filter(({ key }) => some.every((other) => other.key.algorithm !== key.algorithm));
    const published = this.#keys.filter((each) => isPublished(each.key, now) || active.includes(each));
    const rrsets = new Map([[RRType.DNSKEY as number, rrsetOf(published.map(({ key }) => dnskeyRdata(key)))]]);
    this.#addCds(rrsets, now);
    if (this.denial === 'nsec3') rrsets.set(RRType.NSEC3PARAM, rrsetOf([NSEC3PARAM]));
    return {
      until,
      rrsets,
      types: [...rrsets.keys()],
      forKeys: signing([...sep, ...lacks(sep, zsk)]),
      forData: signing([...zsk, ...newest(lacks(zsk, sep))]),
    };
  }

  /** RFC 7344 §3: what the parent zone should have, as it can take it over. */
  #addCds(rrsets: Map<number, Uint8Array>, now: number): void {
    const keys = keysForParent(
      this.#keys.map(({ key }) => key),
      now,
    );
    const cds = this.#cds === 'delete' ? [DELETE_CDS] : keys.map((key) => dsRdata(key, DsDigest.SHA256));
    const cdnskey = this.#cds === 'delete' ? [DELETE_CDNSKEY] : keys.map(dnskeyRdata);
    if (this.#cds === undefined || cds.length === 0) return;
    rrsets.set(RRType.CDS, rrsetOf(cds));
    rrsets.set(RRType.CDNSKEY, rrsetOf(cdnskey));
  }
}

/**
 * What signs where no key is due: the key whose time ended last, one that a DS may name if there is one. Without signatures every validator would take the
 * zone for forged; an operator who wants it unsigned takes the DS from the parent first.
 */
function lastOf<T extends { readonly key: DnssecKey }>(keys: readonly T[], now: number): T[] {
  const ended = keys.filter(({ key }) => begins(key) <= now);
  const named = ended.filter(({ key }) => isSep(key));
  const of = named.length > 0 ? named : ended;
  const last = Math.max(...of.map(({ key }) => ends(key)));
  return of.filter(({ key }) => ends(key) === last).slice(0, 1);
}

/** Of keys that sign all, the one of each algorithm that has begun last: while one is rolled the other signs only keys (roll.ts). */
function newest<T extends { readonly key: DnssecKey }>(keys: readonly T[]): T[] {
  const last = new Map<number, T>();
  for (const each of keys) {
    const known = last.get(each.key.algorithm);
    if (known === undefined || begins(each.key) >= begins(known.key)) last.set(each.key.algorithm, each);
  }
  return [...last.values()];
}

function rrsetOf(rdatas: readonly Uint8Array[]): Uint8Array {
  const sorted = [...rdatas].sort((a, b) => {
    const both = Uint8Array.from([...a, ...b]);
    return compareRdata(both, 0, a.length, a.length, both.length);
  });
  return Uint8Array.from(sorted.flatMap((rdata) => [rdata.length >>> 8, rdata.length & 0xff, ...rdata]));
}
