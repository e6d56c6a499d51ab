/**
 * The server: state, sockets, the first load, the workers, reloads. Knows no command line and prints nothing: what happens is told through
 * `ServerEvents`.
 */
import { join } from 'node:path';
import { ANSWER_SLOTS, COUNTER_WORDS } from '../answer/counters.ts';
import type { LoadFailure, LoadSuccess, Target } from '../compile/compiler.ts';
import type { InForce } from '../compile/in-force.ts';
import type { LayerChange } from '../compile/update-layers.ts';
import { answerKey } from '../steering/ipam/demand.ts';
import type { Force } from '../steering/model.ts';
import type { Store } from '../store/store.ts';
import type { Reading } from '../telemetry/source.ts';
import { keepReading, Totals } from '../telemetry/totals.ts';
import { imagesFolder } from '../transfer/incoming/zone-images.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import { loadLibc } from '../transport/libc.ts';
import { formatName } from '../wire/name.ts';
import { type Diagnostic, formatDiagnostic } from '../zone/diagnostic.ts';
import { AnswerRates } from './answer-rates.ts';
import { type Begun, begin, openStore } from './beginning.ts';
import { Certificate } from './certificate.ts';
import type { Loaded } from './compile-client.ts';
import { CompileWorkers } from './compile-workers.ts';
import type { CookieKeys } from './cookie-keys.ts';
import { Decisions, tidyDecisions } from './decisions.ts';
import { Feeds } from './feeds/feeds.ts';
import { RouteWatch } from './feeds/route-watch.ts';
import { FileWatches } from './file-watches.ts';
import { ClientsRefusedError } from './geo-client.ts';
import { Health } from './health/health.ts';
import { tidy } from './housekeeping.ts';
import { LimitWatch } from './limit-watch.ts';
import { Locations } from './locations.ts';
import { PacketWorkers, workerCount } from './packet-workers.ts';
import type { Located, Publisher } from './publisher.ts';
import { readingOf } from './reading.ts';
import { Secondaries, takeImages } from './secondaries.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerEvents } from './server-events.ts';
import { SourceWatch } from './source-watch.ts';
import { StateDirectory } from './state-dir.ts';
import { Steering } from './steering.ts';
import { emptyColumns } from './table-memory.ts';
import { type TransferEvents, Transfers, transferFolder } from './transfers.ts';
import { Updates } from './updates/updates.ts';
import { WhatIfs } from './whatif/whatifs.ts';
import type { SigningFiles } from './zone-signing.ts';

/** How often the store is tidied. */
const TIDY_MS = 3600_000;
/** So many mistakes of a zone that came are told. */
const MOST_MISTAKES = 3;

/** The first load failed: nothing can be served. */
export class FirstLoadError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super('the zone files have mistakes, so the server does not start');
    this.name = 'FirstLoadError';
    this.diagnostics = diagnostics;
  }
}

export class Server {
  readonly publisher: Publisher;
  readonly workers: PacketWorkers;
  readonly seed: number;
  /** Moves and forced states. */
  readonly steering: Steering;
  /** Checks and verdicts. */
  readonly health: Health;
  /** Outside data. */
  readonly feeds: Feeds;
  /** What is wrong with the operator's routes. */
  readonly routes: RouteWatch;
  readonly store: Store;
  readonly decisions: Decisions;
  /** What would follow from changes. */
  readonly whatIfs: WhatIfs;
  /** What dynamic updates have made. */
  readonly updates: Updates;
  readonly #locations: Locations;
  readonly #transfers: Transfers | undefined;
  /** Zones from other servers; undefined when there are none. */
  readonly secondaries: Secondaries | undefined;
  readonly #config: ServerConfig;
  readonly #events: ServerEvents;
  readonly #state: StateDirectory;
  readonly #compile: CompileWorkers;
  /** The load that was begun with the server. */
  #first: Promise<Loaded> | undefined;
  #remembered: ReturnType<StateDirectory['zones']>;
  #watches: FileWatches | undefined;
  readonly #signing: SigningFiles | undefined;
  readonly #cookies: CookieKeys | undefined;
  readonly #certificate: Certificate | undefined;
  #sources: SourceWatch | undefined;
  #tidying: NodeJS.Timeout | undefined;
  #pending: Promise<boolean> | undefined;
  #loads: Promise<unknown> = Promise.resolve();
  #saving: Promise<void> = Promise.resolve();
  /** Whether serials wait to be written: the newest alone, since updates change them many times a second. */
  #isUnsaved = false;
  #last: (Loaded & LoadSuccess) | undefined;
  #stopping = false;
  #reloaded = { ok: false, goodAt: 0 };
  readonly #counters: Totals;
  readonly #answers: Totals;
  readonly #endReading: () => void;

