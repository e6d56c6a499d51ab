/**
 * What becomes of one dynamic update (RFC 2136 §3): all of its changes, or an RCODE and none. Pure: the zone is looked at through a `ZoneView`.
 *
 * Beyond the RFC: what the zone's file has is the operator's. An update that would change it, or make what it hides, is refused as a whole.
 */
import { hiderName } from '../../compile/layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import type { UpdateLimits } from '../../config/update-settings.ts';
import type { UpdateMessage, UpdateRecord } from '../../transfer/update-message.ts';
import { Ede, Rcode, RRClass, RRType } from '../../wire/constants.ts';
import { formatName, lowerCase, suffixOffset } from '../../wire/name.ts';
import { mnemonicOf } from '../../wire/rdata/index.ts';
import type { Asker, UpdatePolicy } from './policy.ts';
import type { SetChange, StoredSet } from './stored-updates.ts';
import type { ZoneView } from './zone-view.ts';

export interface Refusal {
  readonly rcode: number;
  /** Extended DNS Error and its text (RFC 8914). */
  readonly ede?: number;
  readonly text?: string;
}

/** What an update would do. */
export type Evaluated = { readonly refused: Refusal } | { readonly changes: readonly SetChange[] };

export interface EvaluateContext {
  readonly view: ZoneView;
  readonly policy: UpdatePolicy;
  readonly limits: UpdateLimits;
  readonly asker: Asker;
  /** Unix milliseconds. */
  readonly now: number;
}

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(rcode: number, text?: string, ede: number = Ede.PROHIBITED) {
    super(text ?? '');
    this.refusal = text === undefined ? { rcode } : { rcode, ede, text };
  }
}

export function evaluate(context: EvaluateContext, message: UpdateMessage): Evaluated {
  try {
    return { changes: new Evaluation(context).run(message) };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.refusal };
    throw error;
  }
}

class Evaluation {
  readonly #context: EvaluateContext;
  readonly #apex: Uint8Array;
  /** By owner's key and type what updates are to have. */
  readonly #drafts = new Map<string, Map<number, StoredSet>>();
  readonly #owners = new Map<string, Uint8Array>();

  constructor(context: EvaluateContext) {
    this.#context = context;
    this.#apex = context.view.apex;
  }

  run({ prerequisites, updates }: UpdateMessage): SetChange[] {
    this.#require(prerequisites);
    for (const record of updates) this.#scan(record);
    for (const record of updates) this.#permit(record);
    for (const record of updates) this.#apply(record);
    const changes = this.#changes();
    this.#limit(changes);
    return changes;
  }

  /** §3.2 */
  #require(prerequisites: readonly UpdateRecord[]): void {
    const { view } = this.#context;
    /** RRsets that must be as they are given, by owner and type. */
    const wanted = new Map<string, UpdateRecord[]>();
    for (const record of prerequisites) {
      const { owner, type, rdata } = record;
      if (record.ttl !== 0) throw new Refused(Rcode.FORMERR);
      if (!this.#isInZone(owner)) throw new Refused(Rcode.NOTZONE);
      const isAny = type === RRType.ANY;
      const exists = (): boolean => (isAny ? view.isInUse(owner) : view.answered(owner, type) !== undefined);
      switch (record.class) {
        case RRClass.ANY:
          if (rdata.length !== 0) throw new Refused(Rcode.FORMERR);
          if (!exists()) throw new Refused(isAny ? Rcode.NXDOMAIN : Rcode.NXRRSET);
          break;
        case RRClass.NONE:
          if (rdata.length !== 0) throw new Refused(Rcode.FORMERR);
          if (exists()) throw new Refused(isAny ? Rcode.YXDOMAIN : Rcode.YXRRSET);
          break;
        case RRClass.IN: {
          const key = `${type} ${nameKey(owner)}`;
          const same = wanted.get(key);
          if (same === undefined) wanted.set(key, [record]);
          else same.push(record);
          break;
        }
        default:
          throw new Refused(Rcode.FORMERR);
      }
    }
    for (const records of wanted.values()) {
      const [{ owner, type }] = records;
      const found = view.answered(owner, type);
      // By text, not each with each: a message has room for thousands, and nobody has been asked yet whether they may.
      const given = new Set(records.map(({ rdata }) => rdataText(type, rdata)));
      const there = new Set(found?.map((rdata) => rdataText(type, rdata)));
      if (found === undefined || there.size !== given.size || [...given].some((one) => !there.has(one)))
        throw new Refused(Rcode.NXRRSET);
    }
  }

