/** What dynamic updates have made, RRset by RRset, with who made it: a document each in the store. */
import type { LayerChange } from '../../compile/update-layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import type { Change, Entry } from '../../store/store.ts';
import { formatName, lowerCase, parseName, suffixOffset } from '../../wire/name.ts';
import { mnemonicOf, typeOf } from '../../wire/rdata/index.ts';

export const UPDATES = 'updates';

export interface StoredSet {
  /** Wire form, lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  /** RDATA, names uncompressed; never none. */
  readonly records: readonly Uint8Array[];
  /** The key that changed it last, and when (Unix milliseconds). */
  readonly key: string;
  readonly at: number;
}

/** RRsets of a zone by owner's key (`nameKey`) and type. */
export type OwnerSets = ReadonlyMap<number, StoredSet>;

/** A change of one RRset; without `set` it is no more. */
export interface SetChange {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly set: StoredSet | undefined;
  /** Whose key changes it. */
  readonly by: string;
}

const NOTHING: OwnerSets = new Map();

/** The updates of one zone. */
export class UpdatedZone {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  readonly #owners = new Map<string, Map<number, StoredSet>>();
  readonly #ofKey = new Map<string, number>();
  #records = 0;

  constructor(apex: Uint8Array) {
    this.apex = apex;
  }

  get records(): number {
    return this.#records;
  }

  /** Records of RRsets that a key changed last. */
  ofKey(key: string): number {
    return this.#ofKey.get(key) ?? 0;
  }

  at(owner: Uint8Array): OwnerSets {
    return this.#owners.get(nameKey(owner)) ?? NOTHING;
  }

  *all(): Generator<StoredSet> {
    for (const sets of this.#owners.values()) yield* sets.values();
  }

  take({ owner, type, set }: Pick<SetChange, 'owner' | 'type' | 'set'>): void {
    const key = nameKey(owner);
    const sets = this.#owners.get(key) ?? new Map<number, StoredSet>();
    this.#count(sets.get(type), -1);
    this.#count(set, 1);
    if (set === undefined) sets.delete(type);
    else sets.set(type, set);
    if (sets.size > 0) this.#owners.set(key, sets);
    else this.#owners.delete(key);
  }

  #count(set: StoredSet | undefined, by: 1 | -1): void {
    if (set === undefined) return;
    this.#records += by * set.records.length;
    const ofKey = this.ofKey(set.key) + by * set.records.length;
    if (ofKey > 0) this.#ofKey.set(set.key, ofKey);
    else this.#ofKey.delete(set.key);
  }
}

/** All zones' updates, by the apex's key. */
export class StoredUpdates {
  readonly zones = new Map<string, UpdatedZone>();

  /** @param entries of the store */
  load(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.collection !== UPDATES) continue;
      const { apex, set } = read(entry);
      this.of(apex).take({ owner: set.owner, type: set.type, set });
    }
  }

  /** The updates of a zone, none at first. */
  of(apex: Uint8Array): UpdatedZone {
    const key = nameKey(apex);
    const zone = this.zones.get(key) ?? new UpdatedZone(apex.slice());
    this.zones.set(key, zone);
    return zone;
  }
}

/** All there is, for a compiler that knows nothing of it yet. @param stamp of the layers */
export function wholeLayers(stored: StoredUpdates, stamp: string): LayerChange[] {
  return [...stored.zones.values()].map((zone) => wholeLayer(zone.apex, [...zone.all()], stamp));
}

/** @param sets all there are in a zone */
export function wholeLayer(apex: Uint8Array, sets: readonly StoredSet[], stamp: string): LayerChange {
  const bare = sets.map(({ owner, type, ttl, records }) => ({ owner, type, ttl, records }));
  return { apex, stamp, isWhole: true, sets: bare };
}

/** A change as the store takes it. */
export function storeChange(apex: Uint8Array, { owner, type, set }: Pick<SetChange, 'owner' | 'type' | 'set'>): Change {
  const key = `${formatName(apex)} ${formatName(owner)} ${mnemonicOf(type)}`;
  if (set === undefined) return { delete: { collection: UPDATES, key } };
  const records = set.records.map((rdata) => Buffer.from(rdata).toString('base64'));
  return { put: { collection: UPDATES, key, value: { ttl: set.ttl, records, key: set.key, at: set.at } } };
}

function read({ key, value }: Entry): { apex: Uint8Array; set: StoredSet } {
  // Names in text have no space that is not escaped (RFC 1035 §5.1).
  const [zone, name, mnemonic] = key.split(' ');
  const written = value as { ttl: number; records: readonly string[]; key: string; at: number };
  const apex = parseName(zone);
  const owner = parseName(name);
  const type = typeOf(mnemonic);
  lowerCase(apex);
  lowerCase(owner);
  if (type === undefined || suffixOffset(owner, apex) < 0) throw new Error(`the store has updates of "${key}"`);
  const records = written.records.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  return { apex, set: { ...written, owner, type, records } };
}
