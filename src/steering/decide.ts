import { type Choice, choose } from './choose.ts';
import { familyStart, hasFamily } from './ladder.ts';
import {
  type Answer,
  type AnswerSet,
  type Assignment,
  type ClientUse,
  type Family,
  families,
  type Plan,
  type World,
} from './model.ts';
import { memberStates, spreadOf } from './spread.ts';
import { clientUse, type Starts, startsOf } from './start.ts';
import { ttlOf } from './ttl.ts';

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
  const maker = new SetMaker(world);
  const { assignments, network, classes } = world;
  const width = classes.reduce((most, { length }) => Math.max(most, length), 1);
  const rows = new Uint32Array(assignments.length * width * 2);
  const clients: (ClientUse | undefined)[] = [];
  assignments.forEach((assignment, a) => {
    const { policy } = assignment;
    const use = clientUse(network.policies[policy], policy, assignment.pinned);
    clients.push(use);
    families.forEach((family, f) => {
      const byClass = maker.numbers(assignment, family, use);
      for (let c = 0, row = a * width * 2 + f; c < width; c++, row += 2)
        rows[row] = byClass[c < byClass.length ? c : 0];
    });
  });
  return { classes: width, sets: maker.sets, rows, clients };
}

/** Makes each distinct answer set once. */
class SetMaker {
  readonly sets: AnswerSet[] = [NONE];
  readonly #world: World;
  /** Numbers of sets by class, by all that they depend on. */
  readonly #byClass = new Map<string, Uint32Array>();
  readonly #bySet = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The number of the set for each class of clients that counts for an assignment. */
  numbers(assignment: Assignment, family: Family, use: ClientUse | undefined): Uint32Array {
    const { service, policy, ttl, pinned } = assignment;
    const prefix = `${family} ${service} ${policy} ${ttl} ${assignment[family]} ${pinned?.[family] === true}`;
    let numbers = this.#byClass.get(prefix);
    if (numbers !== undefined) return numbers;
    const world = this.#world;
    const classes = use === undefined || use.policy < 0 ? 1 : (world.classes[use.policy]?.length ?? 1);
    numbers = new Uint32Array(classes);
    if (hasFamily(world.network, assignment, family)) {
      for (let c = 0; c < classes; c++) numbers[c] = this.#number(prefix, assignment, c, family);
    } else numbers.fill(NO_FAMILY);
    this.#byClass.set(prefix, numbers);
    return numbers;
  }

  #number(prefix: string, assignment: Assignment, clientClass: number, family: Family): number {
    const starts = startsOf(this.#world, assignment, clientClass, family);
    const key = starts.groups.length === 1 ? `${prefix} ${starts.groups[0]}` : `${prefix} ${starts.groups.join()}`;
    let number = this.#bySet.get(key);
    if (number === undefined) {
      number = this.sets.length;
      this.sets.push(answerSet(this.#world, assignment, starts, family));
      this.#bySet.set(key, number);
    }
    return number;
  }
}

/** What is answered from these starts. The host has the family. */
export function answerSet(world: World, assignment: Assignment, starts: Starts, family: Family): AnswerSet {
  if (starts.groups.length === 1) return ladder(world, assignment, starts.groups[0], family);
  const members = memberStates(world, assignment, starts, family);
  const spread = spreadOf(world, assignment, starts, members);
  // No member can be used: the assigned group's ladder, as if nothing were shared out.
  if (spread === undefined) return ladder(world, assignment, assignment[family], family);
  const answers = members.map(({ choice }) => answerOf(world, assignment, choice));
  const some = answers.find((answer) => answer !== undefined);
  // A member without an answer has no bucket; its place keeps the numbers of the others.
  return some === undefined ? NONE : { answers: answers.map((answer) => answer ?? some), spread };
}

/** What is answered along one ladder. */
function ladder(world: World, assignment: Assignment, start: number, family: Family): AnswerSet {
  const choice = chooseFrom(world, assignment, start, family);
  if (choice.failure) return { answers: [], failure: true };
  const answer = answerOf(world, assignment, choice);
  return answer === undefined ? NONE : { answers: [answer] };
}

/** The choice along the ladder of a start group; where no group of that has the family, along the assigned one's, so that it is never emptied. */
export function chooseFrom(world: World, assignment: Assignment, start: number, family: Family): Choice {
  const { network } = world;
  const policy = network.policies[assignment.policy];
  const from = (group: number): Choice =>
    choose(world, policy, assignment.service, familyStart(network, policy.ipv4, group, family), family);
  const choice = from(start);
  return choice.candidates.some(({ address }) => address !== undefined) ? choice : from(assignment[family]);
}

function answerOf(world: World, { service, policy, ttl }: Assignment, choice: Choice): Answer | undefined {
  const { chosen, lastResort } = choice;
  if (chosen?.address === undefined) return undefined;
  return {
    service,
    group: chosen.group,
    address: chosen.address,
    ttl: ttlOf(world.network.policies[policy], choice, ttl, world.now),
    lastResort: lastResort !== undefined,
  };
}
