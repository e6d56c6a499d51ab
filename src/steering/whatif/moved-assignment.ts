import { hasFamily } from '../ladder.ts';
import type { Assignment, Family, Network } from '../model.ts';
import type { ChangeProblem } from './thing.ts';

/** What hosts of an assignment are assigned to when an operator moves them. Families they don't have stay as they are. @returns why they can't be moved so */
export function assignmentInGroup(
  network: Network,
  assignment: Assignment,
  to: number,
  families: readonly Family[],
): Assignment | ChangeProblem {
  const there: Assignment = { ...assignment, ipv4: to, ipv6: to };
  const movable = families.filter((family) => hasFamily(network, assignment, family));
  const lost = movable.find((family) => !hasFamily(network, there, family));
  if (lost !== undefined) {
    const { id: service } = network.services[assignment.service];
    const message = `service ${service} has no ${lost} address in ${network.groups[to].id} nor in a group it falls back to, so its hosts would lose a record`;
    return { code: 'no-address', message };
  }
  const groups = Object.fromEntries(movable.map((family) => [family, to]));
  const pinned = Object.fromEntries(movable.map((family) => [family, true]));
  return { ...assignment, ...groups, pinned: { ...assignment.pinned, ...pinned } };
}
