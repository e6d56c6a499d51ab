/**
 * A zone as an update sees it: what its file has, told from what updates have made, and what updates earlier in the same group make of it.
 */
import { hiderAt } from '../../compile/layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import type { TableReader } from '../../tables/table-reader.ts';
import { RRType } from '../../wire/constants.ts';
import { NodeFlag } from '../../zone/reader.ts';
import { hashName } from '../../zone/suffixes.ts';
import type { OwnerSets, SetChange, StoredSet, UpdatedZone } from './stored-updates.ts';

/** What the file has at a name. */
export interface OfFile {
  readonly types: readonly number[];
  readonly isSteered: boolean;
  set(type: number): readonly Uint8Array[];
}

export class ZoneView {
  readonly apex: Uint8Array;
  readonly #zone: UpdatedZone;
  readonly #tables: TableReader;
  readonly #seed: number;
  readonly #number: number;
  readonly #isHidden: (owner: string, type: number) => boolean;
  /** By owner's key and type what is to become of an RRset. */
  readonly #changes = new Map<string, Map<number, SetChange>>();

  /**
   * @param tables   what is served, all stored updates among it
   * @param number   of the zone in them
   * @param isHidden whether the file hides an RRset of updates
   */
  constructor(
    zone: UpdatedZone,
    tables: TableReader,
    number: number,
    seed: number,
    isHidden: (owner: string, type: number) => boolean,
  ) {
    this.apex = zone.apex;
    this.#zone = zone;
    this.#tables = tables;
    this.#number = number;
    this.#seed = seed;
    this.#isHidden = isHidden;
  }

  get changes(): readonly SetChange[] {
    return [...this.#changes.values()].flatMap((at) => [...at.values()]);
  }

  /** Records of updates, as they are to be: of the zone, and of a key in it. */
  counts(key: string): { readonly zone: number; readonly key: number } {
    let zone = this.#zone.records;
    let ofKey = this.#zone.ofKey(key);
    for (const { owner, type, set } of this.changes) {
      const was = this.#zone.at(owner).get(type);
      zone += (set?.records.length ?? 0) - (was?.records.length ?? 0);
      ofKey += (set?.key === key ? set.records.length : 0) - (was?.key === key ? was.records.length : 0);
    }
    return { zone, key: ofKey };
  }

  /** Takes what an update changes. */
  take(changes: readonly SetChange[]): void {
    for (const change of changes) {
      const key = nameKey(change.owner);
      const at = this.#changes.get(key) ?? new Map<number, SetChange>();
      at.set(change.type, change);
      this.#changes.set(key, at);
    }
  }

  /** What updates have at a name, hidden or not. */
  updatesAt(owner: Uint8Array): OwnerSets {
    const stored = this.#zone.at(owner);
    const changes = this.#changes.get(nameKey(owner));
    if (changes === undefined) return stored;
    const sets = new Map(stored);
    for (const { type, set } of changes.values()) {
      if (set === undefined) sets.delete(type);
      else sets.set(type, set);
    }
    return sets;
  }

  fileAt(owner: Uint8Array): OfFile {
    const tables = this.#tables;
    const node = this.#find(owner);
    if (node === 0) return NOT_IN_FILE;
    const key = nameKey(owner);
    const stored = this.#zone.at(owner);
    const types = Array.from({ length: tables.rrsetCount(node) }, (_, i) =>
      tables.rrsetType(tables.rrsetAt(node, i)),
    ).filter((type) => !stored.has(type) || this.#isHidden(key, type));
    return {
      types,
      isSteered: tables.declared(node) !== 0,
      set: (type) => (types.includes(type) ? recordsOf(tables, tables.rrset(node, type)) : []),
    };
  }

  /** What of the file hides an RRset that updates would have; undefined for nothing. */
  hider(owner: Uint8Array, type: number): { readonly by: number; readonly at: Uint8Array } | undefined {
    const { types, isSteered } = this.fileAt(owner);
    const by = hiderAt(types, isSteered, owner.length === this.apex.length, type);
    if (by !== 0) return { by, at: owner };
    for (let at = owner[0] + 1; owner.length - at >= this.apex.length; at += owner[at] + 1) {
      const above = owner.slice(at);
      const node = this.#find(above);
      const flags = node === 0 ? 0 : this.#tables.flags(node);
      if ((flags & NodeFlag.DNAME) !== 0) return { by: RRType.DNAME, at: above };
      if ((flags & NodeFlag.CUT) !== 0) return { by: RRType.NS, at: above };
    }
    return undefined;
  }

  /** The RRset that is answered; undefined when there is none. Of a steered address there are no records to compare. */
  answered(owner: Uint8Array, type: number): readonly Uint8Array[] | undefined {
    const file = this.fileAt(owner);
    if (file.types.includes(type)) return file.set(type);
    if (file.isSteered && (type === RRType.A || type === RRType.AAAA)) return [];
    const set = this.#shown(owner).find((one) => one.type === type);
    return set?.records;
  }

  /** Whether a name owns anything that is answered (RFC 2136 §2.4.4: empty non-terminals do not). */
  isInUse(owner: Uint8Array): boolean {
    const { types, isSteered } = this.fileAt(owner);
    return types.length > 0 || isSteered || this.#shown(owner).length > 0;
  }

  #shown(owner: Uint8Array): StoredSet[] {
    return [...this.updatesAt(owner).values()].filter(({ type }) => this.hider(owner, type) === undefined);
  }

  #find(name: Uint8Array): number {
    return this.#tables.find(this.#number, hashName(this.#seed, name, 0, name.length), name, 0, name.length);
  }
}

const NOT_IN_FILE: OfFile = { types: [], isSteered: false, set: () => [] };

function recordsOf(tables: TableReader, set: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  const bytes = tables.rrBytes(set);
  for (let p = tables.rrAt(set), end = tables.rrEnd(set); p < end; ) {
    const rdata = p + 2;
    p = rdata + (bytes[p] << 8) + bytes[p + 1];
    records.push(Uint8Array.from(bytes.subarray(rdata, p)));
  }
  return records;
}
