import type { Demand } from '../steering/ipam/demand.ts';
import type { Assignment } from '../steering/model.ts';

/** Hosts by assignment, with what those are. @param counts by number @param assignments by number; undefined where the network has no such thing any more */
export function demandsOf(
  counts: ReadonlyMap<number, number>,
  assignments: readonly (Assignment | undefined)[],
): Demand[] {
  return [...counts].flatMap(([number, hosts]) => {
    const assignment = assignments[number];
    return assignment === undefined ? [] : [{ assignment, hosts }];
  });
}
