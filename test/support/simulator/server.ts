/**
 * The server without its sockets: the real judge of health and the real engine, put together as `control/` does it. What an observation or a tick changes of what is
 * handed over is decided and published at once.
 */
import { bucketOf } from '../../../src/answer/steered.ts';
import { parseNetwork } from '../../../src/config/network.ts';
import { AnswerRates } from '../../../src/control/answer-rates.ts';
import { RouteWatch } from '../../../src/control/feeds/route-watch.ts';
import type { HealthModel } from '../../../src/health/check.ts';
import { jobsFor } from '../../../src/health/jobs.ts';
import { Judge, type Judgement } from '../../../src/health/judge.ts';
import { watchedTargets } from '../../../src/health/targets.ts';
import type { RouteFinding } from '../../../src/steering/announcements.ts';
import { resolveAssignment } from '../../../src/steering/assignment.ts';
import { type PlanChange, planChanges } from '../../../src/steering/changes.ts';
import { parseForces } from '../../../src/steering/forces.ts';
import { type Freeze, NO_HISTORY, nextLook } from '../../../src/steering/guards/history.ts';
import { haveRoutesChanged } from '../../../src/steering/guards/routes.ts';
import { isLoadDue } from '../../../src/steering/load/steer-load.ts';
import {
  type Assignment,
  families,
  type Network,
  planSet,
  targetKey,
  type World,
} from '../../../src/steering/model.ts';
import type { NetworkData } from '../../../src/steering/network-data.ts';
import type { Decided } from '../../../src/steering/redecide.ts';
import { forceOn } from '../../../src/steering/state.ts';
import { step } from '../../../src/steering/step.ts';
import { parseName } from '../../../src/wire/name.ts';
import type { Behaviour } from './behaviour.ts';
import { POLL_MS, type SimulatedFeeds } from './feeds.ts';
import { LOAD_POLL_MS } from './loads.ts';
import type { Answered, Asked } from './population.ts';
import { Prober } from './prober.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** As `control/health`: how often it is looked whether a state has gone stale though nothing is observed. */
const TICK_MS = 250;
/** The simulated worlds begin at midnight, so that times in reasons are those since the beginning. */
export const EPOCH = Date.UTC(2026, 0, 1);
/** Seconds that resolvers remember a SERVFAIL or an empty answer for: no answer of ours has a shorter one (RFC 9520 §3.2 allows 1 s to 5 min). */
const NO_ANSWER_TTL = 10;

export interface HostSetup {
  readonly name: string;
  readonly service?: string;
  readonly group: string;
  readonly policy?: string;
  /** Seconds; the policy's when left out. */
  readonly ttl?: number;
}

export interface ServerEvents {
  /** Answers are about to change. */
  changing(): void;
  /** They have. `changes` by health, force or policy; a host that was moved is none. */
  published(before: Decided | undefined, after: Decided, changes: readonly PlanChange[], generation: number): void;
  judged(judgement: Judgement): void;
  /** Something is wrong with a route, or no longer is. */
  found(finding: RouteFinding, isOver: boolean): void;
}

export class SimulatedServer {
  readonly #timeline: Timeline;
  readonly #behaviour: Behaviour;
  readonly #classes: (network: Network) => World['classes'];
  readonly #events: ServerEvents;
  readonly #prober: Prober;
  readonly #states: Record<string, string> = {};
  readonly #names: Uint8Array[];
  /** By host the index of its assignment. */
  readonly #cells: number[] = [];
  #assignments: readonly Assignment[] = [];
  #network: Network | undefined;
  #health: HealthModel | undefined;
  #judge: Judge | undefined;
  #judged: Judgement | undefined;
  #decided: Decided | undefined;
  #forces: World['forces'] = [];
  #freezes: readonly Freeze[] = [];
  #generation = 0;
  #looked = 0;
  #data: NetworkData | undefined;
  readonly #routes: RouteWatch;
  /** Answers given so far, by target. */
  readonly #counts = new Map<string, number>();
  /** Undefined where no loads are measured: then nothing goes by what is asked for. */
  readonly #rates: AnswerRates | undefined;

