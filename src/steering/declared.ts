/** What hosts are declared to be answered with: as if everything were up, nobody had moved anything, and all clients were alike. */
import { familyStart, hasFamily } from './ladder.ts';
import {
  type Answer,
  type AnswerSet,
  type Assignment,
  type Family,
  families,
  type Network,
  type Plan,
} from './model.ts';
import { originalTtl } from './ttl.ts';

/**
 * A plan of one class of clients: each host has the addresses of the group it is assigned to, and for a family which that group does not have, those of the first
 * group it falls back to that has it.
 */
export function declaredPlan(network: Network, assignments: readonly Assignment[]): Plan {
  const sets: AnswerSet[] = [{ answers: [] }];
  const rows = new Uint32Array(assignments.length * families.length);
  assignments.forEach((assignment, a) => {
    families.forEach((family, f) => {
      const answer = declaredAnswer(network, assignment, family);
      if (answer !== undefined) rows[a * families.length + f] = sets.push({ answers: [answer] }) - 1;
    });
  });
  return { classes: 1, sets, rows, origins: sets.map(() => undefined), clients: assignments.map(() => undefined) };
}

/** @returns undefined where the host does not have the family */
function declaredAnswer(network: Network, assignment: Assignment, family: Family): Answer | undefined {
  if (!hasFamily(network, assignment, family)) return undefined;
  const { service, policy, ttl } = assignment;
  const rules = network.policies[policy];
  const { vips } = network.services[service];
  const start = familyStart(network, rules.ipv4, assignment[family], family);
  for (const group of [start, ...network.groups[start].fallback]) {
    const address = vips[group]?.[family];
    if (address !== undefined)
      return { service, group, address, ttl, originalTtl: originalTtl(rules, ttl), lastResort: false };
  }
  return undefined;
}
