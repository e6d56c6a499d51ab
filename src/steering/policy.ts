/** What a policy is when the operator says nothing else. */
import type { Policy, World } from './model.ts';

/** @param ttl seconds */
export function plainPolicy(id: string, ttl: number): Policy {
  return {
    id,
    ttl,
    choice: { kind: 'ladder' },
    ipv4: 'nearest',
    lastResort: 'last-good',
    lastResortIpv6: 'answer',
    unknown: 'last',
    failback: 'auto',
  };
}

/** Client classes of policies that don't look at the client: one, of everybody. */
export function noClasses(policies: readonly Policy[]): World['classes'] {
  return policies.map(() => [{ groups: [] }]);
}
