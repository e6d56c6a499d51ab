/**
 * The shape of network.yaml. The same schema checks the file, makes the JSON Schema that editors use, and says in its descriptions what
 * each key means. What one entry means for another (parents, prefixes, VIPs) is checked in `network-builder.ts`.
 */
import * as z from 'zod';
import { idName } from './id-name.ts';
import { checkSchema, combineSchema, healthSchema } from './network-checks-schema.ts';
import { clients, serves } from './network-clients-schema.ts';
import { feeds } from './network-feeds-schema.ts';
import { guardsSchema } from './network-guards-schema.ts';
import { catchment, links, loadSteering } from './network-links-schema.ts';
import { policySchema } from './network-policies-schema.ts';
import { site } from './network-sites-schema.ts';

const id = idName;
const idOf = (what: string) => id.meta({ examples: [what] });
const siteList = z.array(idOf('zrh')).min(1);

const routingWord = z.enum(['anycast', 'important', 'lazy', 'group-lazy']);

const group = z
  .strictObject({
    parent: idOf('anycast').optional().describe('The group one step up the ladder; none at its top'),
    routing: z
      .union([
        routingWord,
        z.strictObject({
          ipv4: routingWord.describe('Routing of the IPv4 VIPs'),
          ipv6: routingWord.describe('Routing of the IPv6 VIPs'),
        }),
      ])
      .describe('Who hears host routes and covering prefixes; {ipv4: …, ipv6: …} for one a family')
      .meta({ examples: ['anycast'] }),
    instances: siteList
      .optional()
      .describe('Sites that hear the host routes and serve; every site by default where routing is anycast')
      .meta({ examples: [['zrh', 'gva']] }),
    announce: z
      .union([
        siteList,
        z.strictObject({
          ipv4: siteList.optional().describe('Sites that announce the IPv4 prefix'),
          ipv6: siteList.optional().describe('Sites that announce the IPv6 prefix'),
        }),
      ])
      .optional()
      .describe(
        'Sites whose transits and peers hear the covering prefix. Default by routing: every site for anycast and important, the instances for lazy; group-lazy has none',
      )
      .meta({ examples: [['zrh', 'gva']] }),
    prefixes: z
      .strictObject({
        ipv4: z
          .string()
          .optional()
          .describe('IPv4 covering prefix, /24 or shorter to be heard everywhere')
          .meta({ examples: ['192.0.2.0/24'] }),
        ipv6: z
          .string()
          .optional()
          .describe('IPv6 covering prefix, /48 or shorter to be heard everywhere')
          .meta({ examples: ['2001:db8:16::/48'] }),
      })
      .describe(
        'At most one covering prefix a family; a family left out is answered by the nearest ancestor that has it',
      )
      .meta({ examples: [{ ipv6: '2001:db8:16::/48' }] }),
    fallback: z
      .array(idOf('anycast'))
      .optional()
      .describe('Groups to try, in order, when this one can not be used; the chain of parents by default')
      .meta({ examples: [['europe', 'anycast']] }),
    serves: serves.optional(),
  })
  .describe('VIPs that are announced together');

const service = z
  .strictObject({
    vip: z
      .int()
      .min(1)
      .max(9999)
      .optional()
      .describe(
        'Last digits of its VIP in every group, the same in both families: 64 is 192.0.2.64 in 192.0.2.0/24 and 2001:db8:16::64 in 2001:db8:16::/48',
      )
      .meta({ examples: [64] }),
    vips: z
      .record(
        id,
        z.strictObject({
          ipv4: z
            .string()
            .optional()
            .describe('IPv4 VIP in this group')
            .meta({ examples: ['192.0.2.64'] }),
          ipv6: z
            .string()
            .optional()
            .describe('IPv6 VIP in this group')
            .meta({ examples: ['2001:db8:16::64'] }),
        }),
      )
      .optional()
      .describe('VIPs by group, in place of what `vip` gives there; a family left out has none in that group')
      .meta({ examples: [{ anycast: { ipv4: '192.0.2.64', ipv6: '2001:db8:16::64' } }] }),
    checks: z
      .record(id, checkSchema)
      .optional()
      .describe('Checks of each of its VIPs, by id; without any they count as up')
      .meta({ examples: [{ web: { type: 'http', path: '/healthz' } }] }),
    combine: combineSchema.optional(),
  })
  .describe('What answers behind a VIP in each group');

/** network.yaml as it is written. */
export const networkFileSchema = z.strictObject({
  origin_as: z
    .int()
    .min(1)
    .max(0xffffffff)
    .optional()
    .describe('AS number the prefixes are originated by')
    .meta({ examples: [64500] }),
  sites: z.record(id, site).default({}).describe('Points of presence by id'),
  groups: z.record(id, group).default({}).describe('Groups of VIPs by id'),
  services: z.record(id, service).default({}).describe('Services by id'),
  policies: z
    .record(id, policySchema)
    .default({})
    .describe('Steering policies by id; `default` is always there, with a TTL of 60 s'),
  clients,
  links,
  catchment,
  feeds: feeds.prefault({}),
  guards: guardsSchema.prefault({}),
  load_steering: loadSteering.prefault({}),
  health: healthSchema.prefault({}),
});

export type NetworkFile = z.output<typeof networkFileSchema>;
export type GroupFile = NetworkFile['groups'][string];
export type ServiceFile = NetworkFile['services'][string];
