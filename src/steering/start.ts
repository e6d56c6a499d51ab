/** Where a host's ladder begins for a client: the policy's choice. */
import { isAtOrBelow } from './ladder.ts';
import type { Assignment, BucketKey, Choice, ClientUse, Family, Policy, World } from './model.ts';

/** Groups to begin at, with the weight each has; how the shares are cut is `shares`'s to say. */
export interface Starts {
  readonly kind: Choice['kind'];
  /** One unless it is shared out. */
  readonly groups: readonly number[];
  /** By group; undefined where there is one. */
  readonly weights?: readonly number[];
  readonly by?: BucketKey;
}

/** How the policy of an assignment looks at clients, if it does. */
export function clientUse(policy: Policy, index: number, pinned: Assignment['pinned']): ClientUse | undefined {
  if (pinned?.ipv4 === true && pinned.ipv6 === true) return undefined;
  const { choice } = policy;
  const nearest = choice.kind === 'nearest' || (choice.kind === 'split' && choice.rest.kind === 'nearest');
  const bucket = (choice.kind === 'weighted' || choice.kind === 'split') && choice.by === 'client';
  return nearest || bucket ? { policy: nearest ? index : -1, bucket } : undefined;
}

/** Where the ladder of an assignment begins for a family and a class of clients. A host that was moved begins where it was moved to. */
export function startsOf(world: World, assignment: Assignment, clientClass: number, family: Family): Starts {
  const own = assignment[family];
  const { choice } = world.network.policies[assignment.policy];
  if (assignment.pinned?.[family] === true) return { kind: 'ladder', groups: [own] };
  switch (choice.kind) {
    case 'ladder':
      return { kind: 'ladder', groups: [own] };
    case 'nearest':
      return { kind: 'nearest', groups: [nearest(world, assignment, clientClass, own)] };
    case 'weighted':
      return {
        kind: 'weighted',
        groups: choice.shares.map(({ group }) => group),
        weights: choice.shares.map(({ weight }) => weight),
        by: choice.by,
      };
    case 'split': {
      const rest = choice.rest.kind === 'nearest' ? nearest(world, assignment, clientClass, own) : own;
      return {
        kind: 'split',
        groups: [rest, choice.to],
        weights: [100 - choice.percent, choice.percent],
        by: choice.by,
      };
    }
  }
}

/** The best group that serves the class, of those at or below the assigned one in which the service has a VIP; without one the assigned one. */
function nearest(world: World, { policy, service }: Assignment, clientClass: number, own: number): number {
  const { network, classes } = world;
  const found = classes[policy]?.[clientClass]?.groups.find((group) => {
    const vip = network.services[service].vips[group];
    return (vip?.ipv4 !== undefined || vip?.ipv6 !== undefined) && isAtOrBelow(network, group, own);
  });
  return found ?? own;
}
