/**
 * What differs between a zone as it is served and as it was read just now. The difference is the overlay, the diff an operator is shown,
 * and the reason for a new serial.
 */
import { Zone } from '../tables/layout.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { NodeFlag } from '../zone/reader.ts';
import { hashName } from '../zone/suffixes.ts';
import { serialAt } from './soa.ts';
import type { BuiltZone } from './zone-builder.ts';

export interface ZoneChanges {
  added: number;
  changed: number;
  removed: number;
  /** Nodes of the fresh part that are new or differ; complete unless `overflow`. */
  readonly fresh: number[];
  /** References of served nodes that are gone; complete unless `overflow`. */
  readonly gone: number[];
  /** For each of `fresh` the served node it replaces, or 0. */
  readonly replaced: number[];
  /** Whether more nodes differ than `limit`, so that the lists were cut. */
  overflow: boolean;
}

/**
 * @param served what is answered from now
 * @param fresh  a reader of the part the zone was built in
 * @param limit  how many nodes to list at most
 */
export function compareZone(
  served: TableReader,
  fresh: TableReader,
  zone: BuiltZone,
  seed: number,
  limit: number,
): ZoneChanges {
  const changes: ZoneChanges = { added: 0, changed: 0, removed: 0, fresh: [], gone: [], replaced: [], overflow: false };
  const number = zone.number;
  const baseFirst = served.zoneWord(number, Zone.BASE_FIRST);
  const baseEnd = served.zoneWord(number, Zone.BASE_END);
  const { overlaid } = served;
  const list = (node: number, old: number): void => {
    if (changes.fresh.length + changes.gone.length >= limit) changes.overflow = true;
    else {
      changes.fresh.push(node);
      changes.replaced.push(old);
    }
  };

  // Files mostly keep their order, so the served node is usually the one after the last: no look-up is needed to find it.
  let hint = baseFirst;
  let matched = 0;
  for (let node = zone.first; node < zone.end; node = fresh.after(node)) {
    let old = 0;
    if (!overlaid && hint < baseEnd && sameName(served, hint, fresh, node)) old = hint;
    else old = findSame(served, number, fresh, node, seed);
    if (old > 0) hint = served.after(old);
    if (old === 0) {
      changes.added++;
      list(node, 0);
    } else {
      matched++;
      if (!sameContent(served, old, fresh, node)) {
        changes.changed++;
        list(node, old);
      }
    }
  }

  if (matched === served.zoneWord(number, Zone.NODES)) return changes;
  forEachNode(served, number, seed, (node) => {
    if (findSame(fresh, number, served, node, seed) !== 0) return;
    changes.removed++;
    if (changes.fresh.length + changes.gone.length >= limit) changes.overflow = true;
    else changes.gone.push(node);
  });
  return changes;
}

/** Calls `visit` for every node of a zone, wherever it lies. */
export function forEachNode(tables: TableReader, zone: number, seed: number, visit: (node: number) => void): void {
  const baseEnd = tables.zoneWord(zone, Zone.BASE_END);
  for (let node = tables.zoneWord(zone, Zone.BASE_FIRST); node < baseEnd; node = tables.after(node)) {
    if (!tables.overlaid || findSame(tables, zone, tables, node, seed) === node) visit(node);
  }
  forEachOverlayNode(tables, (node) => {
    if (tables.zoneOf(node) === zone && (tables.flags(node) & NodeFlag.HIDDEN) === 0) visit(node);
  });
}

/** Calls `visit` for every node of the overlay, hiding ones included. */
export function forEachOverlayNode(tables: TableReader, visit: (node: number) => void): void {
  if (!tables.overlaid) return;
  const end = tables.overlayEnd;
  for (let node = tables.overlayFirst; node > end; node = tables.after(node)) visit(node);
}

/** The node of `zone` in `tables` that has the name `node` has in `other`; 0 when there is none. */
export function findSame(tables: TableReader, zone: number, other: TableReader, node: number, seed: number): number {
  const names = other.names(node);
  const at = other.nameAt(node);
  const end = other.nameEnd(node);
  return tables.find(zone, hashName(seed, names, at, end), names, at, end);
}

function sameName(a: TableReader, nodeA: number, b: TableReader, nodeB: number): boolean {
  const atA = a.nameAt(nodeA);
  const atB = b.nameAt(nodeB);
  return sameOctets(a.names(nodeA), atA, a.nameEnd(nodeA), b.names(nodeB), atB, b.nameEnd(nodeB));
}

function sameContent(a: TableReader, nodeA: number, b: TableReader, nodeB: number): boolean {
  if (a.declared(nodeA) !== b.declared(nodeB) || a.flags(nodeA) !== b.flags(nodeB)) return false;
  const count = a.rrsetCount(nodeA);
  if (count !== b.rrsetCount(nodeB)) return false;
  for (let i = 0; i < count; i++) {
    const setA = a.rrsetAt(nodeA, i);
    const setB = b.rrsetAt(nodeB, i);
    const type = a.rrsetType(setA);
    if (type !== b.rrsetType(setB) || a.rrsetTtl(setA) !== b.rrsetTtl(setB) || a.rrCount(setA) !== b.rrCount(setB))
      return false;
    const bytesA = a.rrBytes(setA);
    const bytesB = b.rrBytes(setB);
    const atA = a.rrAt(setA);
    const atB = b.rrAt(setB);
    if (type !== RRType.SOA) {
      if (!sameOctets(bytesA, atA, a.rrEnd(setA), bytesB, atB, b.rrEnd(setB))) return false;
      continue;
    }
    // The serial follows the content, so it is no difference itself.
    const serialA = serialAt(bytesA, atA + 2);
    const serialB = serialAt(bytesB, atB + 2);
    if (!sameOctets(bytesA, atA, serialA, bytesB, atB, serialB)) return false;
    if (!sameOctets(bytesA, serialA + 4, a.rrEnd(setA), bytesB, serialB + 4, b.rrEnd(setB))) return false;
  }
  return true;
}

function sameOctets(a: Uint8Array, atA: number, endA: number, b: Uint8Array, atB: number, endB: number): boolean {
  if (endA - atA !== endB - atB) return false;
  while (atA < endA) if (a[atA++] !== b[atB++]) return false;
  return true;
}
