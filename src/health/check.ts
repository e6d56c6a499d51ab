/**
 * Checks as the operator wrote them, in plain data: `config/` makes them of network.yaml, once a reload, and they go to workers by structured clone. Times are in
 * milliseconds.
 */
import type { Family } from '../steering/model.ts';

/** When a check is made and how much it takes to change a state. */
export interface Timing {
  /** From the start of one probe to that of the next. */
  readonly interval: number;
  /** A probe starts at random earlier by up to this, so that checks of many targets and servers don't fall into step. */
  readonly jitter: number;
  readonly timeout: number;
  /** After a failure, from the end of a probe to the start of the next, until the state is settled. */
  readonly recheck: number;
  /** Successes in a row that bring a target that was down up again. */
  readonly rise: number;
  /** Failures in a row that bring it down. */
  readonly fall: number;
  readonly brownOut?: BrownOut;
}

/** A target that fails now and then, but never `fall` times in a row, is down too when it fails too often. */
export interface BrownOut {
  /** Failures of all observations, 0 to 1, from which on it is down. */
  readonly ratio: number;
  readonly window: number;
  /** Observations in the window below which nothing is concluded. */
  readonly least: number;
}

export interface TcpProbe {
  readonly type: 'tcp';
  readonly port: number;
}

export interface HttpProbe {
  readonly type: 'http' | 'https';
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The Host header and the name in TLS; the address that is checked when left out. */
  readonly host?: string;
  /** Ranges of expected status codes, both ends included. */
  readonly status: readonly (readonly [number, number])[];
  /** What must be in the first 64 KiB of the body. */
  readonly body?: string;
  /** Whether the certificate must be good for `host`. */
  readonly verify: boolean;
  /** Days before a certificate's end from which on it is warned of. */
  readonly expiryWarning: number;
}

export interface DnsProbe {
  readonly type: 'dns';
  readonly port: number;
  readonly name: string;
  readonly record: string;
  readonly rcode: string;
  /** What one of the answer's records must be, as an address. */
  readonly answer?: string;
}

/** A program that is run, without a shell: up when it ends with status 0. */
export interface ExecProbe {
  readonly type: 'exec';
  /** Program and arguments; `{address}` and the like are replaced (targets.ts). */
  readonly command: readonly string[];
}

/** A Prometheus is asked: up when every sample compares. What it doesn't know, or can't be asked, says nothing of the target. */
export interface PrometheusProbe {
  readonly type: 'prometheus';
  readonly url: string;
  /** PromQL; `{address}` and the like are replaced. */
  readonly query: string;
  readonly operator: '<' | '<=' | '==' | '!=' | '>=' | '>';
  readonly threshold: number;
}

/** An outside system reports through the API. */
export interface PushProbe {
  readonly type: 'push';
  /** How long a report counts that doesn't say so itself. */
  readonly expires: number;
}

/** An operator says so through the API; up until then. */
export interface ManualProbe {
  readonly type: 'manual';
}

export type Probe = TcpProbe | HttpProbe | DnsProbe | ExecProbe | PrometheusProbe | PushProbe | ManualProbe;
export type ProbeType = Probe['type'];

export const probeTypes = ['tcp', 'http', 'https', 'dns', 'exec', 'prometheus', 'push', 'manual'] as const;

/** An address with a port, in place of the VIP and the check's. */
export interface Endpoint {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  readonly port?: number;
}

/** Where a check goes in place of the VIP: one place for all targets, or by group and family. */
export type Elsewhere =
  | { readonly all: Endpoint }
  | { readonly groups: Readonly<Record<string, Readonly<Partial<Record<Family, Endpoint>>>>> };

export interface Check {
  /** Its name among the service's checks. */
  readonly id: string;
  readonly probe: Probe;
  readonly timing: Timing;
  readonly elsewhere?: Elsewhere;
}

/** The checks of a service, each made for every target by itself. */
export interface ServiceChecks {
  readonly checks: readonly Check[];
  /** How many of the checks must be up: all of them, one, or some number in between. */
  readonly need: number;
}

/** When the observer takes itself to be cut off (cut-off.ts). */
export interface CutOffRule {
  /** Failures so close together count as one event. */
  readonly window: number;
  /** How long all must have been well before verdicts count again. */
  readonly release: number;
}

/** Everything network.yaml says of checks. */
export interface HealthModel {
  /** By service id. A service without checks is not in it. */
  readonly services: Readonly<Record<string, ServiceChecks>>;
  /** Undefined when it is switched off. */
  readonly cutOff: CutOffRule | undefined;
  /** Checks of things that are up whenever the observer is well connected; undefined for none. */
  readonly references: ServiceChecks | undefined;
  /** Without an observation for so long, beside what a check's timing asks for, a state is unknown. */
  readonly stale: number;
  /** Probes of one target a second, at most. */
  readonly rate: number;
}

/** A network that says nothing of checks. */
export const NO_CHECKS: HealthModel = {
  services: {},
  cutOff: { window: 10_000, release: 10_000 },
  references: undefined,
  stale: 5000,
  rate: 20,
};

/** Whether anybody but the API brings observations of a check. */
export function isProbed(probe: Probe): boolean {
  return probe.type !== 'push' && probe.type !== 'manual';
}
