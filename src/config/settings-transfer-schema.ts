/** What steerd.yaml says of zones as a whole: who gets them from here. */
import * as z from 'zod';
import { parseAddress } from '../net/address.ts';
import { DAY, duration } from './duration.ts';
import { domain, server } from './setting-fields.ts';
import { rule, SAYS_WHO, saysWho, zonesOfRule } from './settings-access-schema.ts';

export const transfer = z.strictObject({
  allow: z
    .array(
      z
        .strictObject({
          ...rule,
          view: z
            .enum(['steered', 'declared'])
            .default('steered')
            .describe('Steered hosts as they are answered, or as they are declared')
            .meta({ examples: ['steered'] }),
        })
        .refine(saysWho, SAYS_WHO)
        .refine(({ keys, view }) => keys !== undefined || view === 'steered', 'needs keys for the declared view'),
    )
    .default([])
    .describe('Who gets zones as a whole (AXFR, IXFR): whoever one of these rules is true of, nobody else')
    .meta({ examples: [[{ networks: ['192.0.2.53'], keys: ['xfr'] }]] }),
  notify: z
    .array(
      z.strictObject({
        zones: zonesOfRule,
        to: z
          .array(server)
          .min(1)
          .describe('Addresses of servers, with a port unless it is 53')
          .meta({ examples: [['192.0.2.53']] }),
        key: domain
          .optional()
          .describe('TSIG key to sign with')
          .meta({ examples: ['xfr'] }),
      }),
    )
    .default([])
    .describe('Servers that are told when a zone has changed (NOTIFY)')
    .meta({ examples: [[{ to: ['192.0.2.53'], key: 'xfr' }]] }),
  coalesce: duration(0)
    .prefault('5s')
    .describe('How long after a new serial the next one comes at the earliest; what changes meanwhile is one change')
    .meta({ examples: ['5s'] }),
  client: z
    .string()
    .refine((text) => parseAddress(text) !== undefined, 'is no address')
    .optional()
    .describe(
      'Address of a client: steered hosts are transferred as it is answered; without it, as one of no known place',
    )
    .meta({ examples: ['192.0.2.1'] }),
  signature_lifetime: duration(60_000, 90 * DAY)
    .prefault('14d')
    .describe('How long signatures of transferred zones are good at most; they are made anew before half of it is over')
    .meta({ examples: ['14d'] }),
  most_signed: z
    .int()
    .min(1)
    .max(4_000_000)
    .default(1_000_000)
    .describe('Names a signed zone may have to be transferred')
    .meta({ examples: [1_000_000] }),
});
