/**
 * Probing in virtual time, by the rules of src/health/scheduler.ts: every interval and a little earlier at random, sooner after a failure until the state is settled,
 * never more often than a target allows. prober.test.ts holds the two to the same probes. What is left out is late timers: virtual ones never are.
 */
import type { Observation } from '../../../src/health/check-state.ts';
import type { Job } from '../../../src/health/jobs.ts';
import type { Condition } from './behaviour.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** As the scheduler's: the first probes of all jobs are spread over so many milliseconds, or an interval if that is less. */
const FIRST_MS = 1000;
/** Milliseconds until a refusal is back. */
const REFUSAL_MS = 1;

interface Running {
  readonly job: Job;
  failures: number;
}

export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  /** How a target is to the observer now. */
  condition(target: string): Condition;
  observed(job: Job, seen: Observation): void;
}

export class Prober {
  readonly #world: World;
  #running = new Map<string, Running>();
  #free = new Map<string, number>();
  #rate = 1;
  /** Probes made. */
  made = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Makes these jobs and no others. One that is made already goes on as it was. */
  set(jobs: readonly Job[], rate: number): void {
    const { timeline, random } = this.#world;
    this.#rate = rate;
    this.#free = new Map();
    const before = this.#running;
    this.#running = new Map();
    for (const job of jobs) {
      const kept = before.get(job.id);
      const running: Running = kept ?? { job, failures: 0 };
      this.#running.set(job.id, running);
      if (kept !== undefined) continue;
      this.#wait(running, timeline.now + random.next() * Math.min(job.timing.interval, FIRST_MS));
    }
  }

  #wait(running: Running, due: number): void {
    this.#world.timeline.at(due, () => this.#begin(running));
  }

  #begin(running: Running): void {
    const { job } = running;
    if (this.#running.get(job.id) !== running) return;
    const { timeline, random } = this.#world;
    const began = timeline.now;
    const free = this.#free.get(job.limit) ?? 0;
    if (free > began) {
      this.#wait(running, free);
      return;
    }
    this.#free.set(job.limit, Math.max(free, began - 1000 / this.#rate) + 1000 / this.#rate);
    this.made++;
    const { timeout } = job.timing;
    const { failing, how, latency } = this.#world.condition(job.of[0].target);
    // Certainty takes no chance, so that most probes cost no number of the sequence.
    const failed = failing >= 1 || (failing > 0 && random.next() < failing);
    if ((failed && how === 'silent') || (latency >= timeout && !(failed && how === 'refusing')))
      timeline.at(began + timeout, () => this.#end(running, began, 'failed', `no answer within ${timeout} ms`));
    else if (!failed) timeline.at(began + latency, () => this.#end(running, began, 'ok', 'status 200'));
    else if (how === 'refusing')
      timeline.at(began + REFUSAL_MS, () => this.#end(running, began, 'failed', 'connection refused'));
    else timeline.at(began + latency, () => this.#end(running, began, 'failed', how));
  }

  #end(running: Running, began: number, result: 'ok' | 'failed', cause: string): void {
    const { job } = running;
    if (this.#running.get(job.id) !== running) return;
    const { timeline, random } = this.#world;
    const at = timeline.now;
    const { interval, jitter, recheck } = job.timing;
    running.failures = result === 'ok' ? 0 : running.failures + 1;
    const unsettled = result === 'failed' && running.failures < job.fall;
    this.#wait(running, unsettled ? at + recheck : Math.max(at, began + interval - random.next() * jitter));
    this.#world.observed(job, { at, result, cause, duration: at - began });
  }
}
