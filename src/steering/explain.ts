/** Why an answer is what it is: the candidates of `choose`, each with its verdict, for people and programs. */
import type { Candidate, Choice, LastResort } from './choose.ts';
import { Chooser } from './chooser.ts';
import { answerSet } from './decide.ts';
import { familyStart, hasFamily } from './ladder.ts';
import {
  type Assignment,
  BUCKETS,
  type Family,
  type Origin,
  type Policy,
  type TargetState,
  type Verdict,
  type World,
} from './model.ts';
import { startsOf } from './start.ts';

/** Why a candidate was taken or not. */
export type ReasonCode =
  | 'chosen'
  | 'last-resort'
  | 'no-address'
  | 'down'
  | 'drained'
  | 'unknown'
  | 'failback'
  | 'contains-failed-site'
  | 'not-needed';

export interface ExplainedCandidate {
  readonly group: string;
  /** Undefined where the group has no address for the family, so that there is no target to have a state. */
  readonly state: TargetState | undefined;
  /** Whether an operator forced the state. */
  readonly forced: boolean;
  /** What checks say, forced or not. */
  readonly verdict: Verdict | undefined;
  readonly reason: ReasonCode;
  /** The candidate is served by a site of the failed start group too. */
  readonly containsFailedSite: boolean;
}

/** A group that has a part of the answers. */
export interface ExplainedShare {
  /** Where the ladder begins, and the group that answers now. */
  readonly start: string;
  readonly group: string;
  /** 0 to 100: of all buckets. */
  readonly percent: number;
}

export interface Explanation {
  readonly family: Family;
  /** The group that answers, its VIP and TTL; undefined when the host does not have the family. */
  readonly group: string | undefined;
  readonly address: Uint8Array | undefined;
  readonly ttl: number;
  readonly lastResort: LastResort | undefined;
  /** No target is usable, and the policy wants SERVFAIL, or no AAAA. */
  readonly withheld: 'servfail' | 'nodata' | undefined;
  /** How the policy chose where the ladder begins, and where it does. */
  readonly choice: 'ladder' | 'nearest' | 'weighted' | 'split';
  readonly start: string | undefined;
  /** Empty unless the answer is shared out. */
  readonly shares: readonly ExplainedShare[];
  /** In the order of the ladder. */
  readonly candidates: readonly ExplainedCandidate[];
  /** `zurich: ipv6 down since 12:03:00 (http: status 503) -> switzerland: up` */
  readonly chain: string;
}

/**
 * Explains the answer for a client class and bucket, on the very choice `decide` makes.
 * @param bucketOf the bucket of the host's name, or of the client's network, under a salt
 */
export function explain(
  world: World,
  assignment: Assignment,
  clientClass: number,
  family: Family,
  bucketOf: (salt: number) => number = () => 0,
): Explanation {
  const chooser = new Chooser(world);
  const starts = startsOf(world.network, assignment, family, () => {
    const byClass = chooser.nearest(assignment.policy, assignment.service, assignment[family]);
    return byClass[clientClass] ?? assignment[family];
  });
  return explainFrom(chooser, { assignment, starts, family }, bucketOf);
}

/** Explains what is answered from these starts. */
export function explainFrom(
  chooser: Chooser,
  { assignment, starts, family }: Origin,
  bucketOf: (salt: number) => number = () => 0,
): Explanation {
  const { world } = chooser;
  const name = (group: number): string => world.network.groups[group].id;
  const policy = world.network.policies[assignment.policy];
  const nothing = {
    family,
    group: undefined,
    address: undefined,
    ttl: assignment.ttl,
    lastResort: undefined,
    withheld: undefined,
    choice: starts.kind,
    start: undefined,
    shares: [],
    candidates: [],
  };
  if (!hasFamily(world.network, assignment, family)) return { ...nothing, chain: noFamily(world, assignment, family) };

  const set = answerSet(chooser, assignment, starts, family);
  const { spread } = set;
  const member = spread?.map[bucketOf(spread.salt)] ?? 0;
  const start = starts.groups.length === 1 || spread !== undefined ? starts.groups[member] : assignment[family];
  const choice = chooser.along(assignment, start, family);
  const candidates = choice.candidates.map((candidate) => ({
    group: name(candidate.group),
    state: candidate.address === undefined ? undefined : candidate.state,
    forced: candidate.forced !== undefined,
    verdict: candidate.address === undefined ? undefined : candidate.verdict,
    reason: reasonFor(candidate, choice),
    containsFailedSite: candidate.containsFailedSite,
  }));
  const answer = set.answers[member];
  const shares =
    spread === undefined
      ? []
      : countShares(spread.map, starts.groups.length).map((percent, i) => ({
          start: name(starts.groups[i]),
          group: name(set.answers[i].group),
          percent,
        }));
  return {
    ...nothing,
    group: answer === undefined ? undefined : name(answer.group),
    address: answer?.address,
    ttl: answer?.ttl ?? assignment.ttl,
    lastResort: choice.lastResort,
    withheld: choice.failure ? 'servfail' : choice.omitted ? 'nodata' : undefined,
    start: name(start),
    shares,
    candidates,
    chain: `${startText(world, assignment, starts.kind, policy, start, family)}${chainText(candidates, choice, family)}`,
  };
}

