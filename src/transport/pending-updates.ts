/**
 * Dynamic updates a worker has handed to the main thread and not answered yet: at most so many, and of one client no more than its share. A reply goes back the way its
 * message came; one who asks again over UDP before it is answered is answered once.
 *
 *     packet worker ── update, ticket ──> main thread: evaluated, stored, served
 *                   <── reply, ticket ──  (a MessagePort; a loop of ours is woken by wake.ts)
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { rcodeCounter } from '../answer/counters.ts';
import type { BegunUpdate, UpdateGate } from '../answer/updates.ts';
import type { WayBack } from './udp-loop.ts';

/** What may be under way in one worker, and of that by one client. */
export const MOST_PENDING = 1024;
export const MOST_OF_CLIENT = 256;

/** Sent to the main thread. */
export interface SentUpdate extends BegunUpdate {
  readonly ticket: number;
}

/** Sent to the worker. */
export interface UpdateReply {
  readonly ticket: number;
  /** The whole message, signed. */
  readonly message: Uint8Array;
}

/** What a worker is given at its start. */
export interface UpdateChannel {
  readonly port: MessagePort;
  /** The eventfd that says there are replies; undefined for a worker with an event loop. */
  readonly wake: number | undefined;
}

interface Pending {
  readonly client: string;
  readonly key: string;
  readonly back: WayBack;
}

export class PendingUpdates implements UpdateGate {
  readonly #port: MessagePort;
  readonly #counters: Uint32Array;
  readonly #pending = new Map<number, Pending>();
  readonly #keys = new Set<string>();
  readonly #clients = new Map<string, number>();
  #next = 1;

  /** @param counters of the worker */
  constructor(port: MessagePort, counters: Uint32Array) {
    this.#port = port;
    this.#counters = counters;
  }

  hasRoom(client: Uint8Array): boolean {
    return this.#pending.size < MOST_PENDING && (this.#clients.get(client.join('.')) ?? 0) < MOST_OF_CLIENT;
  }

  /** Hands an update on. @param isDatagram whether its sender may send it again */
  begin(update: BegunUpdate, isDatagram: boolean, back: WayBack): void {
    const ticket = this.#next++;
    const client = update.client.join('.');
    // A MAC is of one message at one second.
    const key = isDatagram ? `${client} ${update.mac.join('.')} ${update.message[0]}.${update.message[1]}` : '';
    if (this.#keys.has(key)) return;
    if (key !== '') this.#keys.add(key);
    this.#pending.set(ticket, { client, key, back });
    this.#clients.set(client, (this.#clients.get(client) ?? 0) + 1);
    parentPort?.postMessage({ update: { ...update, ticket } satisfies SentUpdate });
  }

  /** Sends the replies that are there, without node's event loop. */
  drain(): void {
    for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port))
      this.#finish(got.message as UpdateReply);
  }

  /** Sends replies as they come, by node's event loop. */
  listen(): void {
    this.#port.on('message', (reply: UpdateReply) => this.#finish(reply));
    this.#port.unref();
  }

  #finish({ ticket, message }: UpdateReply): void {
    const pending = this.#pending.get(ticket);
    if (pending === undefined) return;
    const { client, key, back } = pending;
    this.#pending.delete(ticket);
    this.#keys.delete(key);
    const count = (this.#clients.get(client) ?? 0) - 1;
    if (count > 0) this.#clients.set(client, count);
    else this.#clients.delete(client);
    this.#counters[rcodeCounter(message[3] & 0xf)]++;
    back(message);
  }
}
