/**
 * The changes of steering an operator can make: moves and forced states, kept in the store, put into what is answered, and ended when their time is over.
 */
import type { LoadSuccess } from '../compile/compiler.ts';
import { type ClosedRoute, type Hold, nextLook } from '../steering/guards/history.ts';
import { type GuardFinding, judgeDestinations } from '../steering/guards/judge-move.ts';
import { haveRoutesChanged } from '../steering/guards/routes.ts';
import { guardNames } from '../steering/guards/rules.ts';
import { NO_LOAD, type Overload } from '../steering/load/diversion.ts';
import { type Family, type Force, type ForcedState, families, type World } from '../steering/model.ts';
import type { Change, Store } from '../store/store.ts';
import type { GuardReading } from '../telemetry/source.ts';
import { type ResolverSample, readClock, readResolvers } from '../transport/resolver-sample.ts';
import { audited } from './audit.ts';
import { breathe } from './cells.ts';
import { FORCES, type ForcedByOperator, ForcedStates } from './forced-states.ts';
import { FREEZES, type FreezeRecord, Freezes } from './freezes.ts';
import { GuardLog } from './guard-log.ts';
import { radiusOf } from './guard-view.ts';
import { loadReading } from './load-view.ts';
import { DEFAULT_HOLD, Moves } from './moves/moves.ts';
import { Problem } from './moves/problem.ts';
import { type MoveRecord, type MoveStatus, statusOf } from './moves/record.ts';
import { unknownGroup } from './moves/selection.ts';
import { Pointing } from './pointing.ts';
import { MoveProgress } from './progress.ts';
import type { Answered, Located, Publisher } from './publisher.ts';

/** How often it is looked whether something is due. The clock may jump, so nothing is timed further ahead. */
const TICK_MS = 100;
/** How often the sample of resolvers is looked at though nobody asks: it forgets who is silent for long. */
const LOOK_AGAIN_MS = 60_000;
const MOST_FOLLOWED_MS = 3600_000;
/** Hosts looked at before others may run. */
const PIECE = 16_384;

/** What a guard says of hosts that files put into a group. */
export interface PassedGuard extends GuardFinding {
  readonly group: string;
  readonly family: Family;
  /** So many more than before. */
  readonly hosts: number;
}

export interface SteeringEvents {
  moved(move: MoveRecord): void;
  forced(key: string, to: ForcedByOperator | undefined): void;
  /** An operator lets targets under a key come back that were down. What that changes goes with the publication of the force. */
  letBack(key: string): void;
  /** An operator froze automatic changes, of a group or of all, or such an order has ended (`to` undefined). */
  frozen(group: string | undefined, to: FreezeRecord | undefined, author: string, reason: string): void;
  /** A guard holds a target back, or no longer does. */
  guarded(target: string, hold: Hold | undefined): void;
  /** A group takes no new hosts of a family by itself, or does again (`undefined`). @param route its `routeKey` */
  closed(route: string, by: ClosedRoute | undefined): void;
  /** A link has too much and nothing can take it, or no longer. @param link its `loadKey` */
  overloaded(link: string, overload: Overload | undefined): void;
  /** Files put hosts where a guard would have refused a move. */
  passed(by: PassedGuard): void;
  warning(message: string): void;
}

export class Steering {
  readonly moves: Moves;
  readonly states: ForcedStates;
  readonly freezes = new Freezes();
  /** Who has asked again since a move. */
  readonly progress: MoveProgress;
  readonly #resolvers: ResolverSample;
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #events: SteeringEvents;
  readonly #guards: GuardLog;
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #lookAgain = 0;
  /** Moves that time alone brings further, and how far they were when that was last told. */
  readonly #underWay = new Map<number, MoveStatus>();

