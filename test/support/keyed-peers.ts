/** Other people's servers on loopback with one zone that is transferred under one key: what primaries.ts and secondaries.ts share. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindHead, knotHead, nsdHead } from './peer-configs.ts';
import { Peer } from './peers.ts';

export type PeerKind = 'knot' | 'nsd' | 'bind';

export interface KeyedZone {
  /** With final dot. */
  readonly zone: string;
  /** Name and secret, in base 64, of a key of hmac-sha256. */
  readonly key: string;
  readonly secret: string;
}

/** What one of them has in its configuration beside what all of its kind have. */
export interface PeerConfig {
  /** Lines of the section of the server. */
  readonly server?: readonly string[];
  /** What follows the key: the zone, and who is asked and told. */
  readonly zone: string;
}

/**
 * Starts one, and waits until it has the zone.
 * @param prepare writes what it has besides into its folder, and says how it is configured
 * @param port    it listens on
 */
export function launchKeyed(
  kind: PeerKind,
  of: KeyedZone,
  prepare: (folder: string) => PeerConfig,
  port: number,
): Promise<Peer> {
  const { program, args, head, key } = KINDS[kind];
  return Peer.launch(
    kind,
    of.zone,
    (folder) => {
      const { server, zone } = prepare(folder);
      const config = join(folder, 'server.conf');
      writeFileSync(config, head(folder, port, server) + key(of) + zone);
      return { program, args: [...args, config] };
    },
    undefined,
    port,
  );
}

const KINDS = {
  knot: {
    program: 'knotd',
    args: ['-c'],
    head: knotHead,
    key: ({ key, secret }: KeyedZone) => `key:
  - id: ${key}
    algorithm: hmac-sha256
    secret: ${secret}
`,
  },
  nsd: {
    program: 'nsd',
    args: ['-d', '-c'],
    head: nsdHead,
    key: ({ key, secret }: KeyedZone) => `key:
    name: "${key}"
    algorithm: hmac-sha256
    secret: "${secret}"
`,
  },
  bind: {
    program: 'named',
    args: ['-g', '-c'],
    head: bindHead,
    key: ({ key, secret }: KeyedZone) => `key "${key}" { algorithm hmac-sha256; secret "${secret}"; };\n`,
  },
};
