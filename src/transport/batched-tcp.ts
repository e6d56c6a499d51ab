/**
 * DNS over TCP (RFC 7766) through system calls of our own: epoll says which connections have something, all complete messages of a read are answered into
 * one buffer, and one send gives the answers back. Buffers are shared by all connections; one holds memory only while it has part of a message or
 * answers the kernel doesn't take. The loop never returns to node's event loop until it is told to stop.
 *
 * Limits are those of tcp.ts: a connection must complete a message within the idle time of the last one; a client that doesn't take its answers is
 * not read from, and is closed if it has not taken them all in the idle time. Who is let in at all is tcp-acceptor.ts' business.
 *
 * One signature is made between two waits of epoll, so that nobody waits for more. Who needs another keeps its message and waits, in turn.
 */
import { randomInt } from 'node:crypto';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import { BlockPool } from './block-pool.ts';
import { type Connection, ConnectionPool } from './connection-pool.ts';
import type { Descriptors } from './descriptors.ts';
import { EPOLLIN, EPOLLOUT, Epoll } from './epoll.ts';
import { Errno, type Libc } from './libc.ts';
import { INCOMPLETE, NOT_TOLD, proxiedAt, proxiedSize, proxyHeader } from './proxy-header.ts';
import { type Following, MAX_MESSAGE, PREFIX, type StreamHandler, type TcpLimits } from './stream.ts';
import { LISTENING, type StreamSocket, TcpAcceptor } from './tcp-acceptor.ts';
import { own } from './udp-loop.ts';

const MSG_NOSIGNAL = 0x4000;
/** The data of the handler's descriptor. */
const WAKE = 0xffff_ffff;
/** How long a worker sleeps without traffic before it looks whether it should stop, and whose time is over. */
const WAIT_MS = 20;
/** Octets read at once. */
const READ = 16 << 10;
/** What a connection holds is read on to in the shared buffer if it is not more than this: copying that again is cheap. */
const FEW = 1 << 10;
/** Octets of answers that are sent without waiting for more. */
const SEND = 16 << 10;

export interface StreamLoopHandler extends StreamHandler {
  /** Whether to end the loop. */
  readonly stopping: boolean;
  /** A descriptor to wait for beside connections, and what to do when it is readable. */
  readonly wake?: number | undefined;
  woken?(): void;
}

/** What became of octets that were to be sent. */
const Sent = { ALL: 0, PART: 1, CLOSED: 2 } as const;
type Sent = (typeof Sent)[keyof typeof Sent];

export class BatchedTcp {
  readonly #libc: Libc;
  readonly #limits: TcpLimits;
  readonly #handler: StreamLoopHandler;
  readonly #blocks: BlockPool;
  readonly #pool: ConnectionPool;
  readonly #epoll: Epoll;
  readonly #acceptor: TcpAcceptor;
  readonly #in = own(FEW + READ);
  /** Answers that are not sent until there is no room for a largest one. */
  readonly #out = own(SEND + PREFIX + MAX_MESSAGE);
  readonly #inAt: number;
  readonly #outAt: number;
  /** Connections with complete messages that wait for their turn; some may be closed by then. */
  #waiting: Connection[] = [];
  #turn: Connection[] = [];
  /** Milliseconds of performance.now when the loop woke. */
  #now = 0;
  /** Messages until a read is timed. */
  #untilTimed: number = SAMPLE_EVERY;
  /** The next reply that comes later. */
  #nextLate = 1;

  /**
   * @param descriptors empty, with room for one connection more than the limit
   * @param proxies     whose connections begin with a header (proxy-header.ts)
   * @throws Error if the system has no epoll instance left for us
   */
  constructor(
    libc: Libc,
    sockets: readonly StreamSocket[],
    limits: TcpLimits,
    descriptors: Descriptors,
    handler: StreamLoopHandler,
    proxies?: PrefixSet,
  ) {
    this.#libc = libc;
    this.#limits = limits;
    this.#handler = handler;
    this.#blocks = new BlockPool(libc.pointer);
    this.#pool = new ConnectionPool(descriptors, limits.maxConnections, this.#blocks, randomInt(2 ** 32));
    this.#inAt = libc.pointer(this.#in);
    this.#outAt = libc.pointer(this.#out);
    const fds = new Int32Array(descriptors);
    this.#epoll = new Epoll(libc, fds);
    this.#acceptor = new TcpAcceptor(libc, this.#epoll, sockets, limits, fds, this.#pool, handler, proxies);
  }

