/** What steerd.yaml says of who clients are and where: databases of places, resolvers and proxies that are believed. */
import * as z from 'zod';
import { network, path } from './setting-fields.ts';

export const geo = z.strictObject({
  country_database: path
    .optional()
    .describe('MaxMind DB file (.mmdb) of countries or cities; the one that comes with steerd when left out')
    .meta({ examples: ['./geo/country.mmdb'] }),
  asn_database: path
    .optional()
    .describe('MaxMind DB file (.mmdb) of AS numbers; without it only networks under `clients:` have one')
    .meta({ examples: ['./geo/asn.mmdb'] }),
});

export const ecs = z.strictObject({
  trust: z
    .array(network)
    .prefault(['0.0.0.0/0', '::/0'])
    .describe('Resolvers (networks and addresses) whose EDNS Client Subnet is believed; [] believes nobody')
    .meta({ examples: [['192.0.2.0/24', '2001:db8:53::/48']] }),
});

export const proxy = z.strictObject({
  trust: z
    .array(network)
    .default([])
    .describe(
      'Proxies (networks and addresses) that put a header of the PROXY protocol, version 2, in front of all they send, and are believed whose it is; others are not',
    )
    .meta({ examples: [['192.0.2.8', '2001:db8:8::/64']] }),
  tls_header: z
    .enum(['inside', 'before'])
    .default('inside')
    .describe(
      'Where the header of DNS over TLS and HTTPS is: `inside` TLS, as dnsdist sends it, or `before` TLS begins',
    ),
});
