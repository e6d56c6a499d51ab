/** Diversions: a part of a target's hosts is answered with other groups of its ladder, since links can't take them all. Part of what the engine remembers. */
import { type Candidate, type Choice, RANK } from '../choose.ts';
import { type Family, type Network, targetKey, type World } from '../model.ts';

/** By ids, so that it outlives a reload. */
export interface Diversion {
  /** Groups in the order they were chosen in, and what part of the target's buckets each gets: 0 to 1. What is left stays. */
  readonly to: readonly { readonly group: string; readonly weight: number }[];
  /** Unix milliseconds of the last change. */
  readonly since: number;
  /** `zrh-transit in at 86 %` */
  readonly cause: string;
  /** Keys of the links it is to relieve (`loadKey`); none of a target that is dead. */
  readonly links: readonly string[];
}

/** A link that goes on above its high watermark though something should be shed. */
export interface Overload {
  /** The load as a part of the capacity when it was looked at last. */
  readonly ratio: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** Why what is too much stays: `europe: gva-transit in would be at 93 %`. */
  readonly cause: string;
}

/** What load steering remembers. */
export interface LoadHistory {
  /** By target that is up. */
  readonly shed: ReadonlyMap<string, Diversion>;
  /** By target that is not: where all of its hosts go, in place of the next group of the ladder. */
  readonly forced: ReadonlyMap<string, Diversion>;
  /** By `loadKey` of a link. */
  readonly overloads: ReadonlyMap<string, Overload>;
  /** Keys of links that were above their high watermark, and have not come down far enough since. */
  readonly shedding: readonly string[];
  /** Unix milliseconds of the last step. */
  readonly stepped: number;
  /** Unix milliseconds: no voluntary step before. */
  readonly next: number;
  /** Unix milliseconds: what was measured before does not show the last step yet. */
  readonly settled: number;
}

export const NO_LOAD: LoadHistory = {
  shed: new Map(),
  forced: new Map(),
  overloads: new Map(),
  shedding: [],
  stepped: 0,
  next: 0,
  settled: 0,
};

/** What a choice leads to in place of the group it chose. */
export interface Detour {
  readonly kind: 'shed' | 'forced';
  readonly diversion: Diversion;
  readonly to: readonly { readonly candidate: Candidate; readonly weight: number }[];
  /** What part of the buckets stays with the group that was chosen. */
  readonly stays: number;
}

/**
 * The diversion that counts for a choice. Groups that can't be used as well as the chosen one get nothing: theirs goes to the others, or stays.
 * @returns undefined when all goes to the chosen group
 */
export function detourOf(
  { network, history }: Pick<World, 'network' | 'history'>,
  service: number,
  family: Family,
  choice: Choice,
): Detour | undefined {
  const { chosen, lastResort, candidates } = choice;
  const load = history?.load;
  if (load === undefined || chosen === undefined || lastResort !== undefined) return undefined;
  if (load.shed.size === 0 && load.forced.size === 0) return undefined;
  const keyOf = ({ group }: Candidate): string =>
    targetKey(network.services[service].id, network.groups[group].id, family);
  // The one that failed last is the nearest to the chosen one.
  for (let i = candidates.indexOf(chosen) - 1; i >= 0 && load.forced.size > 0; i--) {
    const passed = candidates[i];
    const diversion = RANK[passed.counts] > RANK[chosen.counts] ? load.forced.get(keyOf(passed)) : undefined;
    const to = diversion === undefined ? [] : usable(network, choice, chosen, diversion);
    const whole = to.reduce((sum, { weight }) => sum + weight, 0);
    if (diversion === undefined || whole === 0) continue;
    const parts = to.map(({ candidate, weight }) => ({ candidate, weight: weight / whole }));
    if (parts.length === 1 && parts[0].candidate === chosen) return undefined;
    return { kind: 'forced', diversion, to: parts, stays: 0 };
  }
  // An operator's word goes before any load.
  const diversion = chosen.forced === undefined ? load.shed.get(keyOf(chosen)) : undefined;
  if (diversion === undefined) return undefined;
  const to = usable(network, choice, chosen, diversion).filter(({ candidate }) => candidate !== chosen);
  const away = to.reduce((sum, { weight }) => sum + weight, 0);
  return away === 0 ? undefined : { kind: 'shed', diversion, to, stays: 1 - away };
}

function usable(
  { groups }: Network,
  { candidates }: Choice,
  chosen: Candidate,
  { to }: Diversion,
): { candidate: Candidate; weight: number }[] {
  return to.flatMap(({ group, weight }) => {
    const candidate = candidates.find((each) => groups[each.group].id === group);
    const isUsable = candidate?.address !== undefined && weight > 0 && RANK[candidate.counts] <= RANK[chosen.counts];
    return isUsable ? [{ candidate, weight }] : [];
  });
}

/** The choice as it is for what is diverted to a candidate. */
export function divertedTo(choice: Choice, detour: Detour, candidate: Candidate): Choice {
  return candidate === choice.chosen ? choice : { ...choice, chosen: candidate, detour };
}

/**
 * Groups that shed to a target's group, themselves or by way of others, in its service and family: by index. Nothing is shed the other way, so hosts never go in a circle, however loads
 * come and go; what was shed to a group may only go back home.
 */
export function giversTo(
  { services, groups }: Network,
  shed: LoadHistory['shed'],
  { service, group, family }: { readonly service: number; readonly group: number; readonly family: Family },
): ReadonlySet<number> {
  const givers = new Set<number>();
  const takers = [group];
  for (let taker = takers.pop(); taker !== undefined; taker = takers.pop())
    for (const [giver, { id }] of groups.entries()) {
      const to =
        giver === group || givers.has(giver) ? [] : (shed.get(targetKey(services[service].id, id, family))?.to ?? []);
      if (!to.some((each) => each.weight > 0 && each.group === groups[taker].id)) continue;
      givers.add(giver);
      takers.push(giver);
    }
  return givers;
}
