/**
 * At most a share of hosts, and of queries, changes its group by automatic decisions within an interval. What would be more waits: the smallest changes go first, and one that is larger
 * than what is left goes part by part, by buckets of names. Leaving a dead target does not wait, unless the operator wants that.
 *
 * It looks at what other guards let pass: targets that would count otherwise than until now, and closed groups that would take hosts again. Families are apart.
 */
import { Chooser } from '../chooser.ts';
import { answerSet, decide } from '../decide.ts';
import { type AnswerSet, BUCKETS, type Family, families, type Plan, type Verdict, type World } from '../model.ts';
import { idOf, partOf } from '../parts.ts';
import { type Decided, differInVerdictsAlone } from '../redecide.ts';
import { type SetWeight, setWeights } from '../weights.ts';
import { hasSameGroups } from './effect.ts';
import type { ClosedRoute, History, TargetHistory } from './history.ts';
import { add, allOf, changedBuckets, isChanged, movedLately, nextRoom, type Shares, sharesOf } from './moved.ts';
import { NO_PENALTY } from './penalty.ts';
import type { BlastRadiusRules } from './rules.ts';
import { badness } from './verdicts.ts';

/** Hosts are counted soon after each load; until then nothing can be measured, in milliseconds. */
const UNCOUNTED_MS = 1000;
/** A part that is smaller waits for more room: 1 %. */
const LEAST_PART = BUCKETS / 100;

/**
 * What guards remember when this one has looked, too.
 * @param past what counted until now
 * @param admitted what the other guards let count
 */
export function limitChanges(world: World, before: Decided | undefined, past: History, admitted: History): History {
  const rules = world.network.guards.blastRadius;
  if (rules === undefined) return admitted;
  const changes = changesOf(world, before, past, admitted, rules);
  if (changes.length === 0) return admitted;
  let history = changes.reduce((all, change) => change.held(all, change.freed), admitted);
  for (const family of families) {
    const of = changes.filter((change) => change.family === family);
    if (of.length > 0) history = new Limit(world, before, history, rules, family).let(of);
  }
  return kept(history, past);
}

/** Something that would count from now on. */
interface Change {
  readonly key: string;
  readonly family: Family;
  /** Buckets it counts for already. */
  readonly freed: number;
  /** The history in which it counts for so many buckets, and in which it counts for all. */
  held(history: History, freed: number, why?: Why): History;
  done(history: History): History;
}

/** What an operator is told. */
interface Why {
  readonly cause: string;
  readonly until: number;
}

class Limit {
  readonly #world: World;
  readonly #rules: BlastRadiusRules;
  readonly #family: Family;
  readonly #plan: Plan;
  readonly #weights: readonly SetWeight[];
  readonly #all: SetWeight;
  #history: History;
  #room: Shares;

  /** @param history in which nothing counts yet that has to be looked at */
  constructor(world: World, before: Decided | undefined, history: History, rules: BlastRadiusRules, family: Family) {
    this.#world = world;
    this.#rules = rules;
    this.#family = family;
    this.#history = history;
    const isSame = before !== undefined && differInVerdictsAlone(world, before.world);
    this.#plan = isSame ? before.plan : decide({ ...world, history });
    this.#weights = setWeights(world, this.#plan);
    this.#all = allOf(this.#plan, this.#weights, family);
    const used = movedLately(history, family, rules, world.now);
    this.#room = { hosts: rules.hosts - used.hosts, queries: rules.queries - used.queries };
  }

