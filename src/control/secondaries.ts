/** The main thread's end of the thread that follows primaries: starts it again when it dies, has what it brings answered, and keeps how zones do. */
import { mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { SecondaryImages } from '../compile/secondary-zones.ts';
import { formatAddress } from '../net/address.ts';
import type { Change, Store } from '../store/store.ts';
import type {
  ArrivedTransfer,
  FromSecondaryWorker,
  SecondaryPolicy,
  SecondaryStatus,
  SecondaryWorkerData,
  ToSecondaryWorker,
} from '../transfer/incoming/messages.ts';
import { imagesFolder, ZoneImage } from '../transfer/incoming/zone-images.ts';
import type { Notification } from '../transport/notification-port.ts';
import { formatName } from '../wire/name.ts';
import { endThread } from './end-thread.ts';
import { StateError } from './state-dir.ts';

/** One that dies again at once is not replaced faster than this. */
const AGAIN_MS = 1000;
/** What it has to end what it does. */
const ENDING_MS = 500;

export interface SecondaryEvents {
  /** A zone came from its primary; `problem` says why what came is not answered. */
  arrived(zone: string, transfer: ArrivedTransfer, problem: string | undefined): void;
  /** A zone does otherwise than before. */
  secondary(zone: string, status: SecondaryStatus, before: SecondaryStatus | undefined): void;
  warning(message: string): void;
}

/**
 * Has zones answered from what came of them, and others no longer or again.
 * @returns why it can't be; then nothing has changed
 */
export type LoadSecondaries = (next: readonly Uint8Array[]) => Promise<string | undefined>;

/** Zones, by name, that an operator wants as a whole and that have not come yet. */
const RETRANSFERS = 'retransfers';

export class Secondaries {
  /** Zones (by name with final dot) that are too old to be answered. */
  readonly withheld: Set<string>;
  readonly #policy: SecondaryPolicy;
  readonly #data: SecondaryWorkerData;
  readonly #load: LoadSecondaries;
  readonly #events: SecondaryEvents;
  readonly #statuses = new Map<string, SecondaryStatus>();
  readonly #store: Store;
  /** Zones (by name) that an operator wants as a whole: another thread is told of them too. */
  readonly #retransfers = new Map<string, Uint8Array>();
  /** By zone, how often an operator has wanted that. */
  readonly #wishes = new Map<string, number>();
  readonly #arrived = new Map<string, { readonly apex: Uint8Array; readonly transfer: ArrivedTransfer }>();
  /** Whether `withheld` is another than what is published. */
  #changed = false;
  #loading: Promise<void> | undefined;
  #worker: Worker | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  /** @param place `expired` are those that are too old at the start (`expiredZones`) */
  constructor(
    policy: SecondaryPolicy,
    place: { readonly stateDir: string; readonly seed: number; readonly expired: ReadonlySet<string> },
    store: Store,
    load: LoadSecondaries,
    events: SecondaryEvents,
  ) {
    this.#policy = policy;
    this.#store = store;
    this.#load = load;
    this.#events = events;
    const folder = imagesFolder(place.stateDir);
    this.#data = { ...policy, folder, seed: place.seed };
    this.withheld = new Set(place.expired);
  }

  /** What a load reads of them. @param next zones of which what has come is read */
  images(next: readonly Uint8Array[] = []): SecondaryImages {
    return secondaryImages(this.#policy, this.#data.folder, this.withheld, next);
  }

  /** By name. */
  get statuses(): ReadonlyMap<string, SecondaryStatus> {
    return this.#statuses;
  }

  /** Reads what was wanted before a restart. Call before `start`. */
  async load(): Promise<void> {
    const { entries } = await this.#store.snapshot([RETRANSFERS]);
    for (const { key } of entries) {
      const apex = this.#apexOf(key);
      if (apex === undefined) this.#forget(key);
      else this.#retransfers.set(key, apex);
    }
  }

  /** Starts following. What there is must be answered. */
  start(): void {
    this.#again = undefined;
    if (this.#stopping) return;
    const worker = new Worker(new URL('../transfer/incoming/worker.ts', import.meta.url), {
      workerData: this.#data,
      name: 'secondary',
    });
    this.#worker = worker;
    for (const [zone, retransfer] of this.#retransfers) this.#tell({ retransfer, wish: this.#wishOf(zone) });
    let cause = 'it ended';
    worker.on('message', (message: FromSecondaryWorker) => this.#take(message));
    worker.on('error', (error: Error) => {
      cause = error.message;
    });
    worker.on('exit', () => {
      if (this.#stopping || this.#worker !== worker) return;
      this.#worker = undefined;
      this.#events.warning(`the thread that follows primaries was replaced: ${cause}`);
      this.#again = setTimeout(() => this.start(), AGAIN_MS);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) await endThread(worker, ENDING_MS);
    await this.#loading;
  }

  /** A primary says that a zone has changed. */
  notified({ apex, serial, from }: Notification): void {
    this.#tell({ poke: apex, serial, from: formatAddress(from) });
  }

  /** Whether a zone (by name) is one that comes from elsewhere. */
  isFollowed(zone: string): boolean {
    return this.#apexOf(zone) !== undefined;
  }

  /** An operator wants a zone as a whole until it has come, over restarts too. @returns to be stored before `refresh` is called; what is under way ends this wish no more */
  retransferWanted(zone: string): Change {
    this.#wishes.set(zone, this.#wishOf(zone) + 1);
    return { put: { collection: RETRANSFERS, key: zone, value: {} } };
  }

  /** Asks the primary of a zone now. @param whole has the zone transferred whatever its serial; store `retransferWanted` before */
  refresh(zone: string, whole: boolean): void {
    const apex = this.#apexOf(zone);
    if (apex === undefined) return;
    if (whole) this.#retransfers.set(zone, apex);
    this.#tell(whole ? { retransfer: apex, wish: this.#wishOf(zone) } : { refresh: apex });
  }

  /** The last wish for the whole zone; the first is of before a restart, if there was one. */
  #wishOf(zone: string): number {
    return this.#wishes.get(zone) ?? 1;
  }

  #apexOf(zone: string): Uint8Array | undefined {
    return this.#policy.zones.find(({ apex }) => formatName(apex) === zone)?.apex;
  }

  /** A zone is no longer wanted as a whole. If that can't be stored, it comes once more after a restart. */
  #forget(zone: string): void {
    this.#retransfers.delete(zone);
    const forgotten = this.#store.commit([{ delete: { collection: RETRANSFERS, key: zone } }]);
    forgotten.catch((error: Error) =>
      this.#events.warning(`${zone} comes as a whole once more after a restart: ${error.message}`),
    );
  }

  #tell(message: ToSecondaryWorker): void {
    this.#worker?.postMessage(message);
  }

  #take(message: FromSecondaryWorker): void {
    if ('arrived' in message) {
      const { arrived: apex, transfer } = message;
      this.#arrived.set(formatName(apex), { apex, transfer });
      this.#loading ??= this.#loadAll();
    } else if ('status' in message) this.#note(message.status);
    else this.#events.warning(message.problem);
  }

  #note(status: SecondaryStatus): void {
    const zone = formatName(status.apex);
    const before = this.#statuses.get(zone);
    this.#statuses.set(zone, status);
    const isExpired = status.state === 'expired';
    if (isExpired !== this.withheld.has(zone)) {
      if (isExpired) this.withheld.add(zone);
      else this.withheld.delete(zone);
      this.#changed = true;
      this.#loading ??= this.#loadAll();
    }
    if (before?.state !== status.state || before.problem !== status.problem)
      this.#events.secondary(zone, status, before);
  }

  /** What comes while others are loaded is loaded together, after them. */
  async #loadAll(): Promise<void> {
    while ((this.#arrived.size > 0 || this.#changed) && !this.#stopping) {
      const batch = [...this.#arrived.values()];
      this.#arrived.clear();
      const changed = this.#changed;
      this.#changed = false;
      const problem = await this.#try(batch);
      // One that can't be answered holds up none beside it.
      const alone = problem !== undefined && batch.length > 1;
      for (const one of batch) this.#answer(one, alone ? await this.#try([one]) : problem);
      if (problem === undefined) continue;
      // What came may be why it was not published which zones are too old: that is tried by itself.
      this.#changed ||= changed;
      if (batch.length > 0) continue;
      this.#events.warning(`which zones are too old is not published: ${problem}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    this.#loading = undefined;
  }

  async #try(batch: readonly { readonly apex: Uint8Array }[]): Promise<string | undefined> {
    try {
      return await this.#load(batch.map(({ apex }) => apex));
    } catch (error) {
      return (error as Error).message;
    }
  }

  #answer({ apex, transfer }: { apex: Uint8Array; transfer: ArrivedTransfer }, problem: string | undefined): void {
    if (this.#stopping) return;
    const zone = formatName(apex);
    if (transfer.wish === this.#wishOf(zone) && problem === undefined) this.#forget(zone);
    this.#tell({ loaded: apex, problem });
    this.#events.arrived(zone, transfer, problem);
  }
}

/** Zones that were too old when the server ended, or are by now. @throws StateError when there can be no images */
export function expiredZones({ zones }: SecondaryPolicy, stateDir: string): Set<string> {
  const folder = imagesFolder(stateDir);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StateError(`${folder} can't be made: ${(error as Error).message}`);
  }
  const now = Date.now();
  return new Set(zones.flatMap(({ apex }) => (new ZoneImage(folder, apex).hasExpired(now) ? [formatName(apex)] : [])));
}

/** Makes what has come of zones what there is. */
export async function takeImages(folder: string, next: readonly Uint8Array[]): Promise<void> {
  for (const apex of next) {
    const image = new ZoneImage(folder, apex);
    await rename(image.next, image.path);
  }
}

/** What a load reads. */
export function secondaryImages(
  { zones }: SecondaryPolicy,
  folder: string,
  withheld: ReadonlySet<string>,
  next: readonly Uint8Array[] = [],
): SecondaryImages {
  return { folder, zones: zones.map(({ apex }) => apex), next, withheld: new Set(withheld) };
}
