/** What dynamic updates have made, zone by zone, as the compiler has it: told of changes, it knows all. */
import type { RecordSink } from '../zone/source.ts';
import { BY_PRIMARY, type Hidden, type Layer } from './layers.ts';
import { nameKey } from './zone-set.ts';

/** An RRset as it is from now on. The octets have buffers of their own. */
export interface UpdatedSet {
  /** Wire form, lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  /** RDATA, names uncompressed; nothing when the RRset is no more. */
  readonly records: readonly Uint8Array[];
}

/** What has changed in the updates' layer of a zone. */
export interface LayerChange {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Of the layer from now on. */
  readonly stamp: string;
  /** Whether `sets` are all there are. */
  readonly isWhole: boolean;
  readonly sets: readonly UpdatedSet[];
}

/** Sets of one owner by type. */
export type OwnerSets = ReadonlyMap<number, UpdatedSet>;

/** Owners that a change is about, by key, with what they had before. */
export type Touched = ReadonlyMap<string, { readonly owner: Uint8Array; readonly before: OwnerSets }>;

const NOTHING: OwnerSets = new Map();

export class UpdateLayer implements Layer {
  static readonly from = 'dynamic updates';
  readonly from = UpdateLayer.from;
  readonly stamp: string;
  readonly #owners: Map<string, Map<number, UpdatedSet>>;

  constructor(stamp: string, owners: Map<string, Map<number, UpdatedSet>>) {
    this.stamp = stamp;
    this.#owners = owners;
  }

  /** @param key of the owner (`nameKey`) */
  at(key: string): OwnerSets {
    return this.#owners.get(key) ?? NOTHING;
  }

  *all(): Generator<UpdatedSet> {
    for (const sets of this.#owners.values()) yield* sets.values();
  }

  read(sink: RecordSink): void {
    for (const { owner, type, ttl, records } of this.all())
      for (const rdata of records) sink.record(owner, owner.length, type, ttl, rdata, rdata.length, 0);
  }
}

/** What was made before a zone came from another server: kept, and not answered as long as it does. @param sets all there are */
export function setAside(apex: Uint8Array, sets: Iterable<UpdatedSet>): Hidden[] {
  return [...sets].map(({ owner, type }) => ({
    from: UpdateLayer.from,
    owner,
    type,
    by: BY_PRIMARY,
    at: apex,
    line: 0,
  }));
}

export class UpdateLayers {
  readonly #owners = new Map<string, Map<string, Map<number, UpdatedSet>>>();
  readonly #stamps = new Map<string, string>();

  /** The layer of a zone (by key); undefined where there never was an update. */
  of(zone: string): UpdateLayer | undefined {
    const owners = this.#owners.get(zone);
    return owners && new UpdateLayer(this.#stamps.get(zone) ?? '', owners);
  }

  /** Takes changes. @returns by zone whose owners they are about; zones that were given whole are not among them */
  take(changes: readonly LayerChange[]): Map<string, Touched> {
    const touched = new Map<string, Touched>();
    for (const { apex, stamp, isWhole, sets } of changes) {
      const zone = nameKey(apex);
      const owners = isWhole ? new Map<string, Map<number, UpdatedSet>>() : (this.#owners.get(zone) ?? new Map());
      this.#owners.set(zone, owners);
      this.#stamps.set(zone, stamp);
      const before = new Map<string, { owner: Uint8Array; before: OwnerSets }>();
      for (const set of sets) {
        const key = nameKey(set.owner);
        const at = owners.get(key) ?? new Map<number, UpdatedSet>();
        if (!before.has(key)) before.set(key, { owner: set.owner, before: new Map(at) });
        if (set.records.length > 0) at.set(set.type, set);
        else at.delete(set.type);
        if (at.size > 0) owners.set(key, at);
        else owners.delete(key);
      }
      if (!isWhole) touched.set(zone, before);
    }
    return touched;
  }
}
