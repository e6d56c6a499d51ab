/** Entry of the transfer worker thread: looks for what has changed of the zones that are transferred, signs those that are signed, and tells other servers. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { ZoneKeys, type ZoneSigning } from '../dnssec/zone-keys.ts';
import { Arenas } from '../tables/arena.ts';
import { GenerationReader } from '../tables/control-block.ts';
import { formatName, sameName } from '../wire/name.ts';
import type { FromTransferWorker, ToTransferWorker, TransferWorkerData } from './messages.ts';
import { Notifier } from './notify.ts';
import { Snapshots } from './snapshot.ts';
import { Validity } from './validity.ts';
import { ZoneTransfers } from './zone-transfers.ts';

/** How often it is looked whether anything was published or moved. */
const LOOK_MS = 100;
/** After a look that took much of the processor the next waits this many times as long, so that a large zone doesn't keep a core busy; but no longer than so many milliseconds. */
const REST = 10;
const MOST_REST_MS = 60_000;

const data = workerData as TransferWorkerData;
const generation = new GenerationReader(data.control, data.line);
const snapshots = new Snapshots(new Arenas(data.arenas), generation, data.seed, data.client);
/** By apex, as text. */
const keys = new Map<string, ZoneKeys>();
take(data.signed);
/** Whether keys have changed since all was looked at. */
let isSignedAnew = false;
const waiting = new Map<number, (serial: number | undefined) => void>();
/** Zones whose serial is not answered yet, as text: those who are to be told of it wait. */
const unraised = new Map<string, { apex: Uint8Array; serial: number }>();
/** Zones that were spoken of since the start: secondaries may have missed what was told before it. */
const told = new Set<string>();
let nextId = 1;
let stopping = false;
/** Whether hosts may be declared to be answered otherwise than at the last look. */
let isDeclaredAnew = false;

// Answers come first. On Linux a process id of 0 means this thread alone, which is what is wanted.
try {
  setPriority(0, 10);
} catch {
  // Not allowed or not known here: then it competes like any other.
}

const notifier = new Notifier({
  told: (notified, serial, target, problem) =>
    send({ notified, serial, target, ...(problem === undefined ? {} : { problem }) }),
});

const transfers = new ZoneTransfers(snapshots, {
  policy: data,
  folder: data.folder,
  seed: data.seed,
  validity: new Validity(data.signatureLifetime),
  keysOf: (apex) => keys.get(formatName(apex)),
  seconds: () => Math.floor(Date.now() / 1000),
  warn: (problem) => send({ problem }),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
  allocate: (apex, serial) =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      send({ allocate: apex, serial, id });
    }),
});

parentPort?.on('message', (message: ToTransferWorker) => {
  if (message === 'stop') {
    stopping = true;
    notifier.close();
    generation.idle();
    // A look may be under way; what it would write is written at the next start.
    process.exit();
  } else if ('declared' in message) {
    snapshots.declare(message.declared);
    isDeclaredAnew = true;
  } else if ('id' in message) {
    waiting.get(message.id)?.(message.allocated);
    waiting.delete(message.id);
  } else if ('signed' in message) {
    take(message.signed);
    isSignedAnew = true;
  } else {
    for (const apex of message.raised) {
      const zone = unraised.get(formatName(apex));
      if (zone !== undefined) notify(zone.apex, zone.serial);
      unraised.delete(formatName(apex));
    }
  }
});

void run();

async function run(): Promise<void> {
  let seen: { generation: number; moved: number } | undefined;
  let notBefore = 0;
  while (!stopping) {
    await pause(LOOK_MS);
    const now = generation.look;
    const isSame = seen?.generation === now.generation && seen.moved === now.moved;
    const isSettled = isSame && !isDeclaredAnew && !isSignedAnew && !transfers.isDue;
    if (now.generation === 0 || isSettled || performance.now() < notBefore) continue;
    const usedBefore = used();
    // Taken before: what changes during the look is found by the next.
    isDeclaredAnew = false;
    isSignedAnew = false;
    seen = (await lookAtAll()) ? now : undefined;
    notBefore = performance.now() + Math.max(data.coalesce, Math.min((used() - usedBefore) * REST, MOST_REST_MS));
  }
}

/** @returns whether all could be looked at */
async function lookAtAll(): Promise<boolean> {
  let isWhole = true;
  const zones = transfers.zones();
  transfers.keep(zones);
  for (const { apex, view } of zones) {
    // What both views have is a serial that answers do not have yet.
    if (view === 'declared' && unraised.has(formatName(apex))) {
      isWhole = false;
      continue;
    }
    try {
      const look = await transfers.look({ apex, view });
      if (look === undefined) {
        isWhole = false;
        continue;
      }
      const { serial, isNew, raise, records } = look;
      const isFirst = !told.has(formatName(apex));
      told.add(formatName(apex));
      if (isNew) send({ made: apex, view, serial, records });
      if (raise) {
        unraised.set(formatName(apex), { apex, serial });
        send({ raise: apex, serial });
      } else if (isNew || isFirst) notify(apex, serial);
    } catch (error) {
      generation.idle();
      isWhole = false;
      send({ problem: `transfers of ${formatName(apex)} stay as they were: ${(error as Error).message}` });
    }
  }
  return isWhole;
}

function take(zones: readonly ZoneSigning[]): void {
  for (const zone of zones) keys.set(formatName(zone.keys[0].zone), new ZoneKeys(zone));
}

function notify(apex: Uint8Array, serial: number): void {
  for (const target of data.notify) {
    if (target.zones === undefined || target.zones.some((zone) => sameName(zone, apex)))
      notifier.tell(apex, serial, target);
  }
}

function send(message: FromTransferWorker): void {
  parentPort?.postMessage(message);
}

/** Milliseconds of the processor that this thread has had: what it waited for its turn is no work. */
function used(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
