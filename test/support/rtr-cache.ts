/** An RTR cache that a test drives, octet by octet: written from RFC 8210 §5, without anything of ours. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

export interface RtrRecord {
  /** 4 or 16 octets. */
  readonly address: readonly number[];
  readonly length: number;
  readonly maxLength: number;
  readonly asn: number;
}

export interface RtrQuery {
  readonly version: number;
  readonly type: number;
  readonly session: number;
  /** Of a serial query. */
  readonly serial: number | undefined;
  readonly octets: Buffer;
}

/** Octets of a PDU. @param field the 16 bits behind version and type */
export function pdu(version: number, type: number, field: number, ...rest: readonly (number | Buffer)[]): Buffer {
  const body = Buffer.concat(
    rest.map((each) => {
      if (typeof each !== 'number') return each;
      const word = Buffer.alloc(4);
      word.writeUInt32BE(each);
      return word;
    }),
  );
  const head = Buffer.alloc(8);
  head[0] = version;
  head[1] = type;
  head.writeUInt16BE(field, 2);
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}

export const serialNotify = (version: number, session: number, serial: number) => pdu(version, 0, session, serial);
export const cacheResponse = (version: number, session: number) => pdu(version, 3, session);
export const cacheReset = (version: number) => pdu(version, 8, 0);
export const endOfData = (
  version: number,
  session: number,
  serial: number,
  refresh = 3600,
  retry = 600,
  expire = 7200,
) => (version === 0 ? pdu(0, 7, session, serial) : pdu(version, 7, session, serial, refresh, retry, expire));
export const prefixPdu = (version: number, announce: boolean, { address, length, maxLength, asn }: RtrRecord) =>
  pdu(version, address.length === 4 ? 4 : 6, 0, Buffer.from([announce ? 1 : 0, length, maxLength, 0, ...address]), asn);
export const errorPdu = (version: number, code: number, text: string) =>
  pdu(version, 10, code, 0, Buffer.byteLength(text), Buffer.from(text));

export class RtrCachePeer {
  readonly queries: RtrQuery[] = [];
  /** Octets of error reports. */
  readonly reports: Buffer[] = [];
  /** What it replies with; undefined for nothing. */
  answer: (query: RtrQuery, socket: Socket) => Buffer | readonly Buffer[] | undefined = () => undefined;
  /** Whether it closes a connection as soon as it is made. */
  refuses = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(): Promise<RtrCachePeer> {
    const server = createServer();
    const cache = new RtrCachePeer(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return cache;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Sends to every connection. */
  send(...octets: readonly Buffer[]): void {
    for (const socket of this.#sockets) for (const each of octets) socket.write(each);
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((closed) => this.#server.close(closed));
  }

  #serve(socket: Socket): void {
    if (this.refuses) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    let rest = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      rest = Buffer.concat([rest, piece]);
      while (rest.length >= 8 && rest.length >= rest.readUInt32BE(4)) {
        const octets = rest.subarray(0, rest.readUInt32BE(4));
        rest = rest.subarray(octets.length);
        if (octets[1] === 10) {
          this.reports.push(octets);
          continue;
        }
        const serial = octets[1] === 1 ? octets.readUInt32BE(8) : undefined;
        const query = { version: octets[0], type: octets[1], session: octets.readUInt16BE(2), serial, octets };
        this.queries.push(query);
        const answer = this.answer(query, socket) ?? [];
        for (const each of Buffer.isBuffer(answer) ? [answer] : answer) socket.write(each);
      }
    });
  }
}
