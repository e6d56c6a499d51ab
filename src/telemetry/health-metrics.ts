/** Metrics of health checks. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { PROBE_BOUNDS } from '../health/probe-bounds.ts';
import { BucketHistogram } from './bucket-histogram.ts';
import type { Reading } from './source.ts';

const STATES = ['up', 'down', 'unknown'] as const;

/** @param now what is being scraped */
export function addHealthMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  new Gauge({
    name: 'steerd_target_state',
    help: 'What checks see of a target: 1 for the state it is in, 0 for the others',
    labelNames: ['service', 'group', 'family', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { service, group, family, state } of now().health.targets)
        for (const each of STATES) this.set({ service, group, family, state: each }, each === state ? 1 : 0);
    },
  });
  new Gauge({
    name: 'steerd_target_since_timestamp_seconds',
    help: 'Unix time since when a target has been in its state',
    labelNames: ['service', 'group', 'family'],
    registers,
    collect() {
      this.reset();
      for (const { service, group, family, since } of now().health.targets)
        this.set({ service, group, family }, since / 1000);
    },
  });
  new Gauge({
    name: 'steerd_health_held',
    help: 'Whether the server takes itself to be cut off, so that nothing moves by itself (1)',
    registers,
    collect() {
      this.set(now().health.held ? 1 : 0);
    },
  });
  new Counter({
    name: 'steerd_checks_total',
    help: 'Observations by kind of check and result; "none" says nothing of the target',
    labelNames: ['type', 'result'],
    registers,
    collect() {
      this.reset();
      for (const { type, results } of now().health.checks)
        for (const [result, count] of Object.entries(results)) this.inc({ type, result }, count);
    },
  });
  new Counter({
    name: 'steerd_checks_discarded_total',
    help: 'Observations that counted for nothing because a timer ran late',
    registers,
    collect() {
      this.reset();
      this.inc(now().health.discarded);
    },
  });
  new Counter({
    name: 'steerd_checker_replaced_total',
    help: 'Threads that probe which died or hung and were replaced',
    registers,
    collect() {
      this.reset();
      this.inc(now().health.replaced);
    },
  });
  new BucketHistogram(registry, 'steerd_check_seconds', 'Time a check took, timeouts included', PROBE_BOUNDS, () =>
    now().health.checks.map(({ type, buckets, seconds }) => ({ labels: { type }, counts: buckets, sum: seconds })),
  );
}
