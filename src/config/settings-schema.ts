/**
 * The keys of steerd.yaml: one table that reads the file and the environment, makes the JSON Schema that editors use, and says in its
 * descriptions what each key means. Defaults are written as in the file. Here is the whole; what is under one key stands in the file of its area.
 */
import * as z from 'zod';
import { listeners, text, workers } from './setting-fields.ts';
import { access } from './settings-access-schema.ts';
import { ecs, geo, proxy } from './settings-clients-schema.ts';
import { api, health, log, reload } from './settings-process-schema.ts';
import { cookies, rateLimit } from './settings-protection-schema.ts';
import { secondary } from './settings-secondary-schema.ts';
import { dnssec, tsig } from './settings-signing-schema.ts';
import { transfer } from './settings-transfer-schema.ts';
import { tcp, tls } from './settings-transports-schema.ts';
import { update } from './settings-update-schema.ts';

/** Group, group/family, service/group or service/group/family. */
const TARGET = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\/[A-Za-z0-9][A-Za-z0-9_-]*(?:\/ipv[46])?)?$/;

/** What Linux takes as the name of an interface. */
const INTERFACE = /^[^\s/:]{1,15}$/;

/** steerd.yaml as it is written. */
export const settingsFileSchema = z.strictObject({
  listen: listeners
    .min(1)
    .prefault(['127.0.0.1:5300', '[::1]:5300'])
    .describe('Addresses and ports to answer on, UDP and TCP; 0.0.0.0 and [::] are all of the machine')
    .meta({ examples: [['127.0.0.1:5300', '[::1]:5300']] }),
  workers: z
    .union([workers, z.literal('auto')])
    .default(1)
    .describe('Threads that answer UDP; `auto` is one less than the cores')
    .meta({ examples: [1] }),
  stream_workers: workers
    .default(1)
    .describe('Threads that answer TCP')
    .meta({ examples: [1] }),
  zones: z
    .string()
    .min(1)
    .default('./zones')
    .describe('Directory of network.yaml and the zone files')
    .meta({ examples: ['./zones'] }),
  state_dir: z
    .string()
    .min(1)
    .default('./var')
    .describe('Directory for what must outlive a restart; one server uses it at a time')
    .meta({ examples: ['./var'] }),
  transport: z
    .enum(['auto', 'batched', 'dgram'])
    .default('auto')
    .describe(
      '`batched` moves many packets a system call (Linux, glibc); `dgram` runs everywhere; `auto` takes the best there is',
    ),
  xdp: z
    .array(z.string().regex(INTERFACE))
    .refine((all) => new Set(all).size === all.length, 'has an interface twice')
    .default([])
    .describe(
      'Network interfaces whose queries are taken before the kernel sees them (XDP; Linux); needs addresses in `listen`, not wildcards, and CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF',
    )
    .meta({ examples: [['eth0']] }),
  udp_payload_size: z
    .int()
    .min(512)
    .max(4096)
    .default(1232)
    .describe('The largest UDP reply in octets, if the client allows as much (EDNS)')
    .meta({ examples: [1232] }),
  tcp: tcp.prefault({}).describe('Limits of connections: of TCP, and of TLS apart'),
  tls: tls.prefault({}).describe('Encrypted transports: DNS over TLS and over HTTPS'),
  nsid: text
    .optional()
    .describe('This server to clients that ask for NSID (RFC 5001); without it none is told')
    .meta({ examples: ['ns1-zrh'] }),
  version: text
    .optional()
    .describe('The answer to version.bind CH TXT; without it the query is refused')
    .meta({ examples: ['steerd'] }),
  id: text
    .optional()
    .describe('The answer to id.server CH TXT (RFC 4892); without it the query is refused')
    .meta({ examples: ['ns1-zrh'] }),
  reload: reload.prefault({}).describe('When files are loaded again'),
  log: log.prefault({}).describe('What is written to standard error'),
  api: api.prefault({}).describe('The HTTP API'),
  geo: geo.prefault({}).describe('Databases that say where clients are'),
  ecs: ecs.prefault({}).describe('Client addresses that resolvers tell of (EDNS Client Subnet, RFC 7871)'),
  proxy: proxy.prefault({}).describe('Proxies that tell whose queries they send (PROXY protocol, version 2)'),
  tsig: tsig.prefault({}).describe('Keys that queries may be signed with (TSIG, RFC 8945)'),
  dnssec: dnssec.prefault({}).describe('Zones that are signed (DNSSEC)'),
  cookies: cookies.prefault({}).describe('DNS cookies, by which clients show that they are where they say'),
  access,
  rate_limit: rateLimit.prefault({}).describe('Limits of replies over UDP, by network and kind'),
  transfer: transfer.prefault({}).describe('Zones as a whole, for other servers'),
  secondary: secondary.prefault({}).describe('Zones that come from other servers'),
  update: update.prefault({}).describe('Dynamic updates'),
  health: health.prefault({}).describe('Checks of targets, which network.yaml has'),
  states: z
    .record(z.string().regex(TARGET), z.enum(['up', 'down', 'drained', 'auto']))
    .default({})
    .describe(
      'Forced states of targets, by group (`zurich`, `zurich/ipv6`), service in a group (`web/zurich`) or one VIP (`web/zurich/ipv6`); the narrowest counts, and `auto` takes a broader one back',
    )
    .meta({ examples: [{ zurich: 'drained' }] }),
});

export type SettingsFile = z.output<typeof settingsFileSchema>;