  /** Answers until the handler says stop, then closes all connections. */
  run(): void {
    const { idleTimeout } = this.#limits;
    const handler = this.#handler;
    const pool = this.#pool;
    const epoll = this.#epoll;
    const acceptor = this.#acceptor;
    if (handler.wake !== undefined) epoll.add(handler.wake, EPOLLIN, WAKE);
    while (!handler.stopping) {
      let wait = 0;
      // Who waits comes before who has just asked.
      const mustWait = this.#waiting.length > 0;
      handler.allow(mustWait ? 0 : 1);
      if (!mustWait) {
        handler.idle();
        wait = Math.min(WAIT_MS, idleTimeout);
      }
      const count = epoll.wait(wait);
      this.#now = performance.now();
      for (let i = 0; i < count; i++) {
        const data = epoll.data(i);
        if (data === WAKE) handler.woken?.();
        else if (data >= LISTENING) acceptor.accept(data - LISTENING, this.#now);
        else {
          // Closed since epoll told of it, perhaps, and its place given to another: then there is nothing to read.
          const connection = pool.at(data);
          if (connection !== undefined) this.#ready(connection);
        }
      }
      if (mustWait) handler.allow(1);
      this.#serveWaiting();
      this.#closeExpired();
      if (acceptor.isPaused) acceptor.resume(this.#now);
    }
    handler.idle();
    for (let oldest = pool.oldest; oldest !== undefined; oldest = pool.oldest) this.#close(oldest);
    epoll.close();
  }

  #ready(connection: Connection): void {
    if (connection.waiting) return;
    // Nothing is asked for but that it has ended.
    if (connection.late !== 0 && connection.output === undefined) {
      this.#close(connection);
      return;
    }
    if (connection.output === undefined) this.#read(connection);
    else this.#sendMore(connection);
  }

  #read(connection: Connection): void {
    const { input, held, fd } = connection;
    let bytes = this.#in;
    let at = this.#inAt;
    if (input !== undefined) {
      if (held > FEW) {
        bytes = input.bytes;
        at = input.address;
      } else copy(input.bytes, 0, bytes, 0, held);
    }
    const got = this.#libc.recv(fd, at + held, bytes.length - held, 0);
    if (got > 0) {
      const header = connection.awaitsHeader ? this.#takeHeader(connection, bytes, held + got) : 0;
      if (header >= 0) this.#answer(connection, bytes, held + got, header);
      return;
    }
    if (got < 0) {
      const errno = this.#libc.errno();
      if (errno === Errno.EAGAIN || errno === Errno.EINTR) return;
    }
    // Nothing more will come, and what came was answered.
    this.#close(connection);
  }

