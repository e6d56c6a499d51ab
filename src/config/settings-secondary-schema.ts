/** What steerd.yaml says of zones that come from other servers. */
import * as z from 'zod';
import { parseAddress } from '../net/address.ts';
import { domain, parseListen, path } from './setting-fields.ts';
import { SAYS_WHO, saysWho, who } from './settings-access-schema.ts';

const primary = z.strictObject({
  address: z
    .string()
    .refine((text) => parseAddress(text) !== undefined || parseListen(text) !== undefined, 'is no address of a server')
    .describe('Address of the primary, with a port unless it is 53 (with `tls`: 853)')
    .meta({ examples: ['192.0.2.53'] }),
  key: domain
    .optional()
    .describe('TSIG key to sign with; what comes must be signed with it too')
    .meta({ examples: ['xfr'] }),
  tls: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(253)
        .describe('The name that its certificate must be for')
        .meta({ examples: ['ns.example.net'] }),
      ca: path
        .optional()
        .describe('Certificates in PEM, one of which must have signed it; those the system knows when left out')
        .meta({ examples: ['./tls/primary-ca.pem'] }),
    })
    .optional()
    .describe('Transfer over TLS (RFC 9103); over TCP when left out'),
});

const secondaryZone = z.strictObject({
  primaries: z
    .array(primary)
    .min(1)
    .max(16)
    .describe('Servers that have the zone, in the order they are asked')
    .meta({ examples: [[{ address: '192.0.2.53', key: 'xfr' }]] }),
  allow_notify: z
    .array(z.strictObject(who).refine(saysWho, SAYS_WHO))
    .optional()
    .describe('Who may say that the zone has changed (NOTIFY); when left out the primaries, each with its key')
    .meta({ examples: [[{ networks: ['192.0.2.53'] }]] }),
});

export const secondary = z.strictObject({
  max_octets: z
    .int()
    .min(65_536)
    .max(2_147_483_647)
    .default(268_435_456)
    .describe('The largest zone that is taken, and the most that a transfer may have, in octets')
    .meta({ examples: [268_435_456] }),
  zones: z
    .record(z.string().min(1).max(1024), secondaryZone)
    .default({})
    .describe('Zones that come from other servers by transfer; what a zone file has stands above that')
    .meta({ examples: [{ 'example.org': { primaries: [{ address: '192.0.2.53', key: 'xfr' }] } }] }),
});