  private constructor(config: ServerConfig, events: ServerEvents, begun: Begun, store: Store) {
    this.#config = config;
    this.#events = events;
    this.#state = begun.state;
    this.store = store;
    this.seed = begun.publisher.seed;
    this.#remembered = begun.remembered;
    this.#signing = begun.signing;
    this.#cookies = begun.cookies;
    const cookies = config.cookies &&
      begun.cookies && { secrets: begun.cookies.secrets, required: config.cookies.required };
    const responder = {
      ...config.packet.responder,
      seed: this.seed,
      dnssec: this.#signing?.config,
      ...(cookies && { cookies }),
    };
    const packet = {
      ...config.packet,
      responder,
      ...(config.dnssec.signers === undefined ? {} : { signers: config.dnssec.signers }),
      ...(config.transfer === undefined ? {} : { transferFolder: transferFolder(begun.state.path) }),
    };
    const { publisher, control, libc } = begun;
    this.publisher = publisher;
    this.#compile = new CompileWorkers(begun.compile, publisher, () => this.#inForce);
    this.workers = new PacketWorkers(packet, publisher.arenas, control, publisher.generation, libc, {
      restarted: (worker, error) => events.workerRestarted(worker, error),
      unsigned: (failure) => events.unsigned(failure),
      query: (query) => events.query(query),
      notification: (notification) => this.secondaries?.notified(notification),
      update: (update, reply) => this.updates.take(update, reply),
    });
    this.updates = new Updates(config.update, config.packet.responder.tsigKeys ?? [], config.packet.udpSize, {
      publisher,
      store,
      exclusive: (work) => this.#exclusive(work),
      publish: (changes) => this.#loadBesideFiles(changes),
      isSecondary: (zone) => this.#last?.zones.find(({ name }) => name === zone)?.secondary !== undefined,
      warning: (message) => events.warning(message),
    });
    this.#counters = new Totals(this.workers.counters, COUNTER_WORDS);
    this.#answers = new Totals(this.workers.answers, ANSWER_SLOTS);
    const rates = new AnswerRates(() => this.observedAnswers, performance.now());
    const limits = new LimitWatch(performance.now());
    this.#endReading = keepReading([this.#counters, this.#answers], () => {
      const now = performance.now();
      this.publisher.weigh(rates.sample(now));
      const limited = limits.look(this.#counters.read(), now);
      if (limited !== undefined) events.limited(limited);
    });
    this.steering = new Steering(this.publisher, store, this.workers.resolvers, config.states, {
      moved: (move) => events.moved(move),
      forced: (key, to) => events.forced(key, to),
      letBack: (key) => this.health.letBack(key),
      frozen: (group, to, author, reason) => events.frozen(group, to, author, reason),
      guarded: (target, hold) => events.guarded(target, hold),
      closed: (route, by) => events.closed(route, by),
      overloaded: (link, overload) => events.overloaded(link, overload),
      passed: (by) => events.passed(by),
      warning: (message) => events.warning(message),
    });
    this.health = new Health(this.publisher, this.steering, store, config.health, {
      verdict: (change) => events.verdict(change),
      cutOff: (held) => events.cutOff(held),
      checkerReplaced: (cause) => events.checkerReplaced(cause),
      warning: (message) => events.warning(message),
    });
    this.routes = new RouteWatch((finding, isOver) => events.route(finding, isOver));
    this.feeds = new Feeds({
      informed: (data) => {
        this.publisher.inform(data);
        this.routes.look(this.publisher.world(Date.now()));
        this.steering.informed();
      },
      changed: (change) => events.feed(change),
      replaced: (cause) => events.feedsReplaced(cause),
    });
    this.decisions = new Decisions(this.publisher, store, {
      decided: (decision) => events.decided(decision),
      warning: (message) => events.warning(message),
    });
    this.whatIfs = new WhatIfs(this.publisher, () => this.#last?.health.cutOff !== undefined);
    this.#certificate = config.tls && new Certificate(config.tls, this.workers, events);
    this.#locations = new Locations(this.publisher, config.geo, events);
    this.#transfers = config.transfer && this.#makeTransfers(config.transfer, begun, events);
    const place = { stateDir: begun.state.path, seed: this.seed, expired: begun.expired };
    this.secondaries =
      config.secondary && new Secondaries(config.secondary, place, store, (next) => this.#loadArrived(next), events);
  }

  /** @throws StateError */
  #makeTransfers(policy: TransferPolicy, { state, control, signing }: Begun, events: TransferEvents): Transfers {
    const line = workerCount(this.#config.packet);
    const place = { stateDir: state.path, control, line, signed: signing?.zones ?? [] };
    return new Transfers(policy, place, this.publisher, this.store, () => this.#raiseSerials(), events);
  }

  /**
   * Starts a server and returns when it answers.
   * @throws StateError, ListenError, TlsError, CookieError, FirstLoadError: with everything closed again
   */
  static async start(config: ServerConfig, events: ServerEvents): Promise<Server> {
    const state = new StateDirectory(config.stateDir);
    const server = await Server.#make(config, events, state);
    try {
      await server.#beginLoading();
      server.#certificate?.begin();
      server.workers.open(config.listen);
      await server.steering.load();
      await server.health.load();
      await server.#transfers?.load();
      await server.secondaries?.load();
      const result = await server.#load(false);
      if (!result.ok) throw new FirstLoadError(result.diagnostics);
      await server.workers.start();
      events.loaded(result, server.publisher.generation.generation);
      server.steering.start();
      server.health.start();
      server.#transfers?.start();
      server.secondaries?.start();
      server.#startTidying();
      server.#watchFiles();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Begins reading zones before anything else, because that takes longest. What updates have made belongs to them. */
  async #beginLoading(): Promise<void> {
    await this.updates.load();
    const first = this.#request(false, false);
    // Who waits for it is told; if something else fails before, nobody does.
    first.catch(() => undefined);
    this.#first = first;
  }

  static async #make(config: ServerConfig, events: ServerEvents, state: StateDirectory): Promise<Server> {
    let begun: Begun | undefined;
    let store: Store | undefined;
    try {
      begun = begin(config, state, events);
      store = await openStore(state.path, events);
      return new Server(config, events, begun, store);
    } catch (error) {
      await begun?.compile.close();
      begun?.cookies?.close();
      await store?.close();
      state.close();
      throw error;
    }
  }

  /** Whether queries are answered as they should be: something is served, every worker lives, and the first round of checks is over. */
  get ready(): boolean {
    return this.#last !== undefined && this.workers.alive && this.health.isReady;
  }

  /** What the last successful load said. */
  get last(): (Loaded & LoadSuccess) | undefined {
    return this.#last;
  }

  /** What metrics are made of. */
  reading(version: string): Reading {
    return readingOf(this, {
      version,
      counters: this.#counters.read(),
      answers: this.#answers.read(),
      reload: this.#reloaded,
    });
  }

  /** Answers given since the start, by service, group and family (`answerKey`). */
  get observedAnswers(): ReadonlyMap<string, number> {
    const totals = this.#answers.read();
    return new Map(
      this.publisher.slots.names.flatMap((slot, i) =>
        slot === undefined ? [] : [[answerKey(slot.service, slot.group, slot.family), totals[i]]],
      ),
    );
  }

  /**
   * Loads what has changed. Requests that come while one waits are one.
   * @returns whether the files are good (also when nothing had changed)
   */
  reload(force = false): Promise<boolean> {
    this.#pending ??= this.#exclusive(async () => {
      this.#pending = undefined;
      const before = this.publisher.generation.generation;
      let result: Loaded;
      try {
        await this.#serveOwedUpdates();
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
      else if (this.publisher.generation.generation === before) this.#events.unchanged();
      else this.#events.loaded(result, this.publisher.generation.generation);
      this.#giveBack();
      return result.ok;
    });
    return this.#pending;
  }

  /** Reads certificate and key of DNS over TLS again. */
  reloadTls(): void {
    this.#certificate?.reload();
  }

  /** Reads the secrets of cookies again, if an operator has given them. */
  reloadCookies(): void {
    this.#cookies?.reload();
  }

  /** Reads the key files of signed zones again. */
  reloadKeys(): void {
    if (this.#signing?.reload(Math.floor(Date.now() / 1000)) === true) this.#transfers?.sign(this.#signing.zones);
  }

  /** Reads geo databases that have changed, and answers by what they say. */
  reloadGeo(): Promise<void> {
    return this.#exclusive(async () => {
      try {
        const located = await this.#locations.renewed();
        if (located !== undefined) await this.steering.locate(located);
      } catch (error) {
        this.#events.warning(`what is known of clients' places stays as it was: ${(error as Error).message}`);
      }
    });
  }

