/** Metrics of outside data. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Reading } from './source.ts';

const STATES = ['waiting', 'ok', 'failing', 'stale'] as const;
const FINDINGS = ['invalid', 'not-found', 'unannounced', 'unexpected', 'stuck'] as const;
const VALIDITIES = ['valid', 'invalid', 'not-found'] as const;

/** @param now what is being scraped */
export function addFeedMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  new Gauge({
    name: 'steerd_feed_state',
    help: 'How a feed does: 1 for the state it is in, 0 for the others',
    labelNames: ['feed', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { id, state } of now().feeds.feeds)
        for (const each of STATES) this.set({ feed: id, state: each }, each === state ? 1 : 0);
    },
  });
  new Gauge({
    name: 'steerd_feed_observed_timestamp_seconds',
    help: 'Unix time of which the newest data of a feed are',
    labelNames: ['feed'],
    registers,
    collect() {
      this.reset();
      for (const { id, observedAt } of now().feeds.feeds)
        if (observedAt !== undefined) this.set({ feed: id }, observedAt / 1000);
    },
  });
  new Counter({
    name: 'steerd_feed_attempts_total',
    help: 'Attempts to read a feed, by result',
    labelNames: ['feed', 'result'],
    registers,
    collect() {
      this.reset();
      for (const { id, attempts, failures } of now().feeds.feeds) {
        this.inc({ feed: id, result: 'ok' }, attempts - failures);
        this.inc({ feed: id, result: 'failed' }, failures);
      }
    },
  });
  new Counter({
    name: 'steerd_feeds_replaced_total',
    help: 'Threads that read feeds which died or hung and were replaced',
    registers,
    collect() {
      this.reset();
      this.inc(now().feeds.replaced);
    },
  });
  new Gauge({
    name: 'steerd_route_findings',
    help: 'Routes with something wrong about them, by what it is',
    labelNames: ['kind'],
    registers,
    collect() {
      const { findings } = now().feeds;
      for (const kind of FINDINGS) this.set({ kind }, findings.filter((finding) => finding.kind === kind).length);
    },
  });
  new Gauge({
    name: 'steerd_link_utilisation_ratio',
    help: 'Load of a link as a part of its capacity, as a feed said last',
    labelNames: ['link', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const { link, direction, ratio } of now().feeds.utilisation) this.set({ link, direction }, ratio);
    },
  });
  new Gauge({
    name: 'steerd_prefix_validity',
    help: "Route origin validation of a group's prefix: 1 for the state it is in, 0 for the others",
    labelNames: ['group', 'family', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { group, family, state } of now().feeds.validity)
        for (const each of VALIDITIES) this.set({ group, family, state: each }, each === state ? 1 : 0);
    },
  });
}
