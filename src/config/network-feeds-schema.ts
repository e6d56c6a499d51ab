/** What network.yaml says of outside data. What belongs together is checked in `network-feeds.ts`. */
import * as z from 'zod';
import { duration } from './duration.ts';

const path = z.string().min(1).max(4096);

const credentials = z
  .strictObject({
    user: z
      .string()
      .regex(/^[\x21-\x39\x3b-\x7e]{1,255}$/)
      .optional()
      .describe('With it the secret is a password (HTTP Basic); without it a bearer token')
      .meta({ examples: ['steerd'] }),
    file: path
      .optional()
      .describe('File that has the secret')
      .meta({ examples: ['/etc/steerd/feed-token'] }),
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .optional()
      .describe("Variable of the server's environment that has it")
      .meta({ examples: ['FEED_TOKEN'] }),
  })
  .describe('A secret that is shown to the server at `url`; read for every attempt, and never told')
  .meta({ examples: [{ file: '/etc/steerd/feed-token' }] });

const url = z
  .string()
  .regex(/^https?:\/\/[^\s/?#]+\/?\S*$/)
  .meta({ examples: ['https://rpki.example.net/vrps.json'] });

/** Keys that every feed has. @param times as they are when left out */
function timing(times: { readonly interval: string; readonly timeout: string; readonly stale: string }) {
  return {
    interval: duration(100)
      .prefault(times.interval)
      .describe('From the end of a good attempt to the next; after a failure it is tried sooner, first after 1 s')
      .meta({ examples: [times.interval] }),
    timeout: duration(100)
      .prefault(times.timeout)
      .describe('All of an attempt')
      .meta({ examples: [times.timeout] }),
    stale: duration(1000)
      .prefault(times.stale)
      .describe('What was observed so long ago decides nothing new; what was decided by it holds')
      .meta({ examples: [times.stale] }),
  };
}

const document = {
  file: path.optional().describe('A file, read again when it changes; relative to this one'),
  url: url.optional().describe('A URL of http or https'),
  credentials: credentials.optional(),
};

const cache = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/)
  .meta({ examples: ['127.0.0.1:8282'] });

const rpki = z
  .strictObject({
    ...document,
    rtr: z
      .union([cache, z.array(cache).min(1).max(16)])
      .optional()
      .describe('A cache that speaks RTR (RFC 8210) over TCP, with its port; or several in order of preference')
      .meta({ examples: ['127.0.0.1:8282'] }),
    ...timing({ interval: '5m', timeout: '60s', stale: '6h' }),
  })
  .describe(
    'Validated ROA payloads, as JSON of rpki-client or Routinator, or over RTR: whether prefixes may be originated by `origin_as`',
  )
  .meta({ examples: [{ file: '/var/lib/rpki-client/json' }] });

const announcements = z
  .strictObject({
    ...document,
    ...timing({ interval: '15s', timeout: '10s', stale: '2m' }),
  })
  .describe('What is really announced, by site, as JSON (schemas/announcements.schema.json)')
  .meta({ examples: [{ url: 'http://127.0.0.1:8080/announcements.json' }] });

const prometheus = {
  url: url.describe('Where the Prometheus is: a URL of http or https').meta({ examples: ['http://127.0.0.1:9090'] }),
  credentials: credentials.optional(),
};
const promql = z.string().min(1).max(4096);

const load = z
  .strictObject({
    ...prometheus,
    in: promql
      .describe('PromQL of what enters: a series for each link, by the label link')
      .meta({ examples: ['sum by (link) (rate(if_in_octets[1m])) * 8'] }),
    out: promql.describe('PromQL of what leaves').meta({ examples: ['sum by (link) (rate(if_out_octets[1m])) * 8'] }),
    unit: z
      .enum(['bits', 'ratio'])
      .default('bits')
      .describe('What they give: bits per second, or a fraction of the capacity')
      .meta({ examples: ['bits'] }),
    ...timing({ interval: '15s', timeout: '10s', stale: '2m' }),
  })
  .describe('Loads of `links`, from a Prometheus');

const catchmentFeed = z
  .strictObject({
    ...prometheus,
    query: promql
      .describe(
        'PromQL of where traffic enters: weights by the labels group and site, and family where it is told apart',
      )
      .meta({ examples: ['sum by (group, site) (rate(flow_octets[5m]))'] }),
    ...timing({ interval: '60s', timeout: '10s', stale: '10m' }),
  })
  .describe('Where the traffic of groups enters, from a Prometheus');

export const feeds = z
  .strictObject({
    rpki: rpki.optional(),
    announcements: announcements.optional(),
    load: load.optional(),
    catchment: catchmentFeed.optional(),
  })
  .describe('Outside data, read over and over');

export type FeedsFile = z.output<typeof feeds>;
export type DocumentFile = Pick<NonNullable<FeedsFile['rpki']>, 'file' | 'url' | 'credentials'>;
