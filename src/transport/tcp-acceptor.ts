/**
 * Lets connections in for batched-tcp.ts: accepts what waits at listening sockets, and turns away whom the socket does not serve and who has his share. When all
 * connections are in use, the one that has been silent longest makes room; when there are no descriptors, who connects waits in the sockets' queues.
 */
import type { PrefixSet } from '../net/prefix-set.ts';
import type { Connection, ConnectionPool } from './connection-pool.ts';
import { FIRST_CONNECTION, NONE } from './descriptors.ts';
import { EPOLLIN, type Epoll } from './epoll.ts';
import { Errno, type Libc } from './libc.ts';
import { SOCKADDR_SIZE } from './socket-address.ts';
import type { StreamHandler, TcpLimits } from './stream.ts';
import { own } from './udp-loop.ts';

const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
/** In the data of a listening socket's event; the other bits are its index. */
export const LISTENING = 0x8000_0000;
/** Connections accepted of one socket before others have their turn. */
const ACCEPTS = 64;
/** How long no connection is accepted when there are no descriptors for them. */
const PAUSE_MS = 100;
/** Where the address lies in a sockaddr (man 7 ip, man 7 ipv6). */
const IPV4_ADDRESS_AT = 4;
const IPV6_ADDRESS_AT = 8;

/** A listening socket, non-blocking. */
export interface StreamSocket {
  readonly fd: number;
  readonly ipv6: boolean;
  /** Whose connections are served; undefined for everybody's. */
  readonly allow?: PrefixSet | undefined;
}

export class TcpAcceptor {
  readonly #libc: Libc;
  readonly #epoll: Epoll;
  readonly #sockets: readonly StreamSocket[];
  readonly #limits: TcpLimits;
  readonly #fds: Int32Array;
  readonly #pool: ConnectionPool;
  readonly #handler: StreamHandler;
  readonly #proxies: PrefixSet | undefined;
  /** The sockaddr of who connects, and its length. */
  readonly #name = own(SOCKADDR_SIZE);
  readonly #nameLength = new Uint32Array(own(4).buffer);
  readonly #nameAt: number;
  readonly #nameLengthAt: number;
  /** When accepting begins again; 0 while it goes on. */
  #pausedUntil = 0;

  /**
   * @param fds     of the worker (descriptors.ts)
   * @param proxies whose connections begin with a header (proxy-header.ts)
   */
  constructor(
    libc: Libc,
    epoll: Epoll,
    sockets: readonly StreamSocket[],
    limits: TcpLimits,
    fds: Int32Array,
    pool: ConnectionPool,
    handler: StreamHandler,
    proxies: PrefixSet | undefined,
  ) {
    this.#libc = libc;
    this.#epoll = epoll;
    this.#sockets = sockets;
    this.#limits = limits;
    this.#fds = fds;
    this.#pool = pool;
    this.#handler = handler;
    this.#proxies = proxies;
    this.#nameAt = libc.pointer(this.#name);
    this.#nameLengthAt = libc.pointer(new Uint8Array(this.#nameLength.buffer));
    this.#listen();
  }

  /** Accepts what waits at a socket. @param now milliseconds of performance.now */
  accept(index: number, now: number): void {
    const libc = this.#libc;
    const fds = this.#fds;
    const pool = this.#pool;
    const { fd, ipv6, allow } = this.#sockets[index];
    let accepted = 0;
    let madeRoom = false;
    for (let i = 0; i < ACCEPTS; i++) {
      const connection = pool.take();
      const place = FIRST_CONNECTION + connection.slot;
      this.#nameLength[0] = SOCKADDR_SIZE;
      fds[place] = libc.accept4(fd, this.#nameAt, this.#nameLengthAt, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fds[place] === NONE) {
        const errno = libc.errno();
        pool.giveBack(connection);
        if (errno === Errno.EAGAIN) return;
        if (!isShortage(errno)) continue;
        // A shortage is told even if nobody waits any more: epoll knows.
        if (accepted > 0) return;
        // As at the limit: the one that has been silent longest makes room. If that doesn't help, others use the descriptors up.
        if (!madeRoom && pool.oldest !== undefined) {
          madeRoom = true;
          libc.close(pool.close(pool.oldest));
          continue;
        }
        this.#pause(now);
        return;
      }
      accepted++;
      connection.from(this.#name, ipv6 ? IPV6_ADDRESS_AT : IPV4_ADDRESS_AT, ipv6);
      connection.allow = allow;
      this.#admit(connection, fds[place], now);
    }
  }

  /** Whether a client is one the socket serves, and has not its share of connections already. */
  mayStay(connection: Connection): boolean {
    const { allow, client } = connection;
    const isStranger = allow !== undefined && !allow.has(client, 0, client.length);
    return !isStranger && this.#pool.ofClient(connection) < this.#limits.maxPerClient;
  }

  /** Whether no connection is accepted for a while. */
  get isPaused(): boolean {
    return this.#pausedUntil !== 0;
  }

  /** Goes on accepting, if the pause is over. */
  resume(now: number): void {
    if (now < this.#pausedUntil) return;
    this.#pausedUntil = 0;
    this.#listen();
  }

  /** Opens a connection that was accepted, or turns it away. */
  #admit(connection: Connection, fd: number, now: number): void {
    const { maxConnections, idleTimeout } = this.#limits;
    const pool = this.#pool;
    const { client } = connection;
    connection.awaitsHeader = this.#proxies?.has(client, 0, client.length) ?? false;
    if (!connection.awaitsHeader && !this.mayStay(connection)) {
      this.#turnAway(connection, fd);
      return;
    }
    if (pool.count >= maxConnections && pool.oldest !== undefined) this.#libc.close(pool.close(pool.oldest));
    if (this.#epoll.add(fd, EPOLLIN, connection.slot) < 0) {
      this.#turnAway(connection, fd);
      return;
    }
    pool.open(connection, now + idleTimeout);
    this.#handler.opened();
  }

  #turnAway(connection: Connection, fd: number): void {
    this.#fds[FIRST_CONNECTION + connection.slot] = NONE;
    this.#libc.close(fd);
    this.#pool.giveBack(connection);
    this.#handler.refused();
  }

  /** Who connects waits in the sockets' queues for a while. */
  #pause(now: number): void {
    this.#handler.refused();
    if (this.#pausedUntil !== 0) return;
    this.#pausedUntil = now + PAUSE_MS;
    for (const { fd } of this.#sockets) this.#epoll.remove(fd);
  }

  #listen(): void {
    this.#sockets.forEach(({ fd }, i) => {
      this.#epoll.add(fd, EPOLLIN, (LISTENING | i) >>> 0);
    });
  }
}

/** Whether a connection can't be accepted for want of descriptors or memory. */
function isShortage(errno: number): boolean {
  return errno === Errno.EMFILE || errno === Errno.ENFILE || errno === Errno.ENOBUFS || errno === Errno.ENOMEM;
}
