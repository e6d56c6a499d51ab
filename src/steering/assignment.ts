/** Assignments by name, as zone data and operators write them, put to a network. */
import { hasFamily } from './ladder.ts';
import { type Assignment, type Family, families, type Network } from './model.ts';
import { boundedTtl } from './ttl.ts';

export interface AssignmentNames {
  readonly service: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly policy: string;
  /** Seconds; -1 = the policy's. */
  readonly ttl: number;
}

export interface AssignmentProblem {
  readonly code: 'unknown-service' | 'unknown-group' | 'unknown-policy' | 'no-address';
  readonly message: string;
  readonly fix: string;
  /** The name that is wrong, as it was given. */
  readonly word: string;
}

/** The assignment of these names, or what is wrong with them in this network. */
export function resolveAssignment(
  network: Network,
  names: AssignmentNames,
): { assignment: Assignment } | { problem: AssignmentProblem } {
  const service = network.services.findIndex((s) => s.id === names.service);
  if (service < 0) return unknown('service', names.service, network.services);
  const groups = {} as Record<Family, number>;
  for (const family of families) {
    groups[family] = network.groups.findIndex((g) => g.id === names[family]);
    if (groups[family] < 0) return unknown('group', names[family], network.groups);
  }
  const policy = network.policies.findIndex((p) => p.id === names.policy);
  if (policy < 0) return unknown('policy', names.policy, network.policies);

  const rules = network.policies[policy];
  const ttl = boundedTtl(rules, names.ttl < 0 ? rules.ttl : names.ttl);
  const assignment = { service, ...groups, policy, ttl };
  if (!families.some((family) => hasFamily(network, assignment, family))) {
    const where = names.ipv4 === names.ipv6 ? names.ipv4 : `${names.ipv4} (IPv4) or ${names.ipv6} (IPv6)`;
    return {
      problem: {
        code: 'no-address',
        message: `service ${names.service} has no address in group ${where} nor in any group it falls back to`,
        fix: 'give the service a VIP there in network.yaml, or choose another group',
        word: names.ipv4,
      },
    };
  }
  return { assignment };
}

/** Whether a host of this service and policy has a family in a group or one it falls back to. Unknown names have none. */
export function namesHaveFamily(
  network: Network,
  names: Pick<AssignmentNames, 'service' | 'policy'>,
  group: string,
  family: Family,
): boolean {
  const service = network.services.findIndex(({ id }) => id === names.service);
  const policy = network.policies.findIndex(({ id }) => id === names.policy);
  const g = network.groups.findIndex(({ id }) => id === group);
  if (service < 0 || policy < 0 || g < 0) return false;
  return hasFamily(network, { service, policy, ipv4: g, ipv6: g }, family);
}

function unknown(
  what: 'service' | 'group' | 'policy',
  name: string,
  known: readonly { readonly id: string }[],
): { problem: AssignmentProblem } {
  const list = known.map((k) => k.id).join(', ');
  return {
    problem: {
      code: `unknown-${what}`,
      message: `there is no ${what} ${name} in network.yaml`,
      fix: list === '' ? `add it there` : `known: ${list}`,
      word: name,
    },
  };
}
