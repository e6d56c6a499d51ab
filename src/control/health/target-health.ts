/** What is known of each checked target, for who asks. */

import type { Check } from '../../health/check.ts';
import type { CheckState } from '../../health/check-state.ts';
import { REFERENCES } from '../../health/targets.ts';
import type { Family, TargetState, Verdict } from '../../steering/model.ts';
import { stateOf } from '../../steering/state.ts';
import type { Publisher } from '../publisher.ts';
import type { Health } from './health.ts';

export interface TargetHealth {
  readonly service: string;
  readonly group: string;
  readonly family: Family;
  readonly address: string;
  /** Sites that serve the VIP. With several, a check sees the one whose catchment this server is in. */
  readonly sites: readonly string[];
  /** As it is seen. */
  readonly verdict: Verdict;
  /** What counts: a force goes before what is seen, and while the server is cut off what was seen before does. */
  readonly effective: TargetState;
  readonly forced: boolean;
  readonly checks: readonly CheckHealth[];
}

export interface CheckHealth {
  readonly check: Check;
  readonly state: CheckState;
}

export function targetHealth(publisher: Publisher, health: Health): TargetHealth[] {
  const world = publisher.world(Date.now());
  if (world === undefined) return [];
  const { network } = world;
  const index = (list: readonly { id: string }[]): Map<string, number> => new Map(list.map(({ id }, i) => [id, i]));
  const services = index(network.services);
  const groups = index(network.groups);
  return health.judge.targets.flatMap(({ key, service, group, family, address, sites }) => {
    const verdict = health.now.verdicts.get(key);
    const [s, g] = [services.get(service), groups.get(group)];
    // Between a load and its publication.
    if (verdict === undefined || s === undefined || g === undefined) return [];
    const { state, forced } = stateOf(world, s, g, family);
    return [
      {
        service,
        group,
        family,
        address,
        sites: sites.map((site) => network.sites[site]?.id ?? ''),
        verdict,
        effective: state,
        forced: forced !== undefined,
        checks: health.judge.checksOf(key),
      },
    ];
  });
}

export function referenceHealth(health: Health): readonly CheckHealth[] {
  return health.judge.checksOf(REFERENCES);
}
