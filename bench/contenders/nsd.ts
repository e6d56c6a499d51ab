import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../machine.ts';
import { SERVER_ADDRESS } from '../namespaces.ts';
import { ZONE } from '../workload.ts';
import { type Contender, TCP_CONNECTIONS } from './contender.ts';
import { writeZone } from './zone-text.ts';

export const nsd: Contender = {
  id: 'nsd',
  name: 'NSD',
  debian: 'nsd',
  version: /NSD version (\S+)/.exec(output('nsd', ['-v']))?.[1],
  prepare(folder, content) {
    writeZone(join(folder, 'zone'), content);
    if (content.signed) sign(folder);
    writeFileSync(
      join(folder, 'nsd.conf'),
      `server:
  server-count: 1
  ip-address: ${SERVER_ADDRESS}
  port: 53
  username: ""
  chroot: ""
  database: ""
  zonesdir: ${folder}
  pidfile: ${folder}/nsd.pid
  xfrdfile: ${folder}/xfrd.state
  zonelistfile: ${folder}/zone.list
  xfrdir: ${folder}
  logfile: ${folder}/log
  tcp-count: ${TCP_CONNECTIONS}
  tcp-timeout: 30
  verbosity: 0
  hide-version: yes
  rrl-ratelimit: 0
  round-robin: no
  answer-cookie: ${content.cookies ? 'yes' : 'no'}
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: ${content.signed ? 'zone.signed' : 'zone'}
`,
    );
    return { command: 'nsd', args: ['-d', '-c', join(folder, 'nsd.conf')] };
  },
};

/** It does not sign by itself. */
function sign(folder: string): void {
  const inFolder = { cwd: folder, encoding: 'utf8' } as const;
  const key = execFileSync('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', ZONE], inFolder).trim();
  execFileSync('ldns-signzone', ['-o', ZONE, 'zone', key], inFolder);
}
