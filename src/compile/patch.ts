/**
 * A change of dynamic updates, made into nodes out of what is served: no file is looked at, so a mistake in one holds no update up, and a zone of a million
 * hosts costs no more than a small one. Equal to reading everything (property test in patch.test.ts): updates have no records that hide other names.
 *
 *     served node  =  the file's RRsets  +  RRsets of updates that nothing hides (layer-names.ts says which)
 *     new node     =  the same of the file  +  those of the changed layer
 */
import { Node } from '../tables/layout.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { NodeFlag } from '../zone/reader.ts';
import { hashName } from '../zone/suffixes.ts';
import { forEachNode, type ZoneChanges } from './compare.ts';
import { ContentDigest } from './content-digest.ts';
import { copyNode } from './copy-node.ts';
import { LayerNames } from './layer-names.ts';
import { type Hidden, hiderAt } from './layers.ts';
import type { PartWriter } from './part-writer.ts';
import { type Touched, type UpdatedSet, UpdateLayer } from './update-layers.ts';
import type { BuiltZone } from './zone-builder.ts';
import { type LoadedZone, nameKey } from './zone-set.ts';

export interface PatchContext {
  readonly seed: number;
  /** What is served. */
  readonly now: TableReader;
  /** Of a part that is free. */
  readonly writer: PartWriter;
  /** Whether the names of other zones include one. */
  readonly shadowed: ((name: Uint8Array) => boolean) | undefined;
  /** Write the rest of the zone too. */
  readonly isWhole: boolean;
}

export interface Patch {
  readonly built: BuiltZone;
  readonly changes: ZoneChanges;
  readonly names: LayerNames | undefined;
}

/** @param touched owners whose records in the layer may differ; nothing for a zone that gets a serial alone */
export function readPatch(
  context: PatchContext,
  zone: LoadedZone,
  layer: UpdateLayer | undefined,
  touched: Touched,
): Patch {
  return new Patching(context, zone, layer, touched).run();
}

