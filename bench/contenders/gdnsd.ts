import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../machine.ts';
import { SERVER_ADDRESS } from '../namespaces.ts';
import { type Content, GEO_GROUPS, ZONE } from '../workload.ts';
import { type Contender, vips } from './contender.ts';
import { writeZone } from './zone-text.ts';

/** With its geoip plugin, which is the nearest it has to steering. */
export const gdnsd: Contender = {
  id: 'gdnsd',
  name: 'gdnsd (geoip)',
  debian: 'gdnsd',
  // It has no option for its version, but says it when it is called wrongly.
  version: /version (\S+)/.exec(output('gdnsd', ['-V']))?.[1],
  prepare(folder, content) {
    mkdirSync(join(folder, 'zones'), { recursive: true });
    const head = '$TTL 60\n@ SOA ns1 hostmaster 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n';
    writeZone(join(folder, 'zones', ZONE), content, (owner) => `${owner} DYNA geoip!web\n`, head);
    writeFileSync(
      join(folder, 'config'),
      `options => { listen => [ "${SERVER_ADDRESS}" ], udp_threads => 1, tcp_threads => 1, run_dir => "${folder}", state_dir => "${folder}" }
plugins => { geoip => {
  maps => { m => { datacenters => [${centres(content).join(', ')}], nets => { ${nets(content)} } } },
  resources => { web => { map => m, dcmap => { ${centres(content)
    .map((name, i) => `${name} => { addrs_v4 => [${vips(i - 1).ipv4}], addrs_v6 => [${vips(i - 1).ipv6}] }`)
    .join(', ')} } } }
} }\n`,
    );
    return { command: 'gdnsd', args: ['-c', folder, 'start'] };
  },
};

/** `all` first, then one a group. */
function centres({ networks }: Content): string[] {
  return ['all', ...(networks.length === 0 ? [] : Array.from({ length: GEO_GROUPS }, (_, g) => `g${g}`))];
}

function nets({ networks }: Content): string {
  if (networks.length === 0) return '0.0.0.0/0 => [all], ::/0 => [all]';
  return networks.map(({ prefix, group }) => `${prefix} => [g${group}]`).join(', ');
}
