/** What the writer's thread and the worker of feeds tell each other. */
import type { AnnouncementsData } from './announcements/announcements.ts';
import type { FeedReport } from './feed.ts';
import type { FeedJob } from './jobs.ts';
import type { FeedKind } from './model.ts';
import type { CatchmentData } from './prometheus/catchment.ts';
import type { LoadData } from './prometheus/load.ts';
import type { RpkiData } from './rpki/vrps.ts';

/** What to read from now on and nothing else; or to end everything, and then itself. */
export type ToFeedWorker = readonly FeedJob[] | 'stop';

/** What each kind of feed has. */
export interface FeedData {
  readonly rpki: RpkiData;
  readonly announcements: AnnouncementsData;
  readonly load: LoadData;
  readonly catchment: CatchmentData;
}

/** A report whose data are there only where they are new since the last one. */
export type Told<T> = Omit<FeedReport<T>, 'newest'> & {
  readonly newest?: { readonly data?: T; readonly observedAt: number };
};

export type News<K extends FeedKind = FeedKind> = {
  readonly [L in K]: { readonly kind: L; readonly job: string; readonly report: Told<FeedData[L]> };
}[K];

/** A beat comes at least every `BEAT_MS`: who is silent for longer hangs. */
export type FromFeedWorker = News | 'beat';

export { BEAT_MS } from '../health/messages.ts';
