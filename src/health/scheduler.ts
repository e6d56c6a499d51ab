/**
 * When each job is probed: every interval, a little earlier at random; sooner after a failure; never more often than its target allows. Timers are not trusted: on a busy
 * machine they run late, and a probe that times out because nobody had the time to read its answer must not bring a target down.
 */

import type { Probe } from './check.ts';
import type { Observation } from './check-state.ts';
import { monotonic } from './clock.ts';
import type { Job } from './jobs.ts';
import type { Aim, Done } from './probes/probe.ts';

/** The first probes of all jobs are spread over so many milliseconds, or an interval if that is less. */
const FIRST_MS = 1000;

export interface Found {
  readonly result: Observation['result'];
  readonly cause: string;
  readonly warning?: string;
  /** Milliseconds. */
  readonly duration: number;
  /** When it ended, by the monotonic clock. */
  readonly at: number;
}

export interface SchedulerEvents {
  observed(job: Job, found: Found): void;
  /** A timer of this job ran late by more than half the timeout, so what it observed counts for nothing. */
  discarded(job: Job): void;
}

interface Running {
  job: Job;
  timer: NodeJS.Timeout;
  /** When the timer should run out. */
  due: number;
  failures: number;
  abort: (() => void) | undefined;
}

type RunProbe = (probe: Probe, aim: Aim, done: Done) => () => void;

export class Scheduler {
  readonly #run: RunProbe;
  readonly #events: SchedulerEvents;
  readonly #running = new Map<string, Running>();
  /** By what the limit is counted by: when the next probe may begin. */
  #free = new Map<string, number>();
  #rate: number;

  /** @param rate probes of one target a second */
  constructor(run: RunProbe, rate: number, events: SchedulerEvents) {
    this.#run = run;
    this.#rate = rate;
    this.#events = events;
  }

  /** Makes these jobs and no others. One that is made already goes on as it was. */
  set(jobs: readonly Job[], rate: number): void {
    this.#rate = rate;
    this.#free = new Map();
    const wanted = new Map(jobs.map((job) => [job.id, job]));
    for (const [id, running] of this.#running) {
      const job = wanted.get(id);
      if (job !== undefined) {
        running.job = job;
        wanted.delete(id);
        continue;
      }
      clearTimeout(running.timer);
      running.abort?.();
      this.#running.delete(id);
    }
    for (const [id, job] of wanted) {
      const due = monotonic() + Math.random() * Math.min(job.timing.interval, FIRST_MS);
      const running: Running = {
        job,
        due,
        failures: 0,
        abort: undefined,
        timer: undefined as unknown as NodeJS.Timeout,
      };
      this.#running.set(id, running);
      this.#wait(running, due);
    }
  }

  stop(): void {
    this.set([], this.#rate);
  }

  #wait(running: Running, due: number): void {
    running.due = due;
    running.timer = setTimeout(() => this.#begin(running), Math.max(0, due - monotonic()));
  }

  #begin(running: Running): void {
    const { job } = running;
    const { timeout, recheck } = job.timing;
    const began = monotonic();
    if (began - running.due > timeout / 2) {
      // The thread has too much to do. It gets no more to do by this than it must.
      this.#events.discarded(job);
      this.#wait(running, began + recheck);
      return;
    }
    const free = this.#free.get(job.limit) ?? 0;
    if (free > began) {
      this.#wait(running, free);
      return;
    }
    this.#free.set(job.limit, Math.max(free, began - 1000 / this.#rate) + 1000 / this.#rate);
    let over = false;
    const end: Done = (result, cause, warning) => {
      if (over) return;
      over = true;
      clearTimeout(running.timer);
      running.abort = undefined;
      this.#end(running, began, result, cause, warning);
    };
    let abort: () => void = () => undefined;
    try {
      abort = this.#run(job.probe, { address: job.address, port: job.port, timeout }, end);
    } catch (error) {
      end('none', `can't be probed: ${(error as Error).message}`);
    }
    // A probe may have ended before it began.
    if (over) return;
    running.abort = () => {
      over = true;
      abort();
    };
    const deadline = began + timeout;
    running.timer = setTimeout(() => {
      const late = monotonic() - deadline;
      // An answer that has arrived is read before this runs: timers come first in a round of the event loop, sockets after them.
      setImmediate(() => {
        if (over) return;
        over = true;
        running.abort = undefined;
        abort();
        if (late > timeout / 2) {
          this.#events.discarded(job);
          this.#wait(running, monotonic() + recheck);
        } else this.#end(running, began, 'failed', `no answer within ${timeout} ms`);
      });
    }, timeout);
  }

  #end(running: Running, began: number, result: Observation['result'], cause: string, warning?: string): void {
    // Its job is gone.
    if (this.#running.get(running.job.id) !== running) return;
    const at = monotonic();
    const { job } = running;
    const { interval, jitter, recheck } = job.timing;
    if (result === 'ok') running.failures = 0;
    if (result === 'failed') running.failures++;
    const unsettled = result === 'failed' && running.failures < job.fall;
    this.#wait(running, unsettled ? at + recheck : Math.max(at, began + interval - Math.random() * jitter));
    const found = { result, cause, duration: at - began, at };
    this.#events.observed(job, warning === undefined ? found : { ...found, warning });
  }
}
