/**
 * What is answered: the arenas, the plan in them, and the overrides in their cells. Every change is one publish or one store.
 */
import { EventEmitter } from 'node:events';
import type { AssignmentKey } from '../compile/assignment-table.ts';
import type { LoadSuccess, Target } from '../compile/compiler.ts';
import { denseAssignments, PlanWriter } from '../compile/plan-writer.ts';
import { decide } from '../steering/decide.ts';
import type { Assignment, Force, Network, World } from '../steering/model.ts';
import { ARENAS, Arenas } from '../tables/arena.ts';
import { type Descriptor, GenerationWriter } from '../tables/control-block.ts';
import { TableReader } from '../tables/table-reader.ts';
import { hashName } from '../zone/suffixes.ts';

/** How often a wait for workers looks again. A worker is busy for a batch, well under this. */
const WAIT_MS = 1;

interface Override {
  readonly name: Uint8Array;
  readonly assignment: number;
}

export class Publisher extends EventEmitter<{ published: [generation: number] }> {
  readonly arenas = new Arenas();
  readonly generation: GenerationWriter;
  /** What is answered from, for the main thread's own questions. */
  readonly tables = new TableReader();
  readonly #seed: number;
  readonly #overrides = new Map<string, Override>();
  #queue: Promise<unknown> = Promise.resolve();
  #network: Network | undefined;
  #assignments: readonly (Assignment | undefined)[] = [];
  #keys: readonly (AssignmentKey | undefined)[] = [];
  #forces: readonly Force[] = [];

  /** @param control the control block shared with the workers */
  constructor(control: SharedArrayBuffer, seed: number) {
    super();
    this.generation = new GenerationWriter(control);
    this.#seed = seed;
  }

  /** Everything `decide` looks at, as it is now. */
  world(now: number): World | undefined {
    if (this.#network === undefined) return undefined;
    return {
      network: this.#network,
      assignments: this.#assignments as Assignment[],
      forces: this.#forces,
      classes: 1,
      now,
    };
  }

  get network(): Network | undefined {
    return this.#network;
  }

  /** The names of all assignments, by number. */
  get keys(): readonly (AssignmentKey | undefined)[] {
    return this.#keys;
  }

  /** The names of an assignment, by number. */
  keyOf(assignment: number): AssignmentKey | undefined {
    return this.#keys[assignment];
  }

  /** The arenas a load may write, once nobody reads them. */
  async freeTarget(): Promise<Target> {
    const free = async (kind: keyof Descriptor): Promise<number> => {
      for (;;) {
        for (let i = 0; i < ARENAS; i++) if (this.generation.isFree(kind, i)) return i;
        await sleep();
      }
    };
    return { base: await free('base'), head: await free('head') };
  }

  /** The arenas answered from. */
  get served(): Target | undefined {
    return this.generation.descriptor;
  }

  /** Runs one change after another. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(change);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /** Publishes a load. Call within `exclusive`. */
  async install(load: LoadSuccess, forces: readonly Force[]): Promise<number> {
    this.#network = load.network;
    this.#assignments = load.assignments;
    this.#keys = load.keys;
    this.#forces = forces;
    return this.#publish(load.use);
  }

  /** Publishes other forces. */
  force(forces: readonly Force[]): Promise<number> {
    return this.exclusive(async () => {
      this.#forces = forces;
      const { served } = this;
      if (served === undefined) throw new Error('nothing is served yet');
      return this.#publish(served);
    });
  }

  /**
   * Moves a host to another assignment, until further notice: one atomic store. The next answer anywhere is the new one.
   * @param name wire form, lower case
   * @param assignment a number the plan has a row for, or 0 for what the zone file declares
   * @returns whether there is such a host
   */
  move(name: Uint8Array, assignment: number): boolean {
    const key = name.join('.');
    if (assignment === 0) this.#overrides.delete(key);
    else this.#overrides.set(key, { name, assignment });
    return this.#apply(this.tables, name, assignment);
  }

  /** The number of an assignment that some host declares, by its names. */
  findAssignment(wanted: Omit<AssignmentKey, 'ttl'>): number {
    return this.#keys.findIndex(
      (key) =>
        key !== undefined &&
        key.service === wanted.service &&
        key.ipv4 === wanted.ipv4 &&
        key.ipv6 === wanted.ipv6 &&
        key.policy === wanted.policy,
    );
  }

  async #publish(use: Target): Promise<number> {
    const plan = await this.#freePlan();
    const world = this.world(Date.now());
    if (world === undefined) throw new Error('publish without a network');
    const { assignments, numbers } = denseAssignments(this.#assignments);
    new PlanWriter(this.arenas.plans[plan]).write(decide({ ...world, assignments }), numbers, this.#assignments.length);

    while (!this.generation.canPublish) await sleep();
    // From here to the store nothing awaits: a move made before is in the overrides, one made after finds the new cells.
    const next = new TableReader();
    next.use(this.arenas.bases[use.base], this.arenas.heads[use.head]);
    for (const { name, assignment } of this.#overrides.values()) this.#apply(next, name, assignment);
    const generation = this.generation.publish({ ...use, plan });
    this.tables.use(this.arenas.bases[use.base], this.arenas.heads[use.head]);
    this.emit('published', generation);
    return generation;
  }

  async #freePlan(): Promise<number> {
    for (;;) {
      for (let i = 0; i < ARENAS; i++) if (this.generation.isFree('plan', i)) return i;
      await sleep();
    }
  }

  #apply(tables: TableReader, name: Uint8Array, assignment: number): boolean {
    const node = findHost(tables, name, this.#seed);
    if (node === 0) return false;
    tables.assign(node, assignment === 0 ? tables.declared(node) : assignment);
    return true;
  }
}

/** The node of a steered host, in the most specific zone that holds its name; 0 when there is none. */
export function findHost(tables: TableReader, name: Uint8Array, seed: number): number {
  for (let at = 0; ; at += name[at] + 1) {
    const zone = tables.findZone(hashName(seed, name, at, name.length), name, at, name.length);
    if (zone !== 0) {
      const node = tables.find(zone, hashName(seed, name, 0, name.length), name, 0, name.length);
      return node !== 0 && tables.declared(node) !== 0 ? node : 0;
    }
    if (name[at] === 0) return 0;
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}