  /** What a reload would change, without doing it. */
  preview(): Promise<Loaded> {
    return this.#exclusive(async () => {
      const result = await this.#compile.during(() => this.#request(false, true));
      this.#giveBack();
      return result;
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#watches?.close();
    this.#certificate?.close();
    this.#cookies?.close();
    this.#sources?.close();
    clearInterval(this.#tidying);
    await this.steering.stop();
    await this.health.stop();
    await this.feeds.stop();
    this.#endReading();
    await this.updates.stop();
    await this.secondaries?.stop();
    await this.#transfers?.stop();
    await this.workers.stop();
    await this.#compile.close();
    await this.#locations.close();
    await this.#saving;
    await this.store.close();
    this.#state.close();
  }

  /** What could not be answered of updates is tried again. Files are loaded whatever becomes of it. */
  async #serveOwedUpdates(): Promise<void> {
    try {
      await this.updates.serveOwed();
    } catch (error) {
      if (!this.#stopping) this.#events.warning(`updates could not be served: ${(error as Error).message}`);
    }
  }

  /** What is answered. */
  get #inForce(): InForce | undefined {
    const { served } = this.publisher;
    if (served === undefined || this.#last === undefined) return undefined;
    const { network, health, feeds, zones } = this.#last;
    const { hidden, layers: updates } = this.updates;
    return { served: { base: served.base, head: served.head }, network, health, feeds, zones, hidden, updates };
  }

  async #load(force: boolean): Promise<Loaded> {
    const result = await this.#request(force, false);
    this.#reloaded = { ok: result.ok, goodAt: result.ok ? Date.now() : this.#reloaded.goodAt };
    if (!result.ok) return result;
    const { served } = this.publisher;
    const { forces, problems } = this.steering.states.in(result.network);
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
      this.health.install(result.health, result.network);
      this.feeds.install(result.feeds, result.network);
      this.workers.useNetwork(result.network);
      await this.#install(result, forces, located);
    } else if (!same) await this.#install(result, forces);
    if (!same || result.networkChanged) this.#transfers?.declare(result.network, result.assignments);
    if (this.#last === undefined) this.#warnOfSigned(result);
    this.#last = result;
    this.updates.loaded(result.hidden);
    this.#keepSerials(result.zones);
    // At the start there is time to learn that the state can't be written; later nobody waits for a disk.
    if (served === undefined) await this.#saving;
    return result;
  }

