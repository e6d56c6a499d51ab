import type { Metric, Registry } from 'prom-client';

export interface Buckets {
  /** Observations by bucket: not summed up, the last one beyond the last bound. */
  readonly counts: readonly number[];
  readonly sum: number;
  /** What tells these from others of the same metric. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, number | string>>;
  readonly value: number;
}

/** A histogram whose buckets somebody else has counted. prom-client's own can only observe one value after another. */
export class BucketHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #bounds: readonly number[];
  readonly #read: () => readonly Buckets[];

  /**
   * @param bounds upper bounds of all buckets but the last, in the metric's unit
   * @param read asked at each scrape
   */
  constructor(
    registry: Registry,
    name: string,
    help: string,
    bounds: readonly number[],
    read: () => readonly Buckets[],
  ) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#read = read;
    // All a registry wants of a metric is its name and `get`; its types ask for one of prom-client's classes.
    registry.registerMetric(this as unknown as Metric);
  }

  /** What the registry renders. */
  async get(): Promise<{ name: string; help: string; type: 'histogram'; aggregator: 'sum'; values: Sample[] }> {
    const { name, help, type } = this;
    const values: Sample[] = [];
    for (const { counts, sum, labels = {} } of this.#read()) {
      let upTo = 0;
      counts.forEach((count, i) => {
        upTo += count;
        const le = this.#bounds[i] ?? '+Inf';
        values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo });
      });
      values.push({ metricName: `${name}_sum`, labels, value: sum });
      values.push({ metricName: `${name}_count`, labels, value: upTo });
    }
    return { name, help, type, aggregator: 'sum', values };
  }
}
