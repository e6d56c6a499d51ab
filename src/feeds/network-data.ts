/** What feeds have said, as steering looks at it. Pure. */
import type { FeedState, NetworkData, Reading } from '../steering/network-data.ts';
import type { AnnouncementsData } from './announcements/announcements.ts';
import type { FeedJob } from './jobs.ts';
import type { FeedData } from './messages.ts';
import type { FeedKind } from './model.ts';
import { newestOf, type Observed } from './observed.ts';
import type { CatchmentData } from './prometheus/catchment.ts';
import type { LoadData } from './prometheus/load.ts';
import type { RpkiData } from './rpki/vrps.ts';
import type { FeedStatus } from './status.ts';

/** A feed with the newest it said: `data` is of its kind. */
export interface HeldData {
  readonly job: FeedJob;
  readonly newest: { readonly data: FeedData[FeedKind]; readonly observedAt: number } | undefined;
  readonly view: FeedStatus;
}

/** What feeds that are configured say. One that has said nothing yet has an empty map, which is all stale. */
export function networkData(feeds: readonly HeldData[]): NetworkData {
  return Object.assign({ feeds: feeds.map(stateOf) }, ...feeds.map(partOf)) as NetworkData;
}

function partOf(held: HeldData): Partial<NetworkData> {
  const { job, newest, view } = held;
  const { observedAt = 0, staleAt = 0 } = view;
  switch (job.kind) {
    case 'rpki': {
      const { validity } = (newest?.data as RpkiData | undefined) ?? { validity: new Map() };
      return { validity: mapped(validity, (value) => ({ value, observedAt, staleAt })) };
    }
    case 'announcements':
      return { announcements: each(held, (newest?.data as AnnouncementsData | undefined)?.sites) };
    case 'load':
      return { loads: each(held, (newest?.data as LoadData | undefined)?.loads) };
    case 'catchment':
      return { catchments: each(held, (newest?.data as CatchmentData | undefined)?.shares) };
  }
}

/** Things observed each at its own time. What the clock was set by since goes for all of them. */
function each<T>({ job, newest }: HeldData, observed: Observed<T> = new Map()): Map<string, Reading<T>> {
  const shift = newest === undefined ? 0 : newest.observedAt - newestOf(observed);
  return mapped(observed, ({ value, observedAt }) => ({
    value,
    observedAt: observedAt + shift,
    staleAt: observedAt + shift + job.feed.timing.stale,
  }));
}

function mapped<V, W>(map: ReadonlyMap<string, V>, change: (value: V) => Reading<W>): Map<string, Reading<W>> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function stateOf({ job, view }: HeldData): FeedState {
  const { observedAt = 0, staleAt = 0, state, why } = view;
  return {
    id: job.kind,
    kind: job.kind,
    observedAt,
    staleAt,
    ...(state === 'ok' || why === undefined ? {} : { problem: why }),
  };
}
