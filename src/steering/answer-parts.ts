/** What a host's answers are made of: by bucket which start counts, and along which choice. Shared by `decide` and `explain`. */
import type { Choice } from './choose.ts';
import type { Chooser } from './chooser.ts';
import { detourOf, divertedTo } from './load/diversion.ts';
import { type Assignment, BUCKETS, type Family, type Spread, type Starts } from './model.ts';
import { type Member as Share, shareOut } from './shares.ts';
import { membersOf, saltOf, spreadOf } from './spread.ts';

export interface AnswerPart {
  /** The group where its ladder begins. */
  readonly start: number;
  /** Its `chosen` is the group that answers. */
  readonly choice: Choice;
}

export interface AnswerParts {
  readonly parts: readonly AnswerPart[];
  /** By bucket an index into `parts`; undefined where there is one. */
  readonly spread?: Spread;
}

/** The parts of what is answered from these starts. The host has the family. */
export function answerParts(chooser: Chooser, assignment: Assignment, starts: Starts, family: Family): AnswerParts {
  const single = (start: number): AnswerParts =>
    diverted(chooser, assignment, starts, family, [{ start, choice: chooser.along(assignment, start, family) }]);
  if (starts.groups.length === 1) return single(starts.groups[0]);
  const members = membersOf(chooser, assignment, starts, family);
  const spread = spreadOf(chooser.world.network, assignment, starts, members);
  // No member can be used: the assigned group's ladder, as if nothing were shared out.
  if (spread === undefined) return single(assignment[family]);
  const parts = members.map(({ group, choice }) => ({ start: group, choice }));
  return diverted(chooser, assignment, starts, family, parts, spread);
}

/** The same, with a part of the buckets led elsewhere where load steering says so. */
function diverted(
  { world }: Chooser,
  assignment: Assignment,
  starts: Starts,
  family: Family,
  parts: readonly AnswerPart[],
  spread?: Spread,
): AnswerParts {
  const detours = parts.map(({ choice }) => detourOf(world, assignment.service, family, choice));
  if (detours.every((detour) => detour === undefined)) return spread === undefined ? { parts } : { parts, spread };
  const { groups } = world.network;
  const all: AnswerPart[] = [];
  const stretches = parts.map(({ start, choice }, i): Stretch => {
    const detour = detours[i];
    const first = all.length;
    all.push({ start, choice });
    if (detour === undefined || choice.chosen === undefined) return { first, shares: [] };
    // Under keys of its own: these ranks have nothing to do with those of a policy's shares.
    const key = (group: number): string => `diverted to ${groups[group].id}`;
    const shares: Share[] = [{ key: key(choice.chosen.group), weight: detour.stays }];
    for (const { candidate, weight } of detour.to) {
      if (candidate === choice.chosen) shares[0] = { ...shares[0], weight };
      else {
        all.push({ start, choice: divertedTo(choice, detour, candidate) });
        shares.push({ key: key(candidate.group), weight });
      }
    }
    return { first, shares };
  });
  const map = composed(spread?.map ?? ALL, stretches);
  return { parts: all, spread: { by: starts.by ?? 'host', salt: saltOf(world.network, assignment), map } };
}

/** What becomes of one of the parts there were: the first of its own, and their shares; no shares where it stays one. */
interface Stretch {
  readonly first: number;
  readonly shares: readonly Share[];
}

/** All buckets are one part. */
const ALL = new Uint8Array(BUCKETS);

/** Maps depend on shares alone, so each is made once and kept with the one it was made from. */
const kept = new WeakMap<Uint8Array, Map<string, Uint8Array>>();
const MOST_KEPT = 256;

function composed(whole: Uint8Array, stretches: readonly Stretch[]): Uint8Array {
  const key = JSON.stringify(
    stretches.map(({ first, shares }) => [first, shares.map((each) => [each.key, each.weight])]),
  );
  const known = kept.get(whole) ?? new Map<string, Uint8Array>();
  kept.set(whole, known);
  let map = known.get(key);
  if (map === undefined) {
    const inner = stretches.map(({ shares }) => (shares.length === 0 ? ALL : shareOut(shares)));
    map = whole.map((i, bucket) => stretches[i].first + inner[i][bucket]);
    if (known.size >= MOST_KEPT) known.clear();
    known.set(key, map);
  }
  return map;
}