  /**
   * @param classes the client classes of a network's policies
   * @param feeds   undefined where there are none
   * @param loads   what a feed measures of links now; undefined where there is none
   */
  constructor(
    timeline: Timeline,
    behaviour: Behaviour,
    random: Random,
    classes: (network: Network) => World['classes'],
    events: ServerEvents,
    feeds: SimulatedFeeds | undefined,
    loads: (() => NetworkData['loads']) | undefined,
  ) {
    this.#timeline = timeline;
    if (loads !== undefined) this.#rates = new AnswerRates(() => this.#counts, 0);
    this.#routes = new RouteWatch((finding, isOver) => events.found(finding, isOver));
    this.#behaviour = behaviour;
    this.#classes = classes;
    this.#events = events;
    this.#names = [];
    this.#prober = new Prober({
      timeline,
      random,
      condition: (target) => this.#behaviour.seen(target, this.#timeline.now),
      observed: (job, seen) => {
        for (const of of job.of) this.#judge?.observe({ vantage: 'self', ...of }, { ...seen, at: EPOCH + seen.at });
        this.#look();
      },
    });
    timeline.every(TICK_MS, () => {
      if (timeline.now - this.#looked >= TICK_MS) this.#look();
    });
    if (feeds !== undefined) timeline.every(POLL_MS, () => this.#inform(feeds.poll(EPOCH + timeline.now)));
    if (loads !== undefined)
      timeline.every(LOAD_POLL_MS, () => {
        const measured = loads();
        this.#rates?.sample(timeline.now);
        this.#inform({ feeds: [], loads: measured });
      });
  }

  get probes(): number {
    return this.#prober.made;
  }

  get network(): Network {
    return this.#network!;
  }

  get decided(): Decided {
    return this.#decided!;
  }

  /** Starts with these files. */
  start(text: string, hosts: readonly HostSetup[]): void {
    this.#read(text);
    for (const host of hosts) {
      this.#names.push(parseName(`${host.name}.`));
      this.#cells.push(this.#intern(this.#assignmentOf(host)));
    }
    this.restart();
  }

  /** Ends and starts again at once. What is kept is what the store keeps: last verdicts and forced states. */
  restart(): void {
    const verdicts = this.#judged?.verdicts ?? new Map();
    this.#judge = new Judge(this.#health!);
    this.#prober.set([], 1);
    this.#watch(verdicts);
  }

  /** Another network.yaml, with the same groups. */
  reload(text: string): void {
    this.#read(text);
    this.#watch(this.#judged?.verdicts ?? new Map());
  }

  /** An operator's move of a host. */
  move(host: number, group: string): void {
    const index = this.network.groups.findIndex(({ id }) => id === group);
    this.#events.changing();
    const before = this.#assignments[this.#cells[host]];
    const pinned = { ipv4: true, ipv6: true };
    this.#cells[host] = this.#intern({ ...before, ipv4: index, ipv6: index, pinned });
    this.#publish();
  }

  /** @param key `zurich`, `web/zurich/ipv6` @param state `up`, `down`, `drained`, `auto` */
  force(key: string, state: string): void {
    this.#states[key] = state;
    this.#forces = parseForces(this.#states, this.network).forces;
    this.#ignore();
    this.#look();
    this.#publish();
  }

  /** An operator stops automatic changes, in place of what was frozen before. */
  freeze(freezes: readonly Freeze[]): void {
    this.#freezes = freezes.map((freeze) => ({ ...freeze, until: EPOCH + freeze.until }));
    this.#publish();
  }

  /** What is answered now. The place is group × 2 + family, or the last one when there is no answer. */
  answer({ host, family, clientClass, network }: Asked): Answered {
    const { plan } = this.decided;
    const assignment = this.#cells[host];
    const set = planSet(plan, assignment, clientClass, families[family]);
    const { spread, answers } = set;
    let member = 0;
    if (spread !== undefined) {
      const key = spread.by === 'host' ? this.#names[host] : network;
      member = spread.map[bucketOf(spread.salt, key, 0, key.length)];
    }
    const answer = answers[member];
    if (answer === undefined) return { place: this.network.groups.length * 2, ttl: NO_ANSWER_TTL };
    return { place: answer.group * 2 + family, ttl: answer.ttl };
  }

  /** Somebody was answered with a place. Hosts of all scenarios with loads are of the first service. */
  count(place: number): void {
    const group = this.network.groups[Math.floor(place / families.length)];
    if (group === undefined) return;
    const key = targetKey(this.network.services[0].id, group.id, families[place % families.length]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  #read(text: string): void {
    const { network, health, diagnostics } = parseNetwork('network.yaml', text);
    if (network === undefined || health === undefined)
      throw new Error(diagnostics.map(({ line, message }) => `line ${line}: ${message}`).join('\n'));
    this.#network = network;
    this.#health = health;
  }

  #watch(remembered: Judgement['verdicts']): void {
    const targets = watchedTargets(this.network, this.#health!);
    this.#judge!.watch(this.#health!, targets, EPOCH + this.#timeline.now, {
      verdicts: remembered,
      reports: new Map(),
    });
    this.#ignore();
    this.#judged = undefined;
    this.#look();
    this.#prober.set(jobsFor(this.#health!, targets), this.#health!.rate);
  }

  /** What an operator has forced says nothing of whether we are cut off. */
  #ignore(): void {
    const { services, groups } = this.network;
    const forced = this.#judge!.targets.filter(({ service, group, family }) => {
      const s = services.findIndex(({ id }) => id === service);
      const g = groups.findIndex(({ id }) => id === group);
      return forceOn(this.#forces, s, g, family) !== undefined;
    });
    this.#judge!.ignore(new Set(forced.map(({ key }) => key)));
  }

  #look(): void {
    const before = this.#judged;
    this.#looked = this.#timeline.now;
    const now = EPOCH + this.#timeline.now;
    const judged = this.#judge!.judge(now);
    this.#judged = judged;
    if (judged.changes.length > 0 || judged.held !== before?.held) this.#events.judged(judged);
    const isDue = (nextLook(this.#decided?.world.history ?? NO_HISTORY) ?? Number.POSITIVE_INFINITY) <= now;
    if (before === undefined || judged.handed !== before.handed || judged.held !== before.held || isDue)
      this.#publish();
  }

  /** As `control/` does: routes and loads are looked at, and what guards and load steering make of it counts at once. */
  #inform(data: NetworkData): void {
    this.#data = { ...this.#data, ...data };
    if (this.#decided === undefined) return;
    const world = { ...this.#world(), history: this.#decided.world.history ?? NO_HISTORY };
    this.#routes.look(world);
    if (haveRoutesChanged(world) || isLoadDue(world, this.#decided)) this.#publish();
  }

  #world(): World {
    const before = this.#decided;
    const { handed, held } = this.#judged!;
    const now = EPOCH + this.#timeline.now;
    // Equal lists must be the same object, or nothing of the plan before could be kept.
    const classes = before?.world.network === this.network ? before.world.classes : this.#classes(this.network);
    return {
      network: this.network,
      assignments: this.#assignments,
      forces: this.#forces,
      verdicts: handed,
      ...(held === undefined ? {} : { held }),
      classes,
      freezes: this.#freezes,
      ...(this.#data === undefined ? {} : { data: this.#data }),
      ...(this.#rates === undefined ? {} : { demand: this.#demand(this.#rates) }),
      now,
    };
  }

  #demand(rates: AnswerRates): NonNullable<World['demand']> {
    const hosts = this.#assignments.map(() => 0);
    for (const cell of this.#cells) hosts[cell]++;
    return { hosts, queries: rates.current };
  }

  #publish(): void {
    const before = this.#decided;
    const after = step(this.#world(), before);
    if (before !== undefined) this.#events.changing();
    this.#decided = after;
    this.#generation++;
    this.#events.published(before, after, before === undefined ? [] : planChanges(before, after), this.#generation);
  }

  #assignmentOf({ service = 'web', group, policy = 'default', ttl = -1 }: HostSetup): Assignment {
    const found = resolveAssignment(this.network, { service, ipv4: group, ipv6: group, policy, ttl });
    if ('problem' in found) throw new Error(found.problem.message);
    return found.assignment;
  }

  #intern(assignment: Assignment): number {
    const key = JSON.stringify(assignment);
    const known = this.#assignments.findIndex((each) => JSON.stringify(each) === key);
    if (known >= 0) return known;
    this.#assignments = [...this.#assignments, assignment];
    return this.#assignments.length - 1;
  }
}
