/** What steerd.yaml says of protection from forged addresses: DNS cookies, and limits of replies. */
import * as z from 'zod';
import { network, path } from './setting-fields.ts';

export const cookies = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Give DNS cookies to clients that send theirs (RFC 7873, RFC 9018)')
    .meta({ examples: [true] }),
  required: z
    .boolean()
    .default(false)
    .describe('Clients that send cookies must show a valid one over UDP, else their answer is BADCOOKIE')
    .meta({ examples: [false] }),
  secret_file: path
    .optional()
    .describe(
      'File of one to three secrets of 32 hexadecimal digits, a line each, that several servers share: the first makes cookies, all are believed; left out, this server makes its own',
    )
    .meta({ examples: ['./cookie-secrets'] }),
});

/** Replies a second. */
const rate = z.int().min(0).max(100_000);

export const rateLimit = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Limit how many replies each network gets over UDP, where addresses may be forged')
    .meta({ examples: [true] }),
  answers: rate
    .default(1000)
    .describe('Answers and referrals a second of one network, of each thread; 0 for no limit')
    .meta({ examples: [1000] }),
  negative: rate
    .default(500)
    .describe('Replies a second that there is no such name or type; 0 for no limit')
    .meta({ examples: [500] }),
  errors: rate
    .default(100)
    .describe('Refusals and other errors a second; 0 for no limit')
    .meta({ examples: [100] }),
  slip: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'One in so many replies over the rate is sent without records, so that who really asked comes over TCP: 1 is all, 0 none',
    )
    .meta({ examples: [2] }),
  ipv4_prefix: z
    .int()
    .min(8)
    .max(32)
    .default(24)
    .describe('Bits of an IPv4 network')
    .meta({ examples: [24] }),
  ipv6_prefix: z
    .int()
    .min(16)
    .max(64)
    .default(56)
    .describe('Bits of an IPv6 network')
    .meta({ examples: [56] }),
  exempt: z
    .array(network)
    .default([])
    .describe('Networks and addresses without a limit')
    .meta({ examples: [['192.0.2.0/24', '2001:db8:53::/48']] }),
  entries: z
    .int()
    .min(1024)
    .max(16_777_216)
    .default(65_536)
    .describe('Networks and kinds of replies told apart at once, 16 octets each, of each thread')
    .meta({ examples: [65_536] }),
});
