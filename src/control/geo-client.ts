/** The main thread's end of the geo worker. */
import { Worker } from 'node:worker_threads';
import type { ClientsMade, GeoReply, GeoRequest, GeoWorkerData } from '../feeds/geo/worker.ts';
import type { Network } from '../steering/model.ts';

/** The network and the databases can't be put together as they are. */
export class ClientsRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ClientsRefusedError';
  }
}

type Answered<K extends string> = Extract<GeoReply, Record<K, unknown>>;
/** What is asked, without its number. */
type Asked<T> = T extends unknown ? Omit<T, 'id'> : never;

export class GeoClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (reply: GeoReply) => void; reject: (error: Error) => void }>();
  #next = 1;
  #dead: Error | undefined;

  constructor(data: GeoWorkerData) {
    this.#worker = new Worker(new URL('../feeds/geo/worker.ts', import.meta.url), { workerData: data, name: 'geo' });
    this.#worker.on('message', (reply: GeoReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('failed' in reply) waiting?.reject(new Error(reply.failed));
      else if ('refused' in reply) waiting?.reject(new ClientsRefusedError(reply.refused));
      else waiting?.resolve(reply);
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the geo worker ended with ${code}`)));
  }

  /** Whether the worker has ended, so that another client is needed. */
  get ended(): boolean {
    return this.#dead !== undefined;
  }

  /** Reads the databases that have changed. */
  async refresh(): Promise<Answered<'refreshed'>['refreshed']> {
    return ((await this.#ask({ refresh: true })) as Answered<'refreshed'>).refreshed;
  }

  /** Writes the maps of a network into a free arena. @throws ClientsRefusedError */
  async make(network: Network, arena: number): Promise<ClientsMade> {
    return ((await this.#ask({ network, arena })) as Answered<'made'>).made;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: Asked<GeoRequest>): Promise<GeoReply> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
  }

  #fail(error: Error): void {
    this.#dead = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
