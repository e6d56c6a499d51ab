/**
 * The server: its parts put together, started and stopped. Knows no command line and prints nothing: what happens is told through `ServerEvents`.
 */
import { join } from 'node:path';
import { ANSWER_SLOTS, COUNTER_WORDS } from '../answer/counters.ts';
import type { LoadSuccess } from '../compile/compiler.ts';
import { answerKey } from '../steering/ipam/demand.ts';
import type { Store } from '../store/store.ts';
import type { Reading } from '../telemetry/source.ts';
import { keepReading, Totals } from '../telemetry/totals.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { AnswerRates } from './answer-rates.ts';
import { type Begun, begin, openStore } from './beginning.ts';
import { Certificate } from './certificate.ts';
import type { Loaded } from './compile-client.ts';
import type { CookieKeys } from './cookie-keys.ts';
import { Decisions, tidyDecisions } from './decisions.ts';
import { Feeds } from './feeds/feeds.ts';
import { RouteWatch } from './feeds/route-watch.ts';
import { FileWatches } from './file-watches.ts';
import { Health } from './health/health.ts';
import { tidy } from './housekeeping.ts';
import { LimitWatch } from './limit-watch.ts';
import { Loads } from './loads.ts';
import { Locations } from './locations.ts';
import { PacketWorkers, workerCount } from './packet-workers.ts';
import { giveWay } from './priorities.ts';
import type { Publisher } from './publisher.ts';
import { readingOf } from './reading.ts';
import { Secondaries } from './secondaries.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerEvents } from './server-events.ts';
import { SourceWatch } from './source-watch.ts';
import { StateDirectory } from './state-dir.ts';
import { Steering } from './steering.ts';
import { type TransferEvents, Transfers, transferFolder } from './transfers.ts';
import { Updates } from './updates/updates.ts';
import { WhatIfs } from './whatif/whatifs.ts';
import type { SigningFiles } from './zone-signing.ts';

/** How often the store is tidied. */
const TIDY_MS = 3600_000;

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
  /** Where clients are. */
  readonly locations: Locations;
  /** Zones as a whole for other servers; undefined when nobody gets them. */
  readonly transfers: Transfers | undefined;
  /** Zones from other servers; undefined when there are none. */
  readonly secondaries: Secondaries | undefined;
  readonly #config: ServerConfig;
  readonly #events: ServerEvents;
  readonly #state: StateDirectory;
  readonly #loads: Loads;
  #watches: FileWatches | undefined;
  readonly #signing: SigningFiles | undefined;
  readonly #cookies: CookieKeys | undefined;
  readonly #certificate: Certificate | undefined;
  #sources: SourceWatch | undefined;
  #tidying: NodeJS.Timeout | undefined;
  readonly #counters: Totals;
  readonly #answers: Totals;
  readonly #endReading: () => void;

  private constructor(config: ServerConfig, events: ServerEvents, begun: Begun, store: Store) {
    this.#config = config;
    this.#events = events;
    this.#state = begun.state;
    this.store = store;
    this.seed = begun.publisher.seed;
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
    this.#loads = new Loads(config, begun, this, events);
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
      exclusive: (work) => this.#loads.exclusive(work),
      publish: (changes) => this.#loads.loadBesideFiles(changes),
      isSecondary: (zone) => this.last?.zones.find(({ name }) => name === zone)?.secondary !== undefined,
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
    this.whatIfs = new WhatIfs(this.publisher, () => this.last?.health.cutOff !== undefined);
    this.#certificate = config.tls && new Certificate(config.tls, this.workers, events);
    this.locations = new Locations(this.publisher, config.geo, events);
    this.transfers = config.transfer && this.#makeTransfers(config.transfer, begun, events);
    const place = { stateDir: begun.state.path, seed: this.seed, expired: begun.expired };
    this.secondaries =
      config.secondary &&
      new Secondaries(config.secondary, place, store, (next) => this.#loads.loadArrived(next), events);
  }

  /** @throws StateError */
  #makeTransfers(policy: TransferPolicy, { state, control, signing }: Begun, events: TransferEvents): Transfers {
    const line = workerCount(this.#config.packet);
    const place = { stateDir: state.path, control, line, signed: signing?.zones ?? [] };
    return new Transfers(policy, place, this.publisher, this.store, () => this.#loads.raiseSerials(), events);
  }

  /**
   * Starts a server and returns when it answers.
   * @throws StateError, ListenError, TlsError, CookieError, FirstLoadError: with everything closed again
   */
  static async start(config: ServerConfig, events: ServerEvents): Promise<Server> {
    const state = new StateDirectory(config.stateDir);
    const server = await Server.#make(config, events, state);
    try {
      await server.#loads.begin();
      server.#certificate?.begin();
      server.workers.open(config.listen);
      await server.steering.load();
      await server.health.load();
      await server.transfers?.load();
      await server.secondaries?.load();
      const result = await server.#loads.first();
      if (!result.ok) throw new FirstLoadError(result.diagnostics);
      await server.workers.start();
      giveWay();
      events.loaded(result, server.publisher.generation.generation);
      server.steering.start();
      server.health.start();
      server.transfers?.start();
      server.secondaries?.start();
      server.#startTidying();
      server.#watchFiles();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  static async #make(config: ServerConfig, events: ServerEvents, state: StateDirectory): Promise<Server> {
    let begun: Begun | undefined;
    let store: Store | undefined;
    try {
      begun = begin(config, state, events);
      store = await openStore(state.path, begun.control, events);
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
    return this.last !== undefined && this.workers.alive && this.health.isReady;
  }

  /** What the last successful load said. */
  get last(): (Loaded & LoadSuccess) | undefined {
    return this.#loads.last;
  }

  /** What metrics are made of. */
  reading(version: string): Reading {
    return readingOf(this, {
      version,
      counters: this.#counters.read(),
      answers: this.#answers.read(),
      reload: this.#loads.reloaded,
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
    return this.#loads.reload(force);
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
    if (this.#signing?.reload(Math.floor(Date.now() / 1000)) === true) this.transfers?.sign(this.#signing.zones);
  }

  /** Reads geo databases that have changed, and answers by what they say. */
  reloadGeo(): Promise<void> {
    return this.#loads.exclusive(async () => {
      try {
        const located = await this.locations.renewed();
        if (located !== undefined) await this.steering.locate(located);
      } catch (error) {
        this.#events.warning(`what is known of clients' places stays as it was: ${(error as Error).message}`);
      }
    });
  }

  /** What a reload would change, without doing it. */
  preview(): Promise<Loaded> {
    return this.#loads.preview();
  }

  async stop(): Promise<void> {
    this.#loads.stop();
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
    await this.transfers?.stop();
    await this.workers.stop();
    await this.#loads.close();
    await this.locations.close();
    await this.store.close();
    this.#state.close();
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
