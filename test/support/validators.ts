/** Other people's validators, told to trust the keys of our zones and nothing else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Peer } from './peers.ts';

/** A zone, with final dot, and who answers for it: a port of 127.0.0.1. */
export interface StubZone {
  readonly zone: string;
  readonly port: number;
}

/** Unbound as a validating resolver that knows these zones. @param anchors DNSKEY records, as text */
export function startUnbound(anchors: string, zones: readonly StubZone[]): Promise<Peer> {
  return Peer.launch(
    'unbound',
    zones[0].zone,
    (folder, port) => {
      const trusted = join(folder, 'anchors');
      writeFileSync(trusted, anchors);
      const stubs = zones.map(({ zone, port: at }) => `stub-zone:\n  name: ${zone}\n  stub-addr: 127.0.0.1@${at}\n`);
      const config = join(folder, 'unbound.conf');
      writeFileSync(
        config,
        `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  use-syslog: no
  module-config: "validator iterator"
  trust-anchor-file: "${trusted}"
  do-not-query-localhost: no
  val-log-level: 2
  verbosity: 1
  aggressive-nsec: yes
  harden-dnssec-stripped: yes
  harden-below-nxdomain: yes
remote-control:
  control-enable: no
${stubs.join('')}`,
      );
      return { program: 'unbound', args: ['-d', '-c', config] };
    },
    (reply) => reply.rcode === 0,
  );
}

/** Arguments of delv, by which it takes DNSKEY records for granted. @param folder where a file may be written @param root where it begins */
export function delvTrust(folder: string, anchors: string, root: string): string[] {
  const file = join(folder, 'anchors.conf');
  const keys = [...anchors.matchAll(/^(\S+) IN DNSKEY (\d+) 3 (\d+) (\S+)$/gm)];
  const text = keys.map(([, zone, flags, algorithm, key]) => `${zone} static-key ${flags} 3 ${algorithm} "${key}";`);
  writeFileSync(file, `trust-anchors { ${text.join('\n')} };`);
  return ['-a', file, `+root=${root}`];
}
