/**
 * One load after another: reads what changed, builds it into arenas nobody answers from, and says what is new. Synchronous, without
 * side effects beyond those arenas until `accept`: a load that fails, or that was only asked for its differences, leaves no trace.
 */
import { type FeedsModel, NO_FEEDS } from '../feeds/model.ts';
import { type HealthModel, NO_CHECKS } from '../health/check.ts';
import type { Assignment, Network } from '../steering/model.ts';
import type { Arenas } from '../tables/arena.ts';
import { Head } from '../tables/arena.ts';
import { TableReader } from '../tables/table-reader.ts';
import { formatName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { type AssignmentKey, AssignmentTable, type Problem } from './assignment-table.ts';
import { compareZone, type ZoneChanges } from './compare.ts';
import { type ChangeLine, changeLines } from './describe.ts';
import type { InputSet, ZoneInput } from './input.ts';
import { PartWriter } from './part-writer.ts';
import { nextSerial, serialAt } from './soa.ts';
import { rebase, type StagedZone, writeOverlay } from './stage.ts';
import { type BuiltZone, ZoneBuilder } from './zone-builder.ts';
import { type LoadedZone, nameKey, shadowTest, ZoneNumbers, zonesBelow } from './zone-set.ts';

/** Where to build: arenas that are free (control-block.ts `isFree`). */
export interface Target {
  readonly base: number;
  readonly head: number;
}

export interface LoadRequest {
  readonly input: InputSet;
  /** The arenas answered from now, if any. */
  readonly served: Target | undefined;
  readonly target: Target;
  /** Unix time in seconds, for serials. */
  readonly now: number;
  /** Serial and digest each zone (by name) had in an earlier life of the server. */
  readonly remembered: ReadonlyMap<string, { serial: number; digest: string }>;
  /** Only find out what would change. */
  readonly dryRun?: boolean;
  /** Read every file, changed or not. */
  readonly force?: boolean;
}

export interface ZoneSummary {
  readonly name: string;
  readonly file: string;
  readonly serial: number;
  readonly digest: string;
  readonly hosts: number;
  readonly records: number;
}

export interface LoadSuccess {
  readonly ok: true;
  /** The arenas to answer from: those served already where nothing in them changed. */
  readonly use: Target;
  readonly network: Network;
  /** Its checks. */
  readonly health: HealthModel;
  /** Its feeds. */
  readonly feeds: FeedsModel;
  readonly networkChanged: boolean;
  /** By number: what cells name. Undefined where the network has no such thing any more and no host needs it. */
  readonly assignments: readonly (Assignment | undefined)[];
  readonly keys: readonly (AssignmentKey | undefined)[];
  readonly zones: readonly ZoneSummary[];
  readonly changes: ChangeReport;
  readonly warnings: readonly Diagnostic[];
}

export interface LoadFailure {
  readonly ok: false;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ChangeReport {
  readonly zonesAdded: number;
  readonly zonesRemoved: number;
  readonly zonesChanged: number;
  /** Names that are new, differ, or are gone. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** The first of the records that differ. */
  readonly lines: readonly ChangeLine[];
}

/** Lines of a change report: enough to see what happens, few enough to print. */
const MOST_LINES = 1000;
/** An overlay may hold this many nodes, or this part of the base's if that is more; beyond it a new base is made. */
const OVERLAY_MIN = 1024;
const OVERLAY_SHIFT = 6;

interface Loaded {
  readonly network: Network;
  readonly health: HealthModel;
  readonly feeds: FeedsModel;
  readonly networkStamp: string;
  readonly zones: ReadonlyMap<string, LoadedZone>;
}

export class Compiler {
  readonly #arenas: Arenas;
  readonly #seed: number;
  readonly #assignments: AssignmentTable;
  /** An empty head, so that a part being built can be read like a base. */
  readonly #noHead = new Head();
  #loaded: Loaded | undefined;

  /**
   * @param seed key of the tables' hash
   * @param keys assignments that cells name already, by number: of a compiler this one replaces
   */
  constructor(arenas: Arenas, seed: number, keys: readonly (AssignmentKey | undefined)[] = []) {
    this.#assignments = new AssignmentTable(keys);
    this.#arenas = arenas;
    this.#seed = seed;
    new PartWriter(this.#noHead).reset(0);
  }

  /** The table that gives assignments their numbers. */
  get assignments(): AssignmentTable {
    return this.#assignments;
  }

  load(request: LoadRequest): LoadSuccess | LoadFailure {
    const { input } = request;
    const before = this.#loaded;
    const diagnostics: Diagnostic[] = [...input.diagnostics];

    // The network first: assignments are checked against it. If it is broken, zones are still read, so that all mistakes are told.
    const networkChanged =
      before === undefined || before.networkStamp !== input.network.stamp || request.force === true;
    let network = before?.network;
    let health = before?.health ?? NO_CHECKS;
    let feeds = before?.feeds ?? NO_FEEDS;
    if (networkChanged) {
      const loaded = input.network.load();
      diagnostics.push(...loaded.diagnostics);
      network = loaded.network;
      health = loaded.health ?? NO_CHECKS;
      feeds = loaded.feeds ?? NO_FEEDS;
    }

    const staged = this.#stage(request, network, networkChanged, diagnostics);
    if (network === undefined || diagnostics.some((d) => d.severity === 'error')) return { ok: false, diagnostics };

    const { changes, lines, use, zones } = this.#place(request, staged);
    const next: Loaded = { network, health, feeds, networkStamp: input.network.stamp, zones };
    const keys: (AssignmentKey | undefined)[] = [];
    const assignments: (Assignment | undefined)[] = [];
    for (let n = 0; n < this.#assignments.size; n++) {
      keys.push(this.#assignments.key(n));
      const resolved = n === 0 ? undefined : this.#assignments.resolve(network, n);
      assignments.push(resolved !== undefined && 'assignment' in resolved ? resolved.assignment : undefined);
    }
    if (request.dryRun !== true) this.#loaded = next;
    return {
      ok: true,
      use,
      network,
      health,
      feeds,
      networkChanged,
      assignments,
      keys,
      zones: [...zones.values()].map((z) => ({
        name: formatName(z.apex),
        file: z.file,
        serial: z.serial,
        digest: z.digest,
        hosts: z.hosts,
        records: z.records,
      })),
      changes: { ...changes, lines },
      warnings: diagnostics,
    };
  }

  /** Reads every zone that may have changed into the free base. */
  #stage(
    request: LoadRequest,
    network: Network | undefined,
    networkChanged: boolean,
    diagnostics: Diagnostic[],
  ): Stage {
    const { input } = request;
    const before = this.#loaded?.zones;
    const below = zonesBelow(input.zones.map((z) => z.apex));
    const numbers = new ZoneNumbers(before === undefined ? [] : [...before.values()].map((z) => z.number));
    const writer = new PartWriter(this.#arenas.bases[request.target.base]);
    const isClean = (zone: ZoneInput, known: LoadedZone | undefined, belowKey: string): known is LoadedZone =>
      known !== undefined &&
      !networkChanged &&
      known.below === belowKey &&
      known.file === zone.file &&
      zone.isUnchanged(known.stamps);
    const builder = new ZoneBuilder(writer, this.#seed, this.#assignments, problemFinder(this.#assignments, network));

    const clean: LoadedZone[] = [];
    const dirty: StagedZone[] = [];
    const toRead: { zone: ZoneInput; key: string; known: LoadedZone | undefined; belowKey: string }[] = [];
    for (const zone of input.zones) {
      const key = nameKey(zone.apex);
      const known = before?.get(key);
      const belowKey = (below.get(key) ?? []).join('\0');
      if (isClean(zone, known, belowKey)) clean.push(known);
      else toRead.push({ zone, key, known, belowKey });
    }
    writer.reset(toRead.reduce((sum, { known }) => sum + (known?.nodes ?? 0), 0));
    for (const { zone, key, known, belowKey } of toRead) {
      builder.begin(known?.number ?? numbers.take(), zone.apex, zone.file);
      const stamps = readZone(zone, builder);
      const built = builder.end(shadowTest(below.get(key)));
      diagnostics.push(...builder.diagnostics.all);
      dirty.push({ built, input: zone, known, stamps, below: belowKey, changes: undefined, serial: 0 });
    }
    const kept = new Set([...clean.map((z) => nameKey(z.apex)), ...dirty.map((z) => nameKey(z.input.apex))]);
    const gone = before === undefined ? [] : [...before].filter(([key]) => !kept.has(key)).map(([, zone]) => zone);
    return { writer, clean, dirty, gone };
  }

  /** Compares what was read with what is served, gives serials, and puts the difference where it belongs. */
  #place(request: LoadRequest, stage: Stage): Placed {
    const { served, target } = request;
    const { writer, clean, dirty, gone } = stage;
    const arenas = this.#arenas;
    const fresh = new TableReader();
    fresh.use(arenas.bases[target.base], this.#noHead);
    const now = new TableReader();
    if (served !== undefined) now.use(arenas.bases[served.base], arenas.heads[served.head]);

    const counts = served === undefined ? { base: 0, overlay: 0 } : now.counts;
    const limit = Math.max(OVERLAY_MIN, counts.base >>> OVERLAY_SHIFT);
    const report = { zonesAdded: 0, zonesRemoved: gone.length, zonesChanged: 0, added: 0, changed: 0, removed: 0 };
    const lines: ChangeLine[] = [];
    let touched = counts.overlay;
    // Nothing loaded before: all zones are new to this compiler, whatever another one has served.
    let overflow = this.#loaded === undefined;
    for (const zone of dirty) {
      const name = formatName(zone.input.apex);
      const changes =
        zone.known === undefined
          ? allNew(fresh, zone.built, limit)
          : compareZone(now, fresh, zone.built, this.#seed, limit);
      const differs = changes.added + changes.changed + changes.removed > 0;
      const remembered = zone.known ?? request.remembered.get(name);
      const isNew = zone.known === undefined;
      const hasChanged = isNew ? remembered?.digest !== zone.built.digest : differs;
      zone.serial = nextSerial(zone.built.soa.given, remembered?.serial, hasChanged, request.now);
      const soa = writer.recordsAt(zone.built.soa.rrset) + 2;
      writer.patch(serialAt(writer.octetsOfRecords, soa), bigEndian(zone.serial));
      zone.changes = changes;
      overflow ||= changes.overflow;
      if (isNew) report.zonesAdded++;
      else if (differs) report.zonesChanged++;
      report.added += changes.added;
      report.changed += changes.changed;
      report.removed += changes.removed;
      // A first load has nothing to compare with: its report would be the zones themselves.
      if (served !== undefined && lines.length < MOST_LINES) {
        const keyOf = (n: number): AssignmentKey | undefined => this.#assignments.key(n);
        lines.push(...changeLines(name, changes, now, fresh, keyOf, MOST_LINES - lines.length));
      }
      // A new serial is a change of the apex, listed like any other, so that an overlay carries it.
      if (zone.known !== undefined && zone.serial !== zone.known.serial && !changes.fresh.includes(zone.built.apex)) {
        changes.fresh.push(zone.built.apex);
        changes.replaced.push(now.apex(zone.known.number));
      }
      touched += changes.fresh.length + changes.gone.length;
    }
    for (const zone of gone) {
      touched += zone.nodes;
      report.removed += zone.nodes;
    }
    overflow ||= touched > limit;

    if (
      served !== undefined &&
      !overflow &&
      gone.length === 0 &&
      dirty.every((z) => z.changes!.fresh.length + z.changes!.gone.length === 0)
    ) {
      return { changes: report, lines, use: served, zones: loadedZones(clean, dirty) };
    }
    const place = { arenas, seed: this.#seed, now, fresh, writer, clean, dirty, gone, target };
    const use = overflow ? rebase(place) : writeOverlay(place, served!);
    return { changes: report, lines, use, zones: loadedZones(clean, dirty) };
  }
}

interface Stage {
  readonly writer: PartWriter;
  readonly clean: LoadedZone[];
  readonly dirty: StagedZone[];
  readonly gone: LoadedZone[];
}

interface Placed {
  readonly changes: Omit<ChangeReport, 'lines'>;
  readonly lines: ChangeLine[];
  readonly use: Target;
  readonly zones: Map<string, LoadedZone>;
}

/** Reads a zone; a file that can't be read at all is a mistake like any other. */
function readZone(zone: ZoneInput, builder: ZoneBuilder): ReadonlyMap<string, string> {
  try {
    return zone.read(builder);
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

/** Remembers the verdict on each assignment for one load. */
function problemFinder(
  table: AssignmentTable,
  network: Network | undefined,
): (assignment: number) => Problem | undefined {
  if (network === undefined) return () => undefined;
  const known = new Map<number, Problem | undefined>();
  return (assignment) => {
    if (known.has(assignment)) return known.get(assignment);
    const resolved = table.resolve(network, assignment);
    const problem = 'problem' in resolved ? resolved.problem : undefined;
    known.set(assignment, problem);
    return problem;
  };
}

/** A zone that wasn't served: everything is new. */
function allNew(fresh: TableReader, zone: BuiltZone, limit: number): ZoneChanges {
  const changes: ZoneChanges = { added: 0, changed: 0, removed: 0, fresh: [], gone: [], replaced: [], overflow: false };
  for (let node = zone.first; node < zone.end; node = fresh.after(node)) {
    changes.added++;
    if (changes.fresh.length < limit) {
      changes.fresh.push(node);
      changes.replaced.push(0);
    } else changes.overflow = true;
  }
  return changes;
}

function loadedZones(clean: readonly LoadedZone[], dirty: readonly StagedZone[]): Map<string, LoadedZone> {
  const zones = new Map<string, LoadedZone>();
  for (const zone of clean) zones.set(nameKey(zone.apex), zone);
  for (const { built, input, stamps, below, serial } of dirty) {
    zones.set(nameKey(input.apex), {
      number: built.number,
      file: input.file,
      apex: input.apex,
      below,
      stamps,
      serial,
      negativeTtl: built.soa.negativeTtl,
      digest: built.digest,
      nodes: built.nodes,
      hosts: built.hosts,
      records: built.records,
    });
  }
  return zones;
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
