/**
 * A change of plain hosts, made into nodes without reading the rest of the zone.
 *
 * Equal to reading the whole file (property test in delta.test.ts), because it gives up wherever another part of the zone has a say: a mistake, a host
 * with records of its own, an ancestor that would come or go, a wildcard, a name server's address, a name that stands elsewhere in the file. The whole file
 * is read then, which also tells mistakes with their places.
 */
import { Node } from '../tables/layout.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { Progress, ReadingState, RecordSink } from '../zone/source.ts';
import { hashName } from '../zone/suffixes.ts';
import type { AssignmentTable, Problem } from './assignment-table.ts';
import { findSame, type ZoneChanges } from './compare.ts';
import { ContentDigest } from './content-digest.ts';
import { copyNode } from './copy-node.ts';
import type { FileParts } from './input.ts';
import { Interner } from './interner.ts';
import type { PartWriter } from './part-writer.ts';
import type { Change, Stretch } from './stretches.ts';
import { digestOf, type PlainStretch } from './stretches.ts';
import type { BuiltZone } from './zone-builder.ts';
import { type LoadedZone, nameKey } from './zone-set.ts';

/** What a loaded zone keeps so that a change of plain hosts can be read alone. */
export interface Pieces {
  readonly stretches: readonly Stretch[];
  /** Keys of names that have names below them; a host among them stays as a name when it ends. */
  readonly parents: ReadonlySet<string>;
  /** Keys of the zone's own names that its NS records name. */
  readonly glue: ReadonlySet<string>;
  /** What there is to say of the zone as a whole. */
  readonly warnings: readonly Diagnostic[];
}

export interface DeltaContext {
  readonly seed: number;
  /** What is served, and its base without the overlay. */
  readonly now: TableReader;
  readonly base: TableReader;
  /** Of a part that is free: takes the hosts of the change. */
  readonly writer: PartWriter;
  /** Reads `writer`'s part. Call after each write. */
  readonly fresh: () => TableReader;
  readonly assignments: AssignmentTable;
  readonly problemOf: (assignment: number) => Problem | undefined;
  /** Whether the names of other zones include one. */
  readonly shadowed: ((name: Uint8Array) => boolean) | undefined;
  /** How many nodes may differ. */
  readonly limit: number;
}

export interface Delta {
  readonly built: BuiltZone;
  readonly changes: ZoneChanges;
  readonly pieces: Pieces;
}

/** @returns undefined when the whole file must be read */
export function readDelta(
  context: DeltaContext,
  zone: LoadedZone,
  pieces: Pieces,
  change: Change,
  read: FileParts['read'],
): Delta | undefined {
  const { now, writer, seed } = context;
  const plains = pieces.stretches.slice(change.first, change.end).map(({ plain }) => plain as PlainStretch);
  const part = new PartSink(context, zone.number);
  const first = writer.nodeEnd;
  if (change.bytes.length > 0) read(change.bytes, plains[0].origin, part, part);
  const isLast = pieces.stretches.slice(change.end).every(({ plain }) => plain !== undefined);
  const { tail } = plains[plains.length - 1];
  if (part.isRefused || (!isLast && !handsDown(part.lastTail, tail))) return undefined;

  const fresh = context.fresh();
  const digest = new ContentDigest(zone.digest);
  const changes: ZoneChanges = { added: 0, changed: 0, removed: 0, fresh: [], gone: [], replaced: [], overflow: false };
  const owned = new OwnedHosts(plains);
  const added = new Set<string>();
  const end = writer.nodeEnd;
  for (let node = first; node < end; node = fresh.after(node)) {
    const old = findSame(now, zone.number, fresh, node, seed);
    const name = fresh.name(node);
    if (isLayered(zone, name)) return undefined;
    const under = now.overlaid ? findSame(context.base, zone.number, fresh, node, seed) : old;
    if (old === 0) {
      // A name that ended elsewhere in the file still has its node there.
      if (under !== 0 && !owned.holds(under)) return undefined;
      if (!mayBegin(context, zone, pieces, name)) return undefined;
      changes.added++;
      changes.fresh.push(node);
      changes.replaced.push(0);
    } else {
      if (under !== 0 ? !owned.holds(under) : !owned.added.has(nameKey(name))) return undefined;
      if (now.declared(old) !== fresh.declared(node)) {
        if (!isPlain(now, old)) return undefined;
        digest.host(name, 0, name.length, now.declared(old), context.assignments, -1);
        changes.changed++;
        changes.fresh.push(node);
        changes.replaced.push(old);
      }
    }
    if (under === 0) added.add(nameKey(name));
    if (old === 0 || now.declared(old) !== fresh.declared(node)) {
      digest.host(name, 0, name.length, fresh.declared(node), context.assignments, 1);
    }
    if (changes.fresh.length > context.limit) return undefined;
  }
  for (const old of owned.served(now, zone.number, seed)) {
    if (findSame(fresh, zone.number, now, old, seed) !== 0) continue;
    const name = now.name(old);
    if (isLayered(zone, name) || !mayEnd(now, zone, pieces, old, seed)) return undefined;
    digest.host(name, 0, name.length, now.declared(old), context.assignments, -1);
    changes.removed++;
    changes.gone.push(old);
    if (changes.fresh.length + changes.gone.length > context.limit) return undefined;
  }

  const apex = copyNode(now, now.apex(zone.number), writer, seed);
  const stretch: Stretch = {
    length: change.bytes.length,
    digest: digestOf(change.bytes),
    plain: {
      ranges: plains.flatMap(({ ranges }) => ranges),
      added,
      origin: plains[0].origin,
      tail: isLast ? (part.lastTail ?? tail) : tail,
    },
  };
  return {
    built: {
      number: zone.number,
      first,
      end,
      apex,
      nodes: zone.nodes + changes.added - changes.removed,
      soa: { given: zone.givenSerial, negativeTtl: zone.negativeTtl, rrset: writer.rrset(apex, RRType.SOA) },
      records: zone.records,
      hosts: zone.hosts + changes.added - changes.removed,
      digest: digest.text,
    },
    changes,
    pieces: { ...pieces, stretches: pieces.stretches.toSpliced(change.first, change.end - change.first, stretch) },
  };
}

