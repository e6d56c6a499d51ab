/** The servers compared: each serves the same hosts from one core, with the settings its documentation gives for that. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { output } from './machine.ts';
import { SERVER_ADDRESS } from './namespaces.ts';
import { ZONE } from './zone.ts';

const SERVER_CORE = '0';

export interface Contender {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly version: string | undefined;
  /** Writes its files into a folder and says how to run it in the foreground. */
  prepare(folder: string, hosts: number): { command: string; args: string[]; env?: Record<string, string> };
}

/** Starts a contender in a namespace, on the server's core. */
export function startContender(contender: Contender, folder: string, namespace: string, hosts: number): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const { command, args, env } = contender.prepare(folder, hosts);
  // ip, taskset and the server replace each other in one process, so its pid is the server's.
  return spawn('ip', ['netns', 'exec', namespace, 'taskset', '-c', SERVER_CORE, command, ...args], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
}

const names = (hosts: number): number[] => Array.from({ length: hosts }, (_, i) => i + 1);

function steerd(name: string, transport: 'batched' | 'dgram'): Contender {
  const root = resolve(import.meta.dirname, '..');
  return {
    name,
    version: output(process.execPath, [join(root, 'bin/steerd.mjs'), 'version']).replace(/^steerd /, ''),
    prepare(folder, hosts) {
      writeFileSync(
        join(folder, 'network.yaml'),
        'sites: { a: { name: A, country: CH } }\ngroups:\n  all: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8::/48 } }\nservices: { web: { vip: 64 } }\n',
      );
      const lines = names(hosts).map((i) => `host${i} 60 IN STEER web all`);
      writeFileSync(join(folder, `${ZONE}.zone`), `$TTL 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('\n')}\n`);
      return {
        command: process.execPath,
        args: [join(root, 'bin/steerd.mjs'), 'serve', '--json'],
        env: {
          STEERD_ZONES: folder,
          STEERD_STATE_DIR: join(folder, 'state'),
          STEERD_LISTEN: `${SERVER_ADDRESS}:53`,
          STEERD_TRANSPORT: transport,
          STEERD_RELOAD_WATCH: 'false',
        },
      };
    },
  };
}

const gdnsd: Contender = {
  name: 'gdnsd (geoip)',
  // gdnsd has no option for its version, but says it when it is called wrongly.
  version: /version (\S+)/.exec(output('gdnsd', ['-V']))?.[1],
  prepare(folder, hosts) {
    mkdirSync(join(folder, 'zones'), { recursive: true });
    const lines = names(hosts).map((i) => `host${i} DYNA geoip!web`);
    writeFileSync(
      join(folder, 'zones', ZONE),
      `$TTL 60\n@ SOA ns1 hostmaster 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('\n')}\n`,
    );
    writeFileSync(
      join(folder, 'config'),
      `options => { listen => [ "${SERVER_ADDRESS}" ], udp_threads => 1, tcp_threads => 1, run_dir => "${folder}", state_dir => "${folder}" }
plugins => { geoip => {
  maps => { m => { datacenters => [a], nets => { 0.0.0.0/0 => [a], ::/0 => [a] } } },
  resources => { web => { map => m, dcmap => { a => { addrs_v4 => [192.0.2.64], addrs_v6 => [2001:db8::64] } } } }
} }\n`,
    );
    return { command: 'gdnsd', args: ['-c', folder, 'start'] };
  },
};

const knot: Contender = {
  name: 'Knot DNS',
  version:
    output('knotd', ['-V']).replace(/^Knot DNS \(Version (.*)\)|^knotd \(Knot DNS\),? version /, '$1') || undefined,
  prepare(folder, hosts) {
    const lines = names(hosts).flatMap((i) => [`host${i} A 192.0.2.64`, `host${i} AAAA 2001:db8::64`]);
    writeFileSync(
      join(folder, 'zone'),
      `$ORIGIN ${ZONE}.\n$TTL 60\n@ SOA ns1 hostmaster 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n${lines.join('\n')}\n`,
    );
    writeFileSync(
      join(folder, 'config'),
      `server:
    rundir: ${folder}
    listen: ${SERVER_ADDRESS}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: ${folder}
zone:
  - domain: ${ZONE}.
    file: ${join(folder, 'zone')}
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
`,
    );
    return { command: 'knotd', args: ['-c', join(folder, 'config')] };
  },
};

export const CONTENDERS: readonly Contender[] = [
  steerd('steerd (batched)', 'batched'),
  steerd('steerd (dgram)', 'dgram'),
  gdnsd,
  knot,
];
