/** NOTIFY (RFC 1996): tells other servers that a zone has a new serial, and goes on telling until they answer. */
import { createSocket, type Socket } from 'node:dgram';
import { formatAddress, parseAddress } from '../net/address.ts';
import { HEADER_SIZE, Opcode, RRClass, RRType } from '../wire/constants.ts';
import { rcodeText } from '../wire/rcode-text.ts';
import { FUDGE, signMessage, tsigSize } from '../wire/tsig.ts';
import { hmac } from './hmac.ts';
import type { NotifyTarget } from './messages.ts';

/** Milliseconds until the first is repeated; each wait is twice the one before. */
const FIRST_WAIT_MS = 1000;
const TRIES = 6;
/** Conversations at once; others wait. */
const MOST_AT_ONCE = 64;
/** Flags: opcode, and AA (RFC 1996 §3.7). */
const FLAGS = (Opcode.NOTIFY << 3) | 0x04;

interface Telling {
  readonly apex: Uint8Array;
  readonly serial: number;
  readonly target: NotifyTarget;
  ended: boolean;
  end(): void;
}

export interface NotifyEvents {
  /** @param problem undefined when the server has taken note */
  told(apex: Uint8Array, serial: number, target: string, problem: string | undefined): void;
}

export class Notifier {
  readonly #events: NotifyEvents;
  readonly #firstWait: number;
  /** By zone and target: a newer serial takes the place of an older one. */
  readonly #tellings = new Map<string, Telling>();
  readonly #queue: Telling[] = [];
  #active = 0;
  #closed = false;

  constructor(events: NotifyEvents, firstWait = FIRST_WAIT_MS) {
    this.#events = events;
    this.#firstWait = firstWait;
  }

  tell(apex: Uint8Array, serial: number, target: NotifyTarget): void {
    if (this.#closed) return;
    const key = `${Buffer.from(apex).toString('hex')} ${addressText(target)}`;
    const before = this.#tellings.get(key);
    if (before !== undefined) {
      before.ended = true;
      before.end();
    }
    const telling: Telling = { apex, serial, target, ended: false, end: () => {} };
    this.#tellings.set(key, telling);
    this.#queue.push(telling);
    this.#next();
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    for (const telling of this.#tellings.values()) {
      telling.ended = true;
      telling.end();
    }
  }

  #next(): void {
    while (this.#active < MOST_AT_ONCE) {
      const telling = this.#queue.shift();
      if (telling === undefined) return;
      if (telling.ended) continue;
      this.#active++;
      void this.#converse(telling).then((problem) => {
        this.#active--;
        const key = `${Buffer.from(telling.apex).toString('hex')} ${addressText(telling.target)}`;
        if (this.#tellings.get(key) === telling) this.#tellings.delete(key);
        if (!telling.ended) this.#events.told(telling.apex, telling.serial, addressText(telling.target), problem);
        this.#next();
      });
    }
  }

  /** @returns what went wrong; undefined for nothing */
  #converse(telling: Telling): Promise<string | undefined> {
    const { target, apex } = telling;
    const id = crypto.getRandomValues(new Uint16Array(1))[0];
    return new Promise((resolve) => {
      const socket: Socket = createSocket(target.host.includes(':') ? 'udp6' : 'udp4');
      let timer: NodeJS.Timeout | undefined;
      let problem = 'no answer';
      const end = (what: string | undefined): void => {
        clearTimeout(timer);
        telling.end = () => {};
        socket.close();
        resolve(what);
      };
      telling.end = () => end(undefined);
      let tries = 0;
      const send = (): void => {
        if (tries === TRIES) {
          end(problem);
          return;
        }
        timer = setTimeout(send, this.#firstWait * 2 ** tries++);
        socket.send(notification(apex, id, target), (error) => {
          if (error !== null) problem = error.message;
        });
      };
      // Nobody listens there yet, say: it may come up.
      socket.on('error', (error) => {
        problem = error.message;
      });
      socket.on('message', (m) => {
        if (m.length < HEADER_SIZE || m.readUInt16BE(0) !== id || m[2] >>> 3 !== (0x10 | Opcode.NOTIFY)) return;
        const rcode = m[3] & 0xf;
        end(rcode === 0 ? undefined : `it answers ${rcodeText(rcode)}`);
      });
      socket.connect(target.port, target.host, (error?: Error) => {
        if (error === undefined || error === null) send();
        else end(error.message);
      });
    });
  }
}

/** As a log says it: `192.0.2.53:53`, `[2001:db8::53]:53`. */
function addressText({ host, port }: NotifyTarget): string {
  const octets = parseAddress(host);
  const text = octets === undefined ? host : formatAddress(octets);
  return `${text.includes(':') ? `[${text}]` : text}:${port}`;
}

function notification(apex: Uint8Array, id: number, { key }: NotifyTarget): Uint8Array {
  const end = HEADER_SIZE + apex.length + 4;
  const m = new Uint8Array(end + (key === undefined ? 0 : tsigSize(key)));
  m[0] = id >>> 8;
  m[1] = id;
  m[2] = FLAGS;
  m[5] = 1;
  m.set(apex, HEADER_SIZE);
  m[end - 3] = RRType.SOA;
  m[end - 1] = RRClass.IN;
  if (key === undefined) return m;
  const fields = {
    time: Math.floor(Date.now() / 1000),
    fudge: FUDGE,
    originalId: id,
    error: 0,
    other: new Uint8Array(0),
  };
  return m.subarray(0, signMessage(m, 0, end, key, hmac, fields).end);
}
