/**
 * DNS over TCP through node:net, for machines without koffi's C library calls (batched-tcp.ts does the same through them). RFC 7766: pipelined queries, answers as soon as they are ready, and limits so that no client can hold memory or connections
 * at others' expense.
 *
 * Against half-open and silent connections: a connection must complete a message within the idle time of the last one, however its octets trickle. Against
 * slow readers: what is not taken is not answered further (reading stops), and a client that takes nothing for the idle time is cut off.
 * When all connections are in use, the one that has been silent longest makes room; a client network with too many gets no more.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { NOBODY } from '../answer/client.ts';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import { parseAddress } from '../net/address.ts';
import { FrameReader } from './frames.ts';
import type { ListenAddress } from './socket-address.ts';
import { MAX_MESSAGE, PREFIX, type StreamHandler, type TcpLimits } from './stream.ts';

interface Connection {
  readonly socket: Socket;
  readonly frames: FrameReader;
  /** The client's address, 4 or 16 octets; NOBODY if it was gone before we looked. */
  readonly address: Uint8Array;
  /** What limits apply to (clientKey). */
  readonly client: string;
  readonly ipv6: boolean;
  deadline: number;
  /** Answers handed to the socket and not yet taken by the kernel. */
  waiting: number;
  /** Whether complete messages wait for their turn. */
  more: boolean;
  /** The client sends nothing more; what it asked is still answered. */
  ended: boolean;
}

export class TcpListener {
  readonly #limits: TcpLimits;
  readonly #handler: StreamHandler;
  readonly #servers: Server[] = [];
  /** In the order of their last message: the first has been silent longest. */
  readonly #connections = new Set<Connection>();
  readonly #perClient = new Map<string, number>();
  readonly #buffer = new Uint8Array(MAX_MESSAGE);
  readonly #sweep: NodeJS.Timeout;
  /** Messages until a piece of a stream is timed. */
  #untilTimed: number = SAMPLE_EVERY;

  constructor(limits: TcpLimits, handler: StreamHandler) {
    this.#limits = limits;
    this.#handler = handler;
    // One timer for all connections: deadlines are checked in order, so a sweep looks at the expired ones only.
    this.#sweep = setInterval(() => this.#closeExpired(), Math.max(50, Math.min(1000, limits.idleTimeout / 4)));
    this.#sweep.unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** @param reusePort share the address with others who say so. @returns the port */
  async listen({ host, port }: ListenAddress, reusePort: boolean): Promise<number> {
    const server = createServer({ noDelay: true, pauseOnConnect: false, allowHalfOpen: true }, (socket) =>
      this.#accept(socket),
    );
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

  close(): void {
    clearInterval(this.#sweep);
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const client = clientKey(address);
    const open = this.#perClient.get(client) ?? 0;
    if (open >= this.#limits.maxPerClient) {
      this.#handler.refused();
      socket.destroy();
      return;
    }
    if (this.#connections.size >= this.#limits.maxConnections) {
      const [silent] = this.#connections;
      this.#drop(silent);
    }
    this.#perClient.set(client, (this.#perClient.get(client) ?? 0) + 1);
    const connection: Connection = {
      socket,
      frames: new FrameReader(),
      address: parseAddress(address) ?? NOBODY,
      client,
      ipv6: socket.remoteFamily === 'IPv6',
      deadline: performance.now() + this.#limits.idleTimeout,
      waiting: 0,
      more: false,
      ended: false,
    };
    this.#connections.add(connection);
    this.#handler.opened();
    socket.on('data', (piece: Buffer) => this.#read(connection, piece));
    socket.on('drain', () => {
      connection.waiting = 0;
      this.#touch(connection);
      socket.resume();
      // Messages that were complete when reading stopped.
      this.#read(connection, new Uint8Array(0));
    });
    socket.on('end', () => {
      connection.ended = true;
      if (!connection.more && !socket.writableNeedDrain) socket.end();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(connection));
  }

  #read(connection: Connection, piece: Uint8Array): void {
    const { socket } = connection;
    // From the piece's arrival: what is answered last waited for the rest. Decided here and counted below, since many pieces complete no message.
    const timed = this.#untilTimed <= 0;
    const began = timed ? performance.now() : 0;
    const replies: Uint8Array[] = [];
    this.#handler.received();
    const answered = connection.frames.push(piece, (message) => {
      this.#buffer.set(message);
      const length = this.#handler.answer(this.#buffer, 0, message.length, connection.ipv6, connection.address);
      if (length > 0) {
        const reply = new Uint8Array(PREFIX + length);
        reply[0] = length >>> 8;
        reply[1] = length;
        reply.set(this.#buffer.subarray(0, length), PREFIX);
        replies.push(reply);
        connection.waiting++;
      }
      return connection.waiting < this.#limits.maxPipelined;
    });
    this.#handler.idle();
    if (answered > 0) this.#touch(connection);
    this.#untilTimed -= answered;
    if (replies.length > 0) {
      const taken = socket.write(replies.length === 1 ? replies[0] : Buffer.concat(replies));
      if (timed) {
        this.#untilTimed = SAMPLE_EVERY;
        this.#handler.served(performance.now() - began);
      }
      if (!taken) {
        socket.pause();
        return;
      }
      connection.waiting = 0;
    }
    // The limit stopped reading though the kernel took everything: go on with what is held.
    connection.more = connection.frames.pending >= PREFIX && replies.length >= this.#limits.maxPipelined;
    if (connection.more) {
      setImmediate(() => {
        if (!socket.destroyed) this.#read(connection, new Uint8Array(0));
      });
    } else if (connection.ended) socket.end();
  }

  /** Moves a connection to the end of the line of the silent. */
  #touch(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    connection.deadline = performance.now() + this.#limits.idleTimeout;
    this.#connections.add(connection);
  }

  #closeExpired(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      if (connection.deadline > now) return;
      this.#drop(connection);
    }
  }

  #drop(connection: Connection): void {
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const open = (this.#perClient.get(connection.client) ?? 1) - 1;
    if (open === 0) this.#perClient.delete(connection.client);
    else this.#perClient.set(connection.client, open);
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
