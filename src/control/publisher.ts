/**
 * What is answered: the arenas, the plan in them, and the cells. Every change is one publish or one store a host.
 */
import { EventEmitter } from 'node:events';
import type { LoadSuccess, Target } from '../compile/compiler.ts';
import { PlanWriter } from '../compile/plan-writer.ts';
import { type Freeze, type History, NO_HISTORY } from '../steering/guards/history.ts';
import { isLoadDue } from '../steering/load/steer-load.ts';
import type { Assignment, Force, Network, Verdicts, World, WorldDemand } from '../steering/model.ts';
import type { NetworkData } from '../steering/network-data.ts';
import { noClasses } from '../steering/policy.ts';
import type { Decided } from '../steering/redecide.ts';
import { step } from '../steering/step.ts';
import { ARENAS, Arenas } from '../tables/arena.ts';
import { ClientReader } from '../tables/client-reader.ts';
import { type Descriptor, GenerationWriter, NO_CLIENTS } from '../tables/control-block.ts';
import { TableReader } from '../tables/table-reader.ts';
import { AnswerSlots } from './answer-slots.ts';
import { Assignments } from './assignments.ts';
import { Cells, type HostGone } from './cells.ts';
import { findHost } from './find-host.ts';
import { HostCounts } from './host-counts.ts';
import { Overrides, type Placement } from './overrides.ts';
import { noteTails, Tails } from './tails.ts';

/** How often a wait for workers looks again. A worker is busy for a batch, well under this. */
const WAIT_MS = 1;

/** What is answered, and why. The world's assignments are without holes. */
export interface Answered extends Decided {
  /** The number each assignment has in cells. */
  readonly numbers: readonly number[];
}

/** Classes of clients, and the maps that were made with them. */
export interface Located {
  /** The arena of the maps, NO_CLIENTS when no policy looks at clients. */
  readonly arena: number;
  readonly classes: World['classes'];
}

export class Publisher extends EventEmitter<{ published: [generation: number] }> {
  readonly arenas = new Arenas();
  readonly generation: GenerationWriter;
  /** What is answered from, for the main thread's own questions. */
  readonly tables = new TableReader();
  readonly clients = new ClientReader();
  readonly assignments = new Assignments();
  readonly overrides: Overrides;
  readonly cells: Cells;
  /** Hosts by assignment. It writes the cells that are answered from. */
  readonly counts: HostCounts;
  readonly seed: number;
  /** To be called when answers are new, before anything else is done: what follows takes some milliseconds, for which a worker on the same core would stand still. */
  readonly makeWay: () => void;
  /** What the workers' rows of answers count. */
  readonly slots = new AnswerSlots();
  #queue: Promise<unknown> = Promise.resolve();
  #forces: readonly Force[] = [];
  #verdicts: Verdicts = new Map();
  #held: World['held'];
  #data: NetworkData | undefined;
  #rates: ReadonlyMap<string, number> = new Map();
  #freezes: readonly Freeze[] = [];
  /** What guards remember of the time before this one served anything. */
  #remembered = NO_HISTORY;
  #decided: Answered | undefined;
  /** By plan arena who writes it, and for which network. */
  readonly #writers: ({ readonly network: Network; readonly writer: PlanWriter } | undefined)[] = [];
  #located: Located = { arena: NO_CLIENTS, classes: [] };
  /** One past the highest assignment that every worker has a row for. */
  #covered = 0;

  /** Longer TTLs handed out until lately. */
  readonly tails = new Tails();

  /**
   * @param control the control block shared with the workers
   * @param makeWay lets workers that share this thread's core have it first
   */
  constructor(control: SharedArrayBuffer, seed: number, makeWay: () => void = () => {}) {
    super();
    this.makeWay = makeWay;
    this.generation = new GenerationWriter(control);
    this.seed = seed;
    this.overrides = new Overrides(seed, this.tables);
    this.cells = new Cells(this.assignments, this.overrides, seed);
    this.counts = new HostCounts(this.tables, seed, () => this.generation.moved());
  }