  /** @param resolvers the workers' sample, by which the progress of moves is estimated */
  constructor(
    publisher: Publisher,
    store: Store,
    resolvers: ResolverSample,
    settings: Readonly<Record<string, ForcedState>>,
    events: SteeringEvents,
  ) {
    this.#publisher = publisher;
    this.#store = store;
    this.#events = events;
    this.#resolvers = resolvers;
    this.progress = new MoveProgress(resolvers);
    this.moves = new Moves(publisher, store);
    this.moves.on('changed', (move, nodes) => this.#moved(move, nodes));
    this.moves.on('warning', (message) => events.warning(message));
    this.states = new ForcedStates(settings);
    this.#guards = new GuardLog(publisher, store, events);
  }

  /** Reads the store. Call before the first load. */
  async load(): Promise<void> {
    const { entries } = await this.#store.snapshot([...Moves.collections, FORCES, FREEZES, ...GuardLog.collections]);
    this.states.load(entries);
    this.freezes.load(entries);
    this.#publisher.remember(this.#guards.load(entries), this.freezes.orders);
    await this.moves.load(entries);
    const now = Date.now();
    for (const move of this.moves.ledger.all()) this.#follow(move, statusOf(move, now));
  }

  /** What metrics are made of. */
  get guardReading(): GuardReading {
    const held = Object.fromEntries(guardNames.map((guard) => [guard, 0]));
    for (const { hold } of this.#publisher.history.targets.values()) if (hold !== undefined) held[hold.guard]++;
    const closed: Record<string, number> = { rpki: 0, announcement: 0 };
    for (const { by } of this.#publisher.history.routes.values()) for (const { guard } of by) closed[guard]++;
    const radius = radiusOf(this.#publisher, Date.now());
    const moved = families.flatMap((family) =>
      (['hosts', 'queries'] as const).flatMap((of) =>
        radius === undefined ? [] : [{ family, of, share: radius.moved[family][of] }],
      ),
    );
    const { load = NO_LOAD } = this.#publisher.history;
    return { held, closed, moved, freezes: this.freezes.orders.length, ...loadReading(load) };
  }

  /** Begins to look for what is due. Call when something is served. */
  start(): void {
    this.moves.catalogues.start((message) => this.#events.warning(message));
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /** Ends looking, and waits until what was worked out is stored. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#guards.stop();
    await this.moves.catalogues.stop();
    await this.moves.executor.stored();
  }

  /**
   * Publishes a load, under the overrides there are.
   * @param located classes of clients, if they are others than before
   */
  install(load: LoadSuccess, forces: readonly Force[], located?: Located): Promise<void> {
    return this.#publisher.exclusive(async () => {
      const before = await this.#pointing();
      const gone: number[] = [];
      await this.#publisher.install(load, forces, (host) => gone.push(host), located);
      await this.moves.forget(gone);
      const after = await this.#mark(before);
      // What is decided next is measured by what hangs on it.
      void this.#publisher.counts.all();
      if (before !== undefined && after !== undefined) this.#tellPassed(before, after);
    });
  }

  /** Files are an operator's word, so guards hold nothing back of them; they say what they would have refused of a move. */
  #tellPassed(before: Pointing, after: Pointing): void {
    const world = this.#publisher.world(Date.now());
    if (world === undefined) return;
    world.network.groups.forEach(({ id }, group) => {
      for (const family of families) {
        const more = after.at(id, family).hosts - before.at(id, family).hosts;
        if (more <= 0) continue;
        for (const finding of judgeDestinations(world, [{ group, family }]))
          if (finding.refuses) this.#events.passed({ ...finding, group: id, family, hosts: more });
      }
    });
  }

  /** Publishes other classes of clients: what is known of their places has changed. */
  locate(located: Located): Promise<void> {
    return this.#publisher.exclusive(async () => {
      const before = await this.#pointing();
      await this.#publisher.locate(located);
      await this.#mark(before);
    });
  }

  /**
   * Forces a state. When it resolves every answer of this node follows it.
   * @param key `zurich`, `web/zurich`, `web/zurich/ipv6`
   * @param beside changes to store in the same commit
   */
  force(key: string, to: ForcedByOperator, beside: readonly Change[], precondition?: () => void): Promise<void> {
    return this.#publisher.exclusive(async () => {
      precondition?.();
      const { network } = this.#publisher;
      if (network === undefined) throw new Problem('conflict', 'nothing is served yet');
      const change = this.states.change(key, to, network);
      await this.moves.executor.commit([...change.changes, ...beside], false);
      if (to.state === 'auto' || to.state === 'up') this.#events.letBack(key);
      await this.#take(change.apply);
      this.#events.forced(key, to);
    });
  }

  /**
   * Freezes automatic changes, or ends that. When it resolves nothing changes by itself any more, or what waited has happened.
   * @param group  its id; undefined for all
   * @param to     undefined ends it
   * @param beside changes to store in the same commit
   */
  freeze(
    group: string | undefined,
    to: FreezeRecord | undefined,
    by: Pick<FreezeRecord, 'author' | 'reason'>,
    beside: readonly Change[],
    precondition?: () => void,
  ): Promise<void> {
    return this.#publisher.exclusive(async () => {
      precondition?.();
      const { network } = this.#publisher;
      if (network === undefined) throw new Problem('conflict', 'nothing is served yet');
      // An order on a group that a reload took away can still be ended.
      if (to !== undefined && group !== undefined && !network.groups.some(({ id }) => id === group))
        throw unknownGroup(this.#publisher, group, 'not-found');
      const { changes, apply } = this.freezes.change(group, to);
      await this.moves.executor.commit([...changes, ...beside], false);
      apply();
      await this.#takeFreezes();
      this.#events.frozen(group, to, by.author, by.reason);
    });
  }

  async #takeFreezes(): Promise<void> {
    const before = await this.#pointing();
    await this.#publisher.freeze(this.freezes.orders);
    await this.#mark(before);
  }

  /** Applies a stored change of forced states, and remembers which VIPs old answers still point at. */
  async #take(apply: () => void): Promise<void> {
    const before = await this.#pointing();
    apply();
    const { network } = this.#publisher;
    if (network === undefined) return;
    await this.#publisher.force(this.states.in(network).forces);
    await this.#mark(before);
  }

  /**
   * Publishes verdicts. When it resolves every answer of this node follows them.
   * @param take the verdicts of the moment, asked for when their turn has come; `moved` says whether any state differs: then VIPs that old answers point at are
   *   remembered
   */
  judged(take: () => Pick<World, 'verdicts' | 'held'> & { readonly moved: boolean }): Promise<void> {
    return this.#publisher.exclusive(() =>
      this.#automatic(async () => {
        const { verdicts, held, moved } = take();
        await this.#publisher.judge(verdicts, held);
        return moved;
      }),
    );
  }

  /**
   * A change nobody asked for. Answers first: which VIPs they have left is worked out afterwards, from the plans before and after.
   * @param publish whether answers may point elsewhere
   */
  async #automatic(publish: () => Promise<boolean>): Promise<void> {
    const before = this.#publisher.decided;
    const moved = await publish();
    const after = this.#publisher.decided;
    if (!moved || before === undefined || after === undefined) return;
    const hosts = await this.#publisher.counts.all();
    const left = this.#left(pointingOf(before, hosts), pointingOf(after, hosts));
    // The next verdict waits for no disk.
    this.moves.executor.commitLater(left);
  }

  /** Feeds say something else. What guards make of it counts at once, without waiting for a verdict. */
  informed(): void {
    if (!this.#isNews()) return;
    const done = this.#publisher.exclusive(async () => {
      if (this.#isNews()) await this.#reconsider();
    });
    done.catch((error: Error) => this.#events.warning(`what feeds say could not be decided by: ${error.message}`));
  }

  /** Whether what feeds say changes anything: nothing is published for nothing. */
  #isNews(): boolean {
    const now = Date.now();
    const world = this.#publisher.world(now);
    if (world === undefined || this.#publisher.decided === undefined) return false;
    return haveRoutesChanged(world) || this.#publisher.isLoadDue(now);
  }

  #reconsider(): Promise<void> {
    return this.#automatic(async () => {
      await this.#publisher.reconsider();
      return true;
    });
  }

  /** Whether a guard's wait is over. */
  #isLookDue(): boolean {
    return (nextLook(this.#publisher.history) ?? Number.POSITIVE_INFINITY) <= Date.now();
  }

  /** Does what waited for a guard, as far as none speaks against it any longer. */
  async #lookAtGuards(): Promise<void> {
    if (!this.#isLookDue()) return;
    await this.#publisher.exclusive(async () => {
      // What was published while this waited for its turn has looked, too.
      if (!this.#isLookDue()) return;
      await this.#reconsider();
    });
  }

  /** Forgets freezes whose time is over. They have counted no longer since. */
  async #endFreezes(): Promise<void> {
    for (const group of this.freezes.expired(Date.now())) {
      await this.#publisher.exclusive(async () => {
        // An operator may have made it longer while this waited for its turn.
        if (!this.freezes.expired(Date.now()).includes(group)) return;
        const { changes, apply } = this.freezes.change(group, undefined);
        const about = `${group ?? 'all groups'}: ended`;
        const entry = { at: Date.now(), author: 'steerd', action: 'freeze', about, reason: 'its time is over' };
        await this.moves.executor.commit([...changes, audited(entry)], true);
        apply();
        await this.#takeFreezes();
        this.#events.frozen(group, undefined, entry.author, entry.reason);
      });
    }
  }

  async #pointing(): Promise<Pointing | undefined> {
    const { decided, counts } = this.#publisher;
    return decided === undefined ? undefined : pointingOf(decided, await counts.all());
  }

  /** @returns where answers point now */
  async #mark(before: Pointing | undefined): Promise<Pointing | undefined> {
    // Before the first load nothing was pointed at.
    if (before === undefined) return undefined;
    const after = await this.#pointing();
    if (after !== undefined) await this.moves.executor.commit(this.#left(before, after), true);
    return after;
  }

  /** What remembers VIPs that fewer answers point at than before. */
  #left(before: Pointing, after: Pointing): Change[] {
    const now = Date.now();
    const raises = before
      .fewerIn(after)
      .map(({ group, family, ttl }) => ({ group, family, until: now + (ttl + DEFAULT_HOLD) * 1000 }));
    return this.moves.executor.marks.raised(raises);
  }

  #moved(move: MoveRecord, nodes?: Int32Array): void {
    const now = Date.now();
    const status = statusOf(move, now);
    const known = this.#underWay.get(move.id);
    this.#follow(move, status);
    if (status === 'moving' && known !== 'moving' && nodes !== undefined) void this.#estimate(move, nodes);
    if (!this.#underWay.has(move.id)) this.progress.end(move.id);
    this.#events.moved(move);
  }

  /** Begins to estimate how far a move has come, if any of its hosts is in the sample. */
  async #estimate({ id }: MoveRecord, nodes: Int32Array): Promise<void> {
    const since = readClock(this.#resolvers);
    const sampled = new Map<number, number>();
    for (const { name } of readResolvers(this.#resolvers)) sampled.set(this.#publisher.tables.candidate(name), name);
    if (sampled.size === 0) return;
    const moved = new Set<number>();
    for (let i = 0; i < nodes.length; i++) {
      if (i % PIECE === PIECE - 1) await breathe();
      const name = sampled.get(nodes[i]);
      if (name !== undefined) moved.add(name);
    }
    if (this.#underWay.get(id) === 'moving') this.progress.begin(id, moved, since);
  }

  #follow(move: MoveRecord, status: MoveStatus): void {
    if (status === 'pending' || status === 'moving' || status === 'settling') this.#underWay.set(move.id, status);
    else this.#underWay.delete(move.id);
  }

  /** Tells of moves that have come further since. */
  #tellProgress(now: number): void {
    for (const [id, told] of this.#underWay) {
      const move = this.moves.ledger.get(id);
      if (move === undefined) this.#underWay.delete(id);
      else if (statusOf(move, now) !== told) this.#moved(move);
    }
    if (now < this.#lookAgain) return;
    this.#lookAgain = now + LOOK_AGAIN_MS;
    for (const [id] of this.#underWay) {
      const switched = this.moves.ledger.get(id)?.switched ?? now;
      // While a move is followed workers note every query: not for a hold of days.
      if (now - switched > MOST_FOLLOWED_MS) this.progress.end(id);
      else this.progress.askedAgain(id);
    }
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      this.#tellProgress(Date.now());
      if ((this.moves.nextDue() ?? Number.POSITIVE_INFINITY) <= Date.now()) await this.moves.tick();
      await this.#endFreezes();
      await this.#lookAtGuards();
      for (const key of this.states.expired(Date.now())) {
        await this.#publisher.exclusive(async () => {
          // An operator may have forced it anew while this waited for its turn.
          if (!this.states.expired(Date.now()).includes(key)) return;
          const { changes, apply } = this.states.expiry(key);
          const entry = { at: Date.now(), author: 'steerd', action: 'state', about: `${key} auto`, reason: 'expired' };
          await this.moves.executor.commit([...changes, audited(entry)], true);
          await this.#take(apply);
          this.#events.forced(key, undefined);
        });
      }
    } catch (error) {
      this.#events.warning(`what was due could not be done: ${(error as Error).message}`);
    } finally {
      this.#ticking = false;
    }
  }
}

function pointingOf(answered: Answered, hosts: ReadonlyMap<number, number>): Pointing {
  return new Pointing(answered, answered.numbers, hosts);
}
