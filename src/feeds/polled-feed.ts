/** A feed that is read whole, time and again. */
import { errorText } from '../health/probes/probe.ts';
import { type Feed, FeedError, type FeedReport, type Pace, retryDelay, type Tell } from './feed.ts';

/** What one attempt brings. */
export interface Taken<T> {
  readonly data: T;
  readonly observedAt: number;
  readonly notes?: FeedReport<T>['notes'];
}

/** Where a polled feed reads. */
export interface PolledSource<T> {
  /**
   * Reads it once, whole.
   * @param before what was taken last: to be given again where nothing but its age is new
   * @throws FeedError, or the error of a connection or file
   */
  read(signal: AbortSignal, before: Taken<T> | undefined): Promise<Taken<T>>;
  /** Closes what it keeps open between attempts. */
  close(): Promise<void>;
}

/** Times ahead of our clock by more than this are a mistake of one of the two. */
const AHEAD_MS = 60_000;

export class PolledFeed<T> implements Feed<T> {
  readonly #source: PolledSource<T>;
  readonly #pace: Pace;
  readonly #tell: Tell<T>;
  #report: FeedReport<T> = { attempts: 0, failures: 0, notes: {} };
  #taken: Taken<T> | undefined;
  /** Failures in a row. */
  #row = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #stopped = false;

  constructor(source: PolledSource<T>, pace: Pace, tell: Tell<T>) {
    this.#source = source;
    this.#pace = pace;
    this.#tell = tell;
  }

  get report(): FeedReport<T> {
    return this.#report;
  }

  start(): void {
    const abort = new AbortController();
    this.#running = { abort, ended: this.#attempt(abort) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#running?.abort.abort(new FeedError('stopped'));
    await this.#running?.ended;
    await this.#source.close();
  }

  async #attempt(abort: AbortController): Promise<void> {
    const { timeout, interval } = this.#pace;
    const late = setTimeout(() => abort.abort(new FeedError(`nothing whole came within ${timeout / 1000} s`)), timeout);
    let why: string | undefined;
    try {
      const taken = await this.#source.read(abort.signal, this.#taken);
      // What came after all counts for nothing: who is late once may be late by an hour.
      abort.signal.throwIfAborted();
      if (taken.observedAt > Date.now() + AHEAD_MS)
        throw new FeedError(`it says it is of ${new Date(taken.observedAt).toISOString()}, ahead of this clock`);
      this.#taken = taken;
    } catch (error) {
      // Whatever an aborted reader says, why it was aborted is the reason.
      why = errorText(abort.signal.aborted ? (abort.signal.reason as Error) : (error as Error));
    } finally {
      clearTimeout(late);
    }
    if (this.#stopped) return;
    this.#row = why === undefined ? 0 : this.#row + 1;
    const delay = why === undefined ? interval : retryDelay(this.#row, interval, Math.random());
    this.#settle(why, Date.now() + delay);
    this.#timer = setTimeout(() => this.start(), delay);
  }

  #settle(why: string | undefined, nextAt: number): void {
    const { attempts, failures, problem } = this.#report;
    this.#report = {
      ...(this.#taken === undefined
        ? {}
        : { newest: { data: this.#taken.data, observedAt: Math.min(this.#taken.observedAt, Date.now()) } }),
      ...(why === undefined ? {} : { problem: { since: problem?.since ?? Date.now(), why } }),
      attempts: attempts + 1,
      failures: failures + (why === undefined ? 0 : 1),
      nextAt,
      notes: this.#taken?.notes ?? {},
    };
    this.#tell(this.#report);
  }
}
