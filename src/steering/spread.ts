/** Shares of several starts: who of them can be used, and which bucket goes to whom. */
import { type Choice, RANK } from './choose.ts';
import type { Chooser } from './chooser.ts';
import type { Assignment, Family, Network, Spread, Starts, TargetState } from './model.ts';
import { keyHash, shareOut, split } from './shares.ts';

/** A start with what would be answered from it. */
export interface Member {
  readonly group: number;
  readonly weight: number;
  readonly choice: Choice;
  /** The state of the first group of its ladder with an address; undefined when there is none. */
  readonly state: TargetState | undefined;
}

/** Every start with the choice made from it. */
export function membersOf(chooser: Chooser, assignment: Assignment, starts: Starts, family: Family): Member[] {
  return starts.groups.map((group, i) => {
    const choice = chooser.from(assignment, group, family);
    const state = choice.candidates.find(({ address }) => address !== undefined)?.counts;
    return { group, weight: starts.weights?.[i] ?? 1, choice, state };
  });
}

/**
 * Which bucket goes to which member. A member that is worse off than another gives its buckets to those that are better, as if it had no weight.
 * @returns undefined when no member can be used
 */
export function spreadOf(
  network: Network,
  assignment: Assignment,
  starts: Starts,
  members: readonly Member[],
): Spread | undefined {
  const best = Math.min(
    ...members.map(({ state, weight }) => (state === undefined || weight === 0 ? RANK.down : RANK[state])),
  );
  if (best === RANK.down) return undefined;
  const weights = members.map(({ state, weight }) => (state !== undefined && RANK[state] === best ? weight : 0));
  const { groups } = network;
  const by = starts.by ?? 'host';
  const salt = saltOf(network, assignment);
  if (starts.kind === 'split') {
    const percent = weights[0] === 0 ? 100 : weights[1] === 0 ? 0 : weights[1];
    return { by, salt, map: splitMap(percent) };
  }
  return { by, salt, map: sharedMap(members.map(({ group }, i) => ({ key: groups[group].id, weight: weights[i] }))) };
}

/** Key of the hash that puts names or networks into buckets: the same on every server. */
export function saltOf({ services, policies }: Network, { service, policy }: Assignment): number {
  return keyHash(`${policies[policy].id} ${services[service].id}`);
}

/** Maps depend on shares alone, so each is made once and kept: they are few, as many as operators write and failures leave. */
const maps = new Map<string, Uint8Array>();
const MOST_MAPS = 256;

function sharedMap(members: readonly { key: string; weight: number }[]): Uint8Array {
  return kept(JSON.stringify(members.map(({ key, weight }) => [key, weight])), () => shareOut(members));
}

function splitMap(percent: number): Uint8Array {
  return kept(String(percent), () => split(percent));
}

function kept(key: string, make: () => Uint8Array): Uint8Array {
  let map = maps.get(key);
  if (map === undefined) {
    if (maps.size >= MOST_MAPS) maps.clear();
    map = make();
    maps.set(key, map);
  }
  return map;
}
