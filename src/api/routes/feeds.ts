/** Outside data: how feeds do, and what they say. */
import type * as z from 'zod';
import type { FeedView } from '../../control/feeds/held-feed.ts';
import { ownRoutes } from '../../feeds/jobs.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { routeAt } from '../../steering/announcements.ts';
import { isStale, type Reading } from '../../steering/network-data.ts';
import { utilisation } from '../../steering/utilisation.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { type feedReply, feedsReply } from '../schemas/feeds.ts';
import { problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

export function feedRoutes(api: Api, { server }: ApiContext): void {
  api.get(
    '/feeds',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Outside data: how each feed does, and what is known of prefixes and links',
        response: { 200: feedsReply, ...problemReplies },
      },
    },
    async () => {
      const { data, views } = server.feeds;
      const { network } = server.publisher;
      const now = Date.now();
      const routes = network === undefined ? [] : ownRoutes(network);
      return {
        items: views.map(feedBody),
        routes: routes.map(({ key, prefix }) => {
          const validity = data.validity?.get(key);
          const group = network!.groups.find(({ id }) => id === key.split('/')[0])!;
          return {
            group: group.id,
            family: prefix.family,
            prefix: formatPrefix(prefix),
            validity: validity === undefined ? null : { ...validity.value, stale: isStale(validity, now) },
            announced:
              data.announcements === undefined
                ? null
                : network!.sites.map(({ id: site }, index) => ({
                    site,
                    expected: group.announce[prefix.family].includes(index),
                    as: routeAt(prefix, data.announcements?.get(site), now),
                  })),
          };
        }),
        links:
          network === undefined
            ? []
            : utilisation(network, data).map(({ reading, ...link }) => ({ ...link, ...age(reading, now) })),
        catchments: routes.flatMap(({ key, prefix: { family } }) => {
          const reading = data.catchments?.get(key);
          if (reading === undefined) return [];
          return [
            { group: key.split('/')[0], family, shares: Object.fromEntries(reading.value), ...age(reading, now) },
          ];
        }),
        findings: server.routes.findings.map(({ key: _, ...finding }) => finding),
      };
    },
  );
}

function age(reading: Reading<unknown>, now: number): { observed_at: string; stale: boolean } {
  return { observed_at: timeText(reading.observedAt), stale: isStale(reading, now) };
}

function feedBody({ since, observedAt, staleAt, nextAt, ...feed }: FeedView): z.input<typeof feedReply> {
  return {
    ...feed,
    since: timeText(since),
    ...(observedAt === undefined ? {} : { observed_at: timeText(observedAt) }),
    ...(staleAt === undefined ? {} : { stale_at: timeText(staleAt) }),
    ...(nextAt === undefined ? {} : { next_at: timeText(nextAt) }),
  };
}