  /** Everything `decide` looks at, as it is now, with the assignments by number. */
  world(now: number): World | undefined {
    const { network, resolved } = this.assignments;
    if (network === undefined) return undefined;
    const demand = this.#demand([...resolved.keys()]);
    return {
      network,
      assignments: resolved as Assignment[],
      forces: this.#forces,
      verdicts: this.#verdicts,
      ...(this.#held === undefined ? {} : { held: this.#held }),
      classes: this.#located.classes,
      ...(this.#data === undefined ? {} : { data: this.#data }),
      ...(demand === undefined ? {} : { demand }),
      freezes: this.#freezes,
      history: this.history,
      now,
    };
  }

  /** The same of those assignments alone that there are, in the order of `assignments.dense`: what a step looks at. */
  stepWorld(now: number): World | undefined {
    const world = this.world(now);
    const { assignments, numbers } = this.assignments.dense;
    const demand = this.#demand(numbers);
    return world === undefined ? undefined : { ...world, assignments, ...(demand === undefined ? {} : { demand }) };
  }

  /** Whether loads would change anything if it were decided now. */
  isLoadDue(now: number): boolean {
    const world = this.stepWorld(now);
    return world !== undefined && this.#decided !== undefined && isLoadDue(world, this.#decided);
  }

  /** What is answered, with what feeds say and what is asked for now; undefined before anything is. */
  measured(now: number): Decided | undefined {
    if (this.#decided === undefined) return undefined;
    const { world, plan, numbers } = this.#decided;
    const demand = this.#demand(numbers);
    const measured = {
      ...(this.#data === undefined ? {} : { data: this.#data }),
      ...(demand === undefined ? {} : { demand }),
    };
    return { world: { ...world, ...measured, now }, plan };
  }

  /** What is asked for. @param numbers of the assignments it is about */
  #demand(numbers: readonly number[]): WorldDemand | undefined {
    const counts = this.counts.known;
    if (counts === undefined) return undefined;
    return { hosts: numbers.map((number) => counts.get(number) ?? 0), queries: this.#rates };
  }

  get network(): Network | undefined {
    return this.assignments.network;
  }

  get forces(): readonly Force[] {
    return this.#forces;
  }

  /** The arenas a load may write, once nobody reads them. */
  async freeTarget(): Promise<Target> {
    return { base: await this.#free('base'), head: await this.#free('head') };
  }

  /** The arena maps of clients may be written to, once nobody reads it. */
  freeClients(): Promise<number> {
    return this.#free('clients');
  }

  /** The arenas answered from. */
  get served(): Target | undefined {
    return this.generation.descriptor;
  }

  /** Runs one change after another. Loads compile outside and only install in here, so that moves do not wait for files. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(change);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /**
   * Publishes a load. Call within `exclusive`.
   * @param gone    told of each override whose host is no more, once the load is answered from
   * @param located classes of clients in the load's network; without it those there are go on, or in another network there are none
   */
  async install(
    load: LoadSuccess,
    forces: readonly Force[],
    gone: HostGone = () => {},
    located?: Located,
  ): Promise<number> {
    const { served } = this;
    if (located !== undefined) this.#located = located;
    else if (served === undefined || load.networkChanged)
      this.#located = { arena: NO_CLIENTS, classes: noClasses(load.network.policies) };
    const before = this.assignments.resolved;
    this.assignments.load(load.network, load.keys, load.assignments);
    this.#forces = forces;
    const next = new TableReader();
    next.use(this.arenas.bases[load.use.base], this.arenas.heads[load.use.head]);
    // Cells first, then the plan: a host that is declared differently may need assignments nobody had before. None of these cells is answered from yet;
    // those that are keep their numbers, and the plan says what they mean in a changed network.
    const rebased = served?.base !== load.use.base;
    const { zonesAdded, zonesRemoved } = load.changes;
    // Where a zone has come or gone, a name may belong to another one: then it has another place in the same base.
    const displaced = rebased || zonesAdded + zonesRemoved > 0;
    const ended: number[] = [];
    const note: HostGone = (host) => ended.push(host);
    if (!rebased && served.head !== load.use.head)
      await this.cells.fillOverlays(this.tables, next, displaced ? () => {} : note);
    const placement = displaced ? await this.cells.fillAll(next, note) : undefined;
    if (served !== undefined) await noteTails(this, before, next, rebased);
    const generation = await this.#publish(load.use, placement);
    ended.forEach(gone);
    return generation;
  }

  /** Publishes other forces. Call within `exclusive`. */
  async force(forces: readonly Force[]): Promise<number> {
    this.#forces = forces;
    return this.#publish(this.#mustServe());
  }

  /**
   * Publishes what follows from other verdicts. Call within `exclusive`.
   * @param held the observer is cut off: the verdicts are those from before
   */
  async judge(verdicts: Verdicts, held: World['held']): Promise<number> {
    this.#verdicts = verdicts;
    this.#held = held;
    return this.#publish(this.#mustServe());
  }

  /** The plan that is answered from, with the world it was decided in. */
  get decided(): Answered | undefined {
    return this.#decided;
  }

  /** Publishes other classes of clients, of the same network. Call within `exclusive`. */
  async locate(located: Located): Promise<number> {
    this.#located = located;
    return this.#publish(this.#mustServe());
  }

  /** Takes other verdicts, for whatever is published next. */
  observe(verdicts: Verdicts, held: World['held']): void {
    this.#verdicts = verdicts;
    this.#held = held;
  }

  /** What guards remember. */
  get history(): History {
    return this.#decided?.world.history ?? this.#remembered;
  }

  /** Takes what guards remembered before a restart, and what is frozen. Call before anything is published. */
  remember(history: History, freezes: readonly Freeze[]): void {
    this.#remembered = history;
    this.#freezes = freezes;
  }

  /** Publishes under other freezes. Call within `exclusive`. */
  async freeze(freezes: readonly Freeze[]): Promise<number> {
    this.#freezes = freezes;
    return this.#publish(this.#mustServe());
  }

  /** Publishes what follows from the time alone: a guard's wait is over. Call within `exclusive`. */
  async reconsider(): Promise<number> {
    return this.#publish(this.#mustServe());
  }

  /** Takes what feeds say of the network now, for whatever is decided next. */
  inform(data: NetworkData): void {
    this.#data = data;
  }

  /** Takes how often each target was answered with lately, for whatever is decided next. @param rates answers a second by `targetKey` */
  weigh(rates: ReadonlyMap<string, number>): void {
    this.#rates = rates;
  }

  /** Sees to it that every worker has a row for every assignment made so far. Call within `exclusive`, before a cell names one. */
  async cover(): Promise<void> {
    if (this.assignments.size <= this.#covered) return;
    const generation = await this.#publish(this.#mustServe());
    // A worker amid a batch still has the plan before, where a new number would mean "no such family".
    while (!this.generation.isEverywhere(generation)) await sleep();
  }

  /**
   * Puts what the overrides say into a host's cell: one atomic store. The next answer anywhere is the new one. The assignment must be covered.
   * @param name wire form, lower case
   * @returns whether there is such a host
   */
  refresh(name: Uint8Array): boolean {
    const node = findHost(this.tables, name, this.seed);
    if (node === 0) return false;
    const host = this.overrides.find(name, 0, name.length);
    this.counts.assign(node, this.cells.numberFor(this.tables, node, host));
    return true;
  }

  #mustServe(): Target {
    const { served } = this;
    if (served === undefined) throw new Error('nothing is served yet');
    return served;
  }

  /** @param placement where overrides are in other tables */
  async #publish(use: Target, placement?: Placement): Promise<number> {
    const plan = await this.#free('plan');
    const world = this.stepWorld(Date.now());
    if (world === undefined) throw new Error('publish without a network');
    const { numbers } = this.assignments.dense;
    const { size } = this.assignments;
    const decided = { ...step(world, this.#decided), numbers };
    this.#writer(plan, world.network).write(decided.plan, numbers, size);

    while (!this.generation.canPublish) await sleep();
    const { base, head } = use;
    const { arena: clients } = this.#located;
    const { served } = this;
    const generation = this.generation.publish({ base, head, plan, clients });
    this.makeWay();
    this.tables.use(this.arenas.bases[base], this.arenas.heads[head]);
    if (placement !== undefined) this.overrides.take(placement);
    if (served?.base !== base || served.head !== head) this.counts.forget();
    this.clients.use(this.arenas.clients[clients]);
    this.#covered = size;
    this.#decided = decided;
    this.emit('published', generation);
    return generation;
  }

  #writer(plan: number, network: Network): PlanWriter {
    let known = this.#writers[plan];
    // Another network numbers services and groups anew, so nothing written before means the same.
    if (known?.network !== network) {
      known = { network, writer: new PlanWriter(this.arenas.plans[plan], this.slots.of(network)) };
      this.#writers[plan] = known;
    }
    return known.writer;
  }

  async #free(kind: keyof Descriptor): Promise<number> {
    for (;;) {
      for (let i = 0; i < ARENAS; i++) if (this.generation.isFree(kind, i)) return i;
      await sleep();
    }
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}
