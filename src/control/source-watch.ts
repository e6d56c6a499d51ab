/**
 * Notices that all queries come from a few private addresses: the sign of a proxy or a Kubernetes Service with
 * `externalTrafficPolicy: Cluster` that hides the clients, and with them location, limits and access rules. Says so once.
 */
import { formatAddress, isPrivate } from '../net/address.ts';
import { type PeerSample, readPeers } from '../transport/peer-sample.ts';

const LOOK_MS = 30_000;
/** Enough samples to judge (one is taken every sixteen batches), and how few addresses are "a few". */
const ENOUGH = 48;
const FEW = 4;

export class SourceWatch {
  readonly #timer: NodeJS.Timeout;

  constructor(peers: PeerSample, warn: (message: string) => void, every = LOOK_MS) {
    this.#timer = setInterval(() => {
      const message = judge(peers);
      if (message === undefined) return;
      warn(message);
      clearInterval(this.#timer);
    }, every);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** What to say about a sample of clients, or undefined when it looks as it should. */
export function judge(peers: PeerSample): string | undefined {
  const { seen, addresses } = readPeers(peers);
  if (seen < ENOUGH) return undefined;
  const hosts = new Map(addresses.map((octets) => [formatAddress(octets), octets]));
  // Loopback is somebody trying things out here.
  const all = [...hosts.values()];
  if (hosts.size > FEW || !all.every(isPrivate) || all.every(isLoopback)) return undefined;
  return (
    `all queries come from ${[...hosts.keys()].join(', ')}: the clients' own addresses seem to be lost on the way, and with them location, limits and ` +
    'access rules. Behind a Kubernetes Service set externalTrafficPolicy: Local (see "Behind Kubernetes" in README.md)'
  );
}

function isLoopback(octets: Uint8Array): boolean {
  return octets.length === 4 ? octets[0] === 127 : octets.every((octet, i) => octet === (i === 15 ? 1 : 0));
}
