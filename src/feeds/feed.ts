/** What every feed is to the thread that runs it. */

/** What a feed has, and how it does. Plain data: goes to the writer's thread as it is. */
export interface FeedReport<T> {
  /** The newest that was read whole. Nothing takes it away again: what fails later leaves it as it is. */
  readonly newest?: {
    /** The same object as in the report before, where only its age is new. */
    readonly data: T;
    /** Unix milliseconds: when it was so, by the source's own account where it gives one. */
    readonly observedAt: number;
  };
  /** Of the last attempt, if it failed: since when (Unix milliseconds) all have, and why it did. */
  readonly problem?: { readonly since: number; readonly why: string };
  /** Attempts that have ended, and those of them that failed. */
  readonly attempts: number;
  readonly failures: number;
  /** Unix milliseconds of the next attempt, while none is made. */
  readonly nextAt?: number;
  /** What else people may want to know of it: `serial`, `vrps`. */
  readonly notes: Readonly<Record<string, string | number>>;
  /** A bound on the age that the source asks for, in milliseconds (RFC 8210 §6: expire). */
  readonly expire?: number;
}

/** Outside data, read over and over. `test/support/feed-contract.ts` holds all of them to what is said here. */
export interface Feed<T> {
  /** Begins to read, at once, and goes on until `stop`. Called once. */
  start(): void;
  /** Ends what is under way. Nothing is told from the call on; when it resolves, nothing is left open. */
  stop(): Promise<void>;
  readonly report: FeedReport<T>;
}

/** Told after every attempt, and never amid one: what a report has is whole. */
export type Tell<T> = (report: FeedReport<T>) => void;

/** When a feed is read. Milliseconds. */
export interface Pace {
  /** From the end of a good attempt to the next. */
  readonly interval: number;
  /** All of an attempt. */
  readonly timeout: number;
}

/** A failure that is the source's, or of the way there: told, and tried again. */
export class FeedError extends Error {
  override readonly name = 'FeedError';
}

/** The first attempt after a failure comes so soon; each further one takes twice as long, up to the interval. */
const FIRST_RETRY_MS = 1000;
/** Attempts come early at random by up to a quarter, so that servers that failed together don't come back together. */
const JITTER = 0.25;

/** How long to wait after failures in a row. @param random 0 to 1 */
export function retryDelay(failures: number, interval: number, random: number): number {
  const whole = Math.min(interval, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (1 - JITTER * random));
}
