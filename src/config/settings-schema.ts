/**
 * The keys of steerd.yaml: one table that reads the file and the environment, makes the JSON Schema that editors use, and says in its
 * descriptions what each key means. Defaults are written as in the file.
 */
import * as z from 'zod';
import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { DAY, duration } from './duration.ts';
import { prefixField } from './prefix-field.ts';
import { type NamePattern, parseNamePattern, updatableType } from './update-settings.ts';

/** An address to listen on. */
export interface Listen {
  /** IPv4 or IPv6 text without brackets. */
  readonly host: string;
  readonly port: number;
  /** Networks that are answered there; all when left out. */
  readonly allow?: readonly Prefix[];
}

/** `127.0.0.1:5300`, `[::1]:5300` */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  const octets = parseAddress(host);
  if (octets === undefined || port > 65535 || (octets.length === 16) !== (match[1] !== undefined)) return undefined;
  return { host, port };
}

const listen = z
  .string()
  .transform((text, context): Listen => {
    const address = parseListen(text);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address with a port` });
    return z.NEVER;
  })
  .meta({ examples: ['127.0.0.1:5300'] });

/** A network, or an address that is one of its own. */
const network = z
  .string()
  .transform((text, context): Prefix => {
    const address = parseAddress(text);
    const whole = address === undefined ? text : `${text}/${address.length * 8}`;
    const result = prefixField(whole, text.includes(':') ? 'ipv6' : 'ipv4');
    if ('prefix' in result) return result.prefix;
    context.addIssue({ code: 'custom', message: `has what is no network: ${result.problem.message}` });
    return z.NEVER;
  })
  .meta({ examples: ['192.0.2.0/24'] });

/** Where queries are listened for: an address, alone or with whom is answered there. */
const listener = z
  .union([
    z.string().meta({ examples: ['127.0.0.1:5300'] }),
    z.strictObject({
      address: z.string().meta({ examples: ['127.0.0.1:5300'] }),
      allow: z
        .array(network)
        .min(1)
        .describe('Networks and addresses that are answered there')
        .meta({ examples: [['192.0.2.0/24']] }),
    }),
  ])
  .transform((one, context): Listen => {
    const { address: text, ...rest } = typeof one === 'string' ? { address: one } : one;
    const address = parseListen(text);
    if (address !== undefined) return { ...address, ...rest };
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address with a port` });
    return z.NEVER;
  })
  .meta({ examples: ['127.0.0.1:5300'] });

/** Each address once. */
const listeners = z
  .array(listener)
  .refine((all) => new Set(all.map(({ host, port }) => `${host} ${port}`)).size === all.length, 'has an address twice');

const path = z.string().min(1).max(4096);
const workers = z.int().min(1).max(256);
const limit = z.int().min(1).max(1_000_000);
/** What goes into one character string of a TXT record (RFC 1035 §3.3), or an option of like size. */
const text = z.string().min(1).max(255);

