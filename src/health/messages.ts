/** What the writer's thread and the probe worker tell each other. */

import type { Job } from './jobs.ts';
import type { Found } from './scheduler.ts';

/** What to probe from now on; or to end every probe, and then itself. */
export type ToProbeWorker =
  | {
      readonly jobs: readonly Job[];
      /** Probes of one target a second. */
      readonly rate: number;
    }
  | 'stop';

/** Sent many times a second while there is something to tell, and at least every `BEAT_MS`: who is silent for longer hangs. */
export interface FromProbeWorker {
  readonly observed: readonly (Found & { readonly job: string })[];
  /** Observations that counted for nothing since the last message. */
  readonly discarded: number;
}

export const BEAT_MS = 1000;
