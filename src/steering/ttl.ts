/** How long an answer may be kept. */
import type { Choice as Chosen } from './choose.ts';
import type { Policy } from './model.ts';

/** A change that is near shortens TTLs, but not below this, unless the policy says so: a failing service must not bring a storm of queries on top. */
export const SHORTEST_TTL = 10;

/**
 * Seconds an answer may be kept: the assignment's TTL, but shorter while the checks of the chosen target, or of one that would be
 * preferred to it, point to a change: then it ends when the change would come (as gdnsd's monitored TTLs do).
 */
export function ttlOf(policy: Policy, { candidates, chosen }: Chosen, ttl: number, now: number): number {
  let near = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const { changeAt } = candidate.verdict ?? {};
    if (changeAt !== undefined && candidate.forced === undefined && candidate.address !== undefined)
      near = Math.min(near, Math.ceil((changeAt - now) / 1000));
    if (candidate === chosen) break;
  }
  return Math.min(ttl, Math.max(near, policy.ttlMin ?? SHORTEST_TTL));
}

/** A host's TTL within the policy's bounds. */
export function boundedTtl({ ttlMin, ttlMax }: Policy, ttl: number): number {
  return Math.max(ttlMin ?? 0, Math.min(ttl, ttlMax ?? Number.POSITIVE_INFINITY));
}

/**
 * The TTL that signatures of a host's addresses are made with: not below any that is answered, and the same while TTLs go up and down within the policy, so that no
 * such change makes a signature (RFC 4035 §5.3.3 takes the lower one).
 */
export function originalTtl(policy: Policy, ttl: number): number {
  return Math.max(policy.ttlMax ?? policy.ttl, ttl);
}
