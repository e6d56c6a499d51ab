/** The main thread's end of the probe worker: tells it what to probe, and takes what it observes. */
import type { Observation } from '../../health/check-state.ts';
import type { Job } from '../../health/jobs.ts';
import type { ObservationKey } from '../../health/judge.ts';
import type { FromProbeWorker, ToProbeWorker } from '../../health/messages.ts';
import { ReplacedWorker } from '../replaced-worker.ts';

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
  readonly #worker: ReplacedWorker<ToProbeWorker, FromProbeWorker>;
  #jobs = new Map<string, Job>();

  /** @param file the worker's entry; a test gives another */
  constructor(events: ProbeEvents, file = new URL('../../health/probe-worker.ts', import.meta.url)) {
    this.#events = events;
    this.#worker = new ReplacedWorker(file, 'probes', {
      message: (message) => this.#take(message),
      replaced: (cause) => events.replaced(cause),
    });
  }

  /** Makes these jobs and no others. The worker is started with the first. */
  set(jobs: readonly Job[], rate: number): void {
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    if (jobs.length > 0 || this.#worker.isStarted) this.#worker.order({ jobs, rate });
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  #take({ observed, discarded }: FromProbeWorker): void {
    const { heard } = this.#worker;
    const now = Date.now();
    for (const { job: id, at, ...found } of observed) {
      const job = this.#jobs.get(id);
      if (job === undefined) continue;
      const seen = { ...found, at: Math.round(now - (heard - at)) };
      for (const key of job.of) this.#events.observed({ vantage: VANTAGE, ...key }, job.probe.type, seen);
    }
    this.#events.gathered(discarded);
  }
}
