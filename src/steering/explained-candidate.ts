/** A candidate of `choose` as it is told of: its state, and why it was taken or not. */
import type { Candidate, Choice } from './choose.ts';
import type { Closed, Hold } from './guards/history.ts';
import type { Network, TargetState, Verdict } from './model.ts';

/** Why a candidate was taken or not. */
export type ReasonCode =
  | 'chosen'
  | 'last-resort'
  | 'no-address'
  | 'down'
  | 'drained'
  | 'unknown'
  | 'held'
  | 'failback'
  | 'closed'
  | 'contains-failed-site'
  | 'capacity'
  | 'not-needed';

export interface ExplainedCandidate {
  readonly group: string;
  /** Undefined where the group has no address for the family, so that there is no target to have a state. */
  readonly state: TargetState | undefined;
  /** Whether an operator forced the state. */
  readonly forced: boolean;
  /** What checks say, forced or not. */
  readonly verdict: Verdict | undefined;
  /** The guard that keeps the verdict from counting. */
  readonly hold: Hold | undefined;
  readonly reason: ReasonCode;
  /** The candidate is served by a site of the failed start group too. */
  readonly containsFailedSite: boolean;
  /** The guard that speaks against new hosts here. */
  readonly closed: Closed | undefined;
}

export function explainCandidate(network: Network, candidate: Candidate, choice: Choice): ExplainedCandidate {
  const { group, address, state, forced, verdict, hold, containsFailedSite, closed } = candidate;
  const isTarget = address !== undefined;
  return {
    group: network.groups[group].id,
    state: isTarget ? state : undefined,
    forced: forced !== undefined,
    verdict: isTarget ? verdict : undefined,
    hold: isTarget ? hold : undefined,
    reason: reasonFor(candidate, choice),
    containsFailedSite,
    closed: isTarget ? closed : undefined,
  };
}

function reasonFor(candidate: Candidate, { chosen, lastResort, candidates, detour }: Choice): ReasonCode {
  if (candidate.address === undefined) return 'no-address';
  if (candidate === chosen) return lastResort === undefined ? 'chosen' : 'last-resort';
  if (candidate.counts === 'down')
    return candidate.state === 'up' || candidate.state === 'held'
      ? 'failback'
      : candidate.state === 'unknown'
        ? 'unknown'
        : 'down';
  if (candidate.closed !== undefined && chosen !== undefined && chosen.closed === undefined) return 'closed';
  if (candidate.counts === 'held') return 'held';
  if (candidate.counts === 'drained') return 'drained';
  if (chosen !== undefined && candidates.indexOf(candidate) < candidates.indexOf(chosen)) {
    if (candidate.counts === 'unknown' && chosen.counts === 'up') return 'unknown';
    // By what is so, not by elimination: an order that is wrong must not find a reason.
    if (candidate.containsFailedSite && !chosen.containsFailedSite) return 'contains-failed-site';
    if (detour !== undefined) return 'capacity';
  }
  return 'not-needed';
}
