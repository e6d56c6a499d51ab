/** Feeds, and what they say, over HTTP. */
import * as z from 'zod';
import { family, time } from '../schemas.ts';

export const feedReply = z.object({
  id: z.string(),
  source: z.string().describe('Where it is read'),
  state: z
    .enum(['waiting', 'ok', 'failing', 'stale'])
    .describe(
      'waiting: the first attempt is under way. failing: the last attempt failed, and what was read before counts on. stale: what was read is too old, or nothing was; nothing new is decided by it, and what was decided holds',
    ),
  since: time,
  why: z.string().optional().describe('Why it is not ok'),
  observed_at: time.optional().describe('Of which time its newest data are; absent as long as there are none'),
  stale_at: time.optional().describe('When they are stale, if nothing newer comes'),
  next_at: time
    .optional()
    .describe('The next attempt; absent while one is under way, and where a connection stays open'),
  attempts: z.number(),
  failures: z.number().describe('Attempts that failed'),
  notes: z.record(z.string(), z.union([z.string(), z.number()])).describe('What else is known of it, by kind of feed'),
});

export const feedsReply = z.object({
  items: z.array(feedReply),
  routes: z
    .array(
      z.object({
        group: z.string(),
        family,
        prefix: z.string(),
        validity: z
          .object({ state: z.enum(['valid', 'invalid', 'not-found']), cause: z.string(), stale: z.boolean() })
          .nullable()
          .describe('Route origin validation (RFC 6811); null where nothing is known'),
        announced: z
          .array(
            z.object({
              site: z.string(),
              expected: z.boolean().describe("Whether the group's announce has the site"),
              as: z
                .enum(['exact', 'aggregate', 'part', 'none', 'unknown'])
                .describe('As it is; by a shorter prefix; only longer ones in it; not; or nobody has said lately'),
            }),
          )
          .nullable()
          .describe('By site how it is announced; null where nobody observes it'),
      }),
    )
    .describe("What is known of each group's prefix"),
  links: z
    .array(
      z.object({
        link: z.string(),
        site: z.string(),
        direction: z.enum(['in', 'out']),
        load: z.number().describe('Bits per second'),
        capacity: z.number().describe('Bits per second'),
        ratio: z.number().describe('The load as a part of the capacity'),
        observed_at: time,
        stale: z.boolean(),
      }),
    )
    .describe('Loads of links, as far as they are known'),
  catchments: z
    .array(
      z.object({
        group: z.string(),
        family,
        shares: z
          .record(z.string(), z.number())
          .describe('By site the part of its traffic that enters there; together 1'),
        observed_at: time,
        stale: z.boolean(),
      }),
    )
    .describe('Where the traffic of groups was measured to enter'),
  findings: z
    .array(
      z.object({
        kind: z.enum(['invalid', 'not-found', 'unannounced', 'unexpected', 'stuck']),
        group: z.string(),
        family,
        site: z.string().optional(),
        message: z.string(),
      }),
    )
    .describe('What is wrong with routes'),
});
