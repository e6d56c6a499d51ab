/** Other people's servers as secondaries of a steerd on loopback: zone and key as a test says. */
import { type KeyedZone, launchKeyed, type PeerConfig, type PeerKind } from './keyed-peers.ts';
import type { Peer } from './peers.ts';

export type SecondaryKind = PeerKind;

export interface SecondaryOf extends KeyedZone {
  /** The primary's port on 127.0.0.1. */
  readonly primary: number;
  /** Whether it refuses what is not signed as it should be, if it can (Knot). */
  readonly validates?: boolean;
  /** Certificates by which the primary is known as `localhost`, where it is asked over TLS (NSD, BIND); `primary` then is its port for that. */
  readonly authorities?: string;
}

/** Starts a secondary, and waits until it has the zone. @param port it listens on */
export function secondary(kind: SecondaryKind, of: SecondaryOf, port: number): Promise<Peer> {
  return launchKeyed(kind, of, (folder) => CONFIGS[kind](folder, of), port);
}

const CONFIGS: Record<SecondaryKind, (folder: string, of: SecondaryOf) => PeerConfig> = {
  knot: (folder, { zone, primary, key, validates = false }) => ({
    zone: `remote:
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
  }),
  nsd: (folder, { zone, primary, key, authorities }) => ({
    server: ['refuse-any: no', ...(authorities === undefined ? [] : [`tls-cert-bundle: "${authorities}"`])],
    zone: `${authorities === undefined ? '' : 'tls-auth:\n    name: xot\n    auth-domain-name: localhost\n'}\
zone:
    name: "${zone}"
    zonefile: "${folder}/zone"
    request-xfr: 127.0.0.1@${primary} ${key}${authorities === undefined ? '' : ' xot'}
    allow-notify: 127.0.0.1 ${key}
`,
  }),
  bind: (_folder, { zone, primary, key, authorities }) => ({
    server: ['notify no;', 'minimal-responses no;', 'serial-query-rate 1000;'],
    zone: `${authorities === undefined ? '' : `tls xot { ca-file "${authorities}"; remote-hostname "localhost"; };\n`}\
zone "${zone}" {
  type secondary;
  primaries { 127.0.0.1 port ${primary} key "${key}"${authorities === undefined ? '' : ' tls xot'}; };
  file "zone";
  allow-notify { key "${key}"; };
};
`,
  }),
};
