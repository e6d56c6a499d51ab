import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../machine.ts';
import { SERVER_ADDRESS } from '../namespaces.ts';
import { ADDRESS, ZONE } from '../workload.ts';
import { type Contender, hostNumbers, TCP_CONNECTIONS } from './contender.ts';

/** With the geoip backend, and its packet and query caches on. */
export const pdns: Contender = {
  id: 'pdns',
  name: 'PowerDNS (geoip)',
  debian: 'pdns-backend-geoip',
  version: /PowerDNS Authoritative Server (\S+)/.exec(output('pdns_server', ['--version']))?.[1],
  prepare(folder, content) {
    const host = (owner: string): string =>
      `      ${owner}.${ZONE}:\n        - a: ${ADDRESS.A}\n        - aaaa: ${ADDRESS.AAAA}\n`;
    const hosts = [...hostNumbers(content)].map((i) => host(`host${i}`)).join('');
    writeFileSync(
      join(folder, 'geo.yaml'),
      `domains:
  - domain: ${ZONE}
    ttl: 60
    records:
      ${ZONE}:
        - soa: ns1.${ZONE} hostmaster.${ZONE} 1 7200 1800 1209600 300
        - ns: ns1.${ZONE}
      ns1.${ZONE}:
        - a: 192.0.2.53
${hosts}`,
    );
    mkdirSync(join(folder, 'run'), { recursive: true });
    const args = [
      '--config-dir=' + folder,
      '--launch=geoip',
      `--geoip-zones-file=${join(folder, 'geo.yaml')}`,
      '--geoip-database-files=',
      `--local-address=${SERVER_ADDRESS}`,
      '--local-port=53',
      '--receiver-threads=1',
      '--distributor-threads=1',
      '--reuseport=no',
      '--cache-ttl=60',
      '--query-cache-ttl=60',
      '--negquery-cache-ttl=60',
      '--zone-cache-refresh-interval=0',
      `--max-tcp-connections=${TCP_CONNECTIONS}`,
      `--max-tcp-connections-per-client=${TCP_CONNECTIONS}`,
      `--socket-dir=${join(folder, 'run')}`,
      '--daemon=no',
      '--guardian=no',
      '--disable-syslog',
      '--loglevel=0',
      '--version-string=anonymous',
      '--security-poll-suffix=',
    ];
    return { command: 'pdns_server', args };
  },
};
