/** The main thread's end of the compile worker. */
import { Worker } from 'node:worker_threads';
import type { LoadFailure, LoadSuccess } from '../compile/compiler.ts';
import type { CompileReply, CompileRequest, CompileWorkerData } from '../compile/worker.ts';

export type Loaded = (LoadSuccess | LoadFailure) & { readonly milliseconds: number };

export class CompileClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (reply: Extract<CompileReply, { loaded: unknown }>) => void; reject: (error: Error) => void }
  >();
  #next = 1;
  #dead: Error | undefined;

  constructor(data: CompileWorkerData) {
    this.#worker = new Worker(new URL('../compile/worker.ts', import.meta.url), { workerData: data, name: 'compile' });
    this.#worker.on('message', (reply: CompileReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('failed' in reply) waiting?.reject(new Error(reply.failed));
      else waiting?.resolve(reply);
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the compile worker ended with ${code}`)));
  }

  async load(request: CompileRequest['load']): Promise<Loaded> {
    const reply = await this.#ask({ id: this.#next++, load: request });
    return reply.loaded;
  }

  /** Whether the worker has ended, so that another client is needed. */
  get ended(): boolean {
    return this.#dead !== undefined;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: CompileRequest): Promise<Extract<CompileReply, { loaded: unknown }>> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #fail(error: Error): void {
    this.#dead = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
