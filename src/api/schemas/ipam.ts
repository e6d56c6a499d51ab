/** Addresses and what they cost, over HTTP. */
import * as z from 'zod';
import { family } from '../schemas.ts';

export const ipamReply = z.object({
  prefixes: z
    .array(
      z.object({
        prefix: z.string(),
        family,
        groups: z.array(z.string()).describe('More than one where it is shared'),
        bits: z.number().describe('2 to this power addresses'),
        used: z.number().describe('Addresses that are VIPs'),
        free: z.number().describe('IPv6: rounded'),
      }),
    )
    .describe('Each distinct prefix'),
  routing: z
    .array(
      z.object({
        routing: z.enum(['anycast', 'important', 'lazy', 'group-lazy']),
        family,
        groups: z.number(),
        prefixes: z.number().describe('Distinct prefixes that groups of this routing have'),
        shared: z.number().describe('Of these, how many another routing has too'),
      }),
    )
    .describe('What each routing costs'),
  broader: z
    .array(
      z.object({
        service: z.string(),
        policy: z.string(),
        ipv4: z.string(),
        ipv6: z.string(),
        hosts: z.number(),
        steps: z.number().describe('Groups that IPv4 is up the ladder from IPv6'),
      }),
    )
    .describe('Hosts whose A is of a broader group than their AAAA, when all is up; most hosts first'),
  gains: z
    .array(
      z.object({
        group: z.string(),
        routing: z.enum(['anycast', 'important', 'lazy', 'group-lazy']),
        needs: z
          .enum(['own', 'shared'])
          .describe('A prefix of its own, or VIPs in one that is announced everywhere already'),
        from: z.record(z.string(), z.number()).describe('Hosts by the group that their A is of now'),
        hosts: z.number().describe('Hosts whose A would be of this group'),
        queries: z.number().optional().describe('AAAA queries of these hosts since the start, estimated'),
        share: z.number().optional().describe('Of all AAAA queries'),
      }),
    )
    .describe('What an IPv4 prefix would change, for each group without one; most to gain first'),
  sites: z
    .array(
      z.object({
        site: z.string(),
        prefixes: z
          .array(z.object({ prefix: z.string(), family, groups: z.array(z.string()) }))
          .describe('Covering prefixes, to transits and peers'),
        host_routes: z
          .array(z.object({ route: z.string(), family, service: z.string(), group: z.string() }))
          .describe("Host routes, to the site's own routers"),
      }),
    )
    .describe('What each site announces'),
  objects: z
    .array(
      z.object({
        prefix: z.string(),
        family,
        origin: z.number(),
        groups: z.array(z.string()),
        rpsl: z.string().describe('A route or route6 object'),
        roa: z.object({ prefix: z.string(), maxLength: z.number(), asn: z.number() }),
      }),
    )
    .describe('What each prefix needs in the registries; none where origin_as is not set'),
});