  /** §3.4.1 */
  #scan({ owner, type, ttl, rdata, ...record }: UpdateRecord): void {
    if (!this.#isInZone(owner)) throw new Refused(Rcode.NOTZONE);
    const isAny = type === RRType.ANY;
    const isMeta = !isAny && (type === RRType.OPT || (type >= 128 && type < 256) || type === 0);
    const isGood =
      record.class === RRClass.IN
        ? !isAny && !isMeta
        : record.class === RRClass.ANY
          ? ttl === 0 && rdata.length === 0 && !isMeta
          : record.class === RRClass.NONE && ttl === 0 && !isAny && !isMeta;
    if (!isGood) throw new Refused(Rcode.FORMERR);
  }

  /** §3.3, name by name and type by type. */
  #permit({ owner, type, ...record }: UpdateRecord): void {
    if (this.#isPassedOver(owner, type, record.class)) return;
    const { policy, asker, view } = this.#context;
    const types = type === RRType.ANY ? [...view.updatesAt(owner).keys(), undefined] : [type];
    for (const one of types)
      if (!policy.allows(asker, this.#apex, owner, one)) {
        const what = one === undefined ? '' : ` ${mnemonicOf(one)}`;
        throw new Refused(Rcode.REFUSED, `the key may not change ${formatName(owner)}${what}`);
      }
  }

  /** §3.4.2 */
  #apply(record: UpdateRecord): void {
    const { owner, type } = record;
    if (this.#isPassedOver(owner, type, record.class)) return;
    if (record.class === RRClass.IN) this.#add(record);
    else if (type === RRType.ANY) this.#deleteName(owner);
    else if (record.class === RRClass.ANY) this.#deleteSet(owner, type);
    else this.#deleteRecord(record);
  }

  /** §3.4.2.3, §3.4.2.4: deletions of SOA, and of the apex's name servers, do nothing. */
  #isPassedOver(owner: Uint8Array, type: number, rrclass: number): boolean {
    if (rrclass === RRClass.IN) return false;
    return type === RRType.SOA || (type === RRType.NS && owner.length === this.#apex.length);
  }

  /** §3.4.2.2 */
  #add({ owner, type, ttl, rdata }: UpdateRecord): void {
    if (rdata.length > MOST_RDATA)
      throw new Refused(Rcode.REFUSED, `a record of an update may have ${MOST_RDATA} octets of data`);
    const hider = this.#context.view.hider(owner, type);
    if (hider !== undefined)
      throw new Refused(Rcode.REFUSED, `the zone file has ${formatName(hider.at)} ${hiderName(hider.by)}`);
    const sets = this.#draft(owner);
    const others = [...sets.keys()].some((one) => one !== type);
    if (type === RRType.CNAME ? others : sets.has(RRType.CNAME)) return;
    const before = sets.get(type)?.records ?? [];
    const isThere = before.some((one) => sameRdata(type, one, rdata));
    // Told at once, and not at the end: a message has room for thousands, and each would be compared with all before it.
    const { perName } = this.#context.limits;
    if (!isThere && before.length > 2 * perName) throw tooMany(perName);
    // One name has one CNAME. Of an RRset that is there all records get the TTL given last (RFC 2181 §5.2).
    const records = type === RRType.CNAME ? [rdata] : isThere ? before : [...before, rdata];
    this.#put(owner, type, ttl, records);
  }

