/** What would be answered otherwise if a target counted as it is seen: tried on the engine itself, since only it knows. */
import { choiceName } from '../changes.ts';
import { Chooser } from '../chooser.ts';
import { answerSet, decide } from '../decide.ts';
import type { AnswerSet, Family, Plan, World } from '../model.ts';
import type { Decided } from '../redecide.ts';

/** Tries targets of one world, one after another. */
export class Trial {
  readonly #world: World;
  readonly #before: Decided | undefined;
  #plan: Plan | undefined;

  constructor(world: World, before: Decided | undefined) {
    this.#world = world;
    this.#before = before;
  }

  /**
   * Names of choices that come out otherwise in one world than in another, of a service and family. The worlds differ in nothing else that matters to them.
   */
  differing(service: number, family: Family, one: World, other: World): string[] {
    const { origins } = this.#origins();
    const [a, b] = [new Chooser(one), new Chooser(other)];
    const names = new Set<string>();
    for (const origin of origins) {
      if (origin === undefined || origin.family !== family || origin.assignment.service !== service) continue;
      const { assignment, starts } = origin;
      if (!hasSameGroups(answerSet(a, assignment, starts, family), answerSet(b, assignment, starts, family)))
        names.add(choiceName(origin, this.#world.network));
    }
    return [...names];
  }

  /** The choices there are. Those of the plan before, unless another network made others. */
  #origins(): Pick<Plan, 'origins'> {
    if (this.#before?.world.network === this.#world.network) return this.#before.plan;
    this.#plan ??= decide(this.#world);
    return this.#plan;
  }
}

/** Whether two sets lead the same buckets to the same groups. */
export function hasSameGroups(one: AnswerSet, other: AnswerSet): boolean {
  if (one === other) return true;
  if (one.failure !== other.failure || one.spread?.map !== other.spread?.map) return false;
  return (
    one.answers.length === other.answers.length &&
    one.answers.every(
      ({ group, lastResort }, i) => group === other.answers[i].group && lastResort === other.answers[i].lastResort,
    )
  );
}
