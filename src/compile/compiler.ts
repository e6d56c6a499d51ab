/**
 * One load after another: reads what changed, builds it into arenas nobody answers from, and says what is new. Synchronous, without
 * side effects beyond those arenas: a load that is refused, or that was only asked for its differences, leaves no trace. What becomes of a load that is good is not told here; where it is not
 * answered after all, or where one fails, another compiler takes this one's place, beginning with what is (in-force.ts).
 */
import { type FeedsModel, NO_FEEDS } from '../feeds/model.ts';
import { type HealthModel, NO_CHECKS } from '../health/check.ts';
import { isNewerSerial } from '../net/serial.ts';
import type { Assignment, Network } from '../steering/model.ts';
import type { Arenas } from '../tables/arena.ts';
import { Head } from '../tables/arena.ts';
import { TableReader } from '../tables/table-reader.ts';
import { formatName } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { type AssignmentKey, AssignmentTable, type Problem } from './assignment-table.ts';
import { compareZone, type ZoneChanges } from './compare.ts';
import { type ChangeLine, changeLines } from './describe.ts';
import { type InForce, UNSEEN, zonesInForce } from './in-force.ts';
import type { InputSet, ZoneInput } from './input.ts';
import { asideWarning, type Hidden } from './layers.ts';
import { PartWriter } from './part-writer.ts';
import { type ReadContext, readZones, type Stage } from './read-zones.ts';
import { nextSerial, serialAt } from './soa.ts';
import { overlayLimit, rebase, type StagedZone, writeOverlay } from './stage.ts';
import { type LayerChange, setAside, UpdateLayer, UpdateLayers } from './update-layers.ts';
import type { BuiltZone } from './zone-builder.ts';
import { type LoadedZone, nameKey } from './zone-set.ts';

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
  /** Serials that zones (by name) must not be older than: transfers have them. */
  readonly leastSerials?: ReadonlyMap<string, number>;
  /** What dynamic updates have changed since the load before. */
  readonly updates?: readonly LayerChange[];
}

export interface ZoneSummary {
  readonly name: string;
  readonly file: string;
  readonly serial: number;
  readonly digest: string;
  readonly hosts: number;
  readonly records: number;
  /** The serial the file gives, if it has a SOA. */
  readonly givenSerial: number | undefined;
  readonly secondary?: ZoneInput['secondary'];
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
  /** RRsets of layers that the operator's files hide. */
  readonly hidden: readonly HiddenSet[];
}

/** `Hidden` (layers.ts), with the zone it is in. */
export interface HiddenSet extends Hidden {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** The zone's file. */
  readonly file: string;
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
  readonly #updates = new UpdateLayers();
  #loaded: Loaded | undefined;

