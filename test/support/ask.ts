/** A small client on node's own sockets, knowing nothing of the server's code but names of types and how names are read. */
import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { parseName } from '../../src/wire/name.ts';

export interface ClientSubnet {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** SOURCE PREFIX-LENGTH; bits behind it are left out. */
  readonly source: number;
}

/** The option with its head (RFC 7871 §6). */
function clientSubnet({ address, source }: ClientSubnet): Buffer {
  const octets = [...address.subarray(0, (source + 7) >>> 3)];
  if ((source & 7) !== 0) octets[octets.length - 1] &= 0xff00 >> (source & 7);
  return Buffer.from([0, 8, 0, octets.length + 4, 0, address.length === 4 ? 1 : 2, source, 0, ...octets]);
}

/** A plain query. With `ecs` or `dnssecOk` it needs `edns` too. */
export function queryMessage(
  id: number,
  name: string,
  type: number,
  options: { edns?: number; dnssecOk?: boolean; compactOk?: boolean; rclass?: number; ecs?: ClientSubnet } = {},
): Buffer {
  const labels = name === '.' ? [] : name.replace(/\.$/, '').split('.');
  // What is no name is sent as it is.
  const qname = name.includes('\\')
    ? Buffer.from(parseName(name))
    : Buffer.concat([...labels.map((l) => Buffer.concat([Buffer.from([l.length]), Buffer.from(l)])), Buffer.from([0])]);
  const head = Buffer.from([id >>> 8, id & 0xff, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, options.edns === undefined ? 0 : 1]);
  const rclass = options.rclass ?? 1;
  const tail = Buffer.from([type >>> 8, type & 0xff, rclass >>> 8, rclass & 0xff]);
  const ecs = options.ecs === undefined ? Buffer.alloc(0) : clientSubnet(options.ecs);
  const flags = (options.dnssecOk === true ? 0x80 : 0) | (options.compactOk === true ? 0x40 : 0);
  const opt =
    options.edns === undefined
      ? Buffer.alloc(0)
      : Buffer.from([0, 0, 41, options.edns >>> 8, options.edns & 0xff, 0, 0, flags, 0, 0, ecs.length, ...ecs]);
  return Buffer.concat([head, qname, tail, opt]);
}

export interface Reply {
  readonly id: number;
  readonly rcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly counts: readonly number[];
  /** Addresses of the A and AAAA records in the answer section, in order. */
  readonly addresses: readonly string[];
  readonly message: Buffer;
  readonly from: string;
}

export function readReply(message: Buffer, from = ''): Reply {
  let p = 12;
  const skip = (): void => {
    while (message[p] !== 0 && message[p] < 0xc0) p += message[p] + 1;
    p += message[p] === 0 ? 1 : 2;
  };
  for (let q = message.readUInt16BE(4); q > 0; q--) {
    skip();
    p += 4;
  }
  const addresses: string[] = [];
  for (let a = message.readUInt16BE(6); a > 0; a--) {
    skip();
    const type = message.readUInt16BE(p);
    const length = message.readUInt16BE(p + 8);
    const data = message.subarray(p + 10, p + 10 + length);
    if (type === 1) addresses.push([...data].join('.'));
    if (type === 28) addresses.push(data.toString('hex'));
    p += 10 + length;
  }
  return {
    id: message.readUInt16BE(0),
    rcode: message[3] & 15,
    aa: (message[2] & 4) !== 0,
    tc: (message[2] & 2) !== 0,
    counts: [4, 6, 8, 10].map((at) => message.readUInt16BE(at)),
    addresses,
    message,
    from,
  };
}

/** A UDP socket that asks and waits for the reply to its question. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #id = Math.floor(Math.random() * 60000);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (message, peer) => {
      const reply = readReply(message, peer.address);
      this.#waiting.get(reply.id)?.(reply);
    });
    socket.on('error', () => {});
  }

  static async open(family: 4 | 6 = 4, local?: string): Promise<UdpClient> {
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    await new Promise<void>((resolve) => socket.bind(0, local, resolve));
    return new UdpClient(socket);
  }

  ask(
    to: { host: string; port: number },
    name: string,
    type: number,
    options: { edns?: number; timeout?: number } = {},
  ): Promise<Reply> {
    const id = (this.#id = (this.#id + 1) & 0xffff);
    return this.send(to, queryMessage(id, name, type, options), options.timeout);
  }

  /** @param before octets in front of the message, as a proxy sends them */
  send(
    to: { host: string; port: number },
    message: Buffer,
    timeout = 20_000,
    before: Uint8Array = new Uint8Array(0),
  ): Promise<Reply> {
    const id = message.readUInt16BE(0);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no reply from ${to.host}:${to.port}`));
      }, timeout);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(reply);
      });
      this.#socket.send(Buffer.concat([before, message]), to.port, to.host);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** Sends messages over one TCP connection and collects as many replies. */
export function askTcp(
  to: { host: string; port: number },
  messages: readonly Buffer[],
  timeout = 30_000,
): Promise<Reply[]> {
  return new Promise((resolve, reject) => {
    const replies: Reply[] = [];
    let pending = Buffer.alloc(0);
    const socket = connect(to.port, to.host, () => {
      for (const m of messages) socket.write(Buffer.concat([Buffer.from([m.length >>> 8, m.length & 0xff]), m]));
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`${replies.length} of ${messages.length} replies`));
    }, timeout);
    socket.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        replies.push(readReply(pending.subarray(2, end)));
        pending = pending.subarray(end);
      }
      if (replies.length === messages.length) {
        clearTimeout(timer);
        socket.destroy();
        resolve(replies);
      }
    });
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (replies.length !== messages.length)
        reject(new Error(`closed after ${replies.length} of ${messages.length} replies`));
    });
  });
}

/** SCOPE PREFIX-LENGTH of a reply; undefined without the option. Looks for it from the end: it is the last option but an error. */
export function scopeOf(message: Uint8Array): number | undefined {
  for (let p = message.length - 8; p >= 12; p--) {
    if (message[p] !== 0 || message[p + 1] !== 8 || message[p + 2] !== 0 || message[p + 4] !== 0) continue;
    // An Extended DNS Error may follow (RFC 8914): code 15, two octets.
    const end = message.at(-6) === 0 && message.at(-5) === 15 ? message.length - 6 : message.length;
    if (p + 4 + message[p + 3] === end && (message[p + 5] === 1 || message[p + 5] === 2)) return message[p + 7];
  }
  return undefined;
}
