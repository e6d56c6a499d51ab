import { Chooser } from './chooser.ts';
import { answerSet, decide } from './decide.ts';
import { type AnswerSet, families, type Plan, type Verdicts, type World } from './model.ts';

/** A world and what was decided in it. */
export interface Decided {
  readonly world: World;
  readonly plan: Plan;
}

/**
 * The same plan as `decide(world)`, from one made before: where only verdicts differ, only the sets of services and families they are about are made again,
 * and those that come out as they were are the same objects. So a verdict costs by sets of its service, not by assignments and classes.
 */
export function redecide(world: World, before: Decided | undefined): Plan {
  if (before === undefined || !onlyVerdictsDiffer(world, before.world)) return decide(world);
  const { plan } = before;
  const changed = changedTargets(world.verdicts, before.world.verdicts);
  if (changed.size === 0) return plan;
  const chooser = new Chooser(world);
  const { services } = world.network;
  const affected = services.map(({ id }) => families.map((family) => changed.has(`${id} ${family}`)));
  const sets = plan.sets.map((set, i) => {
    const origin = plan.origins[i];
    if (origin === undefined) return set;
    const { assignment, starts, family } = origin;
    if (!affected[assignment.service][families.indexOf(family)]) return set;
    const made = answerSet(chooser, assignment, starts, family);
    return isSame(made, set) ? set : made;
  });
  return { ...plan, sets };
}

function onlyVerdictsDiffer(world: World, before: World): boolean {
  return (
    world.network === before.network &&
    world.assignments === before.assignments &&
    world.forces === before.forces &&
    world.classes === before.classes
  );
}

/** Services and families of targets whose verdict is another. */
function changedTargets(now: Verdicts, before: Verdicts): Set<string> {
  const changed = new Set<string>();
  const note = (key: string): void => {
    const [service, , family] = key.split('/');
    changed.add(`${service} ${family}`);
  };
  for (const [key, verdict] of now) if (before.get(key) !== verdict) note(key);
  for (const key of before.keys()) if (!now.has(key)) note(key);
  return changed;
}

function isSame(one: AnswerSet, other: AnswerSet): boolean {
  return (
    one.failure === other.failure &&
    one.spread?.map === other.spread?.map &&
    one.answers.length === other.answers.length &&
    one.answers.every((answer, i) => {
      const { group, ttl, lastResort, address } = other.answers[i];
      return (
        answer.group === group && answer.ttl === ttl && answer.lastResort === lastResort && answer.address === address
      );
    })
  );
}