  /**
   * @param seed key of the tables' hash
   * @param keys assignments that cells name already, by number: of a compiler this one replaces
   * @param inForce what is answered, if anything is. Files are read at the next load that looks at them, whatever they look like
   */
  constructor(arenas: Arenas, seed: number, keys: readonly (AssignmentKey | undefined)[] = [], inForce?: InForce) {
    this.#assignments = new AssignmentTable(keys);
    this.#arenas = arenas;
    this.#seed = seed;
    new PartWriter(this.#noHead).reset(0);
    if (inForce === undefined) return;
    this.#updates.take(inForce.updates);
    const { network, health, feeds } = inForce;
    const zones = zonesInForce(inForce, arenas, seed, this.#updates);
    this.#loaded = { network, health, feeds, networkStamp: UNSEEN, zones };
  }

  /** What is loaded, as an input: nothing of it has changed. Undefined before the first load. */
  get unchanged(): InputSet | undefined {
    const loaded = this.#loaded;
    if (loaded === undefined) return undefined;
    const unread = (): never => {
      throw new Error('what has not changed is not read');
    };
    const zones = [...loaded.zones.values()].map(({ file, apex, under, secondary }) => ({
      file,
      apex,
      isUnchanged: () => true,
      read: unread,
      under,
      ...(secondary === undefined ? {} : { secondary }),
    }));
    return { network: { stamp: loaded.networkStamp, load: unread }, zones, diagnostics: [] };
  }

  /** The table that gives assignments their numbers. */
  get assignments(): AssignmentTable {
    return this.#assignments;
  }

  load(asked: LoadRequest): LoadSuccess | LoadFailure {
    const touched = this.#updates.take(asked.updates ?? []);
    const request = { ...asked, input: this.#withUpdates(asked.input) };
    for (const { apex, secondary } of request.input.zones) if (secondary !== undefined) touched.delete(nameKey(apex));
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

    let context: ReadContext = {
      arenas: this.#arenas,
      noHead: this.#noHead,
      seed: this.#seed,
      assignments: this.#assignments,
      problemOf: problemFinder(this.#assignments, network),
      before: before?.zones,
      all: networkChanged,
      touched,
      isCompacting: false,
    };
    const whole = new Set<string>();
    let placed: Placed | undefined;
    while (placed === undefined) {
      const staged = readZones(context, request, whole);
      const { dirty } = staged;
      const told = [...diagnostics, ...staged.diagnostics];
      if (network === undefined || told.some((d) => d.severity === 'error')) return { ok: false, diagnostics: told };
      placed = this.#place(request, staged);
      if (placed !== undefined) diagnostics.push(...staged.diagnostics);
      // A new base takes whole zones.
      else if (dirty.every(({ isPatch }) => isPatch)) context = { ...context, isCompacting: true };
      else for (const { input: zone } of dirty) whole.add(nameKey(zone.apex));
    }
    if (network === undefined) return { ok: false, diagnostics };
    const { changes, lines, use, zones } = placed;
    for (const [key, zone] of zones) {
      if (zone.secondary === undefined || before?.zones.get(key)?.secondary !== undefined) continue;
      const aside = this.#setAside(zone);
      if (aside.length > 0) diagnostics.push(asideWarning(zone.file, formatName(zone.apex), aside));
    }
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
        givenSerial: z.givenSerial,
        ...(z.secondary === undefined ? {} : { secondary: z.secondary }),
      })),
      changes: { ...changes, lines },
      warnings: diagnostics,
      hidden: [...zones.values()].flatMap((zone) => {
        const { apex, file, names, hidden } = zone;
        return [...(names?.hidden ?? []), ...hidden, ...this.#setAside(zone)].map((one) => ({ ...one, apex, file }));
      }),
    };
  }

  /** What updates have in a zone that comes from another server by now. */
  #setAside({ apex, secondary }: LoadedZone): readonly Hidden[] {
    const layer = secondary === undefined ? undefined : this.#updates.of(nameKey(apex));
    return layer === undefined ? [] : setAside(apex, layer.all());
  }

