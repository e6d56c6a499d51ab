/**
 * How checks are written in network.yaml. One flat table for all kinds: which key goes with which kind is checked in `network-checks.ts`, which can say so better than
 * a schema can.
 */
import * as z from 'zod';
import { probeTypes } from '../health/check.ts';
import { duration } from './duration.ts';

const port = z.int().min(1).max(65535);
const times = z.int().min(1).max(100);
const text = z.string().min(1).max(4096);

const endpoint = z
  .strictObject({
    ipv4: text
      .optional()
      .describe('Where the IPv4 target is checked: an address, or one with a port')
      .meta({ examples: ['127.0.0.1:8080'] }),
    ipv6: text
      .optional()
      .describe('Where the IPv6 target is checked')
      .meta({ examples: ['[::1]:8080'] }),
  })
  .meta({ examples: [{ ipv4: '127.0.0.1:8080' }] });

const brownOut = z
  .strictObject({
    ratio: z
      .number()
      .gt(0)
      .max(1)
      .describe('Failures of all observations, 0 to 1, from which on a target is down; it is up again at half of that')
      .meta({ examples: [0.3] }),
    window: duration(1000)
      .prefault('60s')
      .describe('Over so long')
      .meta({ examples: ['60s'] }),
    least: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe('On fewer observations nothing is concluded')
      .meta({ examples: [10] }),
  })
  .describe('Down also when it fails too often, though never `fall` times in a row')
  .meta({ examples: [{ ratio: 0.3, window: '60s' }] });

/** A check, of a service or as a reference. */
export const checkSchema = z
  .strictObject({
    type: z
      .enum(probeTypes)
      .describe('What is done: tcp, http, https, dns, exec, prometheus; or push, manual: somebody else says so')
      .meta({ examples: ['http'] }),
    interval: duration(10)
      .prefault('2s')
      .describe('From the start of one probe to that of the next')
      .meta({ examples: ['2s'] }),
    jitter: duration(0)
      .optional()
      .describe('A probe starts at random earlier by up to this; a tenth of the interval by default')
      .meta({ examples: ['200ms'] }),
    timeout: duration(10)
      .optional()
      .describe('How long a probe may take; 1 s by default, and no more than the interval')
      .meta({ examples: ['1s'] }),
    recheck: duration(1)
      .optional()
      .describe(
        'After a failure, until the next probe, while the state is not settled; a quarter of the interval by default, at most 500 ms',
      )
      .meta({ examples: ['500ms'] }),
    rise: times
      .default(3)
      .describe('Successes in a row that bring a target that was down up again')
      .meta({ examples: [3] }),
    fall: times
      .default(2)
      .describe('Failures in a row that bring it down')
      .meta({ examples: [2] }),
    brown_out: brownOut.optional(),
    address: z
      .union([text, z.record(z.string(), endpoint)])
      .optional()
      .describe('Where to check in place of the VIPs: an address (with a port) for all, or by group and family')
      .meta({ examples: ['127.0.0.1:8080'] }),
    port: port
      .optional()
      .describe('80 for http, 443 for https, 53 for dns by default; tcp has none')
      .meta({ examples: [80] }),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/)
      .optional()
      .describe('What is asked for; / by default')
      .meta({ examples: ['/healthz'] }),
    method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).optional().describe('GET by default'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9._-]+(:\d+)?$/)
      .optional()
      .describe(
        'The name that is asked for (Host, and the name in TLS), as one of the hosts of the service; no look-up is made of it',
      )
      .meta({ examples: ['www.example.net'] }),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\x20-\x7e]*$/))
      .optional()
      .describe('Headers of the request')
      .meta({ examples: [{ 'x-probe': 'steerd' }] }),
    status: z
      .union([z.int().min(100).max(599), z.array(z.union([z.int().min(100).max(599), text])).min(1)])
      .optional()
      .describe('Expected status codes and ranges of them; 200-299 by default. Redirects are not followed')
      .meta({ examples: [['200-299', 304]] }),
    body: text
      .optional()
      .describe('What must be in the first 64 KiB of the body')
      .meta({ examples: ['ok'] }),
    verify: z
      .boolean()
      .optional()
      .describe('Whether the certificate must be good for `host`; true by default')
      .meta({ examples: [true] }),
    expiry_warning: z
      .int()
      .min(0)
      .max(365)
      .optional()
      .describe("Days before a certificate's end from which on it is warned of; 14 by default")
      .meta({ examples: [14] }),
    name: text
      .optional()
      .describe('The name that is asked by dns')
      .meta({ examples: ['www.example.net'] }),
    record: z
      .enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'SOA', 'SRV', 'TXT'])
      .optional()
      .describe('The type that is asked by dns; A by default'),
    rcode: z
      .enum(['NOERROR', 'NXDOMAIN', 'REFUSED', 'SERVFAIL', 'NOTIMP', 'FORMERR'])
      .optional()
      .describe('The expected response code; NOERROR by default'),
    answer: text
      .optional()
      .describe('An address or a name that must be in the answer')
      .meta({ examples: ['192.0.2.64'] }),
    command: z
      .array(z.string().max(4096))
      .min(1)
      .optional()
      .describe(
        'Program and arguments, run without a shell; {address}, {port}, {service}, {group} and {family} are replaced. Needs health.exec in steerd.yaml',
      )
      .meta({ examples: [['/usr/local/bin/check', '{address}']] }),
    url: z
      .string()
      .regex(/^https?:\/\/[^\s/?#]+\/?\S*$/)
      .optional()
      .describe('Where the Prometheus is')
      .meta({ examples: ['http://127.0.0.1:9090'] }),
    query: text
      .optional()
      .describe('PromQL; {address}, {service}, {group} and {family} are replaced')
      .meta({ examples: ['probe_success{instance="{address}"}'] }),
    expect: z
      .string()
      .regex(/^(<|<=|==|!=|>=|>) *-?\d+(\.\d+)?$/)
      .optional()
      .describe('What every sample must be')
      .meta({ examples: ['== 1'] }),
    expires: duration(1000)
      .optional()
      .describe('How long a report counts that does not say so itself; 60 s by default')
      .meta({ examples: ['60s'] }),
  })
  .describe('A check');

