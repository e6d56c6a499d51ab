/** What steerd.yaml says of streams: limits of connections, and the encrypted transports. */
import * as z from 'zod';
import { duration } from './duration.ts';
import { limit, listeners, path, workers } from './setting-fields.ts';

export const tcp = z.strictObject({
  idle_timeout: duration(1)
    .prefault('10s')
    .describe('How long a connection may stand idle (RFC 7766 §6.2.3)')
    .meta({ examples: ['10s'] }),
  max_connections: limit
    .default(1000)
    .describe('Connections at once, of all clients')
    .meta({ examples: [1000] }),
  max_per_client: limit
    .default(100)
    .describe('Connections at once of one client address (IPv6: of one /64)')
    .meta({ examples: [100] }),
  max_pipelined: limit
    .default(100)
    .describe('Queries answered on a connection before the client has taken the earlier answers')
    .meta({ examples: [100] }),
});

/** A path as it stands in a URL, without what needs escaping. */
const URL_PATH = /^\/[A-Za-z0-9._~/-]*$/;

export const tls = z.strictObject({
  dot: listeners
    .default([])
    .describe('Addresses and ports of DNS over TLS (RFC 7858; port 853); none by default')
    .meta({ examples: [['127.0.0.1:8853']] }),
  doh: listeners
    .default([])
    .describe('Addresses and ports of DNS over HTTPS (RFC 8484, HTTP/2; port 443); none by default')
    .meta({ examples: [['127.0.0.1:8443']] }),
  doh_path: z.string().regex(URL_PATH).default('/dns-query').describe('Path of the URLs of DNS over HTTPS'),
  cert: path
    .optional()
    .describe('Certificate chain in PEM; read again when it changes')
    .meta({ examples: ['./tls/dns.pem'] }),
  key: path
    .optional()
    .describe('Private key of `cert`')
    .meta({ examples: ['./tls/dns.key'] }),
  workers: workers
    .default(1)
    .describe('Threads that answer DNS over TLS and HTTPS, if either is listened for')
    .meta({ examples: [1] }),
});
