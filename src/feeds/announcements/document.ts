/** What a document of announcements looks like (schemas/announcements.schema.json, docs/feeds.md). */
import * as z from 'zod';

const time = z.iso
  .datetime({ offset: true })
  .describe('When it was so, by the clock of whoever observed it: RFC 3339')
  .meta({ examples: ['2026-11-23T12:00:00Z'] });

const prefixes = z
  .array(z.string().max(49))
  .max(2_000_000)
  .describe(
    "Prefixes that the site's routers announce to transits and peers, aggregates too. One that is not in this list is not announced there",
  )
  .meta({ examples: [['192.0.2.0/24', '2001:db8:16::/48']] });

const hostRoutes = z
  .array(z.string().max(49))
  .max(2_000_000)
  .describe("Host routes that the site's routers have from its own instances: addresses, or /32 and /128")
  .meta({ examples: [['192.0.2.64/32', '2001:db8:16::64/128']] });

const site = z
  .strictObject({
    observed_at: time.optional().describe('Where the site was observed at another time than the rest'),
    prefixes,
    host_routes: hostRoutes.optional(),
  })
  .describe('What one site announces');

export const announcementsSchema = z
  .strictObject({
    observed_at: time,
    sites: z
      .record(z.string().max(255), site)
      .describe(
        'By id of a site. A site that is left out was not observed, which is not the same as one that announces nothing',
      )
      .meta({ examples: [{ zrh: { prefixes: ['192.0.2.0/24'], host_routes: ['192.0.2.64/32'] } }] }),
  })
  .describe('What is really announced');

export type AnnouncementsDocument = z.output<typeof announcementsSchema>;
