/**
 * DNS messages over node's streams, each behind its length (RFC 1035 §4.2.2, RFC 7766, RFC 7858 §3.3): pipelined queries, answers as soon as they are ready.
 *
 * Against slow readers: what is not taken is not answered further (reading stops), and a client that takes nothing for the idle time is cut off.
 */
import type { Socket } from 'node:net';
import { SAMPLE_EVERY } from '../answer/service-time.ts';
import { FrameReader } from './frames.ts';
import type { SigningTurns } from './signing-turns.ts';
import { type Following, MAX_MESSAGE, PREFIX, type StreamHandler, type TcpLimits } from './stream.ts';
import type { Guest, StreamGate } from './stream-gate.ts';

interface Connection {
  readonly guest: Guest;
  /** What messages come over: the guest's own socket, or TLS on it. */
  readonly stream: Socket;
  readonly frames: FrameReader;
  /** Answers handed to the stream and not yet taken. */
  waiting: number;
  /** Whether complete messages wait for their turn. */
  more: boolean;
  /** The client sends nothing more; what it asked is still answered. */
  ended: boolean;
  /** What is sent before anything else is answered. */
  following: Following | undefined;
  /** Whether the next message waits until it may be signed. */
  awaiting: boolean;
  /** Whether a reply that comes later is waited for. */
  late: boolean;
}

export class FramedStreams {
  readonly #limits: TcpLimits;
  readonly #handler: StreamHandler;
  readonly #gate: StreamGate;
  readonly #turns: SigningTurns;
  readonly #buffer = new Uint8Array(MAX_MESSAGE);
  /** Messages until a piece of a stream is timed. */
  #untilTimed: number = SAMPLE_EVERY;

  constructor(limits: TcpLimits, handler: StreamHandler, gate: StreamGate, turns: SigningTurns) {
    this.#turns = turns;
    this.#limits = limits;
    this.#handler = handler;
    this.#gate = gate;
  }

  /** Answers what comes over a stream until one of both sides ends it. */
  serve(guest: Guest, stream: Socket): void {
    const connection: Connection = {
      guest,
      stream,
      frames: new FrameReader(),
      waiting: 0,
      more: false,
      ended: false,
      following: undefined,
      awaiting: false,
      late: false,
    };
    stream.on('data', (piece: Buffer) => this.#read(connection, piece));
    stream.on('drain', () => {
      connection.waiting = 0;
      this.#gate.touch(guest);
      if (connection.awaiting || connection.late) return;
      if (connection.following !== undefined) {
        this.#follow(connection, connection.following);
        return;
      }
      stream.resume();
      // Messages that were complete when reading stopped.
      this.#read(connection, new Uint8Array(0));
    });
    stream.on('end', () => {
      connection.ended = true;
      if (connection.more || connection.awaiting || connection.late || connection.following !== undefined) return;
      if (!stream.writableNeedDrain) stream.end();
    });
    stream.on('close', () => connection.following?.close());
  }

  #read(connection: Connection, piece: Uint8Array): void {
    const { guest, stream } = connection;
    if (connection.awaiting || connection.late) {
      connection.frames.push(piece, () => 'again');
      return;
    }
    // From the piece's arrival: what is answered last waited for the rest. Decided here and counted below, since many pieces complete no message.
    const timed = this.#untilTimed <= 0;
    const began = timed ? performance.now() : 0;
    const replies: Uint8Array[] = [];
    this.#handler.received();
    const answered = connection.frames.push(piece, (message) => {
      this.#buffer.set(message);
      const length = this.#handler.answer(this.#buffer, 0, message.length, guest.ipv6, guest.address);
      if (length === 0 && this.#handler.isAwaiting()) {
        connection.awaiting = true;
        return 'again';
      }
      if (length === 0 && this.#handler.later((reply) => this.#replyLate(connection, reply))) {
        connection.late = true;
        return false;
      }
      if (length > 0) {
        const reply = new Uint8Array(PREFIX + length);
        reply[0] = length >>> 8;
        reply[1] = length;
        reply.set(this.#buffer.subarray(0, length), PREFIX);
        replies.push(reply);
        connection.waiting++;
        connection.following = this.#handler.following();
        if (connection.following !== undefined) return false;
      }
      return connection.waiting < this.#limits.maxPipelined;
    });
    this.#handler.idle();
    if (answered > 0) this.#gate.touch(guest);
    this.#untilTimed -= answered;
    if (connection.awaiting) {
      stream.pause();
      this.#turns.add(() => this.#goOn(connection));
    }
    if (connection.late) stream.pause();
    if (replies.length > 0) {
      const taken = stream.write(replies.length === 1 ? replies[0] : Buffer.concat(replies));
      if (timed) {
        this.#untilTimed = SAMPLE_EVERY;
        this.#handler.served(performance.now() - began);
      }
      const { following } = connection;
      if (!taken || following !== undefined) stream.pause();
      if (!taken) return;
      connection.waiting = 0;
      if (connection.awaiting || connection.late) return;
      if (following !== undefined) {
        setImmediate(() => this.#follow(connection, following));
        return;
      }
    }
    if (connection.awaiting || connection.late) return;
    // The limit stopped reading though the kernel took everything: go on with what is held.
    connection.more = connection.frames.pending >= PREFIX && replies.length >= this.#limits.maxPipelined;
    if (connection.more) {
      setImmediate(() => {
        if (!stream.destroyed) this.#read(connection, new Uint8Array(0));
      });
    } else if (connection.ended) stream.end();
  }

  /** Sends a reply that was waited for, and goes on. */
  #replyLate(connection: Connection, reply: Uint8Array): void {
    const { guest, stream } = connection;
    connection.late = false;
    if (stream.destroyed) return;
    const message = new Uint8Array(PREFIX + reply.length);
    message[0] = reply.length >>> 8;
    message[1] = reply.length;
    message.set(reply, PREFIX);
    this.#gate.touch(guest);
    // Else it goes on when what was given has been taken.
    if (!stream.write(message)) return;
    stream.resume();
    this.#read(connection, new Uint8Array(0));
  }

  /** The message that waits may be signed now. */
  #goOn(connection: Connection): void {
    const { stream } = connection;
    if (stream.destroyed) return;
    connection.awaiting = false;
    // Else what the kernel takes brings it on.
    if (stream.writableNeedDrain) return;
    stream.resume();
    this.#read(connection, new Uint8Array(0));
  }

  /** Sends the next message of what follows an answer. Others have their turn before the one after. */
  #follow(connection: Connection, following: Following): void {
    const { guest, stream } = connection;
    if (stream.destroyed) return;
    let length: number;
    try {
      length = following.next(this.#buffer, 0, MAX_MESSAGE);
    } catch {
      stream.destroy();
      return;
    }
    if (length === 0) {
      connection.following = undefined;
      stream.resume();
      this.#read(connection, new Uint8Array(0));
      return;
    }
    const message = new Uint8Array(PREFIX + length);
    message[0] = length >>> 8;
    message[1] = length;
    message.set(this.#buffer.subarray(0, length), PREFIX);
    this.#gate.touch(guest);
    // Else it goes on when what was given has been taken.
    if (stream.write(message)) setImmediate(() => this.#follow(connection, following));
  }
}
