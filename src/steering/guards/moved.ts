/** How many hosts and queries lately changed their group by automatic decisions: what the blast radius is measured by. */
import { type AnswerSet, BUCKETS, type Family, families, type World } from '../model.ts';
import { type Decided, differInVerdictsAlone } from '../redecide.ts';
import { stateOf } from '../state.ts';
import { type SetWeight, setWeights } from '../weights.ts';
import { hasSameGroups } from './effect.ts';
import type { History, Moved } from './history.ts';
import type { BlastRadiusRules } from './rules.ts';

/** Parts of all, 0 to 1. */
export type Shares = SetWeight;

/** What changed its group in the interval that ends now. @param family families are apart: a host that has both is one in either */
export function movedLately({ moved }: History, family: Family, { interval }: BlastRadiusRules, now: number): Shares {
  let [hosts, queries] = [0, 0];
  for (const each of moved) {
    if (each.family !== family || !isRecent(each, interval, now)) continue;
    hosts += each.hosts;
    queries += each.queries;
  }
  return { hosts, queries };
}

/** When some of it is no longer counted, in Unix milliseconds. */
export function nextRoom({ moved }: History, family: Family, { interval }: BlastRadiusRules, now: number): number {
  const ends = moved
    .filter((each) => each.family === family && isRecent(each, interval, now))
    .map(({ at }) => at + interval);
  return Math.min(now + interval, ...ends);
}

/** The history with what a step has moved. What operators, files and databases change is no automatic change. */
export function recordMoved(before: Decided | undefined, after: Decided, history: History): History {
  const { world, plan } = after;
  const { blastRadius } = world.network.guards;
  const { now } = world;
  const moved = history.moved
    .filter((each) => blastRadius !== undefined && isRecent(each, blastRadius.interval, now))
    // After the clock was set back, it counts from now on.
    .map((each) => (each.at > now ? { ...each, at: now } : each));
  if (
    blastRadius !== undefined &&
    before !== undefined &&
    before.plan !== plan &&
    differInVerdictsAlone(world, before.world)
  )
    moved.push(...movedNow(before, after, blastRadius));
  const isSame = moved.length === history.moved.length && moved.every((each, i) => each === history.moved[i]);
  return isSame ? history : { ...history, moved };
}

function movedNow(before: Decided, { world, plan }: Decided, rules: BlastRadiusRules): Moved[] {
  const weights = setWeights(world, before.plan);
  return families.flatMap((family): Moved[] => {
    const all = allOf(before.plan, weights, family);
    const sum = { hosts: 0, queries: 0 };
    plan.sets.forEach((set, i) => {
      const old = before.plan.sets[i];
      if (plan.origins[i]?.family !== family || set === old || hasSameGroups(old, set)) return;
      const left = rules.leaveDead ? deadAnswers(world, old, family) : [];
      add(sum, weights[i], changedBuckets(old, set, left) / BUCKETS);
    });
    const shares = sharesOf(sum, all);
    return shares.hosts > 0 || shares.queries > 0 ? [{ at: world.now, family, ...shares }] : [];
  });
}

/** Answers of a set whose target is dead: leaving them is no choice. */
function deadAnswers(world: World, { answers }: AnswerSet, family: Family): boolean[] {
  return answers.map(
    ({ service, group, lastResort }) => lastResort || stateOf(world, service, group, family).state === 'down',
  );
}

/** How many buckets are led to another group. @param left by answer of the first set, whether leaving it does not count */
export function changedBuckets(from: AnswerSet, to: AnswerSet, left: readonly boolean[] = []): number {
  if (from.spread === undefined && to.spread === undefined) return isChanged(from, to, 0, left) ? BUCKETS : 0;
  let count = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) if (isChanged(from, to, bucket, left)) count++;
  return count;
}

export function isChanged(from: AnswerSet, to: AnswerSet, bucket: number, left: readonly boolean[] = []): boolean {
  const was = from.spread === undefined ? 0 : from.spread.map[bucket];
  const is = to.spread === undefined ? 0 : to.spread.map[bucket];
  return left[was] !== true && from.answers[was]?.group !== to.answers[is]?.group;
}

/** The weight of all sets of a family. */
export function allOf({ origins }: Decided['plan'], weights: readonly SetWeight[], family: Family): SetWeight {
  const sum = { hosts: 0, queries: 0 };
  weights.forEach((weight, i) => {
    if (origins[i]?.family === family) add(sum, weight, 1);
  });
  return sum;
}

export function add(sum: { hosts: number; queries: number }, { hosts, queries }: SetWeight, part: number): void {
  sum.hosts += hosts * part;
  sum.queries += queries * part;
}

/** A part of a whole; nothing where there is nothing. */
export function sharesOf(part: SetWeight, all: SetWeight): Shares {
  return {
    hosts: all.hosts > 0 ? part.hosts / all.hosts : 0,
    queries: all.queries > 0 ? part.queries / all.queries : 0,
  };
}

function isRecent({ at }: Moved, interval: number, now: number): boolean {
  return now < at + interval;
}