  /** Takes the header of a proxy at bytes[0, end). @returns its octets, or -1 while it is not whole, or when the connection was closed for it */
  #takeHeader(connection: Connection, bytes: Uint8Array, end: number): number {
    const header = proxyHeader(bytes, 0, end);
    if (header === INCOMPLETE) {
      this.#hold(connection, bytes, 0, end);
      return -1;
    }
    const isTaken = header > 0;
    this.#handler.header(isTaken);
    if (isTaken) {
      const at = proxiedAt(bytes, 0);
      if (at !== NOT_TOLD) connection.from(bytes, at, proxiedSize(bytes, 0) !== 4);
      if (this.#acceptor.mayStay(connection)) {
        this.#pool.told(connection);
        return header;
      }
      this.#handler.refused();
    }
    this.#close(connection);
    return -1;
  }

  /** Answers the messages in bytes[from, end), and keeps what can't be answered yet. */
  #answer(connection: Connection, bytes: Uint8Array, end: number, from = 0): void {
    const { maxPipelined, idleTimeout } = this.#limits;
    const handler = this.#handler;
    const out = this.#out;
    const { ipv6, client } = connection;
    // From the receive: what is answered last waited for the rest. Decided here and counted below, since many reads complete no message.
    const timed = this.#untilTimed <= 0;
    const began = timed ? performance.now() : 0;
    handler.received();
    let sent: Sent = Sent.ALL;
    let messages = 0;
    let replies = 0;
    let p = from;
    let o = 0;
    while (p + PREFIX <= end) {
      const length = (bytes[p] << 8) | bytes[p + 1];
      const next = p + PREFIX + length;
      if (next > end) break;
      if (messages === maxPipelined) {
        connection.waiting = true;
        break;
      }
      copy(bytes, p + PREFIX, out, o + PREFIX, length);
      const octets = handler.answer(out, o + PREFIX, length, ipv6, client);
      if (octets === 0 && handler.isAwaiting()) {
        connection.awaiting = true;
        connection.waiting = true;
        break;
      }
      messages++;
      p = next;
      if (octets === 0) {
        if (!handler.later(this.#takeLate(connection))) continue;
        connection.late = this.#nextLate++;
        break;
      }
      replies++;
      out[o] = octets >>> 8;
      out[o + 1] = octets;
      o += PREFIX + octets;
      connection.following = handler.following();
      if (connection.following !== undefined) {
        connection.waiting = true;
        break;
      }
      if (o < SEND) continue;
      sent = this.#send(connection, o);
      o = 0;
      if (sent !== Sent.ALL) break;
    }
    if (o > 0) sent = this.#send(connection, o);
    this.#untilTimed -= messages;
    if (timed && replies > 0) {
      this.#untilTimed = SAMPLE_EVERY;
      handler.served(performance.now() - began);
    }
    if (sent === Sent.CLOSED) return;
    if (messages > 0) this.#pool.touch(connection, this.#now + idleTimeout);
    if (p === end) this.#pool.releaseInput(connection);
    else this.#hold(connection, bytes, p, end);
    if (connection.late !== 0) {
      connection.waiting = false;
      // What the kernel has not taken yet goes out meanwhile.
      if (sent === Sent.ALL) this.#epoll.change(connection.fd, 0, connection.slot);
    } else if (sent === Sent.PART) connection.waiting = false;
    else if (connection.waiting) this.#waiting.push(connection);
  }

  /** What is done with the reply that a connection waits for next. */
  #takeLate(connection: Connection): (reply: Uint8Array) => void {
    const late = this.#nextLate;
    return (reply) => {
      // Closed meanwhile, and perhaps another client's by now.
      if (connection.late !== late) return;
      connection.late = 0;
      if (connection.output !== undefined) {
        // Its client takes nothing: it has lost the reply.
        this.#close(connection);
        return;
      }
      const out = this.#out;
      out[0] = reply.length >>> 8;
      out[1] = reply.length;
      out.set(reply, PREFIX);
      const sent = this.#send(connection, PREFIX + reply.length);
      if (sent === Sent.CLOSED) return;
      this.#pool.touch(connection, this.#now + this.#limits.idleTimeout);
      if (sent === Sent.PART) return;
      this.#epoll.change(connection.fd, EPOLLIN, connection.slot);
      if (connection.held === 0) return;
      connection.waiting = true;
      this.#waiting.push(connection);
    };
  }

  /** Keeps bytes[from, end) for later, in a block with room for more. */
  #hold(connection: Connection, bytes: Uint8Array, from: number, end: number): void {
    const held = end - from;
    const { input } = connection;
    if (input === undefined || input.bytes.length <= held || (held <= FEW && input.bytes.length > 2 * FEW)) {
      const block = this.#blocks.take(held + 1);
      copy(bytes, from, block.bytes, 0, held);
      this.#pool.releaseInput(connection);
      connection.input = block;
    } else if (input.bytes !== bytes) copy(bytes, from, input.bytes, 0, held);
    else if (from > 0) bytes.copyWithin(0, from, end);
    connection.held = held;
  }

  /** Sends the first octets of `out`. What the kernel doesn't take is kept until it does. */
  #send(connection: Connection, octets: number): Sent {
    const { fd, slot } = connection;
    let taken = this.#libc.send(fd, this.#outAt, octets, MSG_NOSIGNAL);
    if (taken === octets) return Sent.ALL;
    if (taken < 0) {
      if (this.#libc.errno() !== Errno.EAGAIN) {
        this.#close(connection);
        return Sent.CLOSED;
      }
      taken = 0;
    }
    const rest = octets - taken;
    const block = this.#blocks.take(rest);
    copy(this.#out, taken, block.bytes, 0, rest);
    connection.output = block;
    connection.sent = 0;
    connection.end = rest;
    this.#epoll.change(fd, EPOLLOUT, slot);
    return Sent.PART;
  }

  /** The kernel takes more of what is kept. Once it has all, the connection goes on. */
  #sendMore(connection: Connection): void {
    const { fd, slot, output, sent, end, held } = connection;
    if (output === undefined) return;
    const taken = this.#libc.send(fd, output.address + sent, end - sent, MSG_NOSIGNAL);
    if (taken < 0) {
      if (this.#libc.errno() !== Errno.EAGAIN) this.#close(connection);
      return;
    }
    connection.sent += taken;
    if (connection.sent < end) return;
    this.#pool.releaseOutput(connection);
    this.#pool.touch(connection, this.#now + this.#limits.idleTimeout);
    this.#epoll.change(fd, connection.late === 0 ? EPOLLIN : 0, slot);
    if (connection.late !== 0) return;
    if (held === 0 && connection.following === undefined) return;
    // Messages that were complete when reading stopped.
    connection.waiting = true;
    this.#waiting.push(connection);
  }

  #serveWaiting(): void {
    if (this.#waiting.length === 0) return;
    const turn = this.#waiting;
    this.#waiting = this.#turn;
    this.#turn = turn;
    for (const connection of turn) {
      const { input, held, waiting, following } = connection;
      if (!waiting) continue;
      if (connection.awaiting && !this.#handler.maySign()) {
        this.#waiting.push(connection);
        continue;
      }
      connection.waiting = false;
      connection.awaiting = false;
      if (following !== undefined) {
        this.#follow(connection, following);
        continue;
      }
      if (input === undefined) continue;
      this.#answer(connection, input.bytes, held);
    }
    turn.length = 0;
  }

  /** Sends the next message of what follows an answer. Others have their turn before the one after. */
  #follow(connection: Connection, following: Following): void {
    // It is not made of tables, and may go on for long.
    this.#handler.idle();
    const out = this.#out;
    let octets: number;
    try {
      octets = following.next(out, PREFIX, MAX_MESSAGE);
    } catch {
      this.#close(connection);
      return;
    }
    if (octets === 0) {
      connection.following = undefined;
      connection.waiting = connection.held > 0;
    } else {
      out[0] = octets >>> 8;
      out[1] = octets;
      const sent = this.#send(connection, PREFIX + octets);
      if (sent !== Sent.ALL) return;
      this.#pool.touch(connection, this.#now + this.#limits.idleTimeout);
      connection.waiting = true;
    }
    if (connection.waiting) this.#waiting.push(connection);
  }

  #closeExpired(): void {
    const pool = this.#pool;
    for (let oldest = pool.oldest; oldest !== undefined; oldest = pool.oldest) {
      if (oldest.deadline > this.#now) return;
      this.#close(oldest);
    }
  }

  #close(connection: Connection): void {
    this.#libc.close(this.#pool.close(connection));
  }
}

/** Few octets are copied one by one: a view costs more. */
function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number, octets: number): void {
  if (octets > 128) to.set(from.subarray(at, at + octets), toAt);
  else for (let i = 0; i < octets; i++) to[toAt + i] = from[at + i];
}
