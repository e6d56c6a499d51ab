/** What every kind of probe is to the scheduler. */
import type { Probe } from '../check.ts';
import type { Observation } from '../check-state.ts';

/** Where a probe goes, and how long it may take. */
export interface Aim {
  /** IPv4 or IPv6 text: never a name. */
  readonly address: string;
  readonly port: number;
  /** Milliseconds; the scheduler aborts it then. */
  readonly timeout: number;
}

/** What a probe found. Only the first call counts. @param warning what to know though all is well */
export type Done = (result: Observation['result'], cause: string, warning?: string) => void;

/** Begins a probe. @returns aborts it, leaving nothing open */
export type Run<P extends Probe> = (probe: P, aim: Aim, done: Done) => () => void;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'no local address to connect from',
};

/** An error of a connection in words. */
export function errorText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ''] ?? error.message;
}

/** Trouble of this machine, which says nothing of the target. */
export function isOurs(error: Error): boolean {
  return ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}