  /** Lets count what there is room for. */
  let(changes: readonly Change[]): History {
    const { now, demand } = this.#world;
    if (demand === undefined) {
      const why = { cause: 'hosts are not counted yet', until: now + UNCOUNTED_MS };
      return changes.reduce((history, change) => change.held(history, change.freed, why), this.#history);
    }
    const sized = changes.map((change) => ({ change, effect: this.#effect(change) }));
    // One is under way by parts at the most, and goes on first. Then what moves least; of equals the order of names.
    sized.sort(
      (a, b) =>
        Number(b.change.freed > 0) - Number(a.change.freed > 0) ||
        a.effect.hosts - b.effect.hosts ||
        a.effect.queries - b.effect.queries ||
        (a.change.key < b.change.key ? -1 : 1),
    );
    let isUnderWay = partOf({ ...this.#world, history: this.#history }, this.#family) !== undefined;
    for (const { change } of sized) {
      const effect = this.#effect(change);
      if (this.#isRoomFor(effect)) {
        this.#take(effect);
        this.#history = change.done(this.#history);
        continue;
      }
      const freed: number = isUnderWay && change.freed === 0 ? 0 : this.#mostOf(change);
      isUnderWay ||= freed > 0;
      const until = nextRoom(this.#history, this.#family, this.#rules, now);
      this.#history = change.held(this.#history, freed, { cause: this.#cause(effect), until });
    }
    return this.#history;
  }

  /** Parts that would change their group if it counted for all. */
  #effect(change: Change): Shares {
    const sum = { hosts: 0, queries: 0 };
    for (const { from, to, weight } of this.#differing(change)) add(sum, weight, changedBuckets(from, to) / BUCKETS);
    return sharesOf(sum, this.#all);
  }

  /** Sets that would be others, those alike together. */
  #differing(change: Change): Differing[] {
    const found = new Map<string, Differing>();
    const one = new Chooser({ ...this.#world, history: this.#history });
    const other = new Chooser({ ...this.#world, history: change.done(this.#history) });
    this.#plan.origins.forEach((origin, i) => {
      const weight = this.#weights[i];
      if (origin?.family !== this.#family || (weight.hosts === 0 && weight.queries === 0)) return;
      const { assignment, starts, family } = origin;
      const from = answerSet(one, assignment, starts, family);
      const to = answerSet(other, assignment, starts, family);
      if (hasSameGroups(from, to)) return;
      const key = `${patternOf(from)} ${patternOf(to)}`;
      const known = found.get(key) ?? { from, to, weight: { hosts: 0, queries: 0 } };
      add(known.weight, weight, 1);
      found.set(key, known);
    });
    return [...found.values()];
  }

  /** The most buckets it may count for now; those it counts for already if more would be too few to be worth a step. */
  #mostOf(change: Change): number {
    const { freed } = change;
    // By bucket from `freed` on, what changes below it.
    const below = this.#differing(change).map(({ from, to, weight }) => {
      const counts = new Uint32Array(BUCKETS + 1);
      for (let bucket = 0; bucket < BUCKETS; bucket++)
        counts[bucket + 1] = counts[bucket] + (bucket >= freed && isChanged(from, to, bucket) ? 1 : 0);
      return { counts, weight };
    });
    const effectOf = (end: number): Shares => {
      const sum = { hosts: 0, queries: 0 };
      for (const { counts, weight } of below) add(sum, weight, counts[end] / BUCKETS);
      return sharesOf(sum, this.#all);
    };
    let [low, high] = [freed, BUCKETS - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#isRoomFor(effectOf(middle))) low = middle;
      else high = middle - 1;
    }
    if (low - freed < LEAST_PART) return freed;
    this.#take(effectOf(low));
    return low;
  }

  #isRoomFor({ hosts, queries }: Shares): boolean {
    return hosts <= this.#room.hosts && queries <= this.#room.queries;
  }

  #take({ hosts, queries }: Shares): void {
    this.#room = { hosts: this.#room.hosts - hosts, queries: this.#room.queries - queries };
  }

  #cause({ hosts, queries }: Shares): string {
    const percent = (share: number): string => `${Math.ceil(share * 100)} %`;
    const { hosts: most, queries: mostQueries, interval } = this.#rules;
    return `${percent(hosts)} of hosts and ${percent(queries)} of queries would move; within ${interval / 1000} s ${percent(most)} and ${percent(mostQueries)} may`;
  }
}

interface Differing {
  readonly from: AnswerSet;
  readonly to: AnswerSet;
  readonly weight: { hosts: number; queries: number };
}

/** The same for sets that lead the same buckets to the same groups. */
function patternOf({ answers, spread }: AnswerSet): string {
  return `${idOf(spread?.map)}:${answers.map(({ group }) => group)}`;
}

/** What would count from now on and has to be looked at. */
function changesOf(
  world: World,
  before: Decided | undefined,
  past: History,
  admitted: History,
  { leaveDead }: BlastRadiusRules,
): Change[] {
  const changes: Change[] = [];
  const keys = new Set(past.targets.keys());
  if (before !== undefined && before.world.verdicts !== world.verdicts)
    for (const key of world.verdicts.keys()) keys.add(key);
  for (const key of keys) {
    const hold = past.targets.get(key)?.hold;
    const was = hold?.verdict ?? before?.world.verdicts.get(key);
    const verdict = world.verdicts.get(key);
    if (was === undefined || verdict === undefined || admitted.targets.get(key)?.hold !== undefined) continue;
    const worse = badness(verdict) - badness(was);
    // What an operator forced counts as forced, and what is dead is left.
    if (worse === 0 || (worse > 0 && leaveDead)) continue;
    changes.push(targetChange(key, was, past.targets.get(key), world.now));
  }
  for (const [key, route] of past.routes)
    if (!admitted.routes.has(key)) changes.push(routeChange(key, route, world.now));
  return changes;
}

function targetChange(key: string, verdict: Verdict, known: TargetHistory | undefined, now: number): Change {
  const before = known?.hold;
  const set = (history: History, hold: TargetHistory['hold']): History => {
    const targets = new Map(history.targets);
    const penalty = targets.get(key)?.penalty;
    if (hold !== undefined) targets.set(key, { penalty: penalty ?? NO_PENALTY, hold });
    else if (penalty === undefined || penalty === NO_PENALTY) targets.delete(key);
    else targets.set(key, { penalty });
    return { ...history, targets };
  };
  const [, , family] = key.split('/');
  return {
    key,
    family: family as Family,
    freed: before?.freed ?? 0,
    held(history, freed, why = { cause: '', until: now }) {
      const isSame = before?.guard === 'blast-radius' && before.until === why.until && (before.freed ?? 0) === freed;
      const part = freed === 0 ? {} : { freed };
      return set(
        history,
        isSame ? before : { guard: 'blast-radius', ...why, verdict, since: before?.since ?? now, ...part },
      );
    },
    done: (history) => set(history, undefined),
  };
}

function routeChange(key: string, route: ClosedRoute, now: number): Change {
  const [, family] = key.split('/');
  return {
    key,
    family: family as Family,
    freed: route.freed ?? 0,
    held(history, freed, why = { cause: '', until: now }) {
      const [known] = route.by;
      const isSame = known.guard === 'blast-radius' && route.until === why.until && (route.freed ?? 0) === freed;
      const { prefix, keeps } = route;
      const since = known.guard === 'blast-radius' ? known.since : now;
      const by = isSame ? route.by : [{ guard: 'blast-radius' as const, cause: why.cause, since }];
      const part = freed === 0 ? {} : { freed };
      const held = isSame ? route : { prefix, keeps, by, until: why.until, ...part };
      return { ...history, routes: new Map(history.routes).set(key, held) };
    },
    done(history) {
      const routes = new Map(history.routes);
      routes.delete(key);
      return { ...history, routes };
    },
  };
}

/** The same objects where nothing is another, so that nothing is stored or decided anew for it. */
function kept(history: History, past: History): History {
  const isSameTarget = (one: TargetHistory, other: TargetHistory | undefined): boolean =>
    one === other || (other !== undefined && one.penalty === other.penalty && one.hold === other.hold);
  const targets = sameMap(history.targets, past.targets, isSameTarget);
  const routes = sameMap(history.routes, past.routes, (one, other) => one === other);
  return targets === past.targets &&
    routes === past.routes &&
    history.choices === past.choices &&
    history.moved === past.moved
    ? past
    : { ...history, targets, routes };
}

function sameMap<V>(
  map: ReadonlyMap<string, V>,
  past: ReadonlyMap<string, V>,
  isSame: (one: V, other: V | undefined) => boolean,
): ReadonlyMap<string, V> {
  return map.size === past.size && [...map].every(([key, value]) => isSame(value, past.get(key))) ? past : map;
}