class Patching {
  readonly #context: PatchContext;
  readonly #zone: LoadedZone;
  readonly #layer: UpdateLayer | undefined;
  readonly #touched: Touched;
  readonly #names: LayerNames;
  readonly #digest: ContentDigest;
  readonly #changes: ZoneChanges = {
    added: 0,
    changed: 0,
    removed: 0,
    fresh: [],
    gone: [],
    replaced: [],
    overflow: false,
  };
  #records: number;
  #apex = 0;

  constructor(context: PatchContext, zone: LoadedZone, layer: UpdateLayer | undefined, touched: Touched) {
    this.#context = context;
    this.#zone = zone;
    this.#layer = layer;
    this.#touched = touched;
    this.#names = touched.size === 0 && zone.names !== undefined ? zone.names : copyOf(zone);
    this.#digest = new ContentDigest(zone.digest);
    this.#records = zone.records;
  }

  run(): Patch {
    const { now, writer, seed, isWhole } = this.#context;
    const zone = this.#zone;
    const changes = this.#changes;
    const first = writer.nodeEnd;
    const files = new Map<string, Uint8Array>();
    for (const { owner, before } of this.#touched.values()) this.#place(owner, before);
    for (const { owner } of this.#touched.values()) {
      // The names above come or go with it, or become or end being the parent of a wildcard.
      for (let at = 0; owner.length - at >= zone.apex.length; at += owner[at] + 1)
        files.set(nameKey(owner, at), owner.slice(at));
    }
    for (const [key, name] of files) this.#node(key, name);
    if (this.#apex === 0) this.#apex = copyNode(now, now.apex(zone.number), writer, seed);
    if (isWhole) {
      const done = new Set([...changes.replaced, ...changes.gone, now.apex(zone.number)]);
      forEachNode(now, zone.number, seed, (node) => {
        if (!done.has(node)) copyNode(now, node, writer, seed);
      });
    }
    return {
      built: {
        number: zone.number,
        first,
        end: isWhole ? writer.nodeEnd : first,
        apex: this.#apex,
        nodes: zone.nodes + changes.added - changes.removed,
        soa: {
          given: zone.givenSerial,
          negativeTtl: zone.negativeTtl,
          rrset: writer.rrset(this.#apex, RRType.SOA),
        },
        records: this.#records,
        hosts: zone.hosts,
        digest: this.#digest.text,
      },
      changes,
      names: this.#touched.size === 0 ? zone.names : this.#names,
    };
  }

  /** Finds out what is hidden of an owner's records, and what is answered. */
  #place(owner: Uint8Array, before: ReadonlyMap<number, UpdatedSet>): void {
    const { now } = this.#context;
    const names = this.#names;
    const key = nameKey(owner);
    const node = this.#find(owner);
    const shown = names.shownAt(key);
    for (const type of shown) this.#tally(before.get(type), -1);
    const types = node === 0 ? [] : typesAt(now, node).filter((type) => !shown.has(type));
    const steered = node !== 0 && now.declared(node) !== 0;
    const isApex = owner.length === this.#zone.apex.length;
    names.forget(owner);
    for (const set of this.#layer?.at(key).values() ?? []) {
      const { type } = set;
      const by = hiderAt(types, steered, isApex, type);
      const hider: Pick<Hidden, 'by' | 'at'> | undefined = by !== 0 ? { by, at: owner } : this.#cutAbove(owner);
      if (hider !== undefined) names.hide({ from: UpdateLayer.from, owner, type, line: 0, ...hider });
      else {
        names.show(owner, type);
        this.#tally(set, 1);
      }
    }
  }

  /** What hides everything below it. Only files have such records. */
  #cutAbove(owner: Uint8Array): Pick<Hidden, 'by' | 'at'> | undefined {
    const { now } = this.#context;
    for (let at = owner[0] + 1; owner.length - at >= this.#zone.apex.length; at += owner[at] + 1) {
      const above = owner.slice(at);
      const node = this.#find(above);
      const flags = node === 0 ? 0 : now.flags(node);
      if ((flags & NodeFlag.DNAME) !== 0) return { by: RRType.DNAME, at: above };
      if ((flags & NodeFlag.CUT) !== 0) return { by: RRType.NS, at: above };
    }
    return undefined;
  }

  #tally(set: UpdatedSet | undefined, count: 1 | -1): void {
    if (set === undefined) return;
    const { owner, type, ttl, records } = set;
    this.#records += count * records.length;
    for (const rdata of records) this.#digest.record(owner, 0, owner.length, type, ttl, rdata, 0, rdata.length, count);
  }

  /** Writes a name's node, if it differs, and notes what has become of it. */
  #node(key: string, name: Uint8Array): void {
    const { now } = this.#context;
    const names = this.#names;
    const changes = this.#changes;
    const isApex = name.length === this.#zone.apex.length;
    const old = this.#find(name);
    if (old === 0 && !names.isAbove(key)) return;
    if (old !== 0 && names.own.has(key) && !names.isAbove(key)) {
      names.own.delete(key);
      changes.removed++;
      changes.gone.push(old);
      return;
    }
    if (old === 0) names.own.add(key);
    const flags = this.#flags(key, name, old);
    if (old !== 0 && flags === now.flags(old) && this.#isSame(key)) return;
    const node = this.#write(key, name, old, flags);
    if (isApex) this.#apex = node;
    if (old === 0) changes.added++;
    else changes.changed++;
    changes.fresh.push(node);
    changes.replaced.push(old);
  }

  /** Whether the layer's part of what is answered at a name is what it was. */
  #isSame(key: string): boolean {
    const before = this.#touched.get(key)?.before;
    if (before === undefined) return true;
    const was = this.#zone.names?.shownAt(key) ?? new Set<number>();
    const is = this.#names.shownAt(key);
    const now = this.#layer?.at(key);
    return (
      was.size === is.size && [...is].every((type) => was.has(type) && isSameSet(before.get(type), now?.get(type)))
    );
  }

  #flags(key: string, name: Uint8Array, old: number): number {
    const { now, shadowed } = this.#context;
    const names = this.#names;
    const fast = shadowed?.(name) === true ? 0 : NodeFlag.FAST;
    let flags = old === 0 ? fast : now.flags(old);
    const star = Uint8Array.of(1, 0x2a, ...name);
    const starKey = nameKey(star);
    const wild = this.#find(star);
    const hasWild = names.isAbove(starKey) || (wild !== 0 && this.#zone.names?.own.has(starKey) !== true);
    flags = hasWild ? flags | NodeFlag.WILDCARD_CHILD : flags & ~NodeFlag.WILDCARD_CHILD;
    if (this.#touched.has(key)) {
      const isAlias = names.shownAt(key).has(RRType.CNAME) || this.#fileTypes(key, old).includes(RRType.CNAME);
      flags = isAlias ? flags | NodeFlag.CNAME : flags & ~NodeFlag.CNAME;
    }
    return flags;
  }

  /** Types of a served node that are the file's. */
  #fileTypes(key: string, old: number): number[] {
    const shown = this.#zone.names?.shownAt(key);
    return old === 0 ? [] : typesAt(this.#context.now, old).filter((type) => shown?.has(type) !== true);
  }

  #write(key: string, name: Uint8Array, old: number, flags: number): number {
    const { now, writer, seed } = this.#context;
    const node = writer.add(this.#zone.number, hashName(seed, name, 0, name.length), name, 0, name.length);
    writer.flag(node, flags);
    if (old !== 0) {
      writer.setWord(node, Node.DECLARED, now.declared(old));
      writer.setWord(node, Node.CELL, now.declared(old));
    }
    const fromFile = this.#fileTypes(key, old);
    const fromLayer = this.#names.shownAt(key);
    const types = [...fromFile, ...fromLayer].sort((a, b) => a - b);
    if (types.length === 0) return node;
    const list = writer.beginList(types.length);
    types.forEach((type, i) => {
      const set = fromLayer.has(type) ? this.#layer?.at(key).get(type) : undefined;
      if (set === undefined) this.#copySet(list, i, now.rrset(old, type));
      else {
        const rrset = writer.beginRRset(list, i, type, set.ttl);
        for (const rdata of sorted(set.records)) writer.record(rrset, rdata, 0, rdata.length);
        writer.endRRset(rrset);
      }
    });
    writer.setWord(node, Node.RRSETS, list);
    return node;
  }

  #copySet(list: number, i: number, set: number): void {
    const { now, writer } = this.#context;
    const rrset = writer.beginRRset(list, i, now.rrsetType(set), now.rrsetTtl(set));
    const bytes = now.rrBytes(set);
    for (let p = now.rrAt(set), last = now.rrEnd(set); p < last; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      writer.record(rrset, bytes, rdata, p);
    }
    writer.endRRset(rrset);
  }

  #find(name: Uint8Array): number {
    const { now, seed } = this.#context;
    return now.find(this.#zone.number, hashName(seed, name, 0, name.length), name, 0, name.length);
  }
}

function copyOf({ names, apex }: LoadedZone): LayerNames {
  return names?.copy() ?? new LayerNames(apex);
}

function typesAt(tables: TableReader, node: number): number[] {
  return Array.from({ length: tables.rrsetCount(node) }, (_, i) => tables.rrsetType(tables.rrsetAt(node, i)));
}

function isSameSet(a: UpdatedSet | undefined, b: UpdatedSet | undefined): boolean {
  if (a === undefined || b === undefined || a.ttl !== b.ttl || a.records.length !== b.records.length) return a === b;
  const others = sorted(b.records);
  return sorted(a.records).every((rdata, i) => Buffer.compare(rdata, others[i]) === 0);
}

/** As a zone that is read has them (RFC 4034 §6.3). */
function sorted(records: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...records].sort((a, b) => Buffer.compare(a, b));
}
