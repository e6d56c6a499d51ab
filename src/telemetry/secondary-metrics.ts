/** Metrics of zones that come from other servers. */
import { Gauge, type Registry } from 'prom-client';
import type { Reading } from './source.ts';

const STATES = ['waiting', 'current', 'failing', 'expired'] as const;

/** @param now what is being scraped */
export function addSecondaryMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  new Gauge({
    name: 'steerd_secondary_zones',
    help: 'Zones that come from other servers, by how they do',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of STATES) this.set({ state }, now().secondaries.filter((zone) => zone.state === state).length);
    },
  });
  new Gauge({
    name: 'steerd_secondary_checked_timestamp_seconds',
    help: 'Unix time at which the primary of a zone was last known to have nothing newer',
    labelNames: ['zone'],
    registers,
    collect() {
      this.reset();
      for (const { zone, checkedAt } of now().secondaries)
        if (checkedAt !== undefined) this.set({ zone }, checkedAt / 1000);
    },
  });
  new Gauge({
    name: 'steerd_secondary_expires_timestamp_seconds',
    help: 'Unix time from which on a zone is too old to be answered, if its primary can not be asked until then',
    labelNames: ['zone'],
    registers,
    collect() {
      this.reset();
      for (const { zone, expiresAt } of now().secondaries)
        if (expiresAt !== undefined) this.set({ zone }, expiresAt / 1000);
    },
  });
}
