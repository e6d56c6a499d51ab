/** The probes to make for all targets. Checks that would do the same at the same pace are one job. Pure. */
import type { Check, HealthModel, Probe, Timing } from './check.ts';
import { isProbed } from './check.ts';
import { endpointOf, filledIn, REFERENCES, type WatchedTarget } from './targets.ts';

/** A probe that is made again and again, for one check of a target or for several. */
export interface Job {
  /** What it does, where and how often, as text: the same job has the same. */
  readonly id: string;
  readonly probe: Probe;
  readonly address: string;
  readonly port: number;
  readonly timing: Pick<Timing, 'interval' | 'jitter' | 'timeout' | 'recheck'>;
  /** Failures in a row after which it needs no re-checks any more. */
  readonly fall: number;
  /** What the limit of probes a second is counted by. */
  readonly limit: string;
  /** Whose observations it makes. */
  readonly of: readonly { readonly target: string; readonly check: string }[];
}

/** Jobs of all targets and of the reference checks. */
export function jobsFor(model: HealthModel, targets: readonly WatchedTarget[]): Job[] {
  const jobs = new Map<string, Job>();
  const add = (check: Check, target: Parameters<typeof endpointOf>[1] & { service: string; key: string }): void => {
    if (!isProbed(check.probe)) return;
    const at = endpointOf(check, target);
    const probe = filledIn(check.probe, target, at);
    const { interval, jitter, timeout, recheck, fall } = check.timing;
    const id = JSON.stringify([probe, at.address, at.port, interval, jitter, timeout, recheck]);
    const before = jobs.get(id);
    jobs.set(id, {
      id,
      probe,
      ...at,
      timing: { interval, jitter, timeout, recheck },
      fall: Math.max(fall, before?.fall ?? 1),
      limit: before?.limit ?? target.key,
      of: [...(before?.of ?? []), { target: target.key, check: check.id }],
    });
  };
  for (const target of targets) for (const check of target.checks.checks) add(check, target);
  const reference = { key: REFERENCES, service: '', group: '', family: 'ipv4', address: '' } as const;
  for (const check of model.references?.checks ?? []) add(check, reference);
  return [...jobs.values()];
}
