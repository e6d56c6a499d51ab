/**
 * The choice for one (service, assigned group, family): the heart that `decide` and `explain` share.
 */
import type { Family, Force, Network, TargetState } from './model.ts';
import { type StateAndCause, stateOf } from './state.ts';

/** A group that could answer. */
export interface Candidate extends StateAndCause {
  readonly group: number;
  /** The VIP, or undefined when the service has none here for the family. */
  readonly address: Uint8Array | undefined;
  /** Whether a site of the failed assigned group also serves this one, so that clients near it may still be led there. */
  readonly containsFailedSite: boolean;
}

export interface Choice {
  /** The assigned group and its fallbacks, in the order of the ladder. */
  readonly candidates: readonly Candidate[];
  /** The one that answers; undefined when no candidate has an address: the host does not have the family. */
  readonly chosen: Candidate | undefined;
  /** Nothing is usable, drained targets included: the answer is the declared one, as if all were up. */
  readonly lastResort: boolean;
}

/** Order of preference (DESIGN §5). Down is no choice at all, only a last resort. */
const RANK: Readonly<Record<TargetState, number>> = { up: 0, unknown: 1, drained: 2, down: 3 };

export function choose(
  network: Network,
  forces: readonly Force[],
  service: number,
  assigned: number,
  family: Family,
): Choice {
  const group = network.groups[assigned];
  const { vips } = network.services[service];
  const ownState = stateOf(forces, service, assigned, family).state;
  const failed = ownState === 'down' && vips[assigned]?.[family] !== undefined ? group.instances : [];
  const candidates = [assigned, ...group.fallback].map((index): Candidate => {
    const { instances } = network.groups[index];
    return {
      group: index,
      address: vips[index]?.[family],
      containsFailedSite: index !== assigned && failed.some((site) => instances.includes(site)),
      ...stateOf(forces, service, index, family),
    };
  });
  const withAddress = candidates.filter((candidate) => candidate.address !== undefined);
  let chosen: Candidate | undefined;
  for (const candidate of withAddress) {
    if (candidate.state !== 'down' && (chosen === undefined || isBetter(candidate, chosen))) chosen = candidate;
  }
  if (chosen !== undefined) return { candidates, chosen, lastResort: false };
  return { candidates, chosen: withAddress[0], lastResort: withAddress.length > 0 };
}

/** Whether a later candidate beats an earlier one. */
function isBetter(later: Candidate, earlier: Candidate): boolean {
  if (RANK[later.state] !== RANK[earlier.state]) return RANK[later.state] < RANK[earlier.state];
  return earlier.containsFailedSite && !later.containsFailedSite;
}