  /** The same input with what dynamic updates have made below each zone's file. */
  #withUpdates(input: InputSet): InputSet {
    const zones = input.zones.map((zone) => {
      const layer = zone.secondary === undefined ? this.#updates.of(nameKey(zone.apex)) : undefined;
      return layer === undefined ? zone : { ...zone, ...bound(zone), under: [layer, ...(zone.under ?? [])] };
    });
    return { ...input, zones };
  }

  /**
   * Compares what was read with what is served, gives serials, and puts the difference where it belongs.
   * @returns undefined when that is a new base, and of some zones only a part was read
   */
  #place(request: LoadRequest, stage: Stage): Placed | undefined {
    const { served, target } = request;
    const { writer, clean, dirty, gone } = stage;
    const arenas = this.#arenas;
    const fresh = new TableReader();
    fresh.use(arenas.bases[target.base], this.#noHead);
    const now = new TableReader();
    if (served !== undefined) now.use(arenas.bases[served.base], arenas.heads[served.head]);

    const limit = overlayLimit(now);
    const report = { zonesAdded: 0, zonesRemoved: gone.length, zonesChanged: 0, added: 0, changed: 0, removed: 0 };
    const lines: ChangeLine[] = [];
    let touched = served === undefined ? 0 : now.counts.overlay;
    // Nothing loaded before: all zones are new to this compiler, whatever another one has served.
    let overflow = this.#loaded === undefined || stage.isCompacting;
    for (const zone of dirty) {
      const name = formatName(zone.input.apex);
      const changes =
        zone.changes ??
        (zone.known === undefined
          ? allNew(fresh, zone.built, limit)
          : compareZone(now, fresh, zone.built, this.#seed, limit));
      const differs = changes.added + changes.changed + changes.removed > 0;
      const isNew = zone.known === undefined;
      // Of a zone that had not come yet nothing was answered, so no serial either.
      const answered = zone.known?.secondary === 'waiting' ? undefined : zone.known;
      const remembered = answered ?? request.remembered.get(name);
      const hasChanged = answered === undefined ? remembered?.digest !== zone.built.digest : differs;
      const own = nextSerial(zone.built.soa.given, remembered?.serial, hasChanged, request.now);
      const least = request.leastSerials?.get(name);
      // What differs from what was transferred with a serial needs another one.
      zone.serial = least === undefined || isNewerSerial(own, least) ? own : hasChanged ? (least + 1) >>> 0 : least;
      const soa = writer.recordsAt(zone.built.soa.rrset) + 2;
      writer.patch(serialAt(writer.octetsOfRecords, soa), bigEndian(zone.serial));
      zone.changes = changes;
      // A zone that can be read in parts needs its nodes in the order of its file.
      overflow ||= changes.overflow || (differs && !zone.isPart && zone.pieces !== undefined);
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
      // A new serial is a change of the apex, listed like any other, so that an overlay carries it; and so is that the zone is withheld, or no longer.
      const isSameApex =
        zone.known === undefined ||
        (zone.serial === zone.known.serial && zone.input.secondary === zone.known.secondary);
      if (!isSameApex && !changes.fresh.includes(zone.built.apex)) {
        changes.fresh.push(zone.built.apex);
        changes.replaced.push(now.apex(zone.built.number));
      }
      touched += changes.fresh.length + changes.gone.length;
    }
    for (const zone of gone) {
      touched += zone.nodes;
      report.removed += zone.nodes;
    }
    // Serials alone fit any overlay, and files of those zones were not looked at.
    const onlySerials = gone.length === 0 && dirty.every((zone) => zone.isPart && isSame(zone.changes));
    overflow ||= touched > limit && !onlySerials;

    if (
      served !== undefined &&
      !overflow &&
      gone.length === 0 &&
      dirty.every((z) => z.changes!.fresh.length + z.changes!.gone.length === 0)
    ) {
      return { changes: report, lines, use: served, zones: loadedZones(clean, dirty, false) };
    }
    if (overflow && dirty.some(({ isPart }) => isPart)) return undefined;
    const place = { arenas, seed: this.#seed, now, fresh, writer, clean, dirty, gone, target };
    const use = overflow ? rebase(place) : writeOverlay(place, served!);
    return { changes: report, lines, use, zones: loadedZones(clean, dirty, overflow) };
  }
}

interface Placed {
  readonly changes: Omit<ChangeReport, 'lines'>;
  readonly lines: ChangeLine[];
  readonly use: Target;
  readonly zones: Map<string, LoadedZone>;
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

/** @param rebased whether all nodes lie in another base than before */
function loadedZones(
  clean: readonly LoadedZone[],
  dirty: readonly StagedZone[],
  rebased: boolean,
): Map<string, LoadedZone> {
  const zones = new Map<string, LoadedZone>();
  for (const zone of clean) zones.set(nameKey(zone.apex), rebased ? { ...zone, pieces: undefined } : zone);
  for (const { built, input, known, serial, isPart, pieces, changes, ...staged } of dirty) {
    zones.set(nameKey(input.apex), {
      number: built.number,
      file: input.file,
      apex: input.apex,
      below: staged.below,
      stamps: staged.stamps,
      under: input.under?.filter((layer) => !(layer instanceof UpdateLayer)) ?? [],
      layers: staged.layers,
      names: staged.names,
      hidden: staged.hidden,
      secondary: input.secondary,
      serial,
      givenSerial: built.soa.given,
      negativeTtl: built.soa.negativeTtl,
      digest: built.digest,
      nodes: built.nodes,
      hosts: built.hosts,
      records: built.records,
      // What was read whole but is not answered from: the nodes there were say the same, or others do that no stretch knows of.
      pieces: rebased || isPart ? pieces : isSame(changes) ? known?.pieces : undefined,
    });
  }
  return zones;
}

function isSame(changes: ZoneChanges | undefined): boolean {
  return changes !== undefined && changes.added + changes.changed + changes.removed === 0;
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** What a zone input does, whatever it is copied into. */
function bound(zone: ZoneInput): Pick<ZoneInput, 'file' | 'apex' | 'isUnchanged' | 'read'> {
  return {
    file: zone.file,
    apex: zone.apex,
    isUnchanged: (stamps) => zone.isUnchanged(stamps),
    read: (sink, progress) => zone.read(sink, progress),
  };
}
