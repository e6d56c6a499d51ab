/** What feeds have said, as steering looks at it. Pure. */
import type { FeedState, NetworkData, Reading } from '../steering/network-data.ts';
import type { AnnouncementsData } from './announcements/announcements.ts';
import type { FeedJob } from './jobs.ts';
import type { FeedData } from './messages.ts';
import type { FeedKind } from './model.ts';
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

function partOf({ job, newest, view }: HeldData): Partial<NetworkData> {
  const { observedAt = 0, staleAt = 0 } = view;
  switch (job.kind) {
    case 'rpki': {
      const { validity } = (newest?.data as RpkiData | undefined) ?? { validity: new Map() };
      return { validity: mapped(validity, (value) => ({ value, observedAt, staleAt })) };
    }
    case 'announcements': {
      const { sites } = (newest?.data as AnnouncementsData | undefined) ?? { sites: new Map() };
      // Sites are observed each at its own time. What the clock was set by since goes for all.
      const newer = Math.max(0, ...[...sites.values()].map((site) => site.observedAt));
      const shifted = newest === undefined ? 0 : newest.observedAt - newer;
      return {
        announcements: mapped(sites, (site) => ({
          value: site.announced,
          observedAt: site.observedAt + shifted,
          staleAt: site.observedAt + shifted + job.feed.timing.stale,
        })),
      };
    }
  }
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
