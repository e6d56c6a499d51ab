/** The probing of the simulator is that of the server: both are given the same targets and the same chance, and must make the same probes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpProbe, Timing } from '../../../src/health/check.ts';
import type { Job } from '../../../src/health/jobs.ts';
import type { Run } from '../../../src/health/probes/probe.ts';
import { Scheduler } from '../../../src/health/scheduler.ts';
import { Behaviour } from './behaviour.ts';
import { Prober } from './prober.ts';
import type { Random } from './random.ts';
import { Timeline } from './timeline.ts';

const END = 60_000;
const PROBE: HttpProbe = {
  type: 'http',
  port: 80,
  method: 'GET',
  path: '/',
  headers: {},
  status: [[200, 299]],
  verify: true,
  expiryWarning: 14,
};

function job(name: string, timing: Partial<Timing> = {}, fall = 2): Job {
  return {
    id: name,
    probe: PROBE,
    address: name,
    port: 80,
    timing: { interval: 2000, jitter: 200, timeout: 1000, recheck: 500, ...timing },
    fall,
    limit: name,
    of: [{ target: name, check: 'web' }],
  };
}

const jobs = [
  job('a'),
  job('b', { interval: 4000, recheck: 200 }, 5),
  job('c', { interval: 250, jitter: 0, timeout: 250, recheck: 64 }),
];

function behaviour(): Behaviour {
  const world = new Behaviour();
  world.add('a', { from: 10_000, to: 20_000, failing: 1, how: 'silent' });
  world.add('a', { from: 40_000, to: 40_300, failing: 1, how: 'refusing' });
  world.add('b', { from: 15_000, to: 30_000, failing: 1, how: 'refusing' });
  world.add('c', { from: 30_000, to: 33_000, failing: 1, how: 'status 503' });
  world.add('c', { from: 50_000, to: 53_000, failing: 1, how: 'silent' });
  return world;
}

/** Whole milliseconds, since the timers of a machine have no others. */
function chance(): () => number {
  let drawn = 0;
  return () => [0.5, 0.25, 0, 0.75][drawn++ % 4];
}

type Made = readonly [at: number, result: string, duration: number];

function simulated(job: Job, rate: number): Made[] {
  const timeline = new Timeline();
  const world = behaviour();
  const made: Made[] = [];
  const prober = new Prober({
    timeline,
    random: { next: chance() } as Random,
    condition: (target) => world.seen(target, timeline.now),
    observed: (_, { at, result, duration }) => made.push([at, result, duration]),
  });
  prober.set([job], rate);
  timeline.run(END);
  return made;
}

async function real(job: Job, rate: number): Promise<Made[]> {
  const world = behaviour();
  const made: Made[] = [];
  const run: Run<HttpProbe> = (_, { address }, done) => {
    const { failing, how, latency } = world.seen(address, Date.now());
    if (failing === 1 && how === 'silent') return () => undefined;
    const after = failing === 1 && how === 'refusing' ? 1 : latency;
    const timer = setTimeout(() => done(failing === 0 ? 'ok' : 'failed', how), after);
    return () => clearTimeout(timer);
  };
  const scheduler = new Scheduler(run as ConstructorParameters<typeof Scheduler>[0], rate, {
    observed: (_, { result, duration }) => made.push([Date.now(), result, duration]),
    discarded: () => made.push([Date.now(), 'discarded', 0]),
  });
  scheduler.set([job], rate);
  await vi.advanceTimersByTimeAsync(END);
  scheduler.stop();
  return made;
}

describe('simulated probes', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      now: 0,
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'hrtime', 'Date'],
    });
    vi.spyOn(Math, 'random').mockImplementation(chance());
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const cases = jobs.flatMap((job) => [20, 2].map((rate) => [job.id, rate, job] as const));
  it.each(cases)('of %s are those the scheduler makes, at most %i a second', async (_, rate, job) => {
    const expected = await real(job, rate);
    const made = simulated(job, rate);
    expect(made.length).toBeGreaterThan(15);
    expect(made.filter(([, result]) => result === 'failed').length).toBeGreaterThan(2);
    expect(made.map(([, result]) => result)).toEqual(expected.map(([, result]) => result));
    made.forEach(([at, , duration], i) => {
      // Timers are cut to whole milliseconds, each after the last.
      expect(Math.abs(at - expected[i][0])).toBeLessThanOrEqual(1 + i);
      expect(Math.abs(duration - expected[i][2])).toBeLessThanOrEqual(1);
    });
  });
});
