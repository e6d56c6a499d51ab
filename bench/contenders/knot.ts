import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../../test/support/needs.ts';
import { output } from '../machine.ts';
import { SERVER_ADDRESS, SERVER_INTERFACE } from '../namespaces.ts';
import { type Content, ZONE } from '../workload.ts';
import { type Contender, hostNumbers, vips } from './contender.ts';
import { writeZone } from './zone-text.ts';

const version =
  output('knotd', ['-V']).replace(/^Knot DNS \(Version (.*)\)|^knotd \(Knot DNS\),? version /, '$1') || undefined;

export const knot: Contender = {
  id: 'knot',
  name: 'Knot DNS',
  debian: 'knot',
  version,
  prepare: (folder, content) => run(folder, content, {}),
};

/** Taking queries from the interface by AF_XDP, as steerd does with `xdp`. */
export const knotXdp: Contender = {
  id: 'knot-xdp',
  name: 'Knot DNS (XDP)',
  debian: 'knot',
  version,
  prepare: (folder, content) => run(folder, content, { xdp: true }),
};

/** Signing as it answers, with mod-onlinesign. */
export const knotOnlineSign: Contender = {
  id: 'knot-onlinesign',
  name: 'Knot DNS (mod-onlinesign)',
  debian: 'knot',
  version,
  prepare: (folder, content) => run(folder, content, { onlineSign: true }),
};

/** With mod-geoip, in subnet mode. */
export const knotGeoip = geoip('knot-geoip', 'Knot DNS (mod-geoip)', false);
export const knotGeoipXdp = geoip('knot-geoip-xdp', 'Knot DNS (mod-geoip, XDP)', true);

function geoip(id: string, name: string, xdp: boolean): Contender {
  return {
    id,
    name,
    debian: 'knot-module-geoip',
    version: missing('mod-geoip').length === 0 ? version : undefined,
    prepare(folder, content) {
      const nets = content.networks.map(({ prefix, group }) => {
        const { ipv4, ipv6 } = vips(group);
        return `- net: ${prefix}\n  A: ${ipv4}\n  AAAA: ${ipv6}\n`;
      });
      const hosts = [...hostNumbers(content)].map((i) => `host${i}.${ZONE}:\n${nets.join('')}`);
      writeFileSync(join(folder, 'geo.conf'), hosts.join(''));
      return run(folder, content, { geoip: true, xdp });
    },
  };
}

/** Signing as zones are loaded, with one key. */
const POLICY = `policy:
  - id: ahead
    algorithm: ecdsap256sha256
    single-type-signing: on
`;

function run(
  folder: string,
  content: Content,
  {
    geoip = false,
    xdp = false,
    onlineSign = false,
  }: { readonly geoip?: boolean; readonly xdp?: boolean; readonly onlineSign?: boolean },
): { command: string; args: string[] } {
  writeZone(join(folder, 'zone'), content);
  const module = `mod-geoip:
  - id: geo
    config-file: ${join(folder, 'geo.conf')}
    ttl: 60
    mode: subnet
`;
  writeFileSync(
    join(folder, 'config'),
    `server:
    rundir: ${folder}
    listen: ${SERVER_ADDRESS}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
${geoip ? '    edns-client-subnet: on\n' : ''}${xdp ? `xdp:\n    listen: ${SERVER_INTERFACE}@53\n    udp: on\n` : ''}database:
    storage: ${folder}
${geoip ? module : ''}${content.signed ? POLICY : ''}zone:
  - domain: ${ZONE}.
    file: ${join(folder, 'zone')}
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
${content.signed ? '    dnssec-signing: on\n    dnssec-policy: ahead\n' : ''}${geoip ? '    module: mod-geoip/geo\n' : ''}${onlineSign ? '    module: mod-onlinesign\n' : ''}${content.cookies ? '    module: mod-cookies\n' : ''}`,
  );
  return { command: 'knotd', args: ['-c', join(folder, 'config')] };
}
