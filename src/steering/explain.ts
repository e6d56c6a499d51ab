/** Why an answer is what it is: the candidates of `choose`, each with its verdict, for people and programs. */
import { type Candidate, type Choice, choose } from './choose.ts';
import type { Assignment, Family, TargetState, World } from './model.ts';

/** Why a candidate was taken or not. */
export type ReasonCode =
  | 'chosen'
  | 'last-resort'
  | 'no-address'
  | 'down'
  | 'drained'
  | 'unknown'
  | 'contains-failed-site'
  | 'not-needed';

export interface ExplainedCandidate {
  readonly group: string;
  /** Undefined where the group has no address for the family, so that there is no target to have a state. */
  readonly state: TargetState | undefined;
  /** Whether an operator forced the state. */
  readonly forced: boolean;
  readonly reason: ReasonCode;
  /** The candidate is served by a site of the failed assigned group too. */
  readonly containsFailedSite: boolean;
}

export interface Explanation {
  readonly family: Family;
  /** The group that answers, its VIP and TTL; undefined when the host does not have the family. */
  readonly group: string | undefined;
  readonly address: Uint8Array | undefined;
  readonly ttl: number;
  readonly lastResort: boolean;
  /** In the order of the ladder. */
  readonly candidates: readonly ExplainedCandidate[];
  /** `zurich: ipv6 down (forced) -> switzerland: up` */
  readonly chain: string;
}

/** Explains the answer for a client class, on the very choice `decide` makes. */
export function explain(world: World, assignment: Assignment, _clientClass: number, family: Family): Explanation {
  const choice = choose(world.network, world.forces, assignment.service, assignment[family], family);
  const name = (group: number): string => world.network.groups[group].id;
  const candidates = choice.candidates.map((candidate) => ({
    group: name(candidate.group),
    state: candidate.address === undefined ? undefined : candidate.state,
    forced: candidate.forced !== undefined,
    reason: reasonFor(candidate, choice),
    containsFailedSite: candidate.containsFailedSite,
  }));
  return {
    family,
    group: choice.chosen === undefined ? undefined : name(choice.chosen.group),
    address: choice.chosen?.address,
    ttl: assignment.ttl,
    lastResort: choice.lastResort,
    candidates,
    chain: chainText(candidates, choice, family),
  };
}

function reasonFor(candidate: Candidate, { chosen, lastResort, candidates }: Choice): ReasonCode {
  if (candidate.address === undefined) return 'no-address';
  if (candidate === chosen) return lastResort ? 'last-resort' : 'chosen';
  if (candidate.state === 'down' || candidate.state === 'drained') return candidate.state;
  if (chosen !== undefined && candidates.indexOf(candidate) < candidates.indexOf(chosen)) {
    return candidate.state === 'unknown' && chosen.state === 'up' ? 'unknown' : 'contains-failed-site';
  }
  return 'not-needed';
}

/** What was passed over on the way, then what was taken. */
function chainText(candidates: readonly ExplainedCandidate[], choice: Choice, family: Family): string {
  const { chosen } = choice;
  if (chosen === undefined)
    return `${family}: none in ${candidates.map((c) => c.group).join(', ')}: the host has no such record`;
  const end = choice.candidates.indexOf(chosen);
  const steps = candidates.slice(0, end).map((c) => {
    if (c.state === undefined) return `${family}: none in ${c.group}`;
    const why = c.reason === 'contains-failed-site' ? `${c.state}, but a failed site serves it too` : c.state;
    return `${c.group}: ${family} ${why}${c.forced ? ' (forced)' : ''}`;
  });
  const last = candidates[end];
  const notes = [last.forced ? 'forced' : '', last.containsFailedSite ? 'served by the failed site too' : ''].filter(
    (n) => n !== '',
  );
  const own = choice.lastResort
    ? 'down like all others, so the declared group answers as a last resort'
    : (last.state ?? '');
  return [...steps, `${last.group}: ${own}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`].join(' -> ');
}
