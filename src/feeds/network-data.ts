/** What feeds have said, as steering looks at it. Pure. */
import type { FeedState, NetworkData, Reading } from '../steering/network-data.ts';
import type { FeedJob } from './jobs.ts';
import type { RpkiData } from './rpki/vrps.ts';
import type { FeedStatus } from './status.ts';

/** A feed with the newest it said. */
export interface HeldData {
  readonly job: FeedJob;
  readonly newest: { readonly data: RpkiData; readonly observedAt: number } | undefined;
  readonly view: FeedStatus;
}

/** What feeds that are configured say. One that has said nothing yet has an empty map, which is all stale. */
export function networkData(feeds: readonly HeldData[]): NetworkData {
  const parts = feeds.map(partOf);
  return Object.assign({ feeds: feeds.map(stateOf) }, ...parts) as NetworkData;
}

function partOf({ newest, view }: HeldData): Partial<NetworkData> {
  const { observedAt = 0, staleAt = 0 } = view;
  const aged = <T>(value: T): Reading<T> => ({ value, observedAt, staleAt });
  return { validity: new Map([...(newest?.data.validity ?? [])].map(([key, found]) => [key, aged(found)])) };
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
