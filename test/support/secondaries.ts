/** Other people's servers as secondaries of a steerd on loopback: zone and key as a test says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Peer } from './peers.ts';

export type SecondaryKind = 'knot' | 'nsd' | 'bind';

export interface SecondaryOf {
  /** With final dot. */
  readonly zone: string;
  /** The primary's port on 127.0.0.1. */
  readonly primary: number;
  /** Name and secret, in base 64, of a key of hmac-sha256. */
  readonly key: string;
  readonly secret: string;
  /** Whether it refuses what is not signed as it should be, if it can (Knot). */
  readonly validates?: boolean;
  /** Certificates by which the primary is known as `localhost`, where it is asked over TLS (NSD, BIND); `primary` then is its port for that. */
  readonly authorities?: string;
}

/** Starts a secondary, and waits until it has the zone. @param port it listens on */
export function secondary(kind: SecondaryKind, of: SecondaryOf, port: number): Promise<Peer> {
  return Peer.launch(
    kind,
    of.zone,
    (folder) => {
      const config = join(folder, 'server.conf');
      writeFileSync(config, CONFIGS[kind](folder, port, of));
      return { program: PROGRAMS[kind].program, args: [...PROGRAMS[kind].args, config] };
    },
    undefined,
    port,
  );
}

const PROGRAMS = {
  knot: { program: 'knotd', args: ['-c'] },
  nsd: { program: 'nsd', args: ['-d', '-c'] },
  bind: { program: 'named', args: ['-g', '-c'] },
};

const CONFIGS: Record<SecondaryKind, (folder: string, port: number, of: SecondaryOf) => string> = {
  knot: (folder, port, { zone, primary, key, secret, validates = false }) => `server:
    rundir: ${folder}
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: ${folder}
log:
  - target: stderr
    any: info
key:
  - id: ${key}
    algorithm: hmac-sha256
    secret: ${secret}
remote:
  - id: primary
    address: 127.0.0.1@${primary}
    key: ${key}
acl:
  - id: told
    address: 127.0.0.1
    key: ${key}
    action: notify
zone:
  - domain: ${zone}
    storage: ${folder}
    master: primary
    acl: told
    semantic-checks: ${validates ? 'on' : 'off'}
    dnssec-validation: ${validates ? 'on' : 'off'}
`,
  nsd: (folder, port, { zone, primary, key, secret, authorities }) => `server:
    ip-address: 127.0.0.1@${port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "${folder}"
    database: ""
    pidfile: "${folder}/pid"
    xfrdfile: "${folder}/xfrd"
    xfrdir: "${folder}"
    zonelistfile: "${folder}/zonelist"
    refuse-any: no
    rrl-ratelimit: 0
${authorities === undefined ? '' : `    tls-cert-bundle: "${authorities}"\ntls-auth:\n    name: xot\n    auth-domain-name: localhost\n`}\
remote-control:
    control-enable: no
key:
    name: "${key}"
    algorithm: hmac-sha256
    secret: "${secret}"
zone:
    name: "${zone}"
    zonefile: "${folder}/zone"
    request-xfr: 127.0.0.1@${primary} ${key}${authorities === undefined ? '' : ' xot'}
    allow-notify: 127.0.0.1 ${key}
`,
  bind: (folder, port, { zone, primary, key, secret, authorities }) => `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  notify no;
  minimal-responses no;
  serial-query-rate 1000;
};
controls { };
key "${key}" { algorithm hmac-sha256; secret "${secret}"; };
${authorities === undefined ? '' : `tls xot { ca-file "${authorities}"; remote-hostname "localhost"; };`}
zone "${zone}" {
  type secondary;
  primaries { 127.0.0.1 port ${primary} key "${key}"${authorities === undefined ? '' : ' tls xot'}; };
  file "zone";
  allow-notify { key "${key}"; };
};
`,
};
