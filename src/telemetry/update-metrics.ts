/** Metrics of dynamic updates. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Reading } from './source.ts';

/** @param now what is being scraped */
export function addUpdateMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  new Counter({
    name: 'steerd_updates_total',
    help: 'Dynamic updates by how they were answered: accepted, refused (by policy, a file, a prerequisite), or failed by no fault of theirs',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(now().updates.counts)) this.inc({ result }, count);
    },
  });
  new Gauge({
    name: 'steerd_updates_hidden',
    help: 'RRsets of dynamic updates that are not answered, because a zone file has something else there',
    registers,
    collect() {
      this.set(now().updates.hidden);
    },
  });
}
