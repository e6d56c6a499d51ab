/** Checks, targets and observations for tests. */
import type { Verdict } from '../steering/model.ts';
import type { Check, HealthModel, Probe, ServiceChecks, Timing } from './check.ts';
import { NO_CHECKS } from './check.ts';
import type { Observation } from './check-state.ts';
import type { WatchedTarget } from './targets.ts';

export const TIMING: Timing = { interval: 2000, jitter: 0, timeout: 1000, recheck: 500, rise: 3, fall: 2 };

export function tcpCheck(timing: Partial<Timing> = {}, id = 'tcp', probe: Probe = { type: 'tcp', port: 80 }): Check {
  return { id, probe, timing: { ...TIMING, ...timing } };
}

export function good(at: number, duration = 1): Observation {
  return { at, result: 'ok', cause: 'connected', duration };
}

export function bad(at: number, cause = 'refused', duration = 1): Observation {
  return { at, result: 'failed', cause, duration };
}

/** A target of service `web`. @param sites numbers of the sites that serve it */
export function target(
  group: string,
  sites: readonly number[],
  checks?: ServiceChecks,
  family: 'ipv4' | 'ipv6' = 'ipv4',
): WatchedTarget {
  return {
    key: `web/${group}/${family}`,
    service: 'web',
    group,
    family,
    address: family === 'ipv4' ? '127.0.0.1' : '::1',
    sites,
    checks: checks ?? { checks: [tcpCheck()], need: 1 },
  };
}

export function model(change: Partial<HealthModel> = {}): HealthModel {
  return { ...NO_CHECKS, ...change };
}

export function upSince(since: number): Verdict {
  return { state: 'up', since, cause: 'tcp: connected', last: 'up' };
}
