/**
 * Listening through node:net, and the limits of who connects: so many connections, so many of one client. When all are in use, the one that has been silent
 * longest makes room; a client with its share gets no more.
 *
 * Against half-open and silent connections: what stands for longer than the idle time after its last message (or, without one, after it was opened: a TLS
 * handshake is in that time too) is closed, however its octets trickle.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { NOBODY } from '../answer/client.ts';
import { parseAddress } from '../net/address.ts';
import type { ListenAddress } from './socket-address.ts';
import type { StreamHandler, TcpLimits } from './stream.ts';

/** A connection that was let in. */
export interface Guest {
  readonly socket: Socket;
  /** The client's address, 4 or 16 octets; NOBODY if it was gone before we looked. */
  readonly address: Uint8Array;
  readonly ipv6: boolean;
  /** What limits apply to (clientKey). */
  readonly client: string;
  /** Milliseconds of performance.now at which it is closed if nothing is heard. */
  deadline: number;
}

export class StreamGate {
  readonly #limits: TcpLimits;
  readonly #handler: Pick<StreamHandler, 'opened' | 'refused'>;
  readonly #servers: Server[] = [];
  /** In the order of their last message: the first has been silent longest. */
  readonly #guests = new Set<Guest>();
  readonly #perClient = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;

  constructor(limits: TcpLimits, handler: Pick<StreamHandler, 'opened' | 'refused'>) {
    this.#limits = limits;
    this.#handler = handler;
    // One timer for all connections: deadlines are checked in order, so a sweep looks at the expired ones only.
    this.#sweep = setInterval(() => this.#closeExpired(), Math.max(50, Math.min(1000, limits.idleTimeout / 4)));
    this.#sweep.unref();
  }

  /**
   * @param reusePort share the address with others who say so
   * @param serve     what is done with connections that were let in
   * @returns the port
   */
  async listen({ host, port }: ListenAddress, reusePort: boolean, serve: (guest: Guest) => void): Promise<number> {
    const server = createServer({ noDelay: true, pauseOnConnect: false, allowHalfOpen: true }, (socket) => {
      const guest = this.#admit(socket);
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

  /** A message was complete, or the client has taken its answers: the guest goes to the end of the line of the silent. */
  touch(guest: Guest): void {
    if (!this.#guests.delete(guest)) return;
    guest.deadline = performance.now() + this.#limits.idleTimeout;
    this.#guests.add(guest);
  }

  #admit(socket: Socket): Guest | undefined {
    const address = socket.remoteAddress ?? '';
    const client = clientKey(address);
    const open = this.#perClient.get(client) ?? 0;
    if (open >= this.#limits.maxPerClient) {
      this.#handler.refused();
      socket.destroy();
      return undefined;
    }
    if (this.#guests.size >= this.#limits.maxConnections) {
      const [silent] = this.#guests;
      this.#drop(silent);
    }
    this.#perClient.set(client, (this.#perClient.get(client) ?? 0) + 1);
    const guest: Guest = {
      socket,
      address: parseAddress(address) ?? NOBODY,
      ipv6: socket.remoteFamily === 'IPv6',
      client,
      deadline: performance.now() + this.#limits.idleTimeout,
    };
    this.#guests.add(guest);
    this.#handler.opened();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(guest));
    return guest;
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
    if (!this.#guests.delete(guest)) return;
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
