/** Remembers what was changed automatically: what dwell and the damping of choices go by. */
import { choiceName } from '../changes.ts';
import { type AnswerSet, type Origin, targetKey, type World } from '../model.ts';
import { type Decided, differInVerdictsAlone } from '../redecide.ts';
import { stateOf } from '../state.ts';
import { hasSameGroups } from './effect.ts';
import { type ChoiceHistory, type History, NO_HISTORY } from './history.ts';
import { isForgotten, NO_PENALTY, raised } from './penalty.ts';

/** The history after a decision. What operators, files and databases change is no automatic change. */
export function record(before: Decided | undefined, after: Decided): History {
  const { world, plan } = after;
  const history = world.history ?? NO_HISTORY;
  const choices = new Map(current(history, world));
  if (before !== undefined && before.plan !== plan && differInVerdictsAlone(world, before.world)) {
    plan.sets.forEach((set, i) => {
      const origin = plan.origins[i];
      const old = before.plan.sets[i];
      if (origin === undefined || set === old || hasSameGroups(old, set)) return;
      const isBack = isReturn(world, before.world, origin, old, set);
      // That hosts left is remembered for dwell alone.
      if (!isBack && world.network.guards.dwell === 0) return;
      const name = choiceName(origin, world.network);
      choices.set(name, changed(choices.get(name), world, isBack));
    });
  }
  const isSame = choices.size === history.choices.size && [...choices].every(([k, v]) => history.choices.get(k) === v);
  return isSame ? history : { ...history, choices };
}

function changed(past: ChoiceHistory | undefined, { network, now }: World, isReturn: boolean): ChoiceHistory {
  const { damping } = network.guards;
  const penalty = past?.penalty ?? NO_PENALTY;
  // Several choices that differ in their TTL alone have one name, and change together.
  const isNew = past?.changedAt !== now;
  return {
    penalty: damping !== undefined && isReturn && isNew ? raised(penalty, damping, now) : penalty,
    changedAt: now,
  };
}

/** Whether hosts go back to what failed lately though they need not. */
function isReturn(world: World, before: World, { family }: Origin, old: AnswerSet, set: AnswerSet): boolean {
  const { services, groups } = world.network;
  const mustLeave =
    old.failure === true ||
    old.answers.some(
      ({ service, group, lastResort }) => lastResort || stateOf(world, service, group, family).state === 'down',
    );
  if (mustLeave) return false;
  return set.answers.some(({ service, group }) => {
    const key = targetKey(services[service].id, groups[group].id, family);
    const past = world.history?.targets.get(key);
    // One that is under way part by part counts once, when it begins.
    const isBegun = before.history?.targets.get(key)?.hold?.freed !== undefined;
    return past !== undefined && past.penalty.value > 0 && !isBegun;
  });
}

/** Without what need not be remembered any more. */
function* current({ choices }: History, { network, now }: World): Generator<[string, ChoiceHistory]> {
  const { damping, dwell } = network.guards;
  for (const [name, choice] of choices) {
    const isCalm = damping === undefined || isForgotten(choice.penalty, damping, now);
    if (!isCalm || now < choice.changedAt + dwell) yield [name, choice];
  }
}
