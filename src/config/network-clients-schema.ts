/** What network.yaml says of clients: which a group serves, and where the operator's own are. */
import * as z from 'zod';

/** Latitude and longitude. */
export const location = z
  .tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)])
  .describe('Latitude and longitude in degrees, north and east positive')
  .meta({ examples: [[47.38, 8.54]] });

export const serves = z
  .array(z.string())
  .describe(
    'Clients the group is meant for, for policies that choose the nearest: continents and countries (EU, EU-CH), ASNs (AS64500), networks (198.51.100.0/24); the countries of `announce` by default',
  )
  .meta({ examples: [['EU-CH', 'AS64500', '198.51.100.0/24']] });

const client = z.strictObject({
  networks: z
    .array(z.string())
    .min(1)
    .describe('Networks of both families; /24 and /56 are the longest that are told apart')
    .meta({ examples: [['198.51.100.0/24', '2001:db8:100::/48']] }),
  country: z
    .string()
    .optional()
    .describe('Country they are in, ISO 3166-1 alpha-2')
    .meta({ examples: ['CH'] }),
  asn: z
    .int()
    .min(1)
    .max(0xffffffff)
    .optional()
    .describe('AS number they belong to')
    .meta({ examples: [64500] }),
  location: location.optional(),
});

export const clients = z
  .array(client)
  .default([])
  .describe('Where networks are that the operator knows better than a database; the longest that matches counts');

export type ClientsFile = z.output<typeof clients>;
