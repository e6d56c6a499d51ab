/**
 * Loads: of files that have changed, of what dynamic updates and transfers have brought, and the first one. One runs after another; each is compiled by its thread
 * (compile-workers.ts), published, and then known to all parts of the server. Moves go on meanwhile.
 */
import { join } from 'node:path';
import type { LoadFailure, LoadSuccess, Target } from '../compile/compiler.ts';
import type { InForce } from '../compile/in-force.ts';
import type { LayerChange } from '../compile/update-layers.ts';
import type { Force } from '../steering/model.ts';
import { imagesFolder } from '../transfer/incoming/zone-images.ts';
import { loadLibc } from '../transport/libc.ts';
import { formatName } from '../wire/name.ts';
import { type Diagnostic, formatDiagnostic } from '../zone/diagnostic.ts';
import type { Begun } from './beginning.ts';
import type { Loaded } from './compile-client.ts';
import { CompileWorkers } from './compile-workers.ts';
import type { Feeds } from './feeds/feeds.ts';
import { ClientsRefusedError } from './geo-client.ts';
import type { Health } from './health/health.ts';
import type { Locations } from './locations.ts';
import type { PacketWorkers } from './packet-workers.ts';
import type { Located, Publisher } from './publisher.ts';
import { type Secondaries, takeImages } from './secondaries.ts';
import { Serials } from './serials.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerEvents } from './server-events.ts';
import type { Steering } from './steering.ts';
import { emptyColumns } from './table-memory.ts';
import type { Transfers } from './transfers.ts';
import type { Updates } from './updates/updates.ts';

/** So many mistakes of a zone that came are told. */
const MOST_MISTAKES = 3;

/** What loads go into. */
export interface LoadParts {
  readonly publisher: Publisher;
  readonly workers: PacketWorkers;
  readonly steering: Steering;
  readonly health: Health;
  readonly feeds: Feeds;
  readonly updates: Updates;
  readonly locations: Locations;
  readonly transfers: Transfers | undefined;
  readonly secondaries: Secondaries | undefined;
}

export class Loads {
  readonly #config: ServerConfig;
  readonly #parts: LoadParts;
  readonly #events: ServerEvents;
  readonly #stateDir: string;
  readonly #compile: CompileWorkers;
  readonly #serials: Serials;
  /** The load that was begun with the server. */
  #first: Promise<Loaded> | undefined;
  /** The reload that waits. */
  #pending: Promise<boolean> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #last: (Loaded & LoadSuccess) | undefined;
  #reloaded = { ok: false, goodAt: 0 };
  #stopping = false;

  /** @param parts are there when something is loaded */
  constructor(config: ServerConfig, begun: Begun, parts: LoadParts, events: ServerEvents) {
    this.#config = config;
    this.#parts = parts;
    this.#events = events;
    this.#stateDir = begun.state.path;
    this.#compile = new CompileWorkers(begun.compile, begun.publisher, () => this.#inForce);
    this.#serials = new Serials(begun.state, begun.remembered, (message) => events.warning(message));
  }

  /** What the last successful load said. */
  get last(): (Loaded & LoadSuccess) | undefined {
    return this.#last;
  }

  /** Whether files were good when they were loaded last, and when they were (Unix milliseconds). */
  get reloaded(): { readonly ok: boolean; readonly goodAt: number } {
    return this.#reloaded;
  }

  /** Begins reading zones before anything else, because that takes longest. What updates have made belongs to them. */
  async begin(): Promise<void> {
    await this.#parts.updates.load();
    const first = this.#request(false, false);
    // Who waits for it is told; if something else fails before, nobody does.
    first.catch(() => undefined);
    this.#first = first;
  }

  /** The load that was begun. */
  first(): Promise<Loaded> {
    return this.#load(false);
  }

  /**
   * Loads what has changed. Requests that come while one waits are one.
   * @returns whether the files are good (also when nothing had changed)
   */
  reload(force = false): Promise<boolean> {
    this.#pending ??= this.exclusive(async () => {
      this.#pending = undefined;
      const before = this.#parts.publisher.generation.generation;
      let result: Loaded;
      try {
        // What could not be answered of updates is tried again; files are loaded whatever becomes of it.
        await this.#parts.updates.settleOwed();
        result = await this.#compile.during(() => this.#load(force));
      } catch (error) {
        // It was the end of the server that ended it.
        if (this.#stopping) return false;
        this.#reloaded = { ...this.#reloaded, ok: false };
        // A fault of ours, not of the files. What is served stays; another worker reads every file next time.
        this.#events.warning(`reload failed, the last good set is served on: ${(error as Error).message}`);
        return false;
      }
      if (!result.ok) this.#events.rejected(result);
      else if (this.#parts.publisher.generation.generation === before) this.#events.unchanged();
      else this.#events.loaded(result, this.#parts.publisher.generation.generation);
      this.#giveBack();
      return result.ok;
    });
    return this.#pending;
  }

