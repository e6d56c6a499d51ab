/** One feed as the writer's thread holds it: the newest it ever said, and how it does. */
import type { FeedJob } from '../../feeds/jobs.ts';
import { carriedOver, sourceText } from '../../feeds/jobs.ts';
import type { FeedData, News } from '../../feeds/messages.ts';
import type { FeedKind } from '../../feeds/model.ts';
import { type FeedStatus, feedStatus } from '../../feeds/status.ts';

/** For the API and metrics. Times are Unix milliseconds. */
export interface FeedView extends FeedStatus {
  readonly id: FeedKind;
  /** Where it reads, for people: nothing secret. */
  readonly source: string;
  /** Since when it is in its state. */
  readonly since: number;
  readonly attempts: number;
  readonly failures: number;
  readonly nextAt?: number;
  readonly notes: Readonly<Record<string, string | number>>;
}

/** What it has, and Unix milliseconds. */
export interface Newest {
  readonly data: FeedData[FeedKind];
  readonly observedAt: number;
}

export class HeldFeed {
  job: FeedJob;
  #report: News['report'] = { attempts: 0, failures: 0, notes: {} };
  #newest: Newest | undefined;
  #status: FeedStatus = { state: 'waiting' };
  #since: number;

  constructor(job: FeedJob, now: number) {
    this.job = job;
    this.#since = now;
  }

  get newest(): Newest | undefined {
    return this.#newest;
  }

  /** Goes on under another job. What it says of what is asked now as before is held. */
  become(job: FeedJob): void {
    if (job.id === this.job.id) return;
    const data = this.#newest && carriedOver(this.job, job, this.#newest.data);
    this.#newest = data === undefined ? undefined : { data, observedAt: this.#newest!.observedAt };
    this.#report = { attempts: this.#report.attempts, failures: this.#report.failures, notes: {} };
    this.job = job;
  }

  /** @returns whether it says anything new */
  take({ report }: News): boolean {
    const { newest } = report;
    const data = newest?.data ?? this.#newest?.data;
    const isNews =
      newest !== undefined && (newest.data !== undefined || newest.observedAt !== this.#newest?.observedAt);
    if (newest !== undefined && data !== undefined) this.#newest = { data, observedAt: newest.observedAt };
    this.#report = report;
    return isNews;
  }

  /** The wall clock was set: what was observed so long ago still was. */
  shift(by: number): void {
    if (this.#newest !== undefined) this.#newest = { ...this.#newest, observedAt: this.#newest.observedAt + by };
  }

  /** @returns the state before, if it is another now */
  look(now: number): FeedStatus['state'] | undefined {
    const before = this.#status.state;
    this.#status = feedStatus({ ...this.#report, newest: this.#newest }, this.job.feed.timing.stale, now);
    if (this.#status.state === before) return undefined;
    this.#since = now;
    return before;
  }

  get view(): FeedView {
    const { attempts, failures, nextAt, notes } = this.#report;
    return {
      id: this.job.kind,
      source: sourceText(this.job),
      ...this.#status,
      since: this.#since,
      attempts,
      failures,
      ...(nextAt === undefined ? {} : { nextAt }),
      notes,
    };
  }
}
