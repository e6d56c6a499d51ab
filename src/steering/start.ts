/** Where a host's ladder begins for a client: the policy's choice. */
import { isAtOrBelow } from './ladder.ts';
import type { Assignment, ClientClass, ClientUse, Family, Network, Policy, Starts } from './model.ts';

/** How the policy of an assignment looks at clients, if it does. */
export function clientUse(policy: Policy, index: number, pinned: Assignment['pinned']): ClientUse | undefined {
  if (pinned?.ipv4 === true && pinned.ipv6 === true) return undefined;
  const { choice } = policy;
  const nearest = choice.kind === 'nearest' || (choice.kind === 'split' && choice.rest.kind === 'nearest');
  const bucket = (choice.kind === 'weighted' || choice.kind === 'split') && choice.by === 'client';
  return nearest || bucket ? { policy: nearest ? index : -1, bucket } : undefined;
}

/**
 * Where the ladder of an assignment begins for a family. A host that was moved begins where it was moved to.
 * @param nearest the group nearest to the client (`Chooser.nearest`), asked for only where the policy wants it
 */
export function startsOf(network: Network, assignment: Assignment, family: Family, nearest: () => number): Starts {
  const own = assignment[family];
  const { choice } = network.policies[assignment.policy];
  if (assignment.pinned?.[family] === true) return { kind: 'ladder', groups: [own] };
  switch (choice.kind) {
    case 'ladder':
      return { kind: 'ladder', groups: [own] };
    case 'nearest':
      return { kind: 'nearest', groups: [nearest()] };
    case 'weighted':
      return {
        kind: 'weighted',
        groups: choice.shares.map(({ group }) => group),
        weights: choice.shares.map(({ weight }) => weight),
        by: choice.by,
      };
    case 'split': {
      const rest = choice.rest.kind === 'nearest' ? nearest() : own;
      return {
        kind: 'split',
        groups: [rest, choice.to],
        weights: [100 - choice.percent, choice.percent],
        by: choice.by,
      };
    }
  }
}

/** The best group that serves a class of clients, of those at or below the assigned one in which the service has a VIP; without one the assigned one. */
export function nearestGroup(network: Network, service: number, client: ClientClass, assigned: number): number {
  const { vips } = network.services[service];
  const found = client.groups.find(
    (group) =>
      (vips[group]?.ipv4 !== undefined || vips[group]?.ipv6 !== undefined) && isAtOrBelow(network, group, assigned),
  );
  return found ?? assigned;
}
