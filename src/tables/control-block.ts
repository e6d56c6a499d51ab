/**
 * The control block: how one writer and many packet workers agree on which arenas are answered from.
 *
 *     word 0          generation: the one thing a worker reads to learn that something is new
 *     word 1          stop flag
 *     word 2          raised after cells of what is answered from were stored
 *     word 3          1 while the main thread has not taken up what is durable: a worker that never waits lets it have the core they share
 *     words 16..      four descriptors, used in turn (generation & 3): which base, head, plan and client maps a generation means, and how often
 *                     base or head were others
 *     words 64..      a line of 16 words a worker (a cache line each): the generation it has seen, and whether it is idle
 *
 * **Freshness.** A worker loads the generation *after* its receive returns and before the batch's first answer. Whatever is sent
 * after a publish is received after it, so it sees it; the writer need wait for nobody.
 *
 * **Reuse.** Before it blocks, a worker says it is idle. After waking it stores the generation it is going to use and looks whether it
 * is still the newest:  do { g = generation; seen = g } while (generation !== g).  So for the writer, a worker that is idle, or whose `seen`
 * is past generation g, no longer reads what only g and older ones named: had it been idle and woken just now, its second look would
 * find the newer one. All accesses are sequentially consistent (Atomics).
 *
 * Generations are compared by difference mod 2^32, so they may wrap.
 */

const GENERATION = 0;
const STOP = 1;
const MOVED = 2;
const DURABLE = 3;
const DESCRIPTORS = 16;
const DESCRIPTOR_COUNT = 4;
const DESCRIPTOR_WORDS = 8;
const WORKERS = 64;
const WORKER_WORDS = 16;
const SEEN = 0;
const IDLE = 1;

/** Which arenas one generation is made of, by their index. */
export interface Descriptor {
  readonly base: number;
  readonly head: number;
  readonly plan: number;
  /** NO_CLIENTS where no policy looks at clients. */
  readonly clients: number;
}

/** Where the tables' version lies in a descriptor. */
const TABLES = 4;

/** In place of a client arena: all clients are of class 0. */
export const NO_CLIENTS = -1;

/** Makes the shared memory for at most `workers` workers. All of them count as idle until they start. */
export function makeControlBlock(workers: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer((WORKERS + workers * WORKER_WORDS) * 4);
  const words = new Int32Array(buffer);
  for (let w = 0; w < workers; w++) words[WORKERS + w * WORKER_WORDS + IDLE] = 1;
  return buffer;
}

/** The word that is 1 while something durable waits for the main thread, for who makes it durable and who takes it up. */
export function durableWord(block: SharedArrayBuffer): Int32Array {
  return new Int32Array(block, DURABLE * 4, 1);
}

/** A worker's side. */
export class GenerationReader {
  /** The generation the worker answers from since the last `enter`. */
  current = 0;
  base = 0;
  head = 0;
  plan = 0;
  clients = NO_CLIENTS;
  /** Raised with every base or head that is another: within one version references of nodes and zones mean the same. */
  tables = 0;
  readonly #words: Int32Array;
  readonly #row: number;

  constructor(block: SharedArrayBuffer, worker: number) {
    this.#words = new Int32Array(block);
    this.#row = WORKERS + worker * WORKER_WORDS;
  }

