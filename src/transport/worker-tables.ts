/**
 * What every packet worker has: the arenas, its place in the control block, its counters, and a responder over them.
 */
import { parentPort } from 'node:worker_threads';
import { NOBODY } from '../answer/client.ts';
import { ANSWER_SLOTS, type Channel, COUNTER_WORDS } from '../answer/counters.ts';
import type { Parking } from '../answer/parking.ts';
import { Responder } from '../answer/responder.ts';
import type { ResponderConfig } from '../answer/responder-config.ts';
import { parseAddress } from '../net/address.ts';
import { PrefixSet } from '../net/prefix-set.ts';
import { type ArenaBuffers, Arenas } from '../tables/arena.ts';
import { ClientReader } from '../tables/client-reader.ts';
import { GenerationReader } from '../tables/control-block.ts';
import { PlanReader } from '../tables/plan-reader.ts';
import { TableReader } from '../tables/table-reader.ts';
import { hmac } from '../transfer/hmac.ts';
import { LaterMessages } from '../transfer/later-messages.ts';
import { FileTransfers } from '../transfer/transfer-source.ts';
import { HEADER_SIZE } from '../wire/constants.ts';
import { nameLength } from '../wire/name.ts';
import { NotificationPort } from './notification-port.ts';
import { PendingUpdates, type UpdateChannel } from './pending-updates.ts';
import type { Proxies } from './proxy-header.ts';
import { QueryLog } from './query-log.ts';
import { type ResolverSample, ResolverTable, readClock } from './resolver-sample.ts';

/** Sent to a worker at its start. */
export interface WorkerTables {
  readonly arenas: ArenaBuffers;
  readonly control: SharedArrayBuffer;
  /** Rows of COUNTER_WORDS words, by worker. */
  readonly counters: SharedArrayBuffer;
  /** Rows of ANSWER_SLOTS words, by worker. */
  readonly answers: SharedArrayBuffer;
  readonly resolvers: ResolverSample;
  readonly worker: number;
  /** Log one query of so many; 0 for none. */
  readonly logEvery: number;
  readonly responder: ResponderConfig;
  /** Proxies that tell whose queries they send (proxy-header.ts); undefined for none. */
  readonly proxies?: Proxies;
  /** Where transfers are read from (transfer/zone-files.ts). */
  readonly transferFolder?: string;
  /** How replies to dynamic updates come; undefined where nobody may send any. */
  readonly updates?: UpdateChannel;
}

const SIGNING = { hmac, now: () => Math.floor(Date.now() / 1000) };

/** A worker's own row of counters. */
export function counterRow({ counters, worker }: Pick<WorkerTables, 'counters' | 'worker'>): Uint32Array {
  return new Uint32Array(counters, worker * COUNTER_WORDS * 4, COUNTER_WORDS);
}

export class Answering {
  readonly generation: GenerationReader;
  readonly counters: Uint32Array;
  readonly responder: Responder;
  readonly resolvers: ResolverTable;
  readonly log: QueryLog;
  /** Undefined where nobody may send any. */
  readonly updates: PendingUpdates | undefined;
  /** Undefined where there are none: then nothing is looked for. */
  readonly proxies: PrefixSet | undefined;
  readonly #arenas: Arenas;
  readonly #tables = new TableReader();
  readonly #plan = new PlanReader();
  readonly #clients = new ClientReader();
  readonly #signs: boolean;
  readonly #limits: boolean;

  /** @param parking where queries wait for signatures that are made by other threads; without it they are made here */
  constructor(data: WorkerTables, parking?: Parking) {
    this.#arenas = new Arenas(data.arenas);
    this.generation = new GenerationReader(data.control, data.worker);
    this.counters = counterRow(data);
    const notifications = new NotificationPort(
      () => readClock(data.resolvers),
      (notification) => parentPort?.postMessage({ notification }),
    );
    this.updates = data.updates && new PendingUpdates(data.updates.port, this.counters);
    const answers = new Uint32Array(data.answers, data.worker * ANSWER_SLOTS * 4, ANSWER_SLOTS);
    this.responder = new Responder(
      data.responder,
      this.#tables,
      this.#plan,
      this.#clients,
      {
        counters: this.counters,
        answers,
      },
      {
        ...SIGNING,
        notified: (apex, serial, from) => notifications.take(apex, serial, from),
        ...(data.transferFolder === undefined ? {} : { transfers: new FileTransfers(data.transferFolder) }),
        ...(this.updates === undefined ? {} : { updates: this.updates }),
        ...(parking === undefined ? {} : { parking }),
      },
    );
    if (parking !== undefined) this.responder.allowance = 0;
    this.#signs = data.responder.dnssec !== undefined;
    this.#limits = data.responder.rateLimit !== undefined;
    this.proxies = data.proxies && new PrefixSet(data.proxies.trust);
    this.resolvers = new ResolverTable(data.resolvers, data.worker);
    this.log = new QueryLog(
      data.logEvery,
      () => readClock(data.resolvers),
      (query) => parentPort?.postMessage({ query }),
    );
  }

  /**
   * After one message was answered: notes who asked for which host, and logs the query, now and then.
   * @param client 4 or 16 octets; or text, which is read only if it is noted
   * @param reply  at [at, at + length)
   */
  note(client: Uint8Array | string, reply: Uint8Array, at: number, length: number, channel: Channel): void {
    const { resolvers, log } = this;
    const sampled = resolvers.due();
    const logged = log.take(1) >= 0;
    if (!sampled && !logged) return;
    const address = typeof client === 'string' ? (parseAddress(client) ?? NOBODY) : client;
    if (address === NOBODY) return;
    if (sampled) resolvers.noteAddress(address, this.responder.host);
    if (logged) log.send(reply, at, length, address, channel);
  }

  /**
   * What follows the response that `responder` wrote last at `buffer[at..]`.
   * @returns undefined where that was all
   */
  following(buffer: Uint8Array, at: number): LaterMessages | undefined {
    const begun = this.responder.takeTransfer();
    if (begun === undefined) return undefined;
    return new LaterMessages(begun, buffer.subarray(at, questionEnd(buffer, at)), SIGNING);
  }

  /** After a receive, before the first answer: the newest generation from here on. */
  enter(): void {
    const { generation } = this;
    if (this.#signs) this.responder.now = Math.floor(Date.now() / 1000);
    if (this.#limits) this.responder.clock = performance.now();
    if (!generation.enter()) return;
    this.#tables.use(this.#arenas.bases[generation.base], this.#arenas.heads[generation.head]);
    this.#plan.use(this.#arenas.plans[generation.plan]);
    this.#clients.use(this.#arenas.clients[generation.clients]);
  }
}

/** Behind the one question of a response. */
function questionEnd(m: Uint8Array, at: number): number {
  return at + HEADER_SIZE + nameLength(m, at + HEADER_SIZE) + 4;
}
