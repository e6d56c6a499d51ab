/**
 * The choice for one (service, start group, family): the heart that `decide` and `explain` share. Where the ladder starts is `start.ts`'s to say.
 */
import { closedFor, ladderName } from './guards/closed.ts';
import type { Closed } from './guards/history.ts';
import type { Detour } from './load/diversion.ts';
import type { Family, Policy, TargetState, Verdict, World } from './model.ts';
import { type StateAndCause, stateOf } from './state.ts';

/** A group that could answer. */
export interface Candidate extends StateAndCause {
  readonly group: number;
  /** The VIP, or undefined when the service has none here for the family. */
  readonly address: Uint8Array | undefined;
  /** What the state counts as under the policy: unknown may count as another, and who failed may have to wait for an operator. */
  readonly counts: TargetState;
  /** Whether a site of the failed start group also serves this one, so that clients near it may still be led there. */
  readonly containsFailedSite: boolean;
  /** A guard speaks against new hosts here, and these would be; undefined where none does, of the start group, and of what an operator forced. */
  readonly closed: Closed | undefined;
}

/** Why an answer was given though nothing is usable. */
export type LastResort = 'last-good' | 'declared';

export interface Choice {
  /** The start group and its fallbacks, in the order of the ladder. */
  readonly candidates: readonly Candidate[];
  /** The one that answers; undefined when no candidate has an address, or none is usable and the policy would rather fail. */
  readonly chosen: Candidate | undefined;
  /** Nothing is usable, drained targets included, and this is why the chosen one answers all the same. */
  readonly lastResort: LastResort | undefined;
  /** Nothing is usable, and the policy wants SERVFAIL. */
  readonly failure: boolean;
  /** Nothing is usable, and the policy leaves IPv6 out then. */
  readonly omitted: boolean;
  /** Load steering chose in place of the ladder, and this is why. */
  readonly detour?: Detour;
}

/** Order of preference (DESIGN §5), after those that are closed have been put behind all others. Down is no choice at all, only a last resort. */
export const RANK: Readonly<Record<TargetState, number>> = { up: 0, unknown: 1, drained: 2, held: 3, down: 4 };

export function choose(world: World, policy: Policy, service: number, start: number, family: Family): Choice {
  const { network } = world;
  const { vips } = network.services[service];
  const own = vips[start]?.[family] === undefined ? undefined : stateOf(world, service, start, family);
  // What is held was down: where its hosts went then they stay.
  const failed = own !== undefined && RANK[counted(own, policy)] >= RANK.held ? network.groups[start].instances : [];
  const candidates = [start, ...network.groups[start].fallback].map((index): Candidate => {
    const { instances } = network.groups[index];
    const state = stateOf(world, service, index, family);
    return {
      group: index,
      address: vips[index]?.[family],
      containsFailedSite: index !== start && failed.some((site) => instances.includes(site)),
      ...state,
      counts: counted(state, policy),
      closed:
        index === start || state.forced !== undefined
          ? undefined
          : closedFor(world, index, family, () => ladderName(network, policy, service, start)),
    };
  });
  const withAddress = candidates.filter((candidate) => candidate.address !== undefined);
  let chosen: Candidate | undefined;
  for (const candidate of withAddress) {
    if (candidate.counts !== 'down' && (chosen === undefined || isBetter(candidate, chosen))) chosen = candidate;
  }
  const nothing = { candidates, chosen: undefined, lastResort: undefined, failure: false, omitted: false };
  if (chosen !== undefined) return { ...nothing, chosen };
  if (withAddress.length === 0) return nothing;
  if (family === 'ipv6' && policy.lastResortIpv6 === 'nodata') return { ...nothing, omitted: true };
  if (policy.lastResort === 'servfail') return { ...nothing, failure: true };
  const good = policy.lastResort === 'last-good' ? lastGood(withAddress) : undefined;
  return { ...nothing, chosen: good ?? withAddress[0], lastResort: good === undefined ? 'declared' : 'last-good' };
}

/** What a state counts as under a policy. An operator's word is taken as it is. */
export function counted({ state, forced, verdict, hold }: StateAndCause, policy: Policy): TargetState {
  if (forced !== undefined) return state;
  const isUsable = state === 'up' || state === 'held';
  if (isUsable && verdict?.latched === true && policy.failback === 'manual') return 'down';
  if (state !== 'unknown') return state;
  if (policy.unknown !== 'last') return policy.unknown;
  const last = (hold?.verdict ?? verdict)?.last ?? 'up';
  // What is held is better than what is down: checks see it usable.
  return hold !== undefined && last === 'down' ? 'held' : last;
}

/**
 * The best bet when nothing is usable: what checks see up (but an operator has to let come back), then what was up before it became unknown, then of those found down
 * the one that went last. An operator's `down` says that it must not be used.
 */
function lastGood(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.forced !== undefined || candidate.verdict === undefined) continue;
    if (best === undefined || isBetterBet(candidate.verdict, best.verdict)) best = candidate;
  }
  return best;
}

/** Whether a later candidate is the better bet; of equals that are not down, the first of the ladder is. */
function isBetterBet(later: Verdict, earlier: Verdict | undefined): boolean {
  const hope = ({ state, last }: Verdict): number =>
    state === 'up' ? 2 : state === 'unknown' && last !== 'down' ? 1 : 0;
  if (earlier === undefined || hope(later) !== hope(earlier))
    return earlier === undefined || hope(later) > hope(earlier);
  return hope(later) === 0 && later.since > earlier.since;
}

/** Whether a later candidate beats an earlier one. */
function isBetter(later: Candidate, earlier: Candidate): boolean {
  // What the world can't reach is worse than what is to be spared.
  if ((later.closed === undefined) !== (earlier.closed === undefined)) return later.closed === undefined;
  if (RANK[later.counts] !== RANK[earlier.counts]) return RANK[later.counts] < RANK[earlier.counts];
  return earlier.containsFailedSite && !later.containsFailedSite;
}
