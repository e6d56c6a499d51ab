/** What steerd.yaml says of the process itself: when files are read again, what it logs, its HTTP API, and how it checks targets. */
import * as z from 'zod';
import { duration } from './duration.ts';
import { limit, listen, path } from './setting-fields.ts';

export const reload = z.strictObject({
  watch: z
    .boolean()
    .default(true)
    .describe('Load zone files and network.yaml again when they change; SIGHUP does so in any case')
    .meta({ examples: [true] }),
  settle: duration(0)
    .prefault('200ms')
    .describe('How long files must have been quiet before they are loaded')
    .meta({ examples: ['200ms'] }),
});

export const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least important messages to write'),
  format: z
    .enum(['text', 'json', 'auto'])
    .default('auto')
    .describe('`json` is one object a line; `auto` is text on a terminal and JSON elsewhere'),
  queries: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(0)
    .describe('Log one in so many queries, up to 100 a second of each worker; 0 logs none')
    .meta({ examples: [0] }),
});

export const api = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Serve the HTTP API, through which hosts are moved; without it the server follows its files only')
    .meta({ examples: [true] }),
  listen: z
    .array(listen)
    .min(1)
    .prefault(['127.0.0.1:8053'])
    .describe('Addresses and ports of the HTTP API; beyond this machine use TLS')
    .meta({ examples: [['127.0.0.1:8053']] }),
  tls_cert: path
    .optional()
    .describe('Certificate chain in PEM; with it and `tls_key` the API speaks TLS only')
    .meta({ examples: ['./tls/api.pem'] }),
  tls_key: path
    .optional()
    .describe('Private key of `tls_cert`')
    .meta({ examples: ['./tls/api.key'] }),
  tls_client_ca: path
    .optional()
    .describe('Certificates in PEM; clients must show one signed by them (mutual TLS), besides their token')
    .meta({ examples: ['./tls/clients.pem'] }),
  body_limit: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe('The largest request in octets')
    .meta({ examples: [4 * 1024 * 1024] }),
  rate_limit: limit
    .default(6000)
    .describe('Requests a minute of one client address')
    .meta({ examples: [6000] }),
});

export const health = z.strictObject({
  exec: z
    .boolean()
    .default(false)
    .describe('Run the programs of checks of type exec; without it their targets are unknown')
    .meta({ examples: [false] }),
  first_round: duration(0)
    .prefault('10s')
    .describe('How long /readyz waits at the start for every check to be made once')
    .meta({ examples: ['10s'] }),
});