  #deleteName(owner: Uint8Array): void {
    const isApex = owner.length === this.#apex.length;
    const { types, isSteered } = this.#context.view.fileAt(owner);
    const ofFile = isSteered
      ? RRType.STEER
      : types.find((type) => !isApex || (type !== RRType.SOA && type !== RRType.NS));
    if (ofFile !== undefined) this.#refuseOfFile(owner, ofFile);
    this.#draft(owner).clear();
  }

  #deleteSet(owner: Uint8Array, type: number): void {
    const { types, isSteered } = this.#context.view.fileAt(owner);
    if (isSteered && (type === RRType.A || type === RRType.AAAA)) this.#refuseOfFile(owner, RRType.STEER);
    if (types.includes(type)) this.#refuseOfFile(owner, type);
    this.#draft(owner).delete(type);
  }

  #deleteRecord({ owner, type, rdata }: UpdateRecord): void {
    const file = this.#context.view.fileAt(owner);
    if (file.isSteered && (type === RRType.A || type === RRType.AAAA)) this.#refuseOfFile(owner, RRType.STEER);
    if (file.set(type).some((one) => sameRdata(type, one, rdata))) this.#refuseOfFile(owner, type);
    const set = this.#draft(owner).get(type);
    if (set === undefined) return;
    const rest = set.records.filter((one) => !sameRdata(type, one, rdata));
    if (rest.length === set.records.length) return;
    if (rest.length === 0) this.#draft(owner).delete(type);
    else this.#put(owner, type, set.ttl, rest);
  }

  #refuseOfFile(owner: Uint8Array, type: number): never {
    throw new Refused(Rcode.REFUSED, `the zone file has ${formatName(owner)} ${mnemonicOf(type)}`);
  }

  #put(owner: Uint8Array, type: number, ttl: number, records: readonly Uint8Array[]): void {
    const { asker, now } = this.#context;
    this.#draft(owner).set(type, { owner, type, ttl, records, key: formatName(asker.key), at: now });
  }

  #draft(owner: Uint8Array): Map<number, StoredSet> {
    const key = nameKey(owner);
    let sets = this.#drafts.get(key);
    if (sets === undefined) {
      sets = new Map(this.#context.view.updatesAt(owner));
      this.#drafts.set(key, sets);
      this.#owners.set(key, owner);
    }
    return sets;
  }

  /** RRsets that differ from what there was. */
  #changes(): SetChange[] {
    const changes: SetChange[] = [];
    const by = formatName(this.#context.asker.key);
    for (const [key, sets] of this.#drafts) {
      const owner = this.#owners.get(key)!;
      const before = this.#context.view.updatesAt(owner);
      for (const type of new Set([...before.keys(), ...sets.keys()])) {
        const set = sets.get(type);
        if (!isSameSet(before.get(type), set)) changes.push({ owner, type, set, by });
      }
    }
    return changes;
  }

  #limit(changes: readonly SetChange[]): void {
    const { limits, view, asker } = this.#context;
    const key = formatName(asker.key);
    const counts = view.counts(key);
    let zone = counts.zone;
    let ofKey = counts.key;
    let grows = false;
    for (const { owner, type, set } of changes) {
      const was = view.updatesAt(owner).get(type);
      const more = (set?.records.length ?? 0) - (was?.records.length ?? 0);
      if (more > 0) grows = true;
      zone += more;
      ofKey += (set?.key === key ? set.records.length : 0) - (was?.key === key ? was.records.length : 0);
    }
    // What is too much already may always become less.
    if (!grows) return;
    const most = Math.max(...[...this.#drafts.values()].map((sets) => recordsIn(sets)));
    if (most > limits.perName) throw tooMany(limits.perName);
    if (zone > limits.perZone) throw new Refused(Rcode.REFUSED, `a zone may have ${limits.perZone} records of updates`);
    if (ofKey > limits.perKey) throw new Refused(Rcode.REFUSED, `a key may have ${limits.perKey} records in a zone`);
  }

  #isInZone(name: Uint8Array): boolean {
    return suffixOffset(name, this.#apex) >= 0;
  }
}

function tooMany(perName: number): Refused {
  return new Refused(Rcode.REFUSED, `a name may have ${perName} records of updates`);
}

function recordsIn(sets: ReadonlyMap<number, StoredSet>): number {
  let records = 0;
  for (const set of sets.values()) records += set.records.length;
  return records;
}

function isSameSet(a: StoredSet | undefined, b: StoredSet | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.ttl === b.ttl &&
    a.records.length === b.records.length &&
    a.records.every((rdata) => b.records.some((one) => sameOctets(rdata, one)))
  );
}

/** Octets of RDATA: several times what keys and proofs need. Limits are of records, so this bounds what they can take. */
const MOST_RDATA = 4096;

/** Types whose RDATA is a name, or numbers and then a name: compared without case (RFC 4034 §6.2). */
const CASELESS: readonly number[] = [RRType.CNAME, RRType.PTR, RRType.MX, RRType.SRV, RRType.NS];

export function sameRdata(type: number, a: Uint8Array, b: Uint8Array): boolean {
  if (sameOctets(a, b)) return true;
  const at = nameAt(type);
  if (at < 0 || a.length !== b.length) return false;
  const [c, d] = [a.slice(), b.slice()];
  lowerCase(c, at);
  lowerCase(d, at);
  return sameOctets(c, d);
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** The same for RDATA that is the same, and for no other. */
function rdataText(type: number, rdata: Uint8Array): string {
  const at = nameAt(type);
  if (at < 0) return Buffer.from(rdata).toString('latin1');
  const lower = rdata.slice();
  lowerCase(lower, at);
  return Buffer.from(lower).toString('latin1');
}

/** Where a name lies in RDATA that is compared without case; -1 for none. */
function nameAt(type: number): number {
  if (!CASELESS.includes(type)) return -1;
  return type === RRType.MX ? 2 : type === RRType.SRV ? 6 : 0;
}
