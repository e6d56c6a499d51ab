import { choose } from './choose.ts';
import { type AnswerSet, type Assignment, BUCKETS, type Family, families, type Plan, type World } from './model.ts';

/**
 * What is answered for every (assignment, client class, family): DESIGN §5. Pure: the same world gives the same plan, everywhere.
 *
 * Many assignments differ only in what does not matter to a family, so equal choices share one answer set; cost follows distinct choices.
 */
export function decide(world: World): Plan {
  const known = new Map<string, AnswerSet>();
  const sets: AnswerSet[] = [];
  for (const assignment of world.assignments) {
    const perFamily = families.map((family) => answerSet(world, assignment, family, known));
    // No policy looks at the client yet, so all classes get the same.
    for (let clientClass = 0; clientClass < world.classes; clientClass++) sets.push(...perFamily);
  }
  return { classes: world.classes, sets };
}

function answerSet(world: World, assignment: Assignment, family: Family, known: Map<string, AnswerSet>): AnswerSet {
  const { service, ttl } = assignment;
  const group = assignment[family];
  const key = `${family} ${service} ${group} ${ttl}`;
  let set = known.get(key);
  if (set === undefined) {
    const { chosen, lastResort } = choose(world.network, world.forces, service, group, family);
    set =
      chosen?.address === undefined
        ? []
        : [{ upTo: BUCKETS, service, group: chosen.group, address: chosen.address, ttl, lastResort }];
    known.set(key, set);
  }
  return set;
}
