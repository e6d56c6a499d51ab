/** How much hangs on each answer set of a plan: what a step is measured by, never what is answered. Pure. */
import {
  type AnswerSet,
  BUCKETS,
  type Family,
  families,
  type Network,
  type Plan,
  targetKey,
  type World,
} from './model.ts';
import { bucketsOf } from './shares.ts';

export interface SetWeight {
  /** Hosts answered with the set. Where clients of a host are answered with several, each has its part by the number of client classes. */
  readonly hosts: number;
  /** Answers a second. */
  readonly queries: number;
}

/**
 * By number of the plan's set. A target's answers are shared out among the sets that name it, in proportion to their hosts, so the plan must be the one under which
 * they were counted.
 * @returns all zero when nobody has counted
 */
export function setWeights(
  world: Pick<World, 'network' | 'assignments' | 'classes' | 'demand'>,
  plan: Plan,
): SetWeight[] {
  const { network, demand } = world;
  const hosts = hostsOf(world, plan);
  const parts = plan.sets.map((set, i) => [...partsOf(network, set, plan.origins[i]?.family ?? 'ipv4', hosts[i])]);
  const totals = new Map<string, number>();
  for (const { target, part } of parts.flat()) totals.set(target, (totals.get(target) ?? 0) + part);
  return plan.sets.map((_, i) => {
    let queries = 0;
    for (const { target, part } of parts[i]) {
      const total = totals.get(target)!;
      if (total > 0) queries += ((demand?.queries.get(target) ?? 0) * part) / total;
    }
    return { hosts: hosts[i], queries };
  });
}

function hostsOf(
  { assignments, classes, demand }: Pick<World, 'assignments' | 'classes' | 'demand'>,
  plan: Plan,
): number[] {
  const hosts = plan.sets.map(() => 0);
  assignments.forEach((_, a) => {
    const count = demand?.hosts[a] ?? 0;
    if (count === 0) return;
    const use = plan.clients[a];
    const width = use === undefined || use.policy < 0 ? 1 : Math.max(1, classes[use.policy]?.length ?? 1);
    families.forEach((_family, f) => {
      for (let c = 0; c < width; c++) hosts[plan.rows[(a * plan.classes + c) * 2 + f]] += count / width;
    });
  });
  return hosts;
}

/** The targets a set names, with the part of its hosts that gets each. */
function* partsOf(
  { services, groups }: Network,
  { answers, spread }: AnswerSet,
  family: Family,
  hosts: number,
): Generator<{ readonly target: string; readonly part: number }> {
  const buckets = spread === undefined ? [BUCKETS] : bucketsOf(spread.map, answers.length);
  for (const [i, { service, group }] of answers.entries()) {
    const target = targetKey(services[service].id, groups[group].id, family);
    yield { target, part: (hosts * buckets[i]) / BUCKETS };
  }
}
