import { answerParts } from './answer-parts.ts';
import type { Choice } from './choose.ts';
import { Chooser } from './chooser.ts';
import { hasFamily } from './ladder.ts';
import {
  type Answer,
  type AnswerSet,
  type Assignment,
  type ClientUse,
  type Family,
  families,
  type Origin,
  type Plan,
  type Starts,
  type World,
} from './model.ts';
import { joined } from './parts.ts';
import { saltOf } from './spread.ts';
import { clientUse, startsOf } from './start.ts';
import { originalTtl, ttlOf } from './ttl.ts';

/** What a host without the family is answered with. */
const NONE: AnswerSet = { answers: [] };
/** Its number in every plan. */
const NO_FAMILY = 0;

/**
 * What is answered for every (assignment, client class, family): DESIGN §5. Pure: the same world gives the same plan, everywhere.
 *
 * Many assignments and classes differ only in what does not matter to a family, so equal choices are made once; the rest is filling rows.
 */
export function decide(world: World): Plan {
  const { assignments, network, classes } = world;
  const maker = new SetMaker(new Chooser(world));
  const width = classes.reduce((most, { length }) => Math.max(most, length), 1);
  const rows = new Uint32Array(assignments.length * width * 2);
  const clients: (ClientUse | undefined)[] = [];
  assignments.forEach((assignment, a) => {
    const { policy } = assignment;
    const use = clientUse(network.policies[policy], policy, assignment.pinned);
    clients.push(use);
    families.forEach((family, f) => {
      const byClass = maker.numbers(assignment, family, use);
      const { length } = byClass;
      for (let c = 0, row = a * width * 2 + f; c < width; c++, row += 2) rows[row] = byClass[c < length ? c : 0];
    });
  });
  return { classes: width, sets: maker.sets, rows, clients, origins: maker.origins };
}

/** Makes each distinct answer set once. */
class SetMaker {
  readonly sets: AnswerSet[] = [NONE];
  readonly origins: (Origin | undefined)[] = [undefined];
  readonly #chooser: Chooser;
  /** Numbers of sets by class, by all that they depend on. */
  readonly #known = new Map<string, Uint32Array>();

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  /** The number of the set for each class of clients that counts for an assignment. */
  numbers(assignment: Assignment, family: Family, use: ClientUse | undefined): Uint32Array {
    const { service, policy, ttl } = assignment;
    const key = `${family} ${service} ${policy} ${ttl} ${assignment[family]} ${this.#isPinned(assignment, family)}`;
    let numbers = this.#known.get(key);
    if (numbers === undefined) {
      numbers = this.#make(assignment, family, use);
      this.#known.set(key, numbers);
    }
    return numbers;
  }

  /** Where an operator has moved a host makes no difference to a policy that begins there anyway. */
  #isPinned({ policy, pinned }: Assignment, family: Family): boolean {
    return pinned?.[family] === true && this.#chooser.world.network.policies[policy].choice.kind !== 'ladder';
  }

  #make(assignment: Assignment, family: Family, use: ClientUse | undefined): Uint32Array {
    const chooser = this.#chooser;
    const { network } = chooser.world;
    if (!hasFamily(network, assignment, family)) return Uint32Array.of(NO_FAMILY);
    const own = assignment[family];
    // Classes with the same nearest group are answered alike.
    const nearest =
      use === undefined || use.policy < 0 ? Int32Array.of(own) : chooser.nearest(use.policy, assignment.service, own);
    const byGroup = new Int32Array(network.groups.length).fill(-1);
    const numbers = new Uint32Array(nearest.length);
    nearest.forEach((group, c) => {
      if (byGroup[group] < 0) {
        const starts = startsOf(network, assignment, family, () => group);
        byGroup[group] = this.sets.push(answerSet(chooser, assignment, starts, family)) - 1;
        this.origins.push({ assignment, starts, family });
      }
      numbers[c] = byGroup[group];
    });
    return numbers;
  }
}

/** What is answered from these starts. The host has the family. */
export function answerSet(chooser: Chooser, assignment: Assignment, starts: Starts, family: Family): AnswerSet {
  const whole = wholeSet(chooser, assignment, starts, family);
  const part = chooser.part(assignment.service, family);
  if (part === undefined) return whole;
  const salt = saltOf(chooser.world.network, assignment);
  return joined(whole, wholeSet(part.chooser, assignment, starts, family), part.freed, salt);
}

/** The same, as if nothing were under way part by part. */
export function wholeSet(chooser: Chooser, assignment: Assignment, starts: Starts, family: Family): AnswerSet {
  const { parts, spread } = answerParts(chooser, assignment, starts, family);
  if (spread === undefined && parts[0].choice.failure) return { answers: [], failure: true };
  const answers = parts.map(({ choice }) => answerOf(chooser.world, assignment, choice));
  const some = answers.find((answer) => answer !== undefined);
  if (some === undefined) return NONE;
  // A member without an answer has no bucket; its place keeps the numbers of the others.
  return spread === undefined ? { answers: [some] } : { answers: answers.map((answer) => answer ?? some), spread };
}

function answerOf(world: World, { service, policy, ttl }: Assignment, choice: Choice): Answer | undefined {
  const { chosen, lastResort } = choice;
  if (chosen?.address === undefined) return undefined;
  const rules = world.network.policies[policy];
  return {
    service,
    group: chosen.group,
    address: chosen.address,
    ttl: ttlOf(rules, choice, ttl, world.now),
    originalTtl: originalTtl(rules, ttl),
    lastResort: lastResort !== undefined,
  };
}
