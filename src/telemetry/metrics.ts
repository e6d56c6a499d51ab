/** Metrics for Prometheus. Everything is asked for at a scrape, except how long commits take, which has to be told when it happens. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { addFeedMetrics } from './feed-metrics.ts';
import { addGuardMetrics } from './guard-metrics.ts';
import { addHealthMetrics } from './health-metrics.ts';
import { addQueryMetrics } from './query-metrics.ts';
import { addSecondaryMetrics } from './secondary-metrics.ts';
import type { Reading, Source } from './source.ts';
import { addUpdateMetrics } from './update-metrics.ts';

/** From a commit in a fast disk's cache to a disk in trouble, in seconds. */
const COMMIT_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Gauges that are one number. */
const NUMBERS: readonly (readonly [name: string, help: string, value: (now: Reading) => number])[] = [
  [
    'steerd_generation',
    'Number of the published set that is answered from; grows with every publish',
    (r) => r.generation,
  ],
  ['steerd_load_seconds', 'Time the last good load took', (r) => r.load.duration / 1000],
  ['steerd_zones', 'Zones served', (r) => r.load.zones],
  ['steerd_hosts', 'Steered hosts in the zones served', (r) => r.load.hosts],
  ['steerd_tables_bytes', 'Memory of the tables, with what is kept for the next load', (r) => r.tableOctets],
  ['steerd_reload_success', 'Whether the last reload was good (1) or refused (0)', (r) => (r.reload.ok ? 1 : 0)],
  ['steerd_reload_timestamp_seconds', 'Unix time of the last good load or reload', (r) => r.reload.goodAt / 1000],
  ['steerd_overrides', 'Hosts that an operator has moved and that are not back', (r) => r.overrides],
];

export class Metrics {
  readonly #registry = new Registry();
  readonly #source: Source;
  readonly #commits: Histogram;
  readonly #failures: Counter;
  /** What is being scraped: read once, so that the metrics of a scrape agree. */
  #now: Reading | undefined;

  /** @param source not asked before the first `render`: commits may be told of before there is a server */
  constructor(source: Source) {
    this.#source = source;
    const now = (): Reading => (this.#now ??= source.read());
    const registers = [this.#registry];
    addQueryMetrics(this.#registry, now);
    addHealthMetrics(this.#registry, now);
    addFeedMetrics(this.#registry, now);
    addGuardMetrics(this.#registry, now);
    addSecondaryMetrics(this.#registry, now);
    addUpdateMetrics(this.#registry, now);
    for (const [name, help, value] of NUMBERS) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value(now()));
        },
      });
    }
    new Gauge({
      name: 'steerd_moves',
      help: 'Moves kept, by status',
      labelNames: ['status'],
      registers,
      collect() {
        this.reset();
        for (const [status, count] of Object.entries(now().moves)) this.set({ status }, count);
      },
    });
    new Gauge({
      name: 'steerd_build_info',
      help: 'Always 1; the label says which version runs',
      labelNames: ['version'],
      registers,
      collect() {
        this.set({ version: now().version }, 1);
      },
    });
    new Counter({
      name: 'steerd_worker_restarts_total',
      help: 'Threads that answer which died and were replaced',
      registers,
      collect() {
        this.reset();
        this.inc(now().workerRestarts);
      },
    });
    this.#commits = new Histogram({
      name: 'steerd_store_commit_seconds',
      help: 'Time of a successful commit to the store, in the database',
      buckets: COMMIT_BOUNDS,
      registers,
    });
    this.#failures = new Counter({ name: 'steerd_store_failures_total', help: 'Commits the store refused', registers });
    collectDefaultMetrics({ register: this.#registry });
  }

  /** What `render` writes, for the Content-Type header. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as they are now, in Prometheus' text format. */
  render(): Promise<string> {
    this.#now = this.#source.read();
    return this.#registry.metrics();
  }

  /** Notes a commit to the store. @param milliseconds in the database; of no meaning unless `ok` */
  storeCommit(milliseconds: number, ok: boolean): void {
    if (ok) this.#commits.observe(milliseconds / 1000);
    else this.#failures.inc();
  }
}
