/** The keys of one zone as a worker signs with them: which are published, and which sign what, at a time. */
import type { KeyObject } from 'node:crypto';
import { type Algorithm, privateKeyOf } from './algorithm.ts';
import { compareRdata } from './canonical.ts';
import { type DnssecKey, dnskeyRdata, isActive, isPublished, isSep, keyTag } from './key.ts';

/** A key ready to sign. */
export interface SigningKey {
  readonly tag: number;
  readonly algorithm: Algorithm;
  readonly object: KeyObject;
}

/** What holds until a key's time comes. */
interface Now {
  readonly until: number;
  readonly dnskeys: Uint8Array;
  readonly forKeys: readonly SigningKey[];
  readonly forData: readonly SigningKey[];
}

export class ZoneKeys {
  /** The zone's apex: wire form, lower case. */
  readonly apex: Uint8Array;
  readonly #keys: readonly { readonly key: DnssecKey; readonly signing: SigningKey }[];
  #now: Now;

  /** @param keys of one zone, at least one */
  constructor(keys: readonly DnssecKey[]) {
    this.apex = keys[0].zone;
    this.#keys = keys.map((key) => ({
      key,
      signing: { tag: keyTag(dnskeyRdata(key)), algorithm: key.algorithm, object: privateKeyOf(key.algorithm, key) },
    }));
    this.#now = this.#at(0);
  }

  /** Follows the keys' times. Call before what is below is read. @param now Unix seconds */
  follow(now: number): void {
    if (now >= this.#now.until || now < this.#from) this.#now = this.#at(now);
  }
  #from = 0;

  /** The DNSKEY RRset: RDLENGTH and RDATA, one after another, in canonical order. */
  get dnskeys(): Uint8Array {
    return this.#now.dnskeys;
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
    const active = this.#keys.filter(({ key }) => isActive(key, now));
    const sep = active.filter(({ key }) => isSep(key));
    const zsk = active.filter(({ key }) => !isSep(key));
    const signing = (keys: typeof active): SigningKey[] => keys.map((each) => each.signing);
    // A key that is alone in its algorithm does both (RFC 4035 §2.2: every RRset has a signature of every algorithm there is a DNSKEY of).
    const lacks = (some: typeof active, others: typeof active): typeof active =>
      others.filter(({ key }) => some.every((other) => other.key.algorithm !== key.algorithm));
    return {
      until,
      dnskeys: rrsetOf(this.#keys.filter(({ key }) => isPublished(key, now)).map(({ key }) => dnskeyRdata(key))),
      forKeys: signing([...sep, ...lacks(sep, zsk)]),
      forData: signing([...zsk, ...lacks(zsk, sep)]),
    };
  }
}

function rrsetOf(rdatas: readonly Uint8Array[]): Uint8Array {
  const sorted = [...rdatas].sort((a, b) => {
    const both = Uint8Array.from([...a, ...b]);
    return compareRdata(both, 0, a.length, a.length, both.length);
  });
  return Uint8Array.from(sorted.flatMap((rdata) => [rdata.length >>> 8, rdata.length & 0xff, ...rdata]));
}
