/** Health of this server's targets: probes and reports come in, verdicts go to steering, the store, and who listens. */
import { LRUCache } from 'lru-cache';
import type { HealthModel } from '../../health/check.ts';
import { NO_CHECKS } from '../../health/check.ts';
import type { Observation } from '../../health/check-state.ts';
import { jobsFor } from '../../health/jobs.ts';
import { Judge, type Judgement, type Remembered, reportKey, type VerdictChange } from '../../health/judge.ts';
import { watchedTargets } from '../../health/targets.ts';
import { parseForces } from '../../steering/forces.ts';
import { type Family, type Force, type Network, targetKey } from '../../steering/model.ts';
import { forceOn } from '../../steering/state.ts';
import { type Change, type Store, StoreError } from '../../store/store.ts';
import type { HealthReading } from '../../telemetry/source.ts';
import { Problem } from '../moves/problem.ts';
import type { Publisher } from '../publisher.ts';
import type { Steering } from '../steering.ts';
import { CheckTotals } from './check-totals.ts';
import { ProbeClient } from './probe-client.ts';
import { CHECK_REPORTS, changesOf, readRemembered, reportChange, VERDICTS, verdictChange } from './verdict-log.ts';

/** How often it is looked whether a state has gone stale though nothing is observed. */
const TICK_MS = 250;
/** How often the same warning of a check is told again. */
const WARN_AGAIN_MS = 24 * 3600_000;

/** Changes and warnings that are kept in memory when the store refuses, or so that they are not repeated. */
const MOST_UNSAVED = 10_000;
const MOST_WARNED = 10_000;

export interface HealthEvents {
  verdict(change: VerdictChange): void;
  /** The observer takes itself to be cut off; undefined: no longer. */
  cutOff(held: Judgement['held']): void;
  checkerReplaced(cause: string): void;
  warning(message: string): void;
}

export interface HealthOptions {
  /** Whether programs may be run. */
  readonly exec: boolean;
  /** Milliseconds. */
  readonly firstRound: number;
}

/** Which check of which target. */
export interface CheckPlace {
  readonly service: string;
  readonly group: string;
  readonly family: Family;
  readonly check: string;
}

export class Health {
  readonly judge = new Judge(NO_CHECKS);
  readonly totals = new CheckTotals();
  readonly #publisher: Publisher;
  readonly #steering: Steering;
  readonly #store: Store;
  readonly #options: HealthOptions;
  readonly #events: HealthEvents;
  readonly #probes: ProbeClient;
  /** Warnings told lately. A checker may make up ever new ones, so they are bounded. */
  readonly #warned = new LRUCache<string, true>({ max: MOST_WARNED, ttl: WARN_AGAIN_MS });
  #remembered: Remembered = { verdicts: new Map(), reports: new Map() };
  #now: Judgement = { verdicts: new Map(), handed: new Map(), held: undefined, changes: [], latches: [] };
  #ticking: NodeJS.Timeout | undefined;
  #ticked = 0;
  #began = Number.POSITIVE_INFINITY;
  #publishing: Promise<void> | undefined;
  #published: Pick<Judgement, 'handed' | 'held'> = this.#now;
  #forces: readonly Force[] | undefined;
  /** What could not be stored yet. */
  #unsaved: Change[] = [];
  #saving: Promise<void> = Promise.resolve();

