/**
 * The first half of a load: reads what may have changed into the free base, whole files, or of large ones the hosts that changed (delta.ts).
 */

import { isNewerSerial } from '../net/serial.ts';
import type { Arenas, Head } from '../tables/arena.ts';
import { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { formatName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { Progress } from '../zone/source.ts';
import type { AssignmentTable, Problem } from './assignment-table.ts';
import type { LoadRequest } from './compiler.ts';
import { copyNode } from './copy-node.ts';
import { type Delta, type DeltaContext, type Pieces, readDelta } from './delta.ts';
import type { ZoneInput } from './input.ts';
import { PartWriter } from './part-writer.ts';
import { overlayLimit, type StagedZone } from './stage.ts';
import { StretchRecorder } from './stretches.ts';
import { ZoneBuilder } from './zone-builder.ts';
import { type LoadedZone, nameKey, shadowTest, ZoneNumbers, zonesBelow } from './zone-set.ts';

/** What was read, in the target's base. */
export interface Stage {
  readonly writer: PartWriter;
  readonly clean: LoadedZone[];
  readonly dirty: StagedZone[];
  readonly gone: LoadedZone[];
  readonly diagnostics: readonly Diagnostic[];
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
}

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
  const raised: { readonly zone: ZoneInput; readonly known: LoadedZone }[] = [];
  const toRead: ToRead[] = [];
  for (const zone of zones) {
    const key = nameKey(zone.apex);
    const known = before?.get(key);
    const belowKey = (below.get(key) ?? []).join('\0');
    const isSame = known !== undefined && !context.all && known.below === belowKey && known.file === zone.file;
    if (isSame && !whole.has(key) && zone.isUnchanged(known.stamps)) {
      const least = request.leastSerials?.get(formatName(known.apex));
      if (least !== undefined && isNewerSerial(least, known.serial)) raised.push({ zone, known });
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
  for (const { zone, known } of raised) dirty.push(raise(context, request, writer, zone, known));
  const diagnostics = dirty.flatMap(({ pieces }) => pieces?.warnings ?? []);

  const numbers = new ZoneNumbers(before === undefined ? [] : [...before.values()].map((z) => z.number));
  const builder = new ZoneBuilder(writer, seed, assignments, problemOf);
  for (const { zone, key, known, below: belowKey } of rest) {
    const recorder = zone.parts && new StretchRecorder(builder, zone.parts.least);
    builder.begin(known?.number ?? numbers.take(), zone.apex, zone.file, recorder !== undefined);
    const stamps = readZone(zone, builder, recorder);
    const built = builder.end(shadowTest(below.get(key)));
    const told = builder.diagnostics.all;
    diagnostics.push(...told);
    const pieces = piecesOf(builder, recorder, told, built.soa.given);
    dirty.push({
      built,
      input: zone,
      known,
      stamps,
      below: belowKey,
      isPart: false,
      pieces,
      changes: undefined,
      serial: 0,
    });
  }
  const kept = new Set([
    ...[...clean, ...raised.map(({ known }) => known)].map((z) => nameKey(z.apex)),
    ...toRead.map(({ key }) => key),
  ]);
  const gone = before === undefined ? [] : [...before].filter(([key]) => !kept.has(key)).map(([, zone]) => zone);
  return { writer, clean, dirty, gone, diagnostics };
}

/** A zone that differs from what is served in its serial alone, which its new apex gets. */
function raise(
  { arenas, seed }: ReadContext,
  { served }: LoadRequest,
  writer: PartWriter,
  input: ZoneInput,
  known: LoadedZone,
): StagedZone {
  if (served === undefined) throw new Error('a serial is raised of what is not served');
  const now = new TableReader();
  now.use(arenas.bases[served.base], arenas.heads[served.head]);
  const { number, nodes, records, hosts, digest, negativeTtl, stamps, below, pieces } = known;
  const first = writer.nodeEnd;
  const apex = copyNode(now, now.apex(number), writer, seed);
  return {
    built: {
      number,
      first,
      end: first,
      apex,
      nodes,
      soa: { given: undefined, negativeTtl, rrset: writer.rrset(apex, RRType.SOA) },
      records,
      hosts,
      digest,
    },
    input,
    known,
    stamps,
    below,
    isPart: true,
    pieces,
    changes: { added: 0, changed: 0, removed: 0, fresh: [], gone: [], replaced: [], overflow: false },
    serial: 0,
  };
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
  return delta && { ...delta, input: zone, known, stamps: found.stamps, below, isPart: true, serial: 0 };
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
  givenSerial: number | undefined,
): Pieces | undefined {
  const stretches = recorder?.finish();
  const { parents } = builder;
  // A warning with a place would have to be told with another when lines come or go above it.
  if (stretches === undefined || parents === undefined || warnings.some(({ line }) => line > 0)) return undefined;
  return { stretches, parents, glue: builder.glue, givenSerial, warnings };
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
