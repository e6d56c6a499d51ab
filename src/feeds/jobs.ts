/** What the worker is to read: the operator's feeds, each with what is asked of it. Pure. */

import { formatPrefix } from '../net/prefix.ts';
import { families, type Network } from '../steering/model.ts';
import { routeKey } from '../steering/network-data.ts';
import type { AnnouncementsQuestion } from './announcements/announcements.ts';
import type { FeedData } from './messages.ts';
import type { AnnouncementsFeed, CatchmentFeed, FeedKind, FeedsModel, LoadFeed, RpkiFeed } from './model.ts';
import type { CatchmentQuestion } from './prometheus/catchment.ts';
import type { LoadQuestion } from './prometheus/load.ts';
import { cacheText } from './rpki/rtr/rtr-feed.ts';
import type { OwnRoute, RpkiData, RpkiQuestion } from './rpki/vrps.ts';

/** A feed is begun anew when anything of its job differs, and goes on over a reload otherwise. */
export type FeedJob = {
  /** All of it as text: the same job has the same. */
  readonly id: string;
} & (
  | { readonly kind: 'rpki'; readonly feed: RpkiFeed; readonly question: RpkiQuestion }
  | { readonly kind: 'announcements'; readonly feed: AnnouncementsFeed; readonly question: AnnouncementsQuestion }
  | { readonly kind: 'load'; readonly feed: LoadFeed; readonly question: LoadQuestion }
  | { readonly kind: 'catchment'; readonly feed: CatchmentFeed; readonly question: CatchmentQuestion }
);

type Unnamed<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Jobs of all feeds, one of each kind at most. */
export function feedJobs(model: FeedsModel, network: Network): FeedJob[] {
  const jobs: Unnamed<FeedJob>[] = [];
  const { originAs } = network;
  if (model.rpki !== undefined && originAs !== undefined)
    jobs.push({ kind: 'rpki', feed: model.rpki, question: { originAs, routes: ownRoutes(network) } });
  if (model.announcements !== undefined) {
    const prefixes = ownRoutes(network).map(({ prefix }) => prefix);
    const sites = network.sites.map(({ id }) => id);
    jobs.push({ kind: 'announcements', feed: model.announcements, question: { sites, prefixes } });
  }
  if (model.load !== undefined && network.links.length > 0) {
    const links = network.links.map(({ id, capacity }) => ({ id, capacity }));
    jobs.push({ kind: 'load', feed: model.load, question: { links } });
  }
  if (model.catchment !== undefined) {
    const routes = ownRoutes(network).map(({ key }) => key);
    jobs.push({
      kind: 'catchment',
      feed: model.catchment,
      question: { sites: network.sites.map(({ id }) => id), routes },
    });
  }
  return jobs.map((job) => ({ id: textOf(job), ...job }));
}

/** The prefixes of all groups. */
export function ownRoutes({ groups }: Network): OwnRoute[] {
  return groups.flatMap(({ id, prefixes }) =>
    families.flatMap((family) => {
      const prefix = prefixes[family];
      return prefix === undefined ? [] : [{ key: routeKey(id, family), prefix }];
    }),
  );
}

function textOf(job: Unnamed<FeedJob>): string {
  return JSON.stringify(job, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
}

/** Where a job reads, for people: nothing secret is part of it. */
export function sourceText({ feed }: FeedJob): string {
  const { from } = feed;
  if ('caches' in from) return `RTR ${from.caches.map(cacheText).join(', ')}`;
  return 'file' in from ? from.file : from.url;
}

/**
 * What is left of what a feed said when it is asked something else: only what was asked before, in the same way.
 * @param data of the job before
 * @returns undefined for nothing
 */
export function carriedOver(before: FeedJob, after: FeedJob, data: FeedData[FeedKind]): FeedData[FeedKind] | undefined {
  if (before.kind === 'rpki' && after.kind === 'rpki')
    return carriedRpki(before.question, after.question, data as RpkiData);
  if (before.kind === 'announcements' && after.kind === 'announcements') {
    // What was not asked about was not kept, so that it isn't there says nothing.
    const asked = new Set(before.question.prefixes.map(formatPrefix));
    return after.question.prefixes.every((prefix) => asked.has(formatPrefix(prefix))) ? data : undefined;
  }
  // By the names of links, and of routes and sites: what is no longer there is looked at by nobody.
  return data;
}

function carriedRpki(before: RpkiQuestion, after: RpkiQuestion, data: RpkiData): RpkiData | undefined {
  if (before.originAs !== after.originAs) return undefined;
  const routes = new Set(after.routes.map(routeText));
  const same = new Set(before.routes.filter((route) => routes.has(routeText(route))).map(({ key }) => key));
  return { ...data, validity: new Map([...data.validity].filter(([key]) => same.has(key))) };
}

function routeText({ key, prefix }: OwnRoute): string {
  return `${key} ${formatPrefix(prefix)}`;
}