/** Takes the hosts of a part of a file, and notices whether there is anything else in it. */
class PartSink implements RecordSink, Progress {
  isRefused = false;
  lastTail: string | undefined;
  readonly #context: DeltaContext;
  readonly #zone: number;
  readonly #interner: Interner;

  constructor(context: DeltaContext, zone: number) {
    this.#context = context;
    this.#zone = zone;
    this.#interner = new Interner(context.assignments);
  }

  record(owner: Uint8Array, ownerEnd: number, type: number, ttl: number, rdata: Uint8Array, rdataEnd: number): void {
    if (this.isRefused) return;
    const { writer, seed, problemOf } = this.#context;
    const hash = hashName(seed, owner, 0, ownerEnd);
    if (type !== RRType.STEER || writer.find(this.#zone, hash, owner, 0, ownerEnd) !== 0) {
      this.isRefused = true;
      return;
    }
    const assignment = this.#interner.number(rdata, rdataEnd, ttl);
    if (problemOf(assignment) !== undefined) {
      this.isRefused = true;
      return;
    }
    const node = writer.add(this.#zone, hash, owner, 0, ownerEnd);
    writer.setWord(node, Node.DECLARED, assignment);
    writer.setWord(node, Node.CELL, assignment);
    writer.flag(node, NodeFlag.FAST);
  }

  report(_diagnostic: Diagnostic): void {
    this.isRefused = true;
  }

  mark(): void {}
  enter(): void {}

  other(_bytes: Uint8Array, to: number): void {
    // The source says so at its beginning, where nothing stands yet.
    if (to > 0) this.isRefused = true;
  }

  leave(_bytes: Uint8Array, _at: number, state: ReadingState): void {
    this.lastTail = state.tail(true);
  }
}

/** The hosts that stood where the change is. */
class OwnedHosts {
  /** Keys of those that are in no base. */
  readonly added: Set<string>;
  readonly #ranges: readonly number[];

  constructor(plains: readonly PlainStretch[]) {
    this.#ranges = plains.flatMap(({ ranges }) => ranges);
    this.added = new Set(plains.flatMap(({ added }) => [...added]));
  }

  /** Whether a node of the base is one of them. */
  holds(node: number): boolean {
    const ranges = this.#ranges;
    for (let i = 0; i < ranges.length; i += 2) if (node >= ranges[i] && node < ranges[i + 1]) return true;
    return false;
  }

  /** Their nodes as they are served, those that ended left out. */
  *served(now: TableReader, zone: number, seed: number): Generator<number> {
    for (let i = 0; i < this.#ranges.length; i += 2) {
      for (let node = this.#ranges[i]; node < this.#ranges[i + 1]; node = now.after(node)) {
        const served = now.overlaid ? findSame(now, zone, now, node, seed) : node;
        if (served !== 0) yield served;
      }
    }
    for (const key of this.added) {
      const name = Uint8Array.from(key, (c) => c.charCodeAt(0));
      const served = now.find(zone, hashName(seed, name, 0, name.length), name, 0, name.length);
      if (served !== 0) yield served;
    }
  }
}

/** Whether dynamic updates have something at a name or below it, or made the name above it. */
function isLayered({ names }: LoadedZone, name: Uint8Array): boolean {
  return names !== undefined && (names.touches(nameKey(name)) || names.own.has(nameKey(name, name[0] + 1)));
}

/** Whether a part that ends with one tail hands down what another asks for. */
function handsDown(whole: string | undefined, asked: string): boolean {
  return whole !== undefined && (whole === asked || whole.startsWith(`${asked} `));
}

/** Whether a name becomes a host without any consequence for other names. */
function mayBegin(context: DeltaContext, zone: LoadedZone, pieces: Pieces, name: Uint8Array): boolean {
  const { now, seed, shadowed } = context;
  if (isWildcard(name) || shadowed?.(name) === true) return false;
  const up = name[0] + 1;
  const parent = now.find(zone.number, hashName(seed, name, up, name.length), name, up, name.length);
  return parent !== 0 && pieces.parents.has(nameKey(name, up)) && isOpen(now.flags(parent));
}

/** Whether a host ends without any consequence for other names. */
function mayEnd(now: TableReader, zone: LoadedZone, pieces: Pieces, node: number, seed: number): boolean {
  const name = now.name(node);
  const key = nameKey(name);
  if (!isPlain(now, node) || isWildcard(name) || pieces.parents.has(key) || pieces.glue.has(key)) return false;
  const up = name[0] + 1;
  const parent = now.find(zone.number, hashName(seed, name, up, name.length), name, up, name.length);
  return parent !== 0 && (now.rrsetCount(parent) > 0 || now.declared(parent) !== 0);
}

/** A host and nothing else. */
function isPlain(tables: TableReader, node: number): boolean {
  return tables.declared(node) !== 0 && tables.rrsetCount(node) === 0 && tables.flags(node) === NodeFlag.FAST;
}

/** Whether names below a node with these flags are answered from this zone. */
function isOpen(flags: number): boolean {
  return (flags & (NodeFlag.FAST | NodeFlag.CUT | NodeFlag.DNAME | NodeFlag.OCCLUDED)) === NodeFlag.FAST;
}

function isWildcard(name: Uint8Array): boolean {
  return name[0] === 1 && name[1] === 0x2a;
}