const tcp = z.strictObject({
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

const tls = z.strictObject({
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

const reload = z.strictObject({
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

const log = z.strictObject({
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

const api = z.strictObject({
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

const geo = z.strictObject({
  country_database: path
    .optional()
    .describe('MaxMind DB file (.mmdb) of countries or cities; the one that comes with steerd when left out')
    .meta({ examples: ['./geo/country.mmdb'] }),
  asn_database: path
    .optional()
    .describe('MaxMind DB file (.mmdb) of AS numbers; without it only networks under `clients:` have one')
    .meta({ examples: ['./geo/asn.mmdb'] }),
});

const ecs = z.strictObject({
  trust: z
    .array(network)
    .prefault(['0.0.0.0/0', '::/0'])
    .describe('Resolvers (networks and addresses) whose EDNS Client Subnet is believed; [] believes nobody')
    .meta({ examples: [['192.0.2.0/24', '2001:db8:53::/48']] }),
});

const proxy = z.strictObject({
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

const cookies = z.strictObject({
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

const rateLimit = z.strictObject({
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

const health = z.strictObject({
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

/** What systems take as the name of a variable. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

const tsig = z.strictObject({
  key_files: z
    .array(path)
    .default([])
    .describe('Files of TSIG keys, as tsig-keygen writes them; only their owner may read them')
    .meta({ examples: [['./keys/xfr.key']] }),
  key_variables: z
    .array(z.string().regex(VARIABLE))
    .default([])
    .describe('Names of environment variables that hold a TSIG key each, as ALGORITHM:NAME:SECRET')
    .meta({ examples: [['XFR_KEY']] }),
  md5: z
    .boolean()
    .default(false)
    .describe('Take keys of hmac-md5 too, which is weak')
    .meta({ examples: [false] }),
});

const signedZone = z.strictObject({
  algorithm: z
    .enum(['ecdsap256sha256', 'ed25519'])
    .default('ecdsap256sha256')
    .describe('Of the keys made when the zone has none'),
  keys: z
    .enum(['csk', 'ksk+zsk'])
    .default('csk')
    .describe('Which keys are made then: one that signs all, or one that signs the keys and one that signs all else'),
  nsec: z
    .enum(['compact', 'minimal', 'nsec3'])
    .default('compact')
    .describe(
      'How is proved that something is not there: compact denial (RFC 9824), minimally covering NSEC, or NSEC3',
    ),
});

const dnssec = z.strictObject({
  key_dir: path
    .optional()
    .describe("Directory of the zones' keys, in BIND's format; `keys` in the state directory when left out")
    .meta({ examples: ['./keys'] }),
  signatures: z
    .int()
    .min(1024)
    .max(16_777_216)
    .default(262_144)
    .describe('Signatures kept, 80 octets each')
    .meta({ examples: [262_144] }),
  signers: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe('Threads of low priority that sign, for what is asked over UDP')
    .meta({ examples: [1] }),
  zones: z
    .record(z.string().min(1).max(1024), z.union([signedZone.shape.algorithm.unwrap(), signedZone]))
    .default({})
    .describe('Zones that are signed: each with `{ algorithm, keys, nsec }`, or with the algorithm alone')
    .meta({ examples: [{ 'example.net': 'ecdsap256sha256' }] }),
});

/** Another server: an address, with a port unless it is 53. */
const server = z
  .string()
  .transform((text, context): Listen => {
    const address = parseAddress(text) === undefined ? parseListen(text) : { host: text, port: 53 };
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no address of a server` });
    return z.NEVER;
  })
  .meta({ examples: ['192.0.2.53'] });

/** A domain name, in wire form and lower case. */
const domain = z
  .string()
  .transform((text, context): Uint8Array => {
    try {
      const name = parseName(text);
      lowerCase(name);
      return name;
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      context.addIssue({ code: 'custom', message: `has what is no domain name: ${error.message}` });
      return z.NEVER;
    }
  })
  .meta({ examples: ['example.net'] });

const zonesOfRule = z
  .array(domain)
  .min(1)
  .optional()
  .describe('Zones it is about; all when left out')
  .meta({ examples: [['example.net']] });

/** Whoever all of this is true of. */
const rule = {
  zones: zonesOfRule,
  networks: z
    .array(network)
    .min(1)
    .optional()
    .describe('Networks and addresses it comes from; any when left out')
    .meta({ examples: [['192.0.2.53']] }),
  keys: z
    .array(domain)
    .min(1)
    .optional()
    .describe('TSIG keys, one of which signs it; none is asked for when left out')
    .meta({ examples: [['xfr']] }),
};

/** A rule must say something of who asks. */
function saysWho({ networks, keys }: { networks?: unknown; keys?: unknown }): boolean {
  return networks !== undefined || keys !== undefined;
}
const SAYS_WHO = 'needs networks or keys';

const access = z
  .array(z.strictObject(rule).refine(saysWho, SAYS_WHO))
  .default([])
  .describe(
    'Who may ask for names of which zones: a zone that rules are about answers to whoever one of them is true of, every other zone to everybody',
  )
  .meta({ examples: [[{ zones: ['example.net'], networks: ['192.0.2.0/24'] }]] });

const transfer = z.strictObject({
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
    .array(
      z
        .strictObject({
          networks: z
            .array(network)
            .min(1)
            .optional()
            .describe('Networks and addresses it comes from; any when left out')
            .meta({ examples: [['192.0.2.53']] }),
          keys: z
            .array(domain)
            .min(1)
            .optional()
            .describe('TSIG keys, one of which signs it; none is asked for when left out')
            .meta({ examples: [['xfr']] }),
        })
        .refine(({ networks, keys }) => networks !== undefined || keys !== undefined, 'needs networks or keys'),
    )
    .optional()
    .describe('Who may say that the zone has changed (NOTIFY); when left out the primaries, each with its key')
    .meta({ examples: [[{ networks: ['192.0.2.53'] }]] }),
});

const secondary = z.strictObject({
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

/** A pattern of names of `update.allow`. */
const updatedName = z
  .string()
  .transform((text, context): NamePattern => {
    const pattern = parseNamePattern(text);
    if (pattern !== undefined) return pattern;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no name` });
    return z.NEVER;
  })
  .meta({ examples: ['_acme-challenge.*'] });

/** A type of `update.allow`. */
const updatedType = z
  .string()
  .transform((text, context): number => {
    const type = updatableType(text);
    if (type !== undefined) return type;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no type that updates may have` });
    return z.NEVER;
  })
  .meta({ examples: ['TXT'] });

const update = z.strictObject({
  allow: z
    .array(
      z.strictObject({
        zones: zonesOfRule,
        keys: z
          .array(domain)
          .min(1)
          .describe('TSIG keys, one of which signs it')
          .meta({ examples: [['acme']] }),
        networks: z
          .array(network)
          .min(1)
          .optional()
          .describe('Networks and addresses it comes from; any when left out')
          .meta({ examples: [['192.0.2.53']] }),
        names: z
          .array(updatedName)
          .min(1)
          .optional()
          .describe(
            'Names it may change, completed by the zone unless they end with a dot; `*` is any number of labels, also none, `@` the zone itself, `self` the name of the key, `subdomains` that and all below it; all names when left out',
          )
          .meta({ examples: [['_acme-challenge.*']] }),
        types: z
          .array(updatedType)
          .min(1)
          .optional()
          .describe(
            'Types of records it may change; when left out, all but those that only files have: SOA, NS, DS, DNAME, STEER and what DNSSEC makes',
          )
          .meta({ examples: [['TXT']] }),
      }),
    )
    .default([])
    .describe('Who may change which records by dynamic updates: whoever one of these rules is true of, nobody else')
    .meta({ examples: [[{ keys: ['acme'], names: ['_acme-challenge.*'], types: ['TXT'] }]] }),
  per_name: limit
    .default(100)
    .describe('Records that updates may make at one name')
    .meta({ examples: [100] }),
  per_zone: limit
    .default(10_000)
    .describe('Records that updates may make in a zone')
    .meta({ examples: [10_000] }),
  per_key: limit
    .default(10_000)
    .describe('Records that the updates of one key may make in a zone')
    .meta({ examples: [10_000] }),
});

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
