/** What metrics are made of, taken from the parts of a running server. */
import { utilisation } from '../steering/utilisation.ts';
import type { Reading } from '../telemetry/source.ts';
import type { Feeds } from './feeds/feeds.ts';
import type { RouteWatch } from './feeds/route-watch.ts';
import type { Health } from './health/health.ts';
import { type MoveStatus, moveStatuses, statusOf } from './moves/record.ts';
import type { PacketWorkers } from './packet-workers.ts';
import type { Publisher } from './publisher.ts';
import type { Secondaries } from './secondaries.ts';
import type { Steering } from './steering.ts';
import type { Updates } from './updates/updates.ts';

/** Where it is read from. */
export interface ReadParts {
  readonly publisher: Publisher;
  readonly workers: PacketWorkers;
  readonly steering: Steering;
  readonly health: Health;
  readonly feeds: Feeds;
  readonly routes: RouteWatch;
  readonly updates: Updates;
  readonly secondaries: Secondaries | undefined;
  /** What the last successful load said. */
  readonly last: { readonly milliseconds: number; readonly zones: readonly { readonly hosts: number }[] } | undefined;
}

/** @param known what the parts don't know */
export function readingOf(
  parts: ReadParts,
  known: Pick<Reading, 'version' | 'counters' | 'answers' | 'reload'>,
): Reading {
  const { publisher, workers, steering, health, feeds, routes, updates, secondaries, last } = parts;
  const { network } = publisher;
  const now = Date.now();
  const moves = Object.fromEntries(moveStatuses.map((status) => [status, 0])) as Record<MoveStatus, number>;
  for (const move of steering.moves.ledger.all()) moves[statusOf(move, now)]++;
  const zones = last?.zones ?? [];
  return {
    ...known,
    slots: publisher.slots.names,
    generation: publisher.generation.generation,
    interfaces: workers.interfaces,
    load: {
      duration: last?.milliseconds ?? 0,
      zones: zones.length,
      hosts: zones.reduce((sum, { hosts }) => sum + hosts, 0),
    },
    tableOctets: publisher.arenas.octets,
    workerRestarts: workers.restarts,
    overrides: publisher.overrides.inForce,
    moves,
    health: health.reading,
    feeds: {
      ...feeds.reading,
      findings: routes.findings,
      utilisation: network === undefined ? [] : utilisation(network, feeds.data),
    },
    guards: steering.guardReading,
    updates: { counts: updates.counts, hidden: updates.hidden.length },
    secondaries: [...(secondaries?.statuses ?? [])].map(([zone, { state, checkedAt, expiresAt }]) => ({
      zone,
      state,
      checkedAt,
      expiresAt,
    })),
  };
}
