/** Other people's servers as primaries of a steerd on loopback: zone and key as a test says, incremental transfers switched on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyedZone, launchKeyed, type PeerConfig, type PeerKind } from './keyed-peers.ts';
import type { Peer } from './peers.ts';
import { replaceFile } from './steerd-process.ts';

export type PrimaryKind = PeerKind;

export interface PrimaryOf extends KeyedZone {
  /** Of steerd on 127.0.0.1, which is told of changes. */
  readonly secondary: number;
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
    const prepare = (folder: string): PeerConfig => {
      file = join(folder, 'zone');
      writeFileSync(file, text);
      return CONFIGS[kind](folder, of);
    };
    return new PrimaryServer(await launchKeyed(kind, of, prepare, port), file);
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

const CONFIGS: Record<PrimaryKind, (folder: string, of: PrimaryOf) => PeerConfig> = {
  knot: (folder, { zone, secondary, key }) => ({
    zone: `remote:
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
  }),
  nsd: (folder, { zone, secondary, key }) => ({
    zone: `zone:
    name: "${zone}"
    zonefile: "${folder}/zone"
    store-ixfr: yes
    create-ixfr: yes
    provide-xfr: 127.0.0.1 ${key}
    notify: 127.0.0.1@${secondary} ${key}
`,
  }),
  bind: (_folder, { zone, secondary, key }) => ({
    server: ['notify-delay 0;'],
    zone: `zone "${zone}" {
  type primary;
  file "zone";
  ixfr-from-differences yes;
  allow-transfer { key "${key}"; };
  notify explicit;
  also-notify { 127.0.0.1 port ${secondary} key "${key}"; };
};
`,
  }),
};
