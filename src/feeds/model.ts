/**
 * Feeds as the operator wrote them, in plain data: `config/` makes them of network.yaml, once a reload, and they go to the worker by structured clone. At most one of
 * each kind. Times are in milliseconds.
 */
import type { FeedState } from '../steering/network-data.ts';
import type { Place } from './document.ts';
import type { Pace } from './feed.ts';
import type { PrometheusPlace } from './prometheus/instant-query.ts';
import type { LoadQueries } from './prometheus/load.ts';
import type { RtrCache } from './rpki/rtr/rtr-feed.ts';

/** In the order in which they are shown. */
export const feedKinds = ['rpki', 'announcements', 'load', 'catchment'] as const satisfies readonly FeedState['kind'][];
export type FeedKind = (typeof feedKinds)[number];

export interface Timing extends Pace {
  /** What was observed so long ago says nothing of the present. */
  readonly stale: number;
}

/** Route origin validation, from an export of a validator or from caches that speak RTR, in order of preference. */
export interface RpkiFeed {
  readonly timing: Timing;
  readonly from: Place | { readonly caches: readonly RtrCache[] };
}

/** What is really announced, by site. */
export interface AnnouncementsFeed {
  readonly timing: Timing;
  readonly from: Place;
}

/** Loads of links, by PromQL. */
export type LoadFeed = { readonly timing: Timing; readonly from: PrometheusPlace } & LoadQueries;

/** Where groups' traffic enters, by PromQL. */
export interface CatchmentFeed {
  readonly timing: Timing;
  readonly from: PrometheusPlace;
  readonly query: string;
}

export interface FeedsModel {
  readonly rpki?: RpkiFeed;
  readonly announcements?: AnnouncementsFeed;
  readonly load?: LoadFeed;
  readonly catchment?: CatchmentFeed;
}

/** When no feed is configured. */
export const NO_FEEDS: FeedsModel = {};
