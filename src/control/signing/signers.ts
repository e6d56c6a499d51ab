/**
 * The life of the signer threads (signer-worker.ts): what they share with packet workers, started, replaced when they die, stopped. Requests lie in shared memory, so none is lost with a
 * thread; the hot names that one knew of are, and are learned anew.
 */
import { Worker } from 'node:worker_threads';
import type { SignedZonesConfig } from '../../answer/signed-zones.ts';
import { makeSignatureRequests, stopSigners } from '../../dnssec/signature-requests.ts';
import type { Network } from '../../steering/model.ts';
import type { Libc } from '../../transport/libc.ts';
import type { SignerAccess } from '../../transport/udp-worker.ts';
import { openWake } from '../../transport/wake.ts';
import { restartDelay } from '../restart-delay.ts';
import type { Alternatives } from './hot-signatures.ts';
import type { FromSigner, SignerWorkerData, ToSigner } from './signer-worker.ts';

/** A signature that can't be made. */
export interface SigningFailure {
  /** Of which RRset; undefined when two signers have died of it. */
  readonly of: { readonly name: string; readonly type: number } | undefined;
  readonly cause: string;
}

export interface SignersEvents {
  /** A thread died, and is replaced. */
  restarted(name: string, error: Error | undefined): void;
  /** Told once in a while of each thread, however many there are. */
  unsigned(failure: SigningFailure): void;
}

export interface SignersConfig {
  /** How many threads. */
  readonly threads: number;
  /** Packet workers that ask them. */
  readonly workers: number;
  readonly signing: SignedZonesConfig;
  readonly counters: SharedArrayBuffer;
  /** The first of the rows in which they count. */
  readonly firstRow: number;
}

export class Signers {
  readonly #config: SignersConfig;
  readonly #libc: Libc;
  readonly #requests: SharedArrayBuffer;
  readonly #wakes: readonly number[];
  readonly #threads = new Map<number, Worker>();
  readonly #events: SignersEvents;
  /** By number, those that are waited for until they are started again. */
  readonly #again = new Map<number, NodeJS.Timeout>();
  #alternatives: readonly Alternatives[] = [];
  #stopping = false;

  /** @throws Error when the system has no descriptors left for us */
  constructor(config: SignersConfig, libc: Libc, events: SignersEvents) {
    this.#config = config;
    this.#libc = libc;
    this.#events = events;
    this.#requests = makeSignatureRequests(config.workers);
    this.#wakes = Array.from({ length: config.workers }, () => openWake(libc));
  }

  /** What a packet worker asks them by. */
  accessOf(worker: number): SignerAccess {
    return { requests: this.#requests, wake: this.#wakes[worker], threads: this.#config.threads };
  }

  /** The threads, by number: for tests that kill them. */
  get threads(): ReadonlyMap<number, Worker> {
    return this.#threads;
  }

  /** Which addresses may be answered in each other's place. */
  useNetwork(network: Network): void {
    this.#alternatives = alternativesOf(network);
    for (const thread of this.#threads.values())
      thread.postMessage({ alternatives: this.#alternatives } satisfies ToSigner);
  }

  start(): Promise<unknown> {
    return Promise.all(Array.from({ length: this.#config.threads }, (_, signer) => this.#spawn(signer)));
  }

  /** After the packet workers have stopped. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#again.values()) clearTimeout(timer);
    stopSigners(this.#requests);
    await Promise.all(
      [...this.#threads.values()].map((thread) => new Promise<void>((resolve) => thread.once('exit', () => resolve()))),
    );
    for (const fd of this.#wakes) this.#libc.close(fd);
  }

  /** @param delay what it was waited for @returns when it signs */
  #spawn(signer: number, delay = 0): Promise<void> {
    const { signing, counters, firstRow } = this.#config;
    const workerData: SignerWorkerData = {
      keys: signing.zones.flatMap(({ keys }) => keys),
      ...(signing.changes === undefined ? {} : { changes: signing.changes }),
      cache: signing.cache,
      requests: this.#requests,
      wakes: this.#wakes,
      signer,
      counters,
      row: firstRow + signer,
      alternatives: this.#alternatives,
    };
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const name = `signer-${signer}`;
      const thread = new Worker(new URL('./signer-worker.ts', import.meta.url), { workerData, name });
      this.#threads.set(signer, thread);
      let cause: Error | undefined;
      let isReady = false;
      thread.on('message', (message: FromSigner) => {
        if (message !== 'ready') return this.#events.unsigned(message.failure);
        isReady = true;
        resolve();
      });
      thread.on('error', (error: Error) => {
        cause = error;
      });
      thread.on('exit', () => {
        this.#threads.delete(signer);
        if (!isReady) return reject(cause ?? new Error(`${name} ended before it signed`));
        if (this.#stopping) return;
        this.#events.restarted(name, cause);
        this.#restart(signer, restartDelay(performance.now() - began, delay));
      });
    });
  }

  /** Starts one again, also where the system has no thread left for it at first. @param wait milliseconds until then */
  #restart(signer: number, wait: number): void {
    const start = (): void => {
      this.#again.delete(signer);
      this.#spawn(signer, wait).catch((error: Error) => {
        if (this.#stopping) return;
        this.#events.restarted(`signer-${signer}`, error);
        this.#restart(signer, restartDelay(0, wait));
      });
    };
    this.#again.set(signer, setTimeout(start, wait));
  }
}

/** The addresses of each service, over all groups. */
function alternativesOf({ services }: Network): Alternatives[] {
  return services.map(({ vips }) => ({
    ipv4: vips.flatMap(({ ipv4 }) => (ipv4 === undefined ? [] : [ipv4])),
    ipv6: vips.flatMap(({ ipv6 }) => (ipv6 === undefined ? [] : [ipv6])),
  }));
}
