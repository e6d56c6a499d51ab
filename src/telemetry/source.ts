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
  /** The last load that succeeded. */
  readonly load: { readonly duration: number; readonly zones: number; readonly hosts: number };
  /** Octets of memory the tables have, those kept for the next load included. */
  readonly tableOctets: number;
  /** Whether the last load or reload was good, and when the last good one was (also when nothing had changed). */
  readonly reload: { readonly ok: boolean; readonly goodAt: number };
  readonly workerRestarts: number;
  /** Hosts that an override holds. */
  readonly overrides: number;
  /** Moves by status, every status there is. */
  readonly moves: Readonly<Record<string, number>>;
}

/** What a slot of answers counts. */
export interface SlotName {
  readonly service: string;
  readonly group: string;
  readonly family: string;
}