  constructor(publisher: Publisher, steering: Steering, store: Store, options: HealthOptions, events: HealthEvents) {
    this.#publisher = publisher;
    this.#steering = steering;
    this.#store = store;
    this.#options = options;
    this.#events = events;
    this.#probes = new ProbeClient({
      observed: (key, type, seen) => {
        this.totals.add(type, seen);
        this.judge.observe(key, seen);
        if (seen.warning !== undefined) this.#warn(`${key.target} (${key.check}): ${seen.warning}`);
      },
      gathered: (discarded) => {
        this.totals.discarded += discarded;
        this.#judgeAndPublish();
      },
      replaced: (cause) => {
        this.totals.replaced++;
        events.checkerReplaced(cause);
      },
    });
  }

  /** Reads the store. Call before the first load. */
  async load(): Promise<void> {
    this.#remembered = await readRemembered(this.#store);
  }

  /** Takes the checks of a load. What is answered next goes by them; call before it is published. */
  install(model: HealthModel, network: Network): void {
    const targets = watchedTargets(network, model);
    this.judge.watch(model, targets, Date.now(), this.#remembered);
    const jobs = jobsFor(model, targets);
    const allowed = this.#options.exec ? jobs : jobs.filter(({ probe }) => probe.type !== 'exec');
    for (const { of } of jobs.filter((job) => !allowed.includes(job)))
      for (const key of of)
        this.judge.observe(
          { vantage: 'self', ...key },
          { at: Date.now(), result: 'none', cause: 'programs are not run (health.exec)', duration: 0 },
        );
    if (allowed.length < jobs.length)
      this.#events.warning('checks of type exec are left out: set health.exec in steerd.yaml to run their programs');
    this.#forces = undefined;
    this.#judge();
    this.#hand();
    this.#probes.set(allowed, model.rate);
  }

  /** Begins to look at the clock. Call when something is served. */
  start(): void {
    this.#began = Date.now();
    this.#ticked = Date.now();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#probes.close();
    await this.#saving;
  }

  /** Whether every check has been made once, or has had the time for it. */
  get isReady(): boolean {
    return this.judge.isRound || Date.now() - this.#began >= this.#options.firstRound;
  }

  /** What metrics are made of. */
  get reading(): HealthReading {
    const { verdicts, held } = this.#now;
    const targets = this.judge.targets.flatMap(({ key, service, group, family }) => {
      const verdict = verdicts.get(key);
      return verdict === undefined ? [] : [{ service, group, family, state: verdict.state, since: verdict.since }];
    });
    const { discarded, replaced, byType } = this.totals;
    const checks = [...byType].map(([type, total]) => ({ type, ...total }));
    return { targets, held: held !== undefined, discarded, replaced, checks };
  }

  /** As of the last observation. */
  get now(): Judgement {
    return this.#now;
  }

  /**
   * Takes a report of a push or manual check. When it resolves it is stored, and every answer follows it.
   * @param beside changes to store in the same commit
   */
  async report(place: CheckPlace, seen: Observation, beside: readonly Change[]): Promise<void> {
    const target = targetKey(place.service, place.group, place.family);
    const found = this.judge.checksOf(target).find(({ check }) => check.id === place.check);
    if (found === undefined) throw new Problem('not-found', `there is no check ${place.check} of ${target}`);
    const { probe } = found.check;
    if (probe.type !== 'push' && probe.type !== 'manual')
      throw new Problem('conflict', `${place.check} is a check of type ${probe.type}, which nobody reports`);
    if (probe.type === 'manual' && seen.until !== undefined)
      throw new Problem('invalid', 'what a manual check is told does not expire; leave expires_in out');
    await this.#store.commit([reportChange(reportKey(target, place.check), seen), ...beside]);
    this.totals.add(probe.type, seen);
    this.judge.observe({ vantage: 'self', target, check: place.check }, seen);
    this.#judge();
    await this.#publish();
  }

  /** An operator has set a key free (`auto`) or up: targets under it that were down may come back. Takes effect with the next publication. */
  letBack(key: string): void {
    const { network } = this.#publisher;
    if (network === undefined) return;
    const { forces } = parseForces({ [key]: 'up' }, network);
    const latched = this.#now.verdicts;
    const covered = new Set(
      this.judge.targets.flatMap(({ key: target, service, group, family }) =>
        forceOn(forces, serviceOf(network, service), groupOf(network, group), family) === undefined ? [] : [target],
      ),
    );
    this.judge.unlatch((target) => covered.has(target));
    this.#judge();
    this.#hand();
    this.#save(
      [...covered].flatMap((target) => {
        const verdict = this.#now.verdicts.get(target);
        return verdict === undefined || verdict === latched.get(target) ? [] : [verdictChange(target, verdict)];
      }),
    );
  }

  /** Forgets verdicts and reports of targets and checks that are no more. */
  async tidy(): Promise<void> {
    const { entries } = await this.#store.snapshot([VERDICTS, CHECK_REPORTS]);
    const watched = new Set(
      this.judge.targets.flatMap(({ key, checks }) => [key, ...checks.checks.map(({ id }) => reportKey(key, id))]),
    );
    const gone = entries.filter(({ key }) => !watched.has(key));
    if (gone.length === 0) return;
    await this.#store.commit(gone.map(({ collection, key }) => ({ delete: { collection, key } })));
  }

  #tick(): void {
    const now = Date.now();
    // This thread was away, and what was observed meanwhile has not been read yet: nothing is stale before it has.
    const away = now - this.#ticked > 4 * TICK_MS;
    this.#ticked = now;
    if (!away) this.#judgeAndPublish();
  }

  #judgeAndPublish(): void {
    this.#judge();
    this.#publish().catch((error: Error) => this.#events.warning(`a verdict could not be published: ${error.message}`));
  }

  #judge(): void {
    this.#look();
    const before = this.#now.held;
    this.#now = this.judge.judge(Date.now());
    const { changes, held, verdicts, latches } = this.#now;
    for (const change of changes) this.#events.verdict(change);
    if ((before === undefined) !== (held === undefined)) this.#events.cutOff(held);
    this.#save([...changesOf(changes), ...latches.map((target) => verdictChange(target, verdicts.get(target)!))]);
  }

  /** Which targets operators have forced. */
  #look(): void {
    const { network, forces } = this.#publisher;
    if (network === undefined || forces === this.#forces) return;
    this.#forces = forces;
    const forced = this.judge.targets.filter(
      ({ service, group, family }) =>
        forceOn(forces, serviceOf(network, service), groupOf(network, group), family) !== undefined,
    );
    this.judge.ignore(new Set(forced.map(({ key }) => key)));
  }

  /** Gives verdicts to the publisher, for whatever it publishes next. */
  #hand(): void {
    const { handed, held } = this.#now;
    this.#published = { handed, held };
    this.#publisher.observe(handed, held);
  }

  /** Publishes verdicts that are new. Those that come while some are being published go together, next. */
  #publish(): Promise<void> {
    if (this.#publishing !== undefined) return this.#publishing;
    if (this.#publisher.served === undefined || !this.#isNews) return Promise.resolve();
    this.#publishing = this.#publishAll();
    return this.#publishing;
  }

  get #isNews(): boolean {
    return this.#published.handed !== this.#now.handed || this.#published.held !== this.#now.held;
  }

  async #publishAll(): Promise<void> {
    try {
      while (this.#isNews) {
        await this.#steering.judged(() => {
          const moved = statesDiffer(this.#published, this.#now);
          const { handed, held } = this.#now;
          this.#published = { handed, held };
          return { verdicts: handed, held, moved };
        });
      }
    } finally {
      this.#publishing = undefined;
    }
  }

  #save(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#unsaved.push(...changes);
    this.#saving = this.#saving.then(async () => {
      const all = this.#unsaved;
      this.#unsaved = [];
      if (all.length === 0) return;
      try {
        await this.#store.commit(all);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        // Answers follow health, disk or no disk. The last of each target goes along with the next.
        this.#unsaved = [...all, ...this.#unsaved].slice(-MOST_UNSAVED);
        this.#events.warning(`verdicts could not be stored: ${error.message}`);
      }
    });
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.set(message, true);
    this.#events.warning(message);
  }
}

function serviceOf({ services }: Network, id: string): number {
  return services.findIndex((service) => service.id === id);
}

function groupOf({ groups }: Network, id: string): number {
  return groups.findIndex((group) => group.id === id);
}

/** Whether any state differs, and not only when it may change. */
function statesDiffer(one: Pick<Judgement, 'handed'>, other: Pick<Judgement, 'handed'>): boolean {
  return [...other.handed].some(([key, { state, latched }]) => {
    const before = one.handed.get(key);
    return before?.state !== state || before.latched !== latched;
  });
}
