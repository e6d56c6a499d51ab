/** Zones to be signed that have in them what signing must get right, and the names and types to ask of them. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Algorithm } from '../../src/dnssec/algorithm.ts';
import { DsDigest, dsRdata } from '../../src/dnssec/key.ts';
import { type KeyRoles, makeKeys, type StoredKey } from '../../src/dnssec/key-directory.ts';
import { publicFileText } from '../../src/dnssec/key-file.ts';
import type { Denial } from '../../src/dnssec/zone-keys.ts';
import { parseName } from '../../src/wire/name.ts';
import { ds } from '../../src/wire/rdata/ds.ts';
import type { Workplace } from './steerd-process.ts';

/** Signed: the parent, its delegated child (with DS), one of another algorithm with two keys. Not signed: a child without DS, and a zone of its own. */
export const SIGNED = ['example.net.', 'secure.example.net.', 'example.org.'] as const;

const SOA = '@ 3600 IN SOA ns1 Hostmaster 1 7200 1800 1209600 300\n';

const PARENT = `$ORIGIN example.net.
$TTL 300
${SOA}@ IN NS NS1
@ IN NS ns2.example.org.
@ IN MX 20 Mail
@ IN MX 10 mail.example.ORG.
@ IN TXT "v=spf1 -all"
@ IN CAA 0 issue "ca.example.net"
@ IN TYPE65534 \\# 4 0a000001
ns1 IN A 192.0.2.53
ns1 IN AAAA 2001:db8::53
mail IN A 192.0.2.25
www 60 IN STEER web europe
www IN HTTPS 1 . alpn=h2,h3 hints=steer
www IN TXT "beside a host"
shop IN STEER web zurich
*.apps IN STEER web switzerland
*.apps IN TXT "any of them"
exists.apps IN TXT "not the wildcard"
*.alias IN CNAME www
alias IN CNAME www
chain IN CNAME alias
away IN CNAME www.example.org.
outside IN CNAME www.example.com.
dangling IN CNAME nothere
loop IN CNAME loop
a.b.ent IN A 192.0.2.7
down IN DNAME apps
across IN DNAME example.org.
_sip._tcp IN SRV 1 2 5060 Mail
naptr IN NAPTR 100 10 "S" "SIP+D2U" "" _Sip._tcp
many IN A 192.0.2.200
many IN A 192.0.2.3
many IN A 192.0.2.31
cased IN NS Elsewhere.example.org.
MiXeD IN TXT "case"
plain IN NS ns.plain
ns.plain IN A 192.0.2.99
secure IN NS ns.secure
ns.secure IN A 192.0.2.98
dead IN NS ns.elsewhere.
dead IN DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
`;
const CHILD = `$ORIGIN secure.example.net.
$TTL 300
${SOA}@ IN NS ns
ns IN A 192.0.2.98
www IN STEER web europe
`;
const PLAIN = `$ORIGIN plain.example.net.
$TTL 300
${SOA}@ IN NS ns
ns IN A 192.0.2.99
www IN STEER web europe
`;
const OTHER = `$ORIGIN example.org.
$TTL 300
${SOA}@ IN NS ns2
ns2 IN A 192.0.2.54
www IN STEER web zurich
* IN TXT "whatever"
mail IN A 192.0.2.26
`;

export interface SignedPlace {
  readonly keyDir: string;
  readonly keys: ReadonlyMap<string, readonly StoredKey[]>;
  /** DNSKEY records of the two zones that have no signed parent here. */
  readonly anchors: string;
  readonly env: Record<string, string>;
}