  /** What a reload would change, without doing it. */
  preview(): Promise<Loaded> {
    return this.exclusive(async () => {
      const result = await this.#compile.during(() => this.#request(false, true));
      this.#giveBack();
      return result;
    });
  }

  /** Runs one load after another. Moves go on meanwhile. */
  exclusive<T>(load: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(load);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /** Publishes the serials that transfers have. Files are not looked at, so that a mistake in one holds nothing up. */
  raiseSerials(): Promise<void> {
    return this.exclusive(() => this.loadBesideFiles([]));
  }

  /** Publishes what is no file's: serials, and what dynamic updates have changed. Within `exclusive`. */
  loadBesideFiles(updates: readonly LayerChange[]): Promise<void> {
    return this.#compile.during(async () => {
      if (this.#parts.publisher.served === undefined) return;
      const result = await this.#compile.load({ ...(await this.#beginning()), directory: undefined, updates });
      if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('; '));
      await this.#answerBy(result);
    });
  }

  /** Has zones answered from what has come of them, and withholds those that are too old. Other files are not looked at. */
  loadArrived(next: readonly Uint8Array[]): Promise<string | undefined> {
    const load = async (): Promise<string | undefined> => {
      const { publisher, secondaries } = this.#parts;
      if (publisher.served === undefined || secondaries === undefined) return 'nothing is answered yet';
      const result = await this.#compile.load({
        ...(await this.#beginning()),
        directory: this.#config.zones,
        only: next,
        secondary: secondaries.images(next),
      });
      if (!result.ok) {
        const mistakes = result.diagnostics.filter(({ severity }) => severity === 'error');
        return mistakes
          .slice(0, MOST_MISTAKES)
          .map(({ message }) => message)
          .join('; ');
      }
      await takeImages(imagesFolder(this.#stateDir), next);
      await this.#answerBy(result);
      this.#giveBack();
      return undefined;
    };
    return this.exclusive(() => this.#compile.during(load));
  }

  /** Whatever fails from here on fails because the server ends. */
  stop(): void {
    this.#stopping = true;
  }

  async close(): Promise<void> {
    await this.#compile.close();
    await this.#serials.saved;
  }

  /** What is answered. */
  get #inForce(): InForce | undefined {
    const { served } = this.#parts.publisher;
    if (served === undefined || this.#last === undefined) return undefined;
    const { network, health, feeds, zones } = this.#last;
    const { hidden, layers: updates } = this.#parts.updates;
    return { served: { base: served.base, head: served.head }, network, health, feeds, zones, hidden, updates };
  }

  async #load(force: boolean): Promise<Loaded> {
    const result = await this.#request(force, false);
    this.#reloaded = { ok: result.ok, goodAt: result.ok ? Date.now() : this.#reloaded.goodAt };
    if (!result.ok) return result;
    const { served } = this.#parts.publisher;
    const { forces, problems } = this.#parts.steering.states.in(result.network);
    const mistakes = problems.filter(({ ofSettings }) => ofSettings && served === undefined);
    if (mistakes.length > 0) {
      const diagnostics = mistakes.map(({ key, message }) => stateMistake(key, message));
      return { ok: false, diagnostics: [...result.warnings, ...diagnostics], milliseconds: result.milliseconds };
    }
    // An edit took away what a force names. The files are good, so they are served; the force has nothing to act on.
    for (const { key, message } of problems) this.#events.warning(`forced state left out: ${key}: ${message}`);
    const same = served !== undefined && served.base === result.use.base && served.head === result.use.head;
    if (served === undefined || result.networkChanged) {
      const located = await this.#locate(result);
      if ('diagnostics' in located) return located;
      this.#parts.health.install(result.health, result.network);
      this.#parts.feeds.install(result.feeds, result.network);
      this.#parts.workers.useNetwork(result.network);
      await this.#install(result, forces, located);
    } else if (!same) await this.#install(result, forces);
    if (!same || result.networkChanged) this.#parts.transfers?.declare(result.network, result.assignments);
    if (this.#last === undefined) this.#warnOfSigned(result);
    this.#last = result;
    this.#parts.updates.loaded(result.hidden);
    this.#serials.keep(result.zones);
    // At the start there is time to learn that the state can't be written; later nobody waits for a disk.
    if (served === undefined) await this.#serials.saved;
    return result;
  }

  /** Publishes a load. What fails when it is answered already is told, and undoes nothing; at the start it keeps the server from starting. */
  async #install(result: LoadSuccess, forces: readonly Force[], located?: Located): Promise<void> {
    const isSame = this.#isServed(result.use);
    try {
      await this.#parts.steering.install(result, forces, located);
    } catch (error) {
      if (this.#last === undefined || isSame || !this.#isServed(result.use)) throw error;
      this.#events.warning(`a load is answered, and what follows from it failed: ${(error as Error).message}`);
    }
  }

  #isServed({ base, head }: Target): boolean {
    const { served } = this.#parts.publisher;
    return served !== undefined && served.base === base && served.head === head;
  }

  /** Names a signed zone that isn't served: a slip in its name, most likely. */
  #warnOfSigned({ zones }: LoadSuccess): void {
    const served = new Set(zones.map(({ name }) => name));
    for (const { apex } of this.#config.dnssec.zones) {
      const name = formatName(apex);
      if (!served.has(name)) this.#events.warning(`dnssec.zones has ${name}, which is no zone served here`);
    }
  }

  /** Classes of clients for a load, or why there can't be any. */
  async #locate(result: Loaded & LoadSuccess): Promise<Located | (LoadFailure & { milliseconds: number })> {
    try {
      return await this.#parts.locations.of(result.network);
    } catch (error) {
      if (this.#parts.publisher.served !== undefined) await this.#compile.renew();
      if (!(error instanceof ClientsRefusedError)) throw error;
      const file = join(this.#config.zones, 'network.yaml');
      const at = { severity: 'error', file, line: 0, column: 0 } as const;
      const diagnostic: Diagnostic = { code: 'too-many-classes', ...at, message: error.message };
      return { ok: false, diagnostics: [...result.warnings, diagnostic], milliseconds: result.milliseconds };
    }
  }

  /** Gives back the memory of the base that was replaced, or only read into. Loads that wait come first: they would touch it again. */
  #giveBack(): void {
    const libc = loadLibc();
    if (libc === undefined) return;
    const given = this.exclusive(async () => {
      const { base } = await this.#parts.publisher.freeTarget();
      const { slots, nodes, data } = this.#parts.publisher.arenas.bases[base];
      await emptyColumns(libc, [slots, nodes, data]);
    });
    given.catch((error: Error) =>
      this.#events.warning(`memory of replaced tables was not given back: ${error.message}`),
    );
  }

  async #request(force: boolean, dryRun: boolean): Promise<Loaded> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const beginning = await this.#beginning();
    return this.#compile.load({
      ...beginning,
      directory: this.#config.zones,
      ...(this.#parts.secondaries === undefined ? {} : { secondary: this.#parts.secondaries.images() }),
      // Before anything is served the compiler knows nothing; later it is told of what changes.
      updates: beginning.served === undefined ? this.#parts.updates.layers : [],
      force,
      dryRun,
    });
  }

  /** What every load begins with. */
  async #beginning() {
    const { publisher, transfers } = this.#parts;
    const target = await publisher.freeTarget();
    const { served } = publisher;
    return {
      served: served && { base: served.base, head: served.head },
      target,
      now: Math.floor(Date.now() / 1000),
      remembered: this.#serials.zones,
      ...(transfers === undefined ? {} : { leastSerials: transfers.serials }),
    };
  }

  /** Publishes a load in which the network is the same, if anything in it is not. */
  async #answerBy(result: LoadSuccess): Promise<void> {
    const isSame = this.#isServed(result.use);
    if (!isSame) await this.#install({ ...result, networkChanged: false }, this.#parts.publisher.forces);
    this.#parts.updates.loaded(result.hidden);
    if (isSame) return;
    if (this.#last !== undefined) this.#last = { ...this.#last, zones: result.zones };
    this.#serials.keep(result.zones);
  }
}

function stateMistake(key: string, message: string): Diagnostic {
  const fix = 'write GROUP, GROUP/FAMILY, SERVICE/GROUP or SERVICE/GROUP/FAMILY, and up, down, drained or auto';
  return {
    code: 'unknown-target',
    severity: 'error',
    file: 'states',
    line: 0,
    column: 0,
    message: `${key}: ${message}`,
    fix,
  };
}
