/**
 * Where the zones of a load go: into an overlay in front of the base that is served, or, when much differs, into a base of their own
 * together with the zones that did not change.
 */
import type { Arenas } from '../tables/arena.ts';
import { Zone } from '../tables/layout.ts';
import { TableReader } from '../tables/table-reader.ts';
import { NodeFlag } from '../zone/reader.ts';
import { hashName } from '../zone/suffixes.ts';
import { findSame, forEachNode, forEachOverlayNode, type ZoneChanges } from './compare.ts';
import type { Target } from './compiler.ts';
import { copyNode, hideNode } from './copy-node.ts';
import type { Pieces } from './delta.ts';
import type { ZoneInput } from './input.ts';
import type { LayerNames } from './layer-names.ts';
import type { Hidden } from './layers.ts';
import { PartWriter } from './part-writer.ts';
import type { BuiltZone } from './zone-builder.ts';
import type { LoadedZone } from './zone-set.ts';
import { writeZoneTable, type ZoneRow } from './zone-table.ts';

/** A zone that was read in this load. */
export interface StagedZone {
  readonly built: BuiltZone;
  readonly input: ZoneInput;
  /** What it was before, if it was served. */
  readonly known: LoadedZone | undefined;
  readonly stamps: ReadonlyMap<string, string>;
  readonly below: string;
  readonly layers: string;
  readonly names: LayerNames | undefined;
  readonly hidden: readonly Hidden[];
  /** Whether it was made out of what is served, no file looked at (patch.ts). */
  readonly isPatch: boolean;
  /** Whether only what changed was read: then `built` says what the zone is, but most of its nodes are those that are served. */
  readonly isPart: boolean;
  readonly pieces: Pieces | undefined;
  changes: ZoneChanges | undefined;
  serial: number;
}

/** An overlay may hold this many nodes, or this part of the base's if that is more; beyond it a new base is made. */
const OVERLAY_MIN = 1024;
const OVERLAY_SHIFT = 6;

/** How many nodes an overlay may hold in front of what is served. */
export function overlayLimit(now: TableReader): number {
  return Math.max(OVERLAY_MIN, now.counts.base >>> OVERLAY_SHIFT);
}

export interface Placement {
  readonly arenas: Arenas;
  readonly seed: number;
  /** What is served now. */
  readonly now: TableReader;
  /** The target base, holding the dirty zones. */
  readonly fresh: TableReader;
  /** Writer of the target base. */
  readonly writer: PartWriter;
  readonly clean: readonly LoadedZone[];
  readonly dirty: readonly StagedZone[];
  readonly gone: readonly LoadedZone[];
  readonly target: Target;
}

/** Adds the unchanged zones to the target base and makes it the one to answer from, with an empty overlay. */
export function rebase(place: Placement): Target {
  const { arenas, seed, now, writer, target } = place;
  const ranges = new Map<number, { first: number; end: number }>();
  for (const { built } of place.dirty) ranges.set(built.number, { first: built.first, end: built.end });
  for (const zone of place.clean) {
    const first = writer.nodeEnd;
    forEachNode(now, zone.number, seed, (node) => copyNode(now, node, writer, seed));
    ranges.set(zone.number, { first, end: writer.nodeEnd });
  }
  const head = arenas.heads[target.head];
  new PartWriter(head).reset(0);
  const reader = new TableReader();
  reader.use(arenas.bases[target.base], head);
  writeZoneTable(
    head,
    rows(place, reader, (zone) => ranges.get(zone)!),
    seed,
  );
  return target;
}

/** Puts what differs in the target head, in front of the base that is served. */
export function writeOverlay(place: Placement, served: Target): Target {
  const { arenas, seed, now, fresh, target } = place;
  const head = arenas.heads[target.head];
  const overlay = new PartWriter(head);
  overlay.reset(now.counts.overlay + place.dirty.length);

  // The overlay just emptied, so this reads the base alone.
  const baseOnly = new TableReader();
  baseOnly.use(arenas.bases[served.base], head);

  const dirty = new Set(place.dirty.map((z) => z.built.number));
  const goneZones = new Set(place.gone.map((z) => z.number));
  const goneNodes = new Set<number>();
  for (const { changes } of place.dirty) {
    for (const node of changes!.fresh) copyNode(fresh, node, overlay, seed);
    for (const node of changes!.gone) goneNodes.add(node);
  }
  const hide = (node: number): void => {
    // A name that only ever was in the overlay is gone by not being copied.
    if (node > 0 || findSame(baseOnly, now.zoneOf(node), now, node, seed) !== 0)
      hideNode(now, node, overlay, seed, NodeFlag.HIDDEN);
  };
  for (const node of goneNodes) hide(node);
  for (const zone of place.gone) forEachNode(now, zone.number, seed, hide);

  // What the overlay held before, unless it was replaced or is gone by now.
  forEachOverlayNode(now, (node) => {
    const zone = now.zoneOf(node);
    const hidden = (now.flags(node) & NodeFlag.HIDDEN) !== 0;
    if ((goneNodes.has(node) || goneZones.has(zone)) && !hidden) return;
    if (dirty.has(zone) || goneZones.has(zone)) {
      const at = now.nameAt(node);
      const names = now.names(node);
      const end = now.nameEnd(node);
      if (overlay.find(zone, hashName(seed, names, at, end), names, at, end) !== 0) return;
    }
    if (hidden) hideNode(now, node, overlay, seed, NodeFlag.HIDDEN);
    else copyNode(now, node, overlay, seed);
  });

  const reader = new TableReader();
  reader.use(arenas.bases[served.base], head);
  const inBase = (zone: number): { first: number; end: number } => ({
    first: now.zoneWord(zone, Zone.BASE_FIRST),
    end: now.zoneWord(zone, Zone.BASE_END),
  });
  writeZoneTable(head, rows(place, reader, inBase), seed);
  return { base: served.base, head: target.head };
}

function rows(
  place: Placement,
  reader: TableReader,
  range: (zone: number) => { first: number; end: number },
): ZoneRow[] {
  const { seed } = place;
  const row = (zone: Omit<ZoneRow, 'apexNode' | 'baseFirst' | 'baseEnd'>): ZoneRow => {
    const { apex, number } = zone;
    const { first, end } = range(number);
    const apexNode = reader.find(number, hashName(seed, apex, 0, apex.length), apex, 0, apex.length);
    return { ...zone, apexNode, baseFirst: first, baseEnd: end };
  };
  const isWithheld = ({ secondary }: Pick<ZoneInput, 'secondary'>): boolean =>
    secondary !== undefined && secondary !== 'answered';
  return [
    ...place.clean.map((z) => row({ ...z, isWithheld: isWithheld(z) })),
    ...place.dirty.map(({ built, input, serial }) =>
      row({
        number: built.number,
        apex: input.apex,
        negativeTtl: built.soa.negativeTtl,
        serial,
        nodes: built.nodes,
        hosts: built.hosts,
        records: built.records,
        isWithheld: isWithheld(input),
      }),
    ),
  ];
}
