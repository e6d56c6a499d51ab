/** gdnsd and Knot with networks of clients: the same networks and answers for both. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix, type Prefix } from '../../src/net/prefix.ts';
import { knotHead } from './peer-configs.ts';
import { Peer } from './peers.ts';

/** A network, and which of the groups its clients get. */
export interface ServedNetwork {
  readonly prefix: Prefix;
  readonly group: number;
}

/** A zone `example.net.` whose `www` has the addresses of the group that serves the client, of others those of the first. */
export interface GeoService {
  readonly networks: readonly ServedNetwork[];
  /** By group. */
  readonly vips: readonly { readonly ipv4: Uint8Array; readonly ipv6: Uint8Array }[];
}

const ZONE = 'example.net.';
const HEAD = `@ SOA ns1 hostmaster 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.53\n`;

/** gdnsd's geoip plugin, with `nets` and no database. */
export function startGdnsd({ networks, vips }: GeoService): Promise<Peer> {
  return Peer.launch('gdnsd', ZONE, (folder, port) => {
    mkdirSync(join(folder, 'zones'));
    writeFileSync(join(folder, 'zones', 'example.net'), `$TTL 60\n${HEAD}www DYNA geoip!web\n`);
    const nets = networks.map(({ prefix, group }) => `${formatPrefix(prefix)} => [g${group}]`).join(', ');
    const dcmap = vips
      .map(
        ({ ipv4, ipv6 }, g) =>
          `g${g} => { addrs_v4 => [${formatAddress(ipv4)}], addrs_v6 => [${formatAddress(ipv6)}] }`,
      )
      .join(', ');
    writeFileSync(
      join(folder, 'config'),
      `options => { listen => [ "127.0.0.1:${port}" ], udp_threads => 1, tcp_threads => 1, run_dir => "${folder}", state_dir => "${folder}" }
plugins => { geoip => {
  maps => { m => { datacenters => [${vips.map((_, g) => `g${g}`).join(', ')}], nets => { ${nets} } } },
  resources => { web => { map => m, dcmap => { ${dcmap} } } }
} }\n`,
    );
    return { program: 'gdnsd', args: ['-c', folder, 'start'] };
  });
}

/** Knot's mod-geoip in mode subnet. */
export function startKnotGeo({ networks, vips }: GeoService): Promise<Peer> {
  return Peer.launch('knot-geo', ZONE, (folder, port) => {
    const records = (g: number): string =>
      `A: ${formatAddress(vips[g].ipv4)}\n    AAAA: "${formatAddress(vips[g].ipv6)}"`;
    const [{ ipv4, ipv6 }] = vips;
    writeFileSync(
      join(folder, 'zone'),
      `$ORIGIN ${ZONE}\n$TTL 60\n${HEAD}www A ${formatAddress(ipv4)}\nwww AAAA ${formatAddress(ipv6)}\n`,
    );
    const nets = networks.map(({ prefix, group }) => `  - net: "${formatPrefix(prefix)}"\n    ${records(group)}\n`);
    writeFileSync(join(folder, 'geo'), `www.${ZONE}:\n${nets.join('')}`);
    writeFileSync(
      join(folder, 'config'),
      `${knotHead(folder, port, ['edns-client-subnet: on'])}\
mod-geoip:
  - id: geo
    config-file: ${join(folder, 'geo')}
    ttl: 60
    mode: subnet
zone:
  - domain: ${ZONE}
    file: ${join(folder, 'zone')}
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
    module: mod-geoip/geo
`,
    );
    return { program: 'knotd', args: ['-c', join(folder, 'config')] };
  });
}
