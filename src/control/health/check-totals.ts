/** What checks have found since the start, by kind, for metrics. */
import type { Observation } from '../../health/check-state.ts';
import { PROBE_BOUNDS } from '../../health/probe-bounds.ts';

export interface CheckTotal {
  readonly results: Record<Observation['result'], number>;
  /** Observations by bucket, the last one beyond the last bound. */
  readonly buckets: number[];
  /** Seconds. */
  seconds: number;
}

export class CheckTotals {
  readonly #totals = new Map<string, CheckTotal>();
  discarded = 0;
  replaced = 0;

  add(type: string, { result, duration }: Observation): void {
    let total = this.#totals.get(type);
    if (total === undefined) {
      total = {
        results: { ok: 0, failed: 0, none: 0 },
        buckets: new Array<number>(PROBE_BOUNDS.length + 1).fill(0),
        seconds: 0,
      };
      this.#totals.set(type, total);
    }
    const seconds = duration / 1000;
    total.results[result]++;
    total.seconds += seconds;
    const bucket = PROBE_BOUNDS.findIndex((bound) => seconds <= bound);
    total.buckets[bucket < 0 ? PROBE_BOUNDS.length : bucket]++;
  }

  /** By kind of check. */
  get byType(): ReadonlyMap<string, CheckTotal> {
    return this.#totals;
  }
}
