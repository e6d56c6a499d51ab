/** Other people's servers as primaries of a steerd on loopback: zone and key as a test says, incremental transfers switched on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Peer } from './peers.ts';
import { replaceFile } from './steerd-process.ts';

export type PrimaryKind = 'knot' | 'nsd' | 'bind';

export interface PrimaryOf {
  /** With final dot. */
  readonly zone: string;
  /** Of steerd on 127.0.0.1, which is told of changes. */
  readonly secondary: number;
  /** Name and secret, in base 64, of a key of hmac-sha256. */
  readonly key: string;
  readonly secret: string;
}

export class PrimaryServer {
  readonly peer: Peer;
  readonly #file: string;

  private constructor(peer: Peer, file: string) {
    this.peer = peer;
    this.#file = file;
  }

  /** Starts one, and waits until it answers. @param text of the zone @param port it listens on */
  static async start(kind: PrimaryKind, of: PrimaryOf, text: string, port: number): Promise<PrimaryServer> {
    let file = '';
    const peer = await Peer.launch(
      kind,
      of.zone,
      (folder) => {
        const config = join(folder, 'server.conf');
        file = join(folder, 'zone');
        writeFileSync(file, text);
        writeFileSync(config, CONFIGS[kind](folder, port, of));
        return { program: PROGRAMS[kind].program, args: [...PROGRAMS[kind].args, config] };
      },
      undefined,
      port,
    );
    return new PrimaryServer(peer, file);
  }

  /** Has it serve another text from now on. */
  change(text: string): void {
    replaceFile(this.#file, text);
    this.peer.signal('SIGHUP');
  }

  stop(): Promise<void> {
    return this.peer.stop();
  }
}

const PROGRAMS = {
  knot: { program: 'knotd', args: ['-c'] },
  nsd: { program: 'nsd', args: ['-d', '-c'] },
  bind: { program: 'named', args: ['-g', '-c'] },
};

const CONFIGS: Record<PrimaryKind, (folder: string, port: number, of: PrimaryOf) => string> = {
  knot: (folder, port, { zone, secondary, key, secret }) => `server:
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
  - id: secondary
    address: 127.0.0.1@${secondary}
    key: ${key}
acl:
  - id: out
    address: 127.0.0.1
    key: ${key}
    action: transfer
zone:
  - domain: ${zone}
    storage: ${folder}
    file: zone
    zonefile-sync: -1
    zonefile-load: difference
    journal-content: changes
    semantic-checks: off
    notify: secondary
    acl: out
`,
  nsd: (folder, port, { zone, secondary, key, secret }) => `server:
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
    rrl-ratelimit: 0
remote-control:
    control-enable: no
key:
    name: "${key}"
    algorithm: hmac-sha256
    secret: "${secret}"
zone:
    name: "${zone}"
    zonefile: "${folder}/zone"
    store-ixfr: yes
    create-ixfr: yes
    provide-xfr: 127.0.0.1 ${key}
    notify: 127.0.0.1@${secondary} ${key}
`,
  bind: (folder, port, { zone, secondary, key, secret }) => `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  notify-delay 0;
};
controls { };
key "${key}" { algorithm hmac-sha256; secret "${secret}"; };
zone "${zone}" {
  type primary;
  file "zone";
  ixfr-from-differences yes;
  allow-transfer { key "${key}"; };
  notify explicit;
  also-notify { 127.0.0.1 port ${secondary} key "${key}"; };
};
`,
};
