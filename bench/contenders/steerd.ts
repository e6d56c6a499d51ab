import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { output } from '../machine.ts';
import { SERVER_ADDRESS, SERVER_INTERFACE } from '../namespaces.ts';
import { type Content, GEO_GROUPS, ZONE } from '../workload.ts';
import { type Contender, TCP_CONNECTIONS, vips } from './contender.ts';
import { writeZone } from './zone-text.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/steerd.mjs');

/** All that protects: cookies, which are on by themselves; limits that are counted for each reply and not reached; and signatures. */
export const PROTECTION = {
  STEERD_DNSSEC_ZONES: `${ZONE}=ecdsap256sha256`,
  STEERD_RATE_LIMIT_ENABLED: 'true',
  STEERD_RATE_LIMIT_ANSWERS: '100000',
  STEERD_RATE_LIMIT_NEGATIVE: '100000',
  STEERD_RATE_LIMIT_ERRORS: '100000',
};

/** Over sockets, with its zone signed. */
export const steerdSigned: Contender = steerd('signed', 'steerd', 'batched', {
  STEERD_DNSSEC_ZONES: `${ZONE}=ecdsap256sha256`,
});

/**
 * @param transport how it moves packets
 * @param settings  more of them, as variables
 */
export function steerd(
  id: string,
  name: string,
  transport: 'batched' | 'dgram' | 'xdp',
  settings: Readonly<Record<string, string>> = {},
): Contender {
  return {
    id,
    name,
    version: output(process.execPath, [PROGRAM, 'version']).replace(/^steerd /, ''),
    prepare(folder, content) {
      const policy = content.networks.length > 0 ? 'near' : 'default';
      writeFileSync(join(folder, 'network.yaml'), network(content));
      const steer = (owner: string): string => `${owner} 60 IN STEER web all ${policy}\n`;
      writeZone(join(folder, `${ZONE}.zone`), content, steer, '$TTL 60\n@ NS ns1\nns1 A 192.0.2.53\n');
      return {
        command: process.execPath,
        args: [PROGRAM, 'serve', '--json'],
        env: {
          STEERD_ZONES: folder,
          STEERD_STATE_DIR: join(folder, 'state'),
          STEERD_LISTEN: `${SERVER_ADDRESS}:53`,
          STEERD_TRANSPORT: transport === 'dgram' ? 'dgram' : 'batched',
          ...(transport === 'xdp' ? { STEERD_XDP: SERVER_INTERFACE } : {}),
          STEERD_RELOAD_WATCH: 'false',
          STEERD_TCP_MAX_CONNECTIONS: String(TCP_CONNECTIONS),
          // The load is one client.
          STEERD_TCP_MAX_PER_CLIENT: String(TCP_CONNECTIONS),
          ...settings,
        },
      };
    },
  };
}

function network({ networks }: Content): string {
  const groups = networks.length === 0 ? [] : Array.from({ length: GEO_GROUPS }, (_, g) => g);
  const all = vips();
  const serves = (g: number): string =>
    networks
      .filter(({ group }) => group === g)
      .map(({ prefix }) => prefix)
      .join(', ');
  return [
    'sites: { a: { name: A, country: CH } }',
    'groups:',
    '  all: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8::/48 } }',
    ...groups.map(
      (g) =>
        `  g${g}: { parent: all, routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8::/48 }, serves: [${serves(g)}] }`,
    ),
    'services:',
    '  web:',
    '    vips:',
    `      all: { ipv4: ${all.ipv4}, ipv6: '${all.ipv6}' }`,
    ...groups.map((g) => `      g${g}: { ipv4: ${vips(g).ipv4}, ipv6: '${vips(g).ipv6}' }`),
    'policies: { near: { choice: nearest } }',
    '',
  ].join('\n');
}
