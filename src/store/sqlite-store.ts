/**
 * The store in a file: SQLite in a thread of its own, with a write-ahead log that is synced at every commit. Nothing here waits for the disk.
 */
import { Worker } from 'node:worker_threads';
import type { Reply, Request, StoreThread, Success, WireChange, WireEntry } from './sqlite-messages.ts';
import { type Change, type Committed, type Entry, type ListOptions, type Store, StoreError } from './store.ts';
import { Watchers } from './watchers.ts';

export interface SqliteStoreOptions {
  /**
   * Told of every commit: how long it took in the database, in milliseconds, whether it succeeded, and when it was durable (Unix milliseconds, with
   * fractions; when it was refused, of a failure).
   */
  readonly onCommit?: (milliseconds: number, ok: boolean, at: number) => void;
  /** A word of shared memory that is 1 from when a commit is durable until this thread takes it up. */
  readonly durable?: Int32Array;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (result: Success) => void;
  readonly reject: (error: StoreError) => void;
}

export class SqliteStore implements Store {
  readonly #path: string;
  readonly #options: SqliteStoreOptions;
  readonly #watchers = new Watchers();
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 1;
  #revision = 0;
  #closed = false;

  private constructor(path: string, options: SqliteStoreOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Opens a database file, made if there is none, and checks it.
   * @throws StoreError
   */
  static async open(path: string, options: SqliteStoreOptions = {}): Promise<SqliteStore> {
    const store = new SqliteStore(path, options);
    try {
      ({ revision: store.#revision } = await store.#ask({ do: 'open' }));
    } catch (error) {
      await store.#end();
      throw error;
    }
    return store;
  }

  get revision(): number {
    return this.#revision;
  }

  async snapshot(collections: readonly string[]): Promise<{ revision: number; entries: Entry[] }> {
    const { revision, entries = [] } = await this.#ask({ do: 'snapshot', collections });
    return { revision, entries: entries.map(entryOf) };
  }

  async get(collection: string, key: string): Promise<Entry | undefined> {
    const { entries } = await this.#ask({ do: 'get', collection, key });
    return entries?.map(entryOf)[0];
  }

  async list(collection: string, { after, limit, newestFirst = false }: ListOptions): Promise<Entry[]> {
    const { entries = [] } = await this.#ask({ do: 'list', collection, after, limit, newestFirst });
    return entries.map(entryOf);
  }

  async commit(changes: readonly Change[], expected?: number): Promise<number> {
    const wire = changes.map(wireChange);
    try {
      const {
        revision,
        milliseconds = 0,
        at = Date.now(),
      } = await this.#ask(
        { do: 'commit', changes: wire, expected },
        wire.flatMap(({ octets }) => (octets === undefined ? [] : [octets.buffer as ArrayBuffer])),
        // In order of the commits, and before their promises: replies come in order, promises need not.
        (committed) => {
          this.#revision = committed;
          this.#watchers.tell({ revision: committed, changes });
        },
      );
      // Later: who waits for the commit makes answers new, and comes first.
      setImmediate(() => this.#options.onCommit?.(milliseconds, true, at));
      return revision;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') this.#options.onCommit?.(0, false, Date.now());
      throw error;
    }
  }

  watch(from: number, listener: (committed: Committed) => void): () => void {
    return this.#watchers.add(from, this.#revision, listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closing = this.#ask({ do: 'close' });
    this.#closed = true;
    await closing.catch(() => undefined);
    await this.#end();
  }

  /** Ends the thread, as a fault in it would; the next request starts another. For tests of that. */
  async endThread(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #end(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #ask(request: Request, transfer: ArrayBuffer[] = [], committed?: (revision: number) => void): Promise<Success> {
    if (this.#closed) return Promise.reject(new StoreError('closed', `the store ${this.#path} is closed`));
    this.#worker ??= this.#start();
    const id = this.#next++;
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const done = (result: Success): void => {
        committed?.(result.revision);
        resolve(result);
      };
      this.#waiting.set(id, { request, resolve: done, reject });
      worker.postMessage({ id, request }, transfer);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('sqlite-worker.ts', import.meta.url), {
      workerData: { path: this.#path, durable: this.#options.durable } satisfies StoreThread,
      name: 'store',
    });
    let cause = 'its thread ended';
    worker.on('message', ({ id, result }: Reply) => {
      this.#tookUp();
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if ('code' in result) waiting?.reject(new StoreError(result.code, result.message));
      else waiting?.resolve(result);
    });
    worker.on('error', (error: Error) => {
      cause = error.message;
    });
    worker.on('exit', () => {
      this.#tookUp();
      // The next request starts another thread.
      if (this.#worker === worker) this.#worker = undefined;
      const lost = [...this.#waiting.values()];
      this.#waiting.clear();
      void this.#recover(lost, new StoreError('failed', `the store ${this.#path} failed: ${cause}`));
    });
    return worker;
  }

  #tookUp(): void {
    const { durable } = this.#options;
    if (durable !== undefined) Atomics.store(durable, 0, 0);
  }

  /**
   * Ends what a thread left behind. Its last commits may be durable though it could not say so any more, and "refused" must be true: the revision tells
   * how many are, because they were taken in order.
   */
  async #recover(lost: readonly Waiting[], failure: StoreError): Promise<void> {
    const commits = lost.filter(({ request }) => request.do === 'commit');
    for (const waiting of lost) if (!commits.includes(waiting)) waiting.reject(failure);
    if (commits.length === 0) return;
    let revision = this.#revision;
    const durable = this.#closed
      ? revision
      : await this.#ask({ do: 'open' }).then(
          (now) => now.revision,
          () => revision,
        );
    for (const { request, resolve, reject } of commits) {
      const expected = request.do === 'commit' ? request.expected : undefined;
      if (revision < durable && (expected === undefined || expected === revision)) resolve({ revision: ++revision });
      else reject(failure);
    }
  }
}

function wireChange(change: Change): WireChange {
  if ('delete' in change) return { ...change.delete, value: undefined, octets: undefined };
  const { collection, key, value, blob } = change.put;
  // A copy, which is handed over: the caller's octets stay its own.
  return { collection, key, value: JSON.stringify(value), octets: blob?.slice() };
}

function entryOf({ collection, key, value, revision, octets }: WireEntry): Entry {
  const entry = { collection, key, value: JSON.parse(value) as unknown, revision };
  return octets === null ? entry : { ...entry, blob: octets };
}
