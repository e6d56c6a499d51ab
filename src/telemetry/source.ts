/** What metrics are made of: all that telemetry knows of the server. Who has a server fills it in; metrics ask at each scrape. */
export interface Source {
  read(): Reading;
}

/** The server at one moment. Times are Unix milliseconds, durations milliseconds. */
export interface Reading {
  readonly version: string;
  /** Totals of the workers' counters, by place in a row (answer/counters.ts). */
  readonly counters: ArrayLike<number>;
  /** Totals of the steered answers by slot; the slots' names are in `slots`. */
  readonly answers: ArrayLike<number>;
  /** What each slot counts; undefined for slot 0, which counts what got no slot of its own. */
  readonly slots: readonly (SlotName | undefined)[];
  readonly generation: number;
  /** Interfaces whose queries are taken by XDP, and frames lost there. */
  readonly interfaces: readonly { readonly name: string; readonly lost: number }[];
  /** The last load that succeeded. */
  readonly load: { readonly duration: number; readonly zones: number; readonly hosts: number };
  /** Octets of memory the tables have, those kept for the next load included. */
  readonly tableOctets: number;
  /** Whether the last load or reload was good, and when the last good one was (also when nothing had changed). */
  readonly reload: { readonly ok: boolean; readonly goodAt: number };
  readonly workerRestarts: number;
  /** Hosts that an override holds. */
  readonly overrides: number;
  readonly health: HealthReading;
  readonly feeds: FeedsReading;
  readonly guards: GuardReading;
  /** Zones that come from other servers. */
  readonly secondaries: readonly {
    readonly zone: string;
    readonly state: 'waiting' | 'current' | 'failing' | 'expired';
    /** Undefined as long as nothing has come. */
    readonly checkedAt: number | undefined;
    readonly expiresAt: number | undefined;
  }[];
  /** Dynamic updates by how they were answered since the start, and RRsets of theirs that zone files hide. */
  readonly updates: {
    readonly counts: Readonly<Record<'accepted' | 'refused' | 'failed', number>>;
    readonly hidden: number;
  };
  /** Moves by status, every status there is. */
  readonly moves: Readonly<Record<string, number>>;
}

export interface HealthReading {
  /** As checks see them. */
  readonly targets: readonly (SlotName & { readonly state: 'up' | 'down' | 'unknown'; readonly since: number })[];
  /** Whether the server takes itself to be cut off. */
  readonly held: boolean;
  /** Observations that counted for nothing because a timer ran late. */
  readonly discarded: number;
  /** Threads that probe which died or hung. */
  readonly replaced: number;
  /** By kind of check. */
  readonly checks: readonly {
    readonly type: string;
    /** Observations by result. */
    readonly results: Readonly<Record<string, number>>;
    /** By bucket (PROBE_BOUNDS), the last one beyond the last bound. */
    readonly buckets: readonly number[];
    readonly seconds: number;
  }[];
}

export interface FeedsReading {
  readonly feeds: readonly {
    readonly id: string;
    readonly state: 'waiting' | 'ok' | 'failing' | 'stale';
    /** Undefined as long as nothing was read. */
    readonly observedAt?: number;
    readonly attempts: number;
    readonly failures: number;
  }[];
  /** Threads that read which died or hung. */
  readonly replaced: number;
  /** By group and family whether its prefix may be originated, as far as it is known. */
  readonly validity: readonly {
    readonly group: string;
    readonly family: string;
    readonly state: 'valid' | 'invalid' | 'not-found';
  }[];
  /** By link and direction what part of its capacity is used, as far as it is known. */
  readonly utilisation: readonly { readonly link: string; readonly direction: string; readonly ratio: number }[];
  /** What is wrong with routes. */
  readonly findings: readonly { readonly kind: 'invalid' | 'not-found' | 'unannounced' | 'unexpected' | 'stuck' }[];
}

export interface GuardReading {
  /** Targets held back now by guard, every guard there is. */
  readonly held: Readonly<Record<string, number>>;
  /** Groups and families that take no new hosts by themselves, by guard. */
  readonly closed: Readonly<Record<string, number>>;
  /** Parts of hosts and queries by family that moved by themselves within the interval of the blast radius; empty where there is no limit. */
  readonly moved: readonly { readonly family: string; readonly of: 'hosts' | 'queries'; readonly share: number }[];
  /** Orders that nothing changes by itself. */
  readonly freezes: number;
  /** Targets of whose hosts a part, 0 to 1, is answered elsewhere by load steering. */
  readonly diverted: readonly {
    readonly service: string;
    readonly group: string;
    readonly family: string;
    readonly kind: 'shed' | 'forced';
    readonly ratio: number;
  }[];
  /** Links that have too much, which nothing can take. */
  readonly overloaded: readonly { readonly link: string; readonly direction: string }[];
}

/** What a slot of answers counts. */
export interface SlotName {
  readonly service: string;
  readonly group: string;
  readonly family: string;
}