/** How many of several checks must be up. */
export const combineSchema = z
  .union([
    z.enum(['all', 'any']),
    z.strictObject({
      n_of: times.describe('So many of them must be up').meta({ examples: [2] }),
    }),
  ])
  .describe('How many of the checks must be up: all, any (one), or n_of some number')
  .meta({ examples: ['all'] });

/** What the network as a whole says of checks. */
export const healthSchema = z
  .strictObject({
    cut_off: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('Hold all verdicts when targets of two or more sites fail at once, or the reference checks fail')
          .meta({ examples: [true] }),
        window: duration(100)
          .prefault('10s')
          .describe('What fails within so long fails at once')
          .meta({ examples: ['10s'] }),
        release: duration(0)
          .prefault('10s')
          .describe('How long all must have been well again before verdicts count')
          .meta({ examples: ['10s'] }),
      })
      .prefault({})
      .describe('When the server takes itself to be cut off'),
    references: z
      .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/), checkSchema)
      .default({})
      .describe('Checks of things that are up whenever this server is well connected; each needs an address')
      .meta({ examples: [{ upstream: { type: 'tcp', address: '127.0.0.1:53' } }] }),
    combine: combineSchema.default('any'),
    stale: duration(100)
      .prefault('5s')
      .describe('Without an observation for so long, and for three probes, a state is unknown')
      .meta({ examples: ['5s'] }),
    rate: z
      .number()
      .min(0.1)
      .max(1000)
      .default(20)
      .describe('Probes of one target a second, at most')
      .meta({ examples: [20] }),
  })
  .describe('Checks as a whole');

export type CheckFile = z.output<typeof checkSchema>;
export type CombineFile = z.output<typeof combineSchema>;
export type HealthFile = z.output<typeof healthSchema>;
