/**
 * How long a query is in our hands, sampled: a histogram in a worker's row (counters.ts). A batch's queries are received together and their replies
 * leave together, so the service time of each is the batch's.
 */
import { Counter } from './counters.ts';

/** Words of the histogram: the last counts what is longer than the last bound. */
export const SERVICE_BUCKETS = 20;

/**
 * Upper bounds of the buckets but the last, inclusive, in microseconds: 1, 2, 4 … 262,144. Powers of two, because a bucket is then one instruction
 * away, and because a quarter of a second is far beyond any good answer.
 */
export const SERVICE_BOUNDS: readonly number[] = Array.from({ length: SERVICE_BUCKETS - 1 }, (_, i) => 2 ** i);

/**
 * Messages (or batches of them) of which one is timed: often enough for a percentile a minute on a quiet server, seldom enough to cost nothing. The last
 * of each, not the first: a worker's first message meets code that nothing has made fast yet.
 */
export const SAMPLE_EVERY = 64;

/** The bucket of a service time in microseconds, fractions allowed. */
export function serviceBucket(microseconds: number): number {
  // Compared first: clz32 would take the time modulo 2^32.
  if (microseconds > 2 ** (SERVICE_BUCKETS - 2)) return SERVICE_BUCKETS - 1;
  if (microseconds <= 1) return 0;
  return 32 - Math.clz32(Math.ceil(microseconds) - 1);
}

/**
 * Counts queries that took `microseconds` each.
 * @param row a worker's counters
 */
export function countServiceTime(row: Uint32Array, microseconds: number, queries: number): void {
  row[Counter.SERVICE_0 + serviceBucket(microseconds)] += queries;
  row[Counter.SERVICE_SUM] += Math.round(microseconds) * queries;
}
