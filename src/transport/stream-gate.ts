/**
 * Listening through node:net, and the limits of who connects: so many connections, so many of one client. When all are in use, the one that has been silent
 * longest makes room; a client with its share gets no more.
 *
 * Against half-open and silent connections: what stands for longer than the idle time after its last message (or, without one, after it was opened: a TLS
 * handshake is in that time too) is closed, however its octets trickle.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { NOBODY } from '../answer/client.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import { takeHeader } from './proxied-stream.ts';
import { NOT_TOLD, proxiedAt, proxiedSize } from './proxy-header.ts';
import { allowedAt, type Listener } from './socket-address.ts';
import type { StreamHandler, TcpLimits } from './stream.ts';

/** A connection that was let in. */
export interface Guest {
  readonly socket: Socket;
  /** The client's address, 4 or 16 octets; NOBODY if it was gone before we looked. */
  address: Uint8Array;
  ipv6: boolean;
  /** What limits apply to (clientKey). */
  client: string;
  /** Whom the listener serves; undefined for everybody. */
  readonly allow: PrefixSet | undefined;
  /** Whether a proxy has still to tell who the client is (`tell`): until then it counts for nobody. */
  awaitsHeader: boolean;
  /** Milliseconds of performance.now at which it is closed if nothing is heard. */
  deadline: number;
}

type GateHandler = Pick<StreamHandler, 'opened' | 'refused' | 'header'>;

export class StreamGate {
  readonly #limits: TcpLimits;
  readonly #handler: GateHandler;
  readonly #proxies: PrefixSet | undefined;
  readonly #servers: Server[] = [];
  /** In the order of their last message: the first has been silent longest. */
  readonly #guests = new Set<Guest>();
  readonly #perClient = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;

  /** @param proxies whose connections begin with a header (proxy-header.ts) */
  constructor(limits: TcpLimits, handler: GateHandler, proxies?: PrefixSet) {
    this.#limits = limits;
    this.#handler = handler;
    this.#proxies = proxies;
    // One timer for all connections: deadlines are checked in order, so a sweep looks at the expired ones only.
    this.#sweep = setInterval(() => this.#closeExpired(), Math.max(50, Math.min(1000, limits.idleTimeout / 4)));
    this.#sweep.unref();
  }

  /**
   * @param reusePort share the address with others who say so
   * @param serve     what is done with connections that were let in
   * @returns the port
   */
  async listen(listener: Listener, reusePort: boolean, serve: (guest: Guest) => void): Promise<number> {
    const { host, port } = listener;
    const allow = allowedAt(listener);
    const server = createServer({ noDelay: true, pauseOnConnect: false, allowHalfOpen: true }, (socket) => {
      const guest = this.#admit(socket, allow);
      if (guest !== undefined) serve(guest);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true, reusePort }, () => {
        server.off('error', reject);
        // Accepting can fail for want of descriptors; that ends one connection, not the server.
        server.on('error', () => this.#handler.refused());
        resolve();
      });
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Ends all connections, and listens no more. */
  close(): void {
    clearInterval(this.#sweep);
    for (const server of this.#servers) server.close();
    for (const guest of this.#guests) guest.socket.destroy();
  }

  /**
   * Finds out whose connection it is: a proxy's begins with a header that tells.
   * @param stream where the header is: the guest's own socket, or TLS on it
   * @param known  called when that is known, at once if there is nothing to wait for. Not called for who is turned away
   */
  tell(guest: Guest, stream: Socket, known: () => void): void {
    if (!guest.awaitsHeader) {
      known();
      return;
    }
    takeHeader(stream, (header) => {
      this.#handler.header(header !== undefined);
      if (header !== undefined && this.#name(guest, header)) known();
      else guest.socket.destroy();
    });
  }

  /** A message was complete, or the client has taken its answers: the guest goes to the end of the line of the silent. */
  touch(guest: Guest): void {
    if (!this.#guests.delete(guest)) return;
    guest.deadline = performance.now() + this.#limits.idleTimeout;
    this.#guests.add(guest);
  }

  #admit(socket: Socket, allow: PrefixSet | undefined): Guest | undefined {
    const address = socket.remoteAddress ?? '';
    const client = clientKey(address);
    const octets = parseAddress(address) ?? NOBODY;
    const awaitsHeader = this.#proxies?.has(octets, 0, octets.length) ?? false;
    if (!awaitsHeader && !this.#mayStay(client, octets, allow)) {
      socket.destroy();
      return undefined;
    }
    if (this.#guests.size >= this.#limits.maxConnections) {
      const [silent] = this.#guests;
      this.#drop(silent);
    }
    if (!awaitsHeader) this.#count(client);
    const guest: Guest = {
      socket,
      address: octets,
      ipv6: socket.remoteFamily === 'IPv6',
      client,
      allow,
      awaitsHeader,
      deadline: performance.now() + this.#limits.idleTimeout,
    };
    this.#guests.add(guest);
    this.#handler.opened();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(guest));
    return guest;
  }

  /** Gives a guest its client's address. @returns whether it may stay */
  #name(guest: Guest, header: Uint8Array): boolean {
    const at = proxiedAt(header, 0);
    if (at !== NOT_TOLD) {
      const size = proxiedSize(header, 0);
      guest.address = header.subarray(at, at + size);
      guest.ipv6 = size !== 4;
      guest.client = clientKey(formatAddress(guest.address));
    }
    if (!this.#guests.has(guest) || !this.#mayStay(guest.client, guest.address, guest.allow)) return false;
    guest.awaitsHeader = false;
    this.#count(guest.client);
    return true;
  }

  /** Whether a client is one the listener serves, and may have one more connection; if not, it is said. */
  #mayStay(client: string, address: Uint8Array, allow: PrefixSet | undefined): boolean {
    const isStranger = allow !== undefined && !allow.has(address, 0, address.length);
    const may = !isStranger && (this.#perClient.get(client) ?? 0) < this.#limits.maxPerClient;
    if (!may) this.#handler.refused();
    return may;
  }

  #count(client: string): void {
    this.#perClient.set(client, (this.#perClient.get(client) ?? 0) + 1);
  }

  #closeExpired(): void {
    const now = performance.now();
    for (const guest of this.#guests) {
      if (guest.deadline > now) return;
      this.#drop(guest);
    }
  }

  #drop(guest: Guest): void {
    this.#forget(guest);
    guest.socket.destroy();
  }

  #forget(guest: Guest): void {
    if (!this.#guests.delete(guest) || guest.awaitsHeader) return;
    const open = (this.#perClient.get(guest.client) ?? 1) - 1;
    if (open === 0) this.#perClient.delete(guest.client);
    else this.#perClient.set(guest.client, open);
  }
}

/** The client a limit applies to: an IPv4 address, or an IPv6 /64, which is what one customer has at least. */
function clientKey(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head, tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail === undefined || groups.length >= 4) return groups.slice(0, 4).join(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - groups.length - after.length }, () => '0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
