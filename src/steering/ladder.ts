/** Groups as a ladder: who stands above whom, and where a family's ladder begins. */
import type { Assignment, Family, Ipv4Rule, Network } from './model.ts';

/** Whether a group is another or stands below it. */
export function isAtOrBelow(network: Network, group: number, above: number): boolean {
  for (let g = group, steps = 0; g >= 0 && steps <= network.groups.length; g = network.groups[g].parent, steps++)
    if (g === above) return true;
  return false;
}

/** The top of a group's ladder. */
export function rootOf(network: Network, group: number): number {
  let root = group;
  for (let steps = 0; network.groups[root].parent >= 0 && steps < network.groups.length; steps++)
    root = network.groups[root].parent;
  return root;
}

/** How many groups stand above. */
export function depthOf(network: Network, group: number): number {
  let depth = 0;
  for (let g = network.groups[group].parent; g >= 0 && depth < network.groups.length; g = network.groups[g].parent)
    depth++;
  return depth;
}

/**
 * Where a family's ladder begins, given the group a policy chose: IPv4 is scarce, so a policy may hold it to broader groups.
 * @returns -1 when the rule leaves the family out
 */
export function familyStart(network: Network, rule: Ipv4Rule, chosen: number, family: Family): number {
  if (family === 'ipv6') return chosen;
  if (rule === 'none') return -1;
  if (rule === 'shared') return rootOf(network, chosen);
  if (typeof rule === 'object') return isAtOrBelow(network, chosen, rule.atLeast) ? rule.atLeast : chosen;
  return chosen;
}

/**
 * Whether a host has a family: a property of its declaration, never of client, health or load, because that a name has no such record is remembered by
 * resolvers for all clients (RFC 7871 §7.4).
 */
export function hasFamily(
  network: Network,
  assignment: Pick<Assignment, 'service' | 'policy' | Family>,
  family: Family,
): boolean {
  const { service, policy } = assignment;
  const { ipv4: rule } = network.policies[policy];
  const { vips } = network.services[service];
  const start = familyStart(network, rule, assignment[family], family);
  if (start < 0) return false;
  if (family === 'ipv4' && rule === 'specific') return vips[start]?.ipv4 !== undefined;
  return [start, ...network.groups[start].fallback].some((g) => vips[g]?.[family] !== undefined);
}
