import { Chooser } from './chooser.ts';
import { answerSet, decide } from './decide.ts';
import { NO_HISTORY } from './guards/history.ts';
import { type AnswerSet, families, type Plan, type World } from './model.ts';

/** A world and what was decided in it. */
export interface Decided {
  readonly world: World;
  readonly plan: Plan;
}

/**
 * The same plan as `decide(world)`, from one made before: where only verdicts, holds on them and diversions differ, only the sets of services and families they are about are made again,
 * and those that come out as they were are the same objects. So a verdict costs by sets of its service, not by assignments and classes.
 */
export function redecide(world: World, before: Decided | undefined): Plan {
  if (before === undefined || !differInVerdictsAlone(world, before.world)) return decide(world);
  const { plan } = before;
  const changed = changedTargets(world, before.world);
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

/** Whether nothing but verdicts, and what guards hold of them, is another. */
export function differInVerdictsAlone(world: World, before: World): boolean {
  return (
    world.network === before.network &&
    world.assignments === before.assignments &&
    world.forces === before.forces &&
    world.classes === before.classes
  );
}

/** Services and families of targets whose verdict is another, or the hold on it, or what is diverted from them, and of routes that were closed or opened. */
function changedTargets(world: World, before: World): Set<string> {
  const changed = new Set<string>();
  const note = (key: string): void => {
    const [service, , family] = key.split('/');
    changed.add(`${service} ${family}`);
  };
  const was = before.verdicts;
  if (world.verdicts !== was) {
    for (const [key, verdict] of world.verdicts) if (was.get(key) !== verdict) note(key);
    for (const key of was.keys()) if (!world.verdicts.has(key)) note(key);
  }
  const { targets: now, routes } = world.history ?? NO_HISTORY;
  const { targets: then, routes: routesBefore } = before.history ?? NO_HISTORY;
  if (routes !== routesBefore)
    for (const key of new Set([...routes.keys(), ...routesBefore.keys()])) {
      if (routes.get(key) === routesBefore.get(key)) continue;
      const [, family] = key.split('/');
      for (const { id } of world.network.services) changed.add(`${id} ${family}`);
    }
  for (const kind of ['shed', 'forced'] as const) {
    const [is, then] = [world.history?.load?.[kind], before.history?.load?.[kind]];
    if (is === then) continue;
    for (const key of new Set([...(is?.keys() ?? []), ...(then?.keys() ?? [])]))
      if (is?.get(key) !== then?.get(key)) note(key);
  }
  if (now === then) return changed;
  for (const [key, { hold }] of now) if (then.get(key)?.hold !== hold) note(key);
  for (const [key, { hold }] of then) if (hold !== undefined && !now.has(key)) note(key);
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
