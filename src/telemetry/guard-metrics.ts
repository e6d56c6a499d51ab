/** Metrics of guards. */
import { Gauge, type Registry } from 'prom-client';
import type { Reading } from './source.ts';

/** @param now what is being scraped */
export function addGuardMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  new Gauge({
    name: 'steerd_guard_held',
    help: 'Targets whose state a guard keeps from counting',
    labelNames: ['guard'],
    registers,
    collect() {
      this.reset();
      for (const [guard, count] of Object.entries(now().guards.held)) this.set({ guard }, count);
    },
  });
  new Gauge({
    name: 'steerd_guard_closed',
    help: 'Groups that take no new hosts of a family by themselves',
    labelNames: ['guard'],
    registers,
    collect() {
      this.reset();
      for (const [guard, count] of Object.entries(now().guards.closed)) this.set({ guard }, count);
    },
  });
  new Gauge({
    name: 'steerd_guard_moved_ratio',
    help: 'Part of hosts and queries that moved by themselves within the interval of the blast radius',
    labelNames: ['family', 'of'],
    registers,
    collect() {
      this.reset();
      for (const { family, of, share } of now().guards.moved) this.set({ family, of }, share);
    },
  });
  new Gauge({
    name: 'steerd_load_diverted_ratio',
    help: 'Part of the hosts of a target that load steering answers with other groups',
    labelNames: ['service', 'group', 'family', 'kind'],
    registers,
    collect() {
      this.reset();
      for (const { ratio, ...target } of now().guards.diverted) this.set(target, ratio);
    },
  });
  new Gauge({
    name: 'steerd_link_overloaded',
    help: 'Links above their high watermark whose load has nowhere to go',
    labelNames: ['link', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const link of now().guards.overloaded) this.set(link, 1);
    },
  });
  new Gauge({
    name: 'steerd_freezes',
    help: 'Orders of operators that nothing changes by itself',
    registers,
    collect() {
      this.set(now().guards.freezes);
    },
  });
}
