/** A client of dynamic updates over UDP, one update at a time, for tests and benchmarks that send many. */
import { createSocket, type Socket } from 'node:dgram';
import { hmac } from '../../src/transfer/hmac.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { FUDGE, signMessage, type TsigKey } from '../../src/wire/tsig.ts';

export interface Sent {
  readonly owner: string;
  readonly text: string;
  readonly isDelete?: boolean;
}

/** An update of one TXT record, not signed. */
export function plainUpdate(id: number, zone: string, { owner, text, isDelete }: Sent): Uint8Array {
  const rdata = [text.length, ...new TextEncoder().encode(text)];
  const rrclass = isDelete === true ? RRClass.NONE : RRClass.IN;
  const head = [id >>> 8, id & 0xff, 0x28, 0, 0, 1, 0, 0, 0, 1, 0, 0];
  const record = [...parseName(owner), 0, RRType.TXT, 0, rrclass, 0, 0, 0, isDelete === true ? 0 : 60, 0, rdata.length];
  return Uint8Array.from([...head, ...parseName(zone), 0, RRType.SOA, 0, RRClass.IN, ...record, ...rdata]);
}

/** The same, signed. */
export function updateMessage(id: number, zone: string, sent: Sent, key: TsigKey): Uint8Array {
  const plain = plainUpdate(id, zone, sent);
  const m = new Uint8Array(1232);
  m.set(plain);
  const time = Math.floor(Date.now() / 1000);
  const fields = { time, fudge: FUDGE, originalId: id, error: 0, other: new Uint8Array(0) };
  return m.slice(0, signMessage(m, 0, plain.length, key, hmac, fields).end);
}

export class UpdateClient {
  readonly #socket: Socket;
  readonly #key: TsigKey;
  readonly #zone: string;
  #id: number;
  #waiting: ((rcode: number) => void) | undefined;

  private constructor(socket: Socket, key: TsigKey, zone: string, id: number) {
    this.#socket = socket;
    this.#key = key;
    this.#zone = zone;
    this.#id = id;
    socket.on('message', (reply) => {
      if (((reply[0] << 8) | reply[1]) !== this.#id) return;
      this.#waiting?.(reply[3] & 0xf);
    });
    socket.on('error', () => {});
  }

  static async open(port: number, key: TsigKey, zone: string, id = 1): Promise<UpdateClient> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
    return new UpdateClient(socket, key, zone, id & 0xffff);
  }

  /** Sends an update, again every few seconds until there is a reply. @returns its RCODE; undefined when `gone` says that nobody is there any more */
  send(sent: Sent, gone: () => boolean = () => false, again = 5000): Promise<number | undefined> {
    this.#id = (this.#id + 1) & 0xffff;
    const message = updateMessage(this.#id, this.#zone, sent, this.#key);
    return new Promise((resolve) => {
      let tries = 0;
      const send = (): void => this.#socket.send(message, () => {});
      const timer = setInterval(() => {
        if (gone()) done(undefined);
        else if (++tries % Math.ceil(again / LOOK_MS) === 0) send();
      }, LOOK_MS);
      const done = (rcode: number | undefined): void => {
        clearInterval(timer);
        this.#waiting = undefined;
        resolve(rcode);
      };
      this.#waiting = done;
      send();
    });
  }

  close(): void {
    this.#socket.close();
  }
}

const LOOK_MS = 50;
