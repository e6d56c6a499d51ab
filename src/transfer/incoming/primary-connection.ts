/** A connection to a primary: messages behind their lengths (RFC 1035 §4.2.2), over TCP, or TLS (RFC 9103). */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FrameReader } from '../../transport/frames.ts';
import type { Primary } from './messages.ts';
import { TransferError } from './transfer-error.ts';

/** Milliseconds a connection may take, and each message: a primary that stands still is given up. */
const CONNECT_MS = 10_000;
const MESSAGE_MS = 30_000;
/** Octets that wait to be taken before no more are read. */
const MOST_WAITING = 1 << 20;

export interface Patience {
  readonly connect: number;
  readonly message: number;
}

export const PATIENCE: Patience = { connect: CONNECT_MS, message: MESSAGE_MS };

export class PrimaryConnection {
  readonly #socket: Socket;
  readonly #patience: Patience;
  readonly #messages: Uint8Array[] = [];
  readonly #frames = new FrameReader();
  #waiting = 0;
  #ended: string | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, patience: Patience) {
    this.#socket = socket;
    this.#patience = patience;
    socket.on('data', (piece: Uint8Array) => this.#take(piece));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the connection ended early'));
  }

  /** @throws TransferError */
  static async open(primary: Primary, patience = PATIENCE): Promise<PrimaryConnection> {
    const { host, port, tls } = primary;
    const secure = tls !== undefined;
    const socket =
      tls === undefined
        ? connect({ host, port, noDelay: true })
        : connectTls({
            host,
            port,
            // RFC 9103 §7.1: ALPN "dot", and nothing before TLS 1.3.
            ALPNProtocols: ['dot'],
            minVersion: 'TLSv1.3',
            servername: tls.name,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          });
    const connection = new PrimaryConnection(socket, patience);
    try {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('it does not take the connection')), patience.connect);
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          clearTimeout(late);
          resolve();
        });
        socket.once('close', () => {
          clearTimeout(late);
          reject(new Error(connection.#ended ?? 'the connection ended early'));
        });
      });
    } catch (error) {
      socket.destroy();
      throw new TransferError('unreachable', (error as Error).message);
    }
    return connection;
  }

  send(message: Uint8Array): void {
    this.#socket.write(Buffer.concat([Uint8Array.of(message.length >>> 8, message.length), message]));
  }

  /** The next message. @throws TransferError when none comes */
  async next(): Promise<Uint8Array> {
    const late = setTimeout(
      () => this.#end(`nothing came for ${this.#patience.message / 1000} s`),
      this.#patience.message,
    );
    try {
      while (this.#messages.length === 0) {
        if (this.#ended !== undefined) throw new TransferError('unreachable', this.#ended);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(late);
    }
    const message = this.#messages.shift() as Uint8Array;
    this.#waiting -= message.length;
    if (this.#socket.isPaused() && this.#waiting < MOST_WAITING) this.#socket.resume();
    return message;
  }

  close(): void {
    this.#end('closed');
  }

  #take(piece: Uint8Array): void {
    if (this.#ended !== undefined) return;
    this.#frames.push(piece, (message) => {
      this.#messages.push(new Uint8Array(message));
      this.#waiting += message.length;
      return true;
    });
    if (this.#waiting >= MOST_WAITING) this.#socket.pause();
    if (this.#messages.length > 0) this.#wake?.();
  }

  #end(cause: string): void {
    this.#ended ??= cause;
    this.#socket.destroy();
    this.#wake?.();
  }
}
