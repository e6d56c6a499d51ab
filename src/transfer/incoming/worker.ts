/** Entry of the thread that follows primaries: asks them when it is time, or when somebody says so, and leaves what comes for the main thread to answer. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { formatName } from '../../wire/name.ts';
import { askPrimary } from './ask-primary.ts';
import { FollowedZone, type ZoneSurroundings } from './followed-zone.ts';
import type { FromSecondaryWorker, SecondaryWorkerData, ToSecondaryWorker } from './messages.ts';
import { ZoneImage } from './zone-images.ts';

/** How often it is looked what is due. */
const LOOK_MS = 250;
/** Zones whose primaries are asked at once; others wait. */
const MOST_AT_ONCE = 16;

const data = workerData as SecondaryWorkerData;
/** By zone: those who wait for what has come to be answered. */
const loading = new Map<string, (problem: string | undefined) => void>();
let asking = 0;
let willLook = false;

// Answers come first. On Linux a process id of 0 means this thread alone, which is what is wanted.
try {
  setPriority(0, 10);
} catch {
  // Not allowed or not known here: then it competes like any other.
}

const around: ZoneSurroundings = {
  ask: askPrimary,
  seed: data.seed,
  most: data.most,
  wall: Date.now,
  steady: () => performance.now(),
  random: Math.random,
  load: (arrived, transfer) =>
    new Promise((resolve) => {
      loading.set(formatName(arrived), resolve);
      send({ arrived, transfer });
    }),
  told: (status) => send({ status }),
};
const zones = new Map(
  data.zones.map((zone) => [
    formatName(zone.apex),
    new FollowedZone(zone, new ZoneImage(data.folder, zone.apex), around),
  ]),
);

parentPort?.on('message', (message: ToSecondaryWorker) => {
  if (message === 'stop') process.exit();
  if ('poke' in message) zones.get(formatName(message.poke))?.poke(message.serial, message.from);
  else if ('refresh' in message) zones.get(formatName(message.refresh))?.refresh();
  else if ('retransfer' in message) zones.get(formatName(message.retransfer))?.retransfer(message.wish);
  else {
    const name = formatName(message.loaded);
    loading.get(name)?.(message.problem);
    loading.delete(name);
    return;
  }
  lookSoon();
});

setInterval(look, LOOK_MS);
look();

/** Once for all messages that have come: to look at every zone for each of them would take longer than they take to come. */
function lookSoon(): void {
  if (willLook) return;
  willLook = true;
  setImmediate(() => {
    willLook = false;
    look();
  });
}

function look(): void {
  for (const [name, zone] of [...zones]) {
    zone.look();
    if (asking === MOST_AT_ONCE || !zone.isDue) continue;
    // Behind all others: zones of a primary that answers nobody come up again and again, and take no other zone's turn.
    zones.delete(name);
    zones.set(name, zone);
    asking++;
    void zone.check().finally(() => {
      asking--;
    });
  }
}

function send(message: FromSecondaryWorker): void {
  parentPort?.postMessage(message);
}
