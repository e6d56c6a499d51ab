/** The main thread's end of the probe worker: tells it what to probe, takes what it observes, and replaces it when it dies or hangs. */
import { Worker } from 'node:worker_threads';
import type { Observation } from '../../health/check-state.ts';
import { monotonic } from '../../health/clock.ts';
import type { Job } from '../../health/jobs.ts';
import type { ObservationKey } from '../../health/judge.ts';
import { BEAT_MS, type FromProbeWorker, type ToProbeWorker } from '../../health/messages.ts';

/** A worker that is silent for so long hangs. */
const HUNG_MS = 5 * BEAT_MS;
/** One that dies again at once is not replaced faster than this. */
const AGAIN_MS = 1000;

/** What a worker has to end its probes. */
const ENDING_MS = 500;

/** Who observes. One server is one vantage. */
const VANTAGE = 'self';

export interface ProbeEvents {
  observed(key: ObservationKey, type: Job['probe']['type'], seen: Observation): void;
  /** All that came in one message has been told. */
  gathered(discarded: number): void;
  /** The worker died or hung, and another is being started. */
  replaced(cause: string): void;
}

export class ProbeClient {
  readonly #events: ProbeEvents;
  readonly #file: URL;
  #worker: Worker | undefined;
  #jobs = new Map<string, Job>();
  #orders: ToProbeWorker = { jobs: [], rate: 1 };
  #heard = 0;
  #looked = 0;
  #looking: NodeJS.Timeout | undefined;
  #starting: NodeJS.Timeout | undefined;

  /** @param file the worker's entry; a test gives another */
  constructor(events: ProbeEvents, file = new URL('../../health/probe-worker.ts', import.meta.url)) {
    this.#events = events;
    this.#file = file;
  }

  /** Makes these jobs and no others. The worker is started with the first. */
  set(jobs: readonly Job[], rate: number): void {
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    this.#orders = { jobs, rate };
    if (this.#worker !== undefined) this.#worker.postMessage(this.#orders);
    else if (jobs.length > 0 && this.#starting === undefined) this.#start();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    clearTimeout(this.#starting);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('stop' satisfies ToProbeWorker);
    // One that hangs is ended all the same.
    const late = setTimeout(() => void worker.terminate(), ENDING_MS);
    await ended;
    clearTimeout(late);
  }

  #start(): void {
    this.#starting = undefined;
    const worker = new Worker(this.#file, { name: 'probes' });
    this.#worker = worker;
    this.#heard = monotonic();
    let error: Error | undefined;
    worker.on('message', (message: FromProbeWorker) => this.#take(message));
    worker.on('error', (thrown: Error) => {
      error = thrown;
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#replace(error?.message ?? `it ended with ${code}`);
    });
    worker.postMessage(this.#orders);
    this.#looking ??= setInterval(() => this.#look(), BEAT_MS);
    this.#looking.unref();
  }

  /** Whether it still says something. */
  #look(): void {
    const now = monotonic();
    // This thread itself was away, and what the worker said meanwhile has not been read yet.
    const away = now - this.#looked > 2 * BEAT_MS;
    this.#looked = now;
    if (this.#worker === undefined || away || now - this.#heard < HUNG_MS) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker.terminate();
    this.#replace(`nothing heard for ${Math.round((now - this.#heard) / 1000)} s`);
  }

  #replace(cause: string): void {
    this.#worker = undefined;
    this.#starting ??= setTimeout(() => this.#start(), AGAIN_MS);
    this.#events.replaced(cause);
  }

  #take({ observed, discarded }: FromProbeWorker): void {
    this.#heard = monotonic();
    const now = Date.now();
    for (const { job: id, at, ...found } of observed) {
      const job = this.#jobs.get(id);
      if (job === undefined) continue;
      const seen = { ...found, at: Math.round(now - (this.#heard - at)) };
      for (const key of job.of) this.#events.observed({ vantage: VANTAGE, ...key }, job.probe.type, seen);
    }
    this.#events.gathered(discarded);
  }
}