function countShares(map: Uint8Array, members: number): number[] {
  const counts = Array.from({ length: members }, () => 0);
  for (const member of map) counts[member]++;
  return counts.map((count) => Number(((count * 100) / BUCKETS).toFixed(2)));
}

function noFamily(world: World, assignment: Assignment, family: Family): string {
  const { network } = world;
  const { ipv4: rule, id } = network.policies[assignment.policy];
  const group = assignment[family];
  if (family === 'ipv4' && rule === 'none') return `ipv4: none by policy ${id}: the host has no such record`;
  const start = familyStart(network, rule, group, family);
  const tried = family === 'ipv4' && rule === 'specific' ? [start] : [start, ...network.groups[start].fallback];
  return `${family}: none in ${tried.map((g) => network.groups[g].id).join(', ')}: the host has no such record`;
}

/** How the ladder came to begin elsewhere than at the assigned group. */
function startText(
  world: World,
  assignment: Assignment,
  kind: Explanation['choice'],
  { id, ipv4: rule }: Policy,
  start: number,
  family: Family,
): string {
  const name = (group: number): string => world.network.groups[group].id;
  const assigned = assignment[family];
  let text = '';
  if (start !== assigned) {
    const how = {
      ladder: 'by policy',
      nearest: 'nearest to the client by policy',
      weighted: 'its share by policy',
      split: 'its part by policy',
    };
    text = `${name(assigned)} -> ${name(start)} (${how[kind]} ${id}) -> `;
  }
  const begin = familyStart(world.network, rule, start, family);
  if (begin !== start) text += `${name(start)} -> ${name(begin)} (ipv4 by policy ${id}) -> `;
  return text;
}

function reasonFor(candidate: Candidate, { chosen, lastResort, candidates }: Choice): ReasonCode {
  if (candidate.address === undefined) return 'no-address';
  if (candidate === chosen) return lastResort === undefined ? 'chosen' : 'last-resort';
  if (candidate.counts === 'down')
    return candidate.state === 'up' ? 'failback' : candidate.state === 'unknown' ? 'unknown' : 'down';
  if (candidate.counts === 'drained') return 'drained';
  if (chosen !== undefined && candidates.indexOf(candidate) < candidates.indexOf(chosen)) {
    return candidate.counts === 'unknown' && chosen.counts === 'up' ? 'unknown' : 'contains-failed-site';
  }
  return 'not-needed';
}

/** What was passed over on the way, then what was taken. */
function chainText(candidates: readonly ExplainedCandidate[], choice: Choice, family: Family): string {
  const { chosen } = choice;
  const end = chosen === undefined ? candidates.length : choice.candidates.indexOf(chosen);
  const steps = candidates.slice(0, end).map((c) => {
    if (c.state === undefined) return `${family}: none in ${c.group}`;
    const why = c.reason === 'contains-failed-site' ? `${stateText(c)}, but a failed site serves it too` : stateText(c);
    return `${c.group}: ${family} ${why}`;
  });
  if (chosen === undefined) {
    const policy = choice.failure ? 'so the policy answers SERVFAIL' : 'so the policy leaves IPv6 out';
    return [...steps, `nothing is usable, ${policy}`].join(' -> ');
  }
  const last = candidates[end];
  const own =
    choice.lastResort === undefined
      ? stateText(last)
      : choice.lastResort === 'declared'
        ? `down like all others, so the declared group answers as a last resort${last.forced ? ' (forced)' : ''}`
        : `down like all others, but the last one that was up, so it answers as a last resort`;
  const note = last.containsFailedSite ? ' (served by the failed site too)' : '';
  return [...steps, `${last.group}: ${own}${note}`].join(' -> ');
}

/** `up`, `drained (forced)`, `down since 12:03:00 (http: status 503)` */
function stateText({ state, forced, verdict, reason }: ExplainedCandidate): string {
  if (forced) return `${state} (forced)`;
  const since = verdict === undefined ? '' : new Date(verdict.since).toISOString().slice(11, 19);
  if (reason === 'failback') return `up since ${since}, but an operator must let it come back`;
  if (verdict === undefined || verdict.state === 'up') return state ?? '';
  return `${state} since ${since} (${verdict.cause})`;
}