  /** Call before anything that may block or that leaves the tables alone for long. */
  idle(): void {
    Atomics.store(this.#words, this.#row + IDLE, 1);
  }

  /**
   * Call after a receive has returned, before the first answer.
   * @returns whether the generation is another than at the last call, so that views must be renewed
   */
  enter(): boolean {
    const words = this.#words;
    const row = this.#row;
    let g: number;
    do {
      g = Atomics.load(words, GENERATION);
      Atomics.store(words, row + SEEN, g);
      Atomics.store(words, row + IDLE, 0);
    } while (Atomics.load(words, GENERATION) !== g);
    if (g === this.current) return false;
    const d = DESCRIPTORS + (g & (DESCRIPTOR_COUNT - 1)) * DESCRIPTOR_WORDS;
    this.base = words[d];
    this.head = words[d + 1];
    this.plan = words[d + 2];
    this.clients = words[d + 3];
    this.tables = words[d + TABLES];
    this.current = g;
    return true;
  }

  /** What is published and what is in cells, as two numbers that differ when either may. */
  get look(): { readonly generation: number; readonly moved: number } {
    return { generation: Atomics.load(this.#words, GENERATION), moved: Atomics.load(this.#words, MOVED) };
  }

  /** Whether the main thread has not taken up yet what is durable. */
  get isAwaited(): boolean {
    return Atomics.load(this.#words, DURABLE) !== 0;
  }

  /** Whether the worker should end. */
  get stopping(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }
}

/** The writer's side. One per control block. */
export class GenerationWriter {
  readonly #words: Int32Array;
  readonly #workers: number;
  /** By kind and arena: the last generation that named it, or undefined when none did. */
  readonly #lastUse: Record<keyof Descriptor, (number | undefined)[]> = {
    base: [],
    head: [],
    plan: [],
    clients: [],
  };
  #now: Descriptor | undefined;
  #tables = 0;

  constructor(block: SharedArrayBuffer) {
    this.#words = new Int32Array(block);
    this.#workers = (this.#words.length - WORKERS) / WORKER_WORDS;
  }

  /** The generation published last; 0 before the first. */
  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** What the published generation is made of. */
  get descriptor(): Descriptor | undefined {
    return this.#now;
  }

  /** Whether nobody reads this arena any more, so that it may be written. */
  isFree(kind: keyof Descriptor, arena: number): boolean {
    if (this.#now !== undefined && this.#now[kind] === arena) return false;
    const last = this.#lastUse[kind][arena];
    return last === undefined || this.#allPast(last);
  }

  /** Whether a descriptor can be written now: the generation that used its place is past everywhere. */
  get canPublish(): boolean {
    return this.#allPast(this.generation - DESCRIPTOR_COUNT + 1);
  }

  /**
   * Makes these arenas the ones answered from. Everything in them must be written already.
   * @throws Error when `canPublish` is false: the caller waits for it first
   */
  publish(descriptor: Descriptor): number {
    if (!this.canPublish) throw new Error('publish before the oldest generation was let go');
    const words = this.#words;
    const old = this.generation;
    if (this.#now !== undefined) {
      const now = this.#now;
      for (const kind of ['base', 'head', 'plan'] as const) this.#lastUse[kind][now[kind]] = old;
      if (now.clients !== NO_CLIENTS) this.#lastUse.clients[now.clients] = old;
    }
    // 0 means "nothing published yet" to a reader, so a wrapped counter steps over it.
    const next = (old + 1) | 0 || 1;
    const d = DESCRIPTORS + (next & (DESCRIPTOR_COUNT - 1)) * DESCRIPTOR_WORDS;
    words[d] = descriptor.base;
    words[d + 1] = descriptor.head;
    words[d + 2] = descriptor.plan;
    words[d + 3] = descriptor.clients;
    if (this.#now?.base !== descriptor.base || this.#now.head !== descriptor.head) this.#tables++;
    words[d + TABLES] = this.#tables;
    this.#now = descriptor;
    Atomics.store(words, GENERATION, next);
    return next;
  }

  /** Whether every worker that answers now answers from this generation or a later one. */
  isEverywhere(generation: number): boolean {
    return this.#allPast((generation - 1) | 0);
  }

  /** A worker that died reads nothing any more. */
  setIdle(worker: number): void {
    Atomics.store(this.#words, WORKERS + worker * WORKER_WORDS + IDLE, 1);
  }

  /** The generation a worker answered from last, and whether it is idle. */
  worker(worker: number): { seen: number; idle: boolean } {
    const row = WORKERS + worker * WORKER_WORDS;
    return { seen: Atomics.load(this.#words, row + SEEN), idle: Atomics.load(this.#words, row + IDLE) === 1 };
  }

  /** Tells that cells were stored. */
  moved(): void {
    Atomics.add(this.#words, MOVED, 1);
  }

  /** Tells all workers to end. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  #allPast(generation: number): boolean {
    for (let w = 0; w < this.#workers; w++) {
      const { seen, idle } = this.worker(w);
      if (!idle && ((seen - generation) | 0) <= 0) return false;
    }
    return true;
  }
}
