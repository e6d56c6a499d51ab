import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from './jobs.ts';
import type { Done } from './probes/probe.ts';
import { type Found, Scheduler } from './scheduler.ts';

const RATE = 1000;

function job(id: string, timing: Partial<Job['timing']> = {}, more: Partial<Job> = {}): Job {
  return {
    id,
    probe: { type: 'tcp', port: 80 },
    address: '127.0.0.1',
    port: 80,
    timing: { interval: 40, jitter: 0, timeout: 2000, recheck: 10, ...timing },
    fall: 2,
    limit: id,
    of: [],
    ...more,
  };
}

/** Probes that end as they are told, and what came of them. */
class Bench {
  readonly seen: (Found & { job: string })[] = [];
  readonly begun: { at: number; id: string }[] = [];
  aborted = 0;
  discarded = 0;
  /** What a probe does with its `done`; nothing: it hangs. */
  act: (done: Done) => void = (done) => done('ok', 'fine');
  readonly scheduler: Scheduler;

  constructor(rate = RATE) {
    this.scheduler = new Scheduler(
      (_probe, { port }, done) => {
        this.begun.push({ at: performance.now(), id: String(port) });
        this.act(done);
        return () => this.aborted++;
      },
      rate,
      {
        observed: ({ id }, found) => this.seen.push({ job: id, ...found }),
        discarded: () => this.discarded++,
      },
    );
  }
}

let bench: Bench;
afterEach(() => bench.scheduler.stop());

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function until(good: () => boolean): Promise<void> {
  for (let tries = 0; !good(); tries++) {
    if (tries > 1000) throw new Error('never');
    await wait(5);
  }
}

describe('the scheduler', () => {
  it('probes every interval, and no more once a job is gone', async () => {
    bench = new Bench();
    bench.scheduler.set([job('a')], RATE);
    await until(() => bench.seen.length >= 5);
    const [first] = bench.begun;
    const last = bench.begun[bench.begun.length - 1];
    expect((last.at - first.at) / (bench.begun.length - 1)).toBeGreaterThan(35);
    bench.scheduler.set([], RATE);
    const { length } = bench.begun;
    await wait(100);
    expect(bench.begun).toHaveLength(length);
  });

  it('ends a probe that takes too long, and says so', async () => {
    bench = new Bench();
    bench.act = () => undefined;
    bench.scheduler.set([job('a', { timeout: 200 })], RATE);
    await until(() => bench.seen.length >= 1);
    expect(bench.seen[0]).toMatchObject({ result: 'failed', cause: 'no answer within 200 ms' });
    expect(bench.aborted).toBe(1);
  });

  it('checks again soon after a failure, until the state is settled', async () => {
    bench = new Bench();
    bench.act = (done) => done('failed', 'refused');
    bench.scheduler.set([job('a', { interval: 1500, recheck: 20 }, { fall: 3 })], RATE);
    await until(() => bench.seen.length >= 4);
    const apart = bench.seen.slice(1).map(({ at }, i) => at - bench.seen[i].at);
    expect(apart[0]).toBeLessThan(1000);
    expect(apart[1]).toBeLessThan(1000);
    expect(apart[2]).toBeGreaterThan(1400);
  });

  it('goes on with a job that stays, and aborts the probe of one that goes', async () => {
    bench = new Bench();
    bench.act = () => undefined;
    bench.scheduler.set([job('a', { timeout: 5000, interval: 5000 }), job('b', { timeout: 200 })], RATE);
    await until(() => bench.begun.length >= 1);
    await until(() => bench.seen.some(({ job: id }) => id === 'b'));
    const { aborted } = bench;
    bench.scheduler.set([job('b', { timeout: 200 })], RATE);
    await wait(20);
    expect(bench.aborted).toBeGreaterThanOrEqual(aborted);
    expect(bench.seen.every(({ job: id }) => id === 'b')).toBe(true);
  });

  it('makes no more probes of a target than its limit allows', async () => {
    bench = new Bench();
    const jobs = ['a', 'b', 'c', 'd'].map((id) => job(id, {}, { limit: 'one' }));
    bench.scheduler.set(jobs, 20);
    await until(() => bench.begun.length >= 10);
    const span = bench.begun[9].at - bench.begun[0].at;
    // Nine gaps of 50 ms.
    expect(span).toBeGreaterThan(400);
    expect(bench.discarded).toBe(0);
  });

  it('discards what was observed late, and never takes a busy thread for a dead target', async () => {
    bench = new Bench();
    bench.act = () => undefined;
    bench.scheduler.set([job('a', { timeout: 40, interval: 1000 })], RATE);
    await until(() => bench.begun.length >= 1);
    const until200 = performance.now() + 200;
    while (performance.now() < until200);
    await until(() => bench.discarded >= 1);
    expect(bench.seen).toEqual([]);
    // A timer that begins a probe late is no better.
    bench.scheduler.set([job('b', { timeout: 40, interval: 60 })], RATE);
    const until400 = performance.now() + 400;
    while (performance.now() < until400);
    const { length } = bench.begun;
    await until(() => bench.discarded >= 2);
    expect(bench.begun).toHaveLength(length);
  });

  it('takes an answer that has come before a time-out that is handled after it', async () => {
    bench = new Bench();
    // In the round of the event loop in which the time-out runs, after the timers: where sockets are read.
    bench.act = (done) => setTimeout(() => setImmediate(() => done('ok', 'just in time')), 30);
    bench.scheduler.set([job('a', { timeout: 30, interval: 1000 })], RATE);
    await until(() => bench.seen.length >= 1);
    expect(bench.seen[0].result).toBe('ok');
  });

  it('takes a probe that can not be made for no evidence', async () => {
    bench = new Bench();
    bench.act = () => {
      throw new Error('bad url');
    };
    bench.scheduler.set([job('a')], RATE);
    await until(() => bench.seen.length >= 1);
    expect(bench.seen[0]).toMatchObject({ result: 'none', cause: "can't be probed: bad url" });
  });
});