/** Writes zones and keys into a workplace. @param nsec how is denied */
export function prepareSigned(place: Workplace, nsec: Denial = 'compact'): SignedPlace {
  const keyDir = join(place.folder, 'keys');
  const now = Math.floor(Date.now() / 1000);
  const make = (zone: string, algorithm: Algorithm, roles: KeyRoles): StoredKey[] =>
    makeKeys(keyDir, parseName(zone), algorithm, roles, now);
  const keys = new Map([
    ['example.net.', make('example.net.', Algorithm.ECDSAP256SHA256, 'csk')],
    ['secure.example.net.', make('secure.example.net.', Algorithm.ED25519, 'csk')],
    ['example.org.', make('example.org.', Algorithm.ED25519, 'ksk+zsk')],
  ]);
  for (const file of readdirSync(place.zones)) if (file !== 'network.yaml') rmSync(join(place.zones, file));
  mkdirSync(place.zones, { recursive: true });
  const digests = [DsDigest.SHA256, DsDigest.SHA384];
  const [child] = keys.get('secure.example.net.') as StoredKey[];
  const dss = digests.map((digest) => `secure IN DS ${ds.toText(dsRdata(child.key, digest))}\n`).join('');
  const texts = {
    'example.net': PARENT + dss,
    'secure.example.net': CHILD,
    'plain.example.net': PLAIN,
    'example.org': OTHER,
  };
  for (const [zone, text] of Object.entries(texts)) writeFileSync(join(place.zones, `${zone}.zone`), text);
  const anchors = ['example.net.', 'example.org.']
    .map((zone) => keys.get(zone) as StoredKey[])
    .map(([{ key }]) => publicFileText(key))
    .join('');
  const config = join(place.folder, 'steerd.yaml');
  const zones = SIGNED.map((zone) => `    ${zone}: { nsec: ${nsec} }\n`);
  writeFileSync(config, `dnssec:\n  key_dir: ${keyDir}\n  zones:\n${zones.join('')}`);
  return { keyDir, keys, anchors, env: { STEERD_CONFIG: config } };
}

const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  DNSKEY: 48,
  HTTPS: 65,
  CAA: 257,
} as const;

/** Every name and some beside, with the types that matter. */
export const QUESTIONS: readonly (readonly [string, number])[] = [
  ...['example.net.', 'example.org.', 'secure.example.net.'].flatMap((name) =>
    [TYPES.A, TYPES.AAAA, TYPES.NS, TYPES.SOA, TYPES.MX, TYPES.TXT, TYPES.CAA, TYPES.DNSKEY, 65534].map(
      (type) => [name, type] as const,
    ),
  ),
  ...[
    'ns1',
    'mail',
    'www',
    'shop',
    'one.apps',
    'two.three.apps',
    '*.apps',
    'apps',
    'exists.apps',
    'below.exists.apps',
    'x.alias',
    'alias',
    'chain',
    'away',
    'dangling',
    'ent',
    'b.ent',
    'a.b.ent',
    'c.b.ent',
    'x.down',
    'down',
    'www.across',
    'nothere',
    'a.nothere',
    'www\\000',
    '\\000',
    'x.www',
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(49)}`,
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(44)}.${'d'.repeat(63)}.apps`,
    '_sip._tcp',
    '_tcp',
    'many',
    'MIXED',
    'wWw',
    'www.secure',
    'nothere.secure',
    'ns.secure',
    'www.plain',
    'nothere.plain',
  ].flatMap((name) =>
    [TYPES.A, TYPES.AAAA, TYPES.TXT, TYPES.HTTPS].map((type) => [`${name}.example.net.`, type] as const),
  ),
  ['_sip._tcp.example.net.', TYPES.SRV],
  ['naptr.example.net.', 35],
  ['alias.example.net.', TYPES.CNAME],
  ['secure.example.net.', TYPES.DS],
  ['plain.example.net.', TYPES.DS],
  ['plain.example.net.', TYPES.SOA],
  ['www.example.net.', TYPES.DS],
  ...['www', 'any', 'any.other', 'ns2'].flatMap((name) =>
    [TYPES.A, TYPES.AAAA, TYPES.TXT].map((type) => [`${name}.example.org.`, type] as const),
  ),
];

/** Names below the delegation that is not signed: their answers can't be secure. */
export function isInsecure(name: string, type: number): boolean {
  return type !== TYPES.DS && /(^|\.)plain\.example\.net\.$/i.test(name);
}
