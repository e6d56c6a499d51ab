/** Outside data: how feeds do, and what they say. */
import type * as z from 'zod';
import type { FeedView } from '../../control/feeds/held-feed.ts';
import { ownRoutes } from '../../feeds/jobs.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { isStale } from '../../steering/network-data.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { type feedReply, feedsReply, problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

export function feedRoutes(api: Api, { server }: ApiContext): void {
  api.get(
    '/feeds',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Outside data: how each feed does, and what is known of the prefixes',
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
          return {
            group: key.split('/')[0],
            family: prefix.family,
            prefix: formatPrefix(prefix),
            validity: validity === undefined ? null : { ...validity.value, stale: isStale(validity, now) },
          };
        }),
      };
    },
  );
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
