/**
 * The first half of a load: reads what may have changed into the free base, whole files, or of large ones the hosts that changed (delta.ts).
 */

import { isNewerSerial } from '../net/serial.ts';
import type { Arenas, Head } from '../tables/arena.ts';
import { TableReader } from '../tables/table-reader.ts';
import { formatName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { Progress } from '../zone/source.ts';
import type { AssignmentTable, Problem } from './assignment-table.ts';
import type { LoadRequest } from './compiler.ts';
import { type Delta, type DeltaContext, type Pieces, readDelta } from './delta.ts';
import type { ZoneInput } from './input.ts';
import { LayerNames } from './layer-names.ts';
import { LayerSink } from './layer-sink.ts';
import { type Hidden, hiddenWarning, layersStamp } from './layers.ts';
import { PartWriter } from './part-writer.ts';
import { readPatch } from './patch.ts';
import { overlayLimit, type StagedZone } from './stage.ts';
import { StretchRecorder } from './stretches.ts';
import { type Touched, UpdateLayer } from './update-layers.ts';
import { ZoneBuilder } from './zone-builder.ts';
import { type LoadedZone, nameKey, shadowTest, ZoneNumbers, zonesBelow } from './zone-set.ts';

/** What was read, in the target's base. */
export interface Stage {
  readonly writer: PartWriter;
  readonly clean: LoadedZone[];
  readonly dirty: StagedZone[];
  readonly gone: LoadedZone[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether zones that are patched were written as a whole. */
  readonly isCompacting: boolean;
}

export interface ReadContext {
  readonly arenas: Arenas;
  /** An empty head, so that a part being built can be read like a base. */
  readonly noHead: Head;
  readonly seed: number;
  readonly assignments: AssignmentTable;
  readonly problemOf: (assignment: number) => Problem | undefined;
  /** The zones as they are served, by key. */
  readonly before: ReadonlyMap<string, LoadedZone> | undefined;
  /** Whether every zone must be read, whatever its file. */
  readonly all: boolean;
  /** By zone's key the owners whose records of dynamic updates have changed since. */
  readonly touched: ReadonlyMap<string, Touched>;
  /** Whether zones that are patched are written as a whole, for a base of their own. */
  readonly isCompacting: boolean;
}

/** RRsets of a layer that are hidden: so many are told of. */
const MOST_HIDDEN = 100;

interface ToRead {
  readonly zone: ZoneInput;
  readonly key: string;
  readonly known: LoadedZone | undefined;
  readonly below: string;
}

/** @param whole keys of zones whose changes can't be read alone; those found out here are added */
export function readZones(context: ReadContext, request: LoadRequest, whole: Set<string>): Stage {
  const { before, arenas, seed, assignments, problemOf } = context;
  const { zones } = request.input;
  const below = zonesBelow(zones.map((z) => z.apex));
  const clean: LoadedZone[] = [];
  const patched: { readonly zone: ZoneInput; readonly known: LoadedZone; readonly touched: Touched }[] = [];
  const toRead: ToRead[] = [];
  for (const zone of zones) {
    const key = nameKey(zone.apex);
    const known = before?.get(key);
    const belowKey = (below.get(key) ?? []).join('\0');
    const touched = context.touched.get(key);
    const isSame =
      known !== undefined &&
      !context.all &&
      known.below === belowKey &&
      known.file === zone.file &&
      (touched !== undefined || known.layers === layersStamp(zone.under));
    if (isSame && !whole.has(key) && zone.isUnchanged(known.stamps)) {
      const least = request.leastSerials?.get(formatName(known.apex));
      const isRaised = least !== undefined && isNewerSerial(least, known.serial);
      const isOther = known.secondary !== zone.secondary;
      if (isRaised || isOther || touched !== undefined) patched.push({ zone, known, touched: touched ?? new Map() });
      else clean.push(known);
    } else {
      if (!isSame) whole.add(key);
      toRead.push({ zone, key, known, below: belowKey });
    }
  }

  const writer = new PartWriter(arenas.bases[request.target.base]);
  const dirty: StagedZone[] = [];
  // Those of which only a part need be read come first: when one must be read whole after all, the part is emptied and little was lost.
  const parts = toRead.filter(({ key, zone, known }) => !whole.has(key) && canBePart(zone, known));
  const rest = toRead.filter((zone) => !parts.includes(zone));
  writer.reset(rest.reduce((sum, { known }) => sum + (known?.nodes ?? 0), 0));
  for (const to of parts) {
    const delta = readPart(context, request, writer, to, shadowTest(below.get(to.key)));
    if (delta === undefined) {
      whole.add(to.key);
      return readZones(context, request, whole);
    }
    dirty.push(delta);
  }
  for (const { zone, known, touched } of patched) {
    const test = shadowTest(below.get(nameKey(zone.apex)));
    dirty.push(patch(context, request, writer, zone, known, touched, test));
  }
  const diagnostics = dirty.flatMap(({ pieces }) => pieces?.warnings ?? []);

  const numbers = new ZoneNumbers(before === undefined ? [] : [...before.values()].map((z) => z.number));
  const builder = new ZoneBuilder(writer, seed, assignments, problemOf);
  for (const { zone, key, known, below: belowKey } of rest) {
    const recorder = zone.parts && new StretchRecorder(builder, zone.parts.least);
    builder.begin(known?.number ?? numbers.take(), zone.apex, zone.file, recorder !== undefined);
    const stamps = readZone(zone, builder, recorder);
    const { names, hidden } = readLayers(zone, builder);
    const built = builder.end(shadowTest(below.get(key)));
    // Of what has not come yet it is not known what it leaves out.
    const told = builder.diagnostics.all.filter(
      ({ code }) => zone.secondary !== 'waiting' || code !== 'no-name-servers',
    );
    diagnostics.push(...told, ...hiddenWarnings(zone, names, hidden));
    const pieces = piecesOf(builder, recorder, told);
    dirty.push({
      built,
      input: zone,
      known,
      stamps,
      below: belowKey,
      layers: layersStamp(zone.under),
      names,
      hidden,
      isPatch: false,
      isPart: false,
      pieces,
      changes: undefined,
      serial: 0,
    });
  }
  const kept = new Set([
    ...[...clean, ...patched.map(({ known }) => known)].map((z) => nameKey(z.apex)),
    ...toRead.map(({ key }) => key),
  ]);
  const gone = before === undefined ? [] : [...before].filter(([key]) => !kept.has(key)).map(([, zone]) => zone);
  return { writer, clean, dirty, gone, diagnostics, isCompacting: context.isCompacting };
}

/** A zone that differs from what is served in its serial, or in records of dynamic updates: no file is looked at. */
function patch(
  { arenas, seed, isCompacting }: ReadContext,
  { served }: LoadRequest,
  writer: PartWriter,
  input: ZoneInput,
  known: LoadedZone,
  touched: Touched,
  shadowed: DeltaContext['shadowed'],
): StagedZone {
  if (served === undefined) throw new Error('what is not served is not patched');
  const now = new TableReader();
  now.use(arenas.bases[served.base], arenas.heads[served.head]);
  const layer = input.under?.find((one) => one instanceof UpdateLayer);
  const { stamps, below, hidden, pieces } = known;
  const made = readPatch({ seed, now, writer, shadowed, isWhole: isCompacting }, known, layer, touched);
  return {
    ...made,
    input,
    known,
    stamps,
    below,
    layers: layersStamp(input.under),
    hidden,
    isPatch: true,
    isPart: !isCompacting,
    // Nodes elsewhere are no longer those of the file's stretches.
    pieces: isCompacting ? undefined : pieces,
    serial: 0,
  };
}

/** Reads what lies below a zone's file. */
function readLayers(
  { under = [], apex, secondary }: ZoneInput,
  builder: ZoneBuilder,
): { names: LayerNames | undefined; hidden: readonly Hidden[] } {
  const hidden: Hidden[] = [];
  let names: LayerNames | undefined;
  builder.isLayered = under.length > 0 || secondary !== undefined;
  for (const layer of under) {
    const { writer } = builder;
    if (!(layer instanceof UpdateLayer)) {
      const report = { hidden: (one: Hidden) => void (hidden.length < MOST_HIDDEN && hidden.push(one)) };
      layer.read(new LayerSink(builder, layer, report));
      continue;
    }
    const own = new LayerNames(apex);
    const first = writer.nodeEnd;
    layer.read(
      new LayerSink(builder, layer, {
        hidden: (one) => own.hide(one),
        shown: (owner, type) => own.show(owner, type),
      }),
    );
    for (let node = first; node < writer.nodeEnd; node = writer.after(node)) own.own.add(nameKey(builder.nameOf(node)));
    names = own;
  }
  return { names, hidden };
}

function hiddenWarnings(
  { file }: ZoneInput,
  names: LayerNames | undefined,
  hidden: readonly Hidden[],
): readonly Diagnostic[] {
  return [...(names?.hidden ?? []), ...hidden].slice(0, MOST_HIDDEN).map((one) => hiddenWarning(file, one, formatName));
}

function canBePart(zone: ZoneInput, known: LoadedZone | undefined): boolean {
  return known?.pieces !== undefined && zone.parts !== undefined;
}

function readPart(
  context: ReadContext,
  request: LoadRequest,
  writer: PartWriter,
  { zone, known, below }: ToRead,
  shadowed: DeltaContext['shadowed'],
): StagedZone | undefined {
  const { arenas, noHead, seed, assignments, problemOf } = context;
  const { served, target } = request;
  if (served === undefined || known?.pieces === undefined || zone.parts === undefined) return undefined;
  const found = changeOf(zone, known, known.pieces);
  if (found === undefined) return undefined;
  const readerOf = (base: number, head: Head): TableReader => {
    const reader = new TableReader();
    reader.use(arenas.bases[base], head);
    return reader;
  };
  const now = readerOf(served.base, arenas.heads[served.head]);
  const delta: Delta | undefined = readDelta(
    {
      seed,
      now,
      base: readerOf(served.base, noHead),
      writer,
      fresh: () => readerOf(target.base, noHead),
      assignments,
      problemOf,
      shadowed,
      limit: overlayLimit(now),
    },
    known,
    known.pieces,
    found.change,
    zone.parts.read,
  );
  const { layers, names, hidden } = known;
  const same = { layers, names, hidden, isPatch: false, isPart: true };
  return delta && { ...delta, ...same, input: zone, known, stamps: found.stamps, below, serial: 0 };
}

function changeOf(
  zone: ZoneInput,
  known: LoadedZone,
  pieces: Pieces,
): ReturnType<NonNullable<ZoneInput['parts']>['change']> {
  try {
    return zone.parts?.change(pieces.stretches, known.stamps);
  } catch (error) {
    // Told when the whole file is read.
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return undefined;
  }
}

/** What is kept of a zone that was read whole; undefined when its changes will have to be read whole as well. */
function piecesOf(
  builder: ZoneBuilder,
  recorder: StretchRecorder | undefined,
  warnings: readonly Diagnostic[],
): Pieces | undefined {
  const stretches = recorder?.finish();
  const { parents } = builder;
  // A warning with a place would have to be told with another when lines come or go above it.
  if (stretches === undefined || parents === undefined || warnings.some(({ line }) => line > 0)) return undefined;
  return { stretches, parents, glue: builder.glue, warnings };
}

/** Reads a zone; a file that can't be read at all is a mistake like any other. */
function readZone(zone: ZoneInput, builder: ZoneBuilder, progress: Progress | undefined): ReadonlyMap<string, string> {
  try {
    return zone.read(builder, progress);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (typeof code !== 'string') throw error;
    builder.diagnostics.error(
      'unreadable',
      0,
      `can't be read: ${(error as Error).message}`,
      'check that the file exists and its permissions',
    );
    return new Map();
  }
}
