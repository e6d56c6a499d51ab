/** Feeds of this server: what the worker reads comes in, what is known of the network goes to whoever decides. */
import { feedJobs } from '../../feeds/jobs.ts';
import type { FromFeedWorker, News, ToFeedWorker } from '../../feeds/messages.ts';
import { type FeedKind, type FeedsModel, feedKinds } from '../../feeds/model.ts';
import { networkData } from '../../feeds/network-data.ts';
import type { FeedStatus } from '../../feeds/status.ts';
import { monotonic } from '../../health/clock.ts';
import type { Network } from '../../steering/model.ts';
import { type NetworkData, NO_DATA } from '../../steering/network-data.ts';
import type { FeedsReading } from '../../telemetry/source.ts';
import { ReplacedWorker } from '../replaced-worker.ts';
import { type FeedView, HeldFeed, type Newest } from './held-feed.ts';

/** How often it is looked whether something has gone stale though nothing is said. */
const TICK_MS = 1000;
/** By so much the wall clock may drift from the steady one before ages are reckoned anew. */
const DRIFT_MS = 2000;

export interface FeedChange {
  readonly feed: FeedKind;
  readonly before: FeedStatus['state'];
  readonly now: FeedStatus;
}

export interface FeedsEvents {
  /** Anything is known that was not: for what is decided next. */
  informed(data: NetworkData): void;
  changed(change: FeedChange): void;
  /** The thread that reads died or hung, and was replaced. What it said before holds. */
  replaced(cause: string): void;
}

export interface FeedsOptions {
  /** The worker's entry, and clocks: of tests. */
  readonly file?: URL;
  readonly wall?: () => number;
  readonly steady?: () => number;
}

export class Feeds {
  readonly #events: FeedsEvents;
  readonly #wall: () => number;
  readonly #steady: () => number;
  readonly #worker: ReplacedWorker<ToFeedWorker, FromFeedWorker>;
  readonly #held = new Map<FeedKind, HeldFeed>();
  #data: NetworkData = NO_DATA;
  /** What the wall clock is ahead of the steady one. */
  #offset: number;
  #ticking: NodeJS.Timeout | undefined;
  #replaced = 0;

  constructor(events: FeedsEvents, options: FeedsOptions = {}) {
    const { file = new URL('../../feeds/worker.ts', import.meta.url), wall = Date.now, steady = monotonic } = options;
    this.#events = events;
    this.#wall = wall;
    this.#steady = steady;
    this.#offset = wall() - steady();
    this.#worker = new ReplacedWorker(file, 'feeds', {
      message: (message) => {
        if (message !== 'beat') this.take(message);
      },
      replaced: (cause) => {
        this.#replaced++;
        events.replaced(cause);
      },
    });
  }

  /** Takes the feeds of a load. What they said before of what is asked of them still holds. */
  install(model: FeedsModel, network: Network): void {
    const jobs = feedJobs(model, network);
    const kinds = new Set<FeedKind>(jobs.map(({ kind }) => kind));
    for (const kind of this.#held.keys()) if (!kinds.has(kind)) this.#held.delete(kind);
    for (const job of jobs) {
      const held = this.#held.get(job.kind);
      if (held === undefined) this.#held.set(job.kind, new HeldFeed(job, this.#wall()));
      else held.become(job);
    }
    if (jobs.length > 0 || this.#worker.isStarted) this.#worker.order(jobs);
    this.#look(true);
    // A tick costs nothing where nothing is read.
    if (jobs.length > 0) this.#ticking ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#worker.close();
  }

  /** What is known of the network. */
  get data(): NetworkData {
    return this.#data;
  }

  /** In the order of `feedKinds`. */
  get views(): FeedView[] {
    return feedKinds.flatMap((kind) => this.#held.get(kind)?.view ?? []);
  }

  /** What a feed has, as it was read; undefined when it has nothing yet, or there is no such feed. */
  newest(kind: FeedKind): Newest | undefined {
    return this.#held.get(kind)?.newest;
  }

  /** What metrics are made of. */
  get reading(): Pick<FeedsReading, 'feeds' | 'replaced' | 'validity'> {
    const validity = [...(this.#data.validity ?? [])].map(([key, { value }]) => {
      const [group, family] = key.split('/');
      return { group, family, state: value.state };
    });
    return { feeds: this.views, replaced: this.#replaced, validity };
  }

  /** What the worker tells. */
  take(news: News): void {
    const held = this.#held.get(news.kind);
    // Of a job that a reload has ended.
    if (held === undefined || held.job.id !== news.job) return;
    this.#look(held.take(news));
  }

  /** Looks at the clock. */
  tick(): void {
    const drift = this.#wall() - this.#steady() - this.#offset;
    const jumped = Math.abs(drift) > DRIFT_MS;
    if (jumped) {
      this.#offset += drift;
      for (const held of this.#held.values()) held.shift(drift);
    }
    this.#look(jumped);
  }

  #look(isNews: boolean): void {
    const now = this.#wall();
    const changes: FeedChange[] = [];
    for (const [feed, held] of this.#held) {
      const before = held.look(now);
      if (before !== undefined) changes.push({ feed, before, now: held.view });
    }
    if (isNews || changes.length > 0) {
      this.#data = networkData([...this.#held.values()].map(({ job, newest, view }) => ({ job, newest, view })));
      this.#events.informed(this.#data);
    }
    for (const change of changes) this.#events.changed(change);
  }
}
