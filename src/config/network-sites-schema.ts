/** Sites of network.yaml, with what their routers and the neighbours' take. */
import * as z from 'zod';
import { idName } from './id-name.ts';
import { location } from './network-clients-schema.ts';

const count = z.int().min(1).max(10_000_000);

const limit = (family: string) =>
  z
    .strictObject({
      maximum: count
        .describe(`${family} routes the other side accepts before it ends the session (maximum-prefix)`)
        .meta({ examples: [100] }),
      others: z
        .int()
        .min(0)
        .max(10_000_000)
        .default(0)
        .describe('Of these, what is announced there beside what groups announce')
        .meta({ examples: [40] }),
    })
    .optional();

const session = z
  .strictObject({
    carries: z
      .enum(['prefixes', 'host-routes'])
      .default('prefixes')
      .describe('Covering prefixes, as transits and peers hear them, or host routes, as the own routers do'),
    ipv4: limit('IPv4')
      .describe('Its limit of IPv4 routes')
      .meta({ examples: [{ maximum: 100, others: 40 }] }),
    ipv6: limit('IPv6')
      .describe('Its limit of IPv6 routes')
      .meta({ examples: [{ maximum: 50 }] }),
  })
  .describe('What the other side of a BGP session accepts');

const layer = z.union([
  count,
  z.strictObject({
    maximum: count.describe('Next hops of a route that its routers use'),
    next_hops: count.describe('Next hops a VIP has there'),
  }),
]);

export const site = z
  .strictObject({
    name: z.string().min(1).optional().describe('What people call it; the id when left out'),
    country: z
      .string()
      .describe('ISO 3166-1 alpha-2 code')
      .meta({ examples: ['CH'] }),
    location: location.optional(),
    prefix_limits: z
      .record(idName, session)
      .default({})
      .describe('Limits of BGP sessions by name: a transit, a peer, the own routers')
      .meta({ examples: [{ 'transit-a': { ipv4: { maximum: 100 } } }] }),
    announcing_nodes: count
      .optional()
      .describe('Nodes that announce each VIP here')
      .meta({ examples: [12] }),
    ecmp_max_next_hops: z
      .record(idName, layer)
      .default({})
      .describe(
        'By layer of routers how many next hops of a route are used; {maximum: …, next_hops: …} where a VIP has others than announcing_nodes',
      )
      .meta({ examples: [{ leaf: 16, spine: 64 }] }),
  })
  .describe('A point of presence');

export type SiteFile = z.output<typeof site>;
