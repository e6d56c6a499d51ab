/** The main thread's end of the transfer worker: starts it again when it dies, gives out serials through the store, and sees to it that answers have them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TransferView } from '../answer/transfers.ts';
import { denseAssignments } from '../compile/plan-writer.ts';
import type { ZoneSigning } from '../dnssec/zone-keys.ts';
import { isNewerSerial } from '../net/serial.ts';
import { declaredPlan } from '../steering/declared.ts';
import type { Assignment, Network } from '../steering/model.ts';
import type { Store } from '../store/store.ts';
import type {
  Declared,
  FromTransferWorker,
  ToTransferWorker,
  TransferPolicy,
  TransferWorkerData,
} from '../transfer/messages.ts';
import { formatName } from '../wire/name.ts';
import { endThread } from './end-thread.ts';
import type { Publisher } from './publisher.ts';
import { StateError } from './state-dir.ts';

const COLLECTION = 'serials';
/** One that dies again at once is not replaced faster than this. */
const AGAIN_MS = 1000;
/** What it has to end what it does. */
const ENDING_MS = 500;
/** How long a serial that could not be answered waits for another try. */
const RAISE_AGAIN_MS = 1000;

export interface TransferEvents {
  /** A zone is transferred with a new serial. */
  transferable(zone: string, view: TransferView, serial: number, records: number): void;
  /** Another server was told of a serial; `problem` says why it does not know. */
  notified(zone: string, serial: number, server: string, problem: string | undefined): void;
  warning(message: string): void;
}

/** Where files of transfers are, within the state directory. */
export function transferFolder(stateDir: string): string {
  return join(stateDir, 'transfer');
}

export class Transfers {
  /** The newest serial of each zone (by name with final dot) that was given out: answers must have no older one. */
  readonly serials = new Map<string, number>();
  readonly #publisher: Publisher;
  readonly #store: Store;
  #data: TransferWorkerData;
  /** Publishes tables with the serials above. */
  readonly #raise: () => Promise<void>;
  readonly #events: TransferEvents;
  readonly #toRaise = new Map<string, Uint8Array>();
  #raising: Promise<void> | undefined;
  #worker: Worker | undefined;
  #declared: Declared | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  /**
   * @param line of the control block
   * @throws StateError when there can be no files of transfers
   */
  constructor(
    policy: TransferPolicy,
    place: {
      readonly stateDir: string;
      readonly control: SharedArrayBuffer;
      readonly line: number;
      /** Zones that are signed. */
      readonly signed: readonly ZoneSigning[];
    },
    publisher: Publisher,
    store: Store,
    raise: () => Promise<void>,
    events: TransferEvents,
  ) {
    this.#publisher = publisher;
    this.#store = store;
    this.#raise = raise;
    this.#events = events;
    const folder = transferFolder(place.stateDir);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StateError(`${folder} can't be made: ${(error as Error).message}`);
    }
    const { control, line, signed } = place;
    const { arenas, seed } = publisher;
    this.#data = { ...policy, arenas: arenas.buffers, control, line, seed, folder, signed };
  }

  /** Takes what hosts are declared to be answered, for those who get the declared view. Call when zones or network are others. */
  declare(network: Network, all: readonly (Assignment | undefined)[]): void {
    const { declared } = this.#data.zones;
    if (declared?.length === 0) return;
    const { assignments, numbers } = denseAssignments(all);
    this.#declared = { plan: declaredPlan(network, assignments), numbers, size: all.length };
    this.#tellDeclared();
  }

  #tellDeclared(): void {
    if (this.#declared !== undefined)
      this.#worker?.postMessage({ declared: this.#declared } satisfies ToTransferWorker);
  }

  /** Reads the serials that were given out. */
  async load(): Promise<void> {
    const { entries } = await this.#store.snapshot([COLLECTION]);
    for (const { key, value } of entries) if (typeof value === 'number') this.serials.set(key, value >>> 0);
  }

  /** Starts looking. Something must have been published. */
  start(): void {
    this.#again = undefined;
    if (this.#stopping) return;
    const worker = new Worker(new URL('../transfer/worker.ts', import.meta.url), {
      workerData: this.#data,
      name: 'transfer',
    });
    this.#worker = worker;
    this.#tellDeclared();
    let cause = 'it ended';
    worker.on('message', (message: FromTransferWorker) => this.#take(worker, message));
    worker.on('error', (error: Error) => {
      cause = error.message;
    });
    worker.on('exit', () => {
      this.#publisher.generation.setIdle(this.#data.line);
      if (this.#stopping || this.#worker !== worker) return;
      this.#worker = undefined;
      this.#events.warning(`the thread that prepares transfers was replaced: ${cause}`);
      this.#again = setTimeout(() => this.start(), AGAIN_MS);
    });
  }

  /** Zones are signed with other keys from now on. */
  sign(signed: readonly ZoneSigning[]): void {
    this.#data = { ...this.#data, signed };
    this.#worker?.postMessage({ signed } satisfies ToTransferWorker);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) await endThread(worker, ENDING_MS);
    await this.#raising;
  }

  #take(worker: Worker, message: FromTransferWorker): void {
    if ('allocate' in message) void this.#allocate(worker, message);
    else if ('raise' in message) this.#raiseZone(message.raise);
    else if ('made' in message)
      this.#events.transferable(formatName(message.made), message.view, message.serial, message.records);
    else if ('notified' in message)
      this.#events.notified(formatName(message.notified), message.serial, message.target, message.problem);
    else this.#events.warning(message.problem);
  }

  /** A serial is in the store before anything has it: after a restart it only grows. */
  async #allocate(
    worker: Worker,
    { allocate, serial: asked, id }: Extract<FromTransferWorker, { allocate: unknown }>,
  ): Promise<void> {
    const zone = formatName(allocate);
    const known = this.serials.get(zone);
    const serial = known === undefined || isNewerSerial(asked, known) ? asked : (known + 1) >>> 0;
    let allocated: number | undefined = serial;
    try {
      await this.#store.commit([{ put: { collection: COLLECTION, key: zone, value: serial } }]);
      this.serials.set(zone, serial);
    } catch (error) {
      allocated = undefined;
      if (!this.#stopping) this.#events.warning(`transfers of ${zone} stay as they were: ${(error as Error).message}`);
    }
    worker.postMessage({ allocated, id } satisfies ToTransferWorker);
  }

  #raiseZone(apex: Uint8Array): void {
    this.#toRaise.set(formatName(apex), apex);
    this.#raising ??= this.#raiseAll();
  }

  /** Zones that come while others are raised are raised together, after them. */
  async #raiseAll(): Promise<void> {
    while (this.#toRaise.size > 0 && !this.#stopping) {
      const raised = [...this.#toRaise.values()];
      this.#toRaise.clear();
      try {
        await this.#raise();
        this.#worker?.postMessage({ raised } satisfies ToTransferWorker);
      } catch (error) {
        if (this.#stopping) break;
        this.#events.warning(`answers have older serials than transfers: ${(error as Error).message}`);
        for (const apex of raised) this.#toRaise.set(formatName(apex), apex);
        await new Promise((resolve) => setTimeout(resolve, RAISE_AGAIN_MS));
      }
    }
    this.#raising = undefined;
  }
}
