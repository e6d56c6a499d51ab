/** What the engine remembers of its own changes: part of the world, so that everything that decides remembers alike. Made by `step`, and never changed in place. */
import type { LoadHistory } from '../load/diversion.ts';
import type { Family, Verdict } from '../model.ts';
import type { Penalty } from './penalty.ts';
import type { GuardName } from './rules.ts';

/** A guard keeps a verdict from counting. */
export interface Hold {
  readonly guard: GuardName;
  /** Why, in words: `failed 3 times lately (penalty 2867)`. */
  readonly cause: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** When it is looked at again at the latest, in Unix milliseconds. */
  readonly until: number;
  /** What counts in the verdict's place. */
  readonly verdict: Verdict;
  /** For the buckets below this one the verdict itself counts already: the change is under way part by part. */
  readonly freed?: number;
}

export interface TargetHistory {
  readonly penalty: Penalty;
  readonly hold?: Hold;
}

/** Of one choice: a service, policy, group, starts and family together. */
export interface ChoiceHistory {
  /** Raised whenever hosts go back to what failed lately. */
  readonly penalty: Penalty;
  /** Unix milliseconds of the last automatic change. */
  readonly changedAt: number;
}

/** A guard speaks against new hosts at a group. */
export interface Closed {
  readonly guard: GuardName;
  /** Why, in words: `198.51.100.0/24 of europe is RPKI-invalid for AS64500`. */
  readonly cause: string;
  /** Unix milliseconds. */
  readonly since: number;
}

/** A group's prefix of a family that takes no new hosts by itself. */
export interface ClosedRoute {
  /** The prefix this is about: another one is another matter. */
  readonly prefix: string;
  /** One a guard; never empty. */
  readonly by: readonly Closed[];
  /** By `ladderName` the ladders that had come to the group when it was closed, and have not left since: their hosts are not driven away. */
  readonly keeps: ReadonlySet<string>;
  /** It is open but for the blast radius, which looks again then: Unix milliseconds. */
  readonly until?: number;
  /** It is open for the buckets below this one. */
  readonly freed?: number;
}

/** What one step moved automatically. */
export interface Moved {
  /** Unix milliseconds. */
  readonly at: number;
  readonly family: Family;
  /** Parts of all hosts and queries of the family, 0 to 1. */
  readonly hosts: number;
  readonly queries: number;
}

export interface History {
  /** By target. Those of which nothing is to be remembered are absent. */
  readonly targets: ReadonlyMap<string, TargetHistory>;
  /** By `choiceName`. */
  readonly choices: ReadonlyMap<string, ChoiceHistory>;
  /** By `routeKey`. Those that are open are absent. */
  readonly routes: ReadonlyMap<string, ClosedRoute>;
  /** In the order of time, as far as the blast radius looks back; empty where there is none. */
  readonly moved: readonly Moved[];
  /** Undefined while loads never mattered. */
  readonly load?: LoadHistory;
}

export const NO_HISTORY: History = { targets: new Map(), choices: new Map(), routes: new Map(), moved: [] };

/** An operator's order that nothing changes by itself. */
export interface Freeze {
  /** Id of the group whose VIPs it is about; undefined: all. */
  readonly group?: string;
  /** Unix milliseconds. */
  readonly until: number;
  /** Hosts leave dead targets all the same. */
  readonly leaveDead: boolean;
}

/** The freeze on a group's targets that lasts longest; undefined when there is none. */
export function freezeOn(freezes: readonly Freeze[] | undefined, group: string, now: number): Freeze | undefined {
  let found: Freeze | undefined;
  for (const freeze of freezes ?? []) {
    if (freeze.until <= now || (freeze.group !== undefined && freeze.group !== group)) continue;
    // Of two, the stricter one counts, then the longer one.
    if (found === undefined || stricter(freeze, found)) found = freeze;
  }
  return found;
}

function stricter(one: Freeze, other: Freeze): boolean {
  return one.leaveDead === other.leaveDead ? one.until > other.until : other.leaveDead;
}

/** When a guard is to be asked again at the earliest, in Unix milliseconds; undefined when nothing is held. */
export function nextLook({ targets, routes }: History): number | undefined {
  const times = [...targets.values()].flatMap(({ hold }) => hold?.until ?? []);
  times.push(...[...routes.values()].flatMap(({ until }) => until ?? []));
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}
