/** The compile worker there is. Another one takes its place when it has ended, or when nobody knows any longer what it takes for answered. */
import type { InForce } from '../compile/in-force.ts';
import { CompileClient, type Loaded } from './compile-client.ts';
import type { Publisher } from './publisher.ts';

export class CompileWorkers {
  readonly #publisher: Publisher;
  readonly #inForce: () => InForce | undefined;
  #client: CompileClient;
  #isClosing = false;

  /**
   * @param first   the one that began with the server (`beginCompiling`)
   * @param inForce what is answered by now, which is what another one begins with
   */
  constructor(first: CompileClient, publisher: Publisher, inForce: () => InForce | undefined) {
    this.#client = first;
    this.#publisher = publisher;
    this.#inForce = inForce;
  }

  load(request: Parameters<CompileClient['load']>[0]): Promise<Loaded> {
    return this.#client.load(request);
  }

  /** Does what the worker has a part in: a load, and what becomes of it. After a fault in any of that another worker takes its place. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#client.ended) await this.renew();
    const client = this.#client;
    try {
      return await work();
    } catch (error) {
      if (client === this.#client) await this.renew();
      throw error;
    }
  }

  /** Another worker begins with what is answered: what the last load made is not. */
  async renew(): Promise<void> {
    if (this.#isClosing) return;
    await this.#client.close();
    // Its end may have been waited for meanwhile.
    if (!this.#isClosing) this.#client = beginCompiling(this.#publisher, this.#inForce());
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#client.close();
  }
}

/** @param inForce what is answered, if anything is */
export function beginCompiling(publisher: Publisher, inForce?: InForce): CompileClient {
  return new CompileClient({
    arenas: publisher.arenas.buffers,
    seed: publisher.seed,
    keys: publisher.assignments.keys,
    ...(inForce === undefined ? {} : { inForce }),
  });
}