  /** Publishes a load. What fails when it is answered already is told, and undoes nothing; at the start it keeps the server from starting. */
  async #install(result: LoadSuccess, forces: readonly Force[], located?: Located): Promise<void> {
    const isSame = this.#isServed(result.use);
    try {
      await this.steering.install(result, forces, located);
    } catch (error) {
      if (this.#last === undefined || isSame || !this.#isServed(result.use)) throw error;
      this.#events.warning(`a load is answered, and what follows from it failed: ${(error as Error).message}`);
    }
  }

  #isServed({ base, head }: Target): boolean {
    const { served } = this.publisher;
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
      return await this.#locations.of(result.network);
    } catch (error) {
      if (this.publisher.served !== undefined) await this.#compile.renew();
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
    const given = this.#exclusive(async () => {
      const { base } = await this.publisher.freeTarget();
      const { slots, nodes, data } = this.publisher.arenas.bases[base];
      await emptyColumns(libc, [slots, nodes, data]);
    });
    given.catch((error: Error) =>
      this.#events.warning(`memory of replaced tables was not given back: ${error.message}`),
    );
  }

  /** Runs one load after another. Moves go on meanwhile. */
  #exclusive<T>(load: () => Promise<T>): Promise<T> {
    const run = this.#loads.then(load);
    this.#loads = run.catch(() => undefined);
    return run;
  }

  async #remember(): Promise<void> {
    try {
      await this.#state.rememberZones(this.#remembered);
    } catch (error) {
      // Serials are kept for the next start only; what is served does not wait for a disk.
      this.#events.warning(`${(error as Error).message}; serials may step back after a restart`);
    }
  }

  async #request(force: boolean, dryRun: boolean): Promise<Loaded> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const target = await this.publisher.freeTarget();
    const { served } = this.publisher;
    // Before anything is served the compiler knows nothing; later it is told of what changes.
    const updates = served === undefined ? this.updates.layers : [];
    return this.#compile.load({
      directory: this.#config.zones,
      served: served === undefined ? undefined : { base: served.base, head: served.head },
      target,
      now: Math.floor(Date.now() / 1000),
      remembered: this.#remembered,
      ...(this.#transfers === undefined ? {} : { leastSerials: this.#transfers.serials }),
      ...(this.secondaries === undefined ? {} : { secondary: this.secondaries.images() }),
      updates,
      force,
      dryRun,
    });
  }

  /** Publishes the serials that transfers have. Files are not looked at, so that a mistake in one holds nothing up. */
  #raiseSerials(): Promise<void> {
    return this.#exclusive(() => this.#loadBesideFiles([]));
  }

  /** Publishes what is no file's: serials, and what dynamic updates have changed. Within `#exclusive`. */
  #loadBesideFiles(updates: readonly LayerChange[]): Promise<void> {
    return this.#compile.during(async () => {
      const { served } = this.publisher;
      if (served === undefined) return;
      const result = await this.#compile.load({
        directory: undefined,
        served: { base: served.base, head: served.head },
        target: await this.publisher.freeTarget(),
        now: Math.floor(Date.now() / 1000),
        remembered: this.#remembered,
        ...(this.#transfers === undefined ? {} : { leastSerials: this.#transfers.serials }),
        updates,
      });
      if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('; '));
      await this.#answerBy(result);
    });
  }

  /** Publishes a load in which the network is the same, if anything in it is not. */
  async #answerBy(result: LoadSuccess): Promise<void> {
    const isSame = this.#isServed(result.use);
    if (!isSame) await this.#install({ ...result, networkChanged: false }, this.publisher.forces);
    this.updates.loaded(result.hidden);
    if (isSame) return;
    if (this.#last !== undefined) this.#last = { ...this.#last, zones: result.zones };
    this.#keepSerials(result.zones);
  }

  /** Has zones answered from what has come of them, and withholds those that are too old. Other files are not looked at. */
  #loadArrived(next: readonly Uint8Array[]): Promise<string | undefined> {
    const load = async (): Promise<string | undefined> => {
      const { served } = this.publisher;
      if (served === undefined || this.secondaries === undefined) return 'nothing is answered yet';
      const result = await this.#compile.load({
        directory: this.#config.zones,
        only: next,
        secondary: this.secondaries.images(next),
        served: { base: served.base, head: served.head },
        target: await this.publisher.freeTarget(),
        now: Math.floor(Date.now() / 1000),
        remembered: this.#remembered,
        ...(this.#transfers === undefined ? {} : { leastSerials: this.#transfers.serials }),
      });
      if (!result.ok) {
        const mistakes = result.diagnostics.filter(({ severity }) => severity === 'error');
        return mistakes
          .slice(0, MOST_MISTAKES)
          .map(({ message }) => message)
          .join('; ');
      }
      await takeImages(imagesFolder(this.#state.path), next);
      await this.#answerBy(result);
      this.#giveBack();
      return undefined;
    };
    return this.#exclusive(() => this.#compile.during(load));
  }

  #keepSerials(zones: LoadSuccess['zones']): void {
    // Of what has not come yet, what an earlier life of the server knew stays.
    const known = zones.filter(({ secondary }) => secondary !== 'waiting');
    const waiting = zones.filter(({ secondary }) => secondary === 'waiting');
    this.#remembered = new Map([
      ...waiting.flatMap(({ name }) => {
        const before = this.#remembered.get(name);
        return before === undefined ? [] : [[name, before] as const];
      }),
      ...known.map(({ name, serial, digest }) => [name, { serial, digest }] as const),
    ]);
    if (this.#isUnsaved) return;
    this.#isUnsaved = true;
    this.#saving = this.#saving.then(() => {
      this.#isUnsaved = false;
      return this.#remember();
    });
  }

  #startTidying(): void {
    const tidyUp = (): void => {
      const all = Promise.all([
        tidy(this.publisher, this.steering.moves, this.store, Date.now()),
        tidyDecisions(this.store),
        this.health.tidy(),
      ]);
      all.catch((error: Error) =>
        this.#events.warning(`what is old could not be removed from the store: ${error.message}`),
      );
    };
    this.#tidying = setInterval(tidyUp, TIDY_MS);
    this.#tidying.unref();
  }

  #watchFiles(): void {
    const { watch, zones, geo, tls, cookies, dnssec } = this.#config;
    if (watch !== undefined) {
      const watches = new FileWatches(watch.settle, (message) => this.#events.warning(message));
      watches.folder(zones, () => void this.reload());
      watches.files('geo databases', [geo.country, geo.asn], () => void this.reloadGeo());
      watches.files('tls.cert and tls.key', [tls?.cert, tls?.key], () => this.reloadTls());
      watches.files('cookies.secret_file', [cookies?.secretFile], () => this.reloadCookies());
      const keyFiles = this.#signing && join(dnssec.keyDir, 'any');
      watches.files('dnssec.key_dir', [keyFiles], () => this.reloadKeys());
      this.#watches = watches;
    }
    this.#sources = new SourceWatch(this.workers.peers, (message) => this.#events.warning(message));
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
