/** The thread that probes. It knows jobs and nothing of what they are for. */
import { parentPort } from 'node:worker_threads';
import { BEAT_MS, type FromProbeWorker, type ToProbeWorker } from './messages.ts';
import { runProbe } from './probes/index.ts';
import { Scheduler } from './scheduler.ts';

/** Observations are told together: a message for each would wake the writer a thousand times a second. */
const GATHER_MS = 20;

const port = parentPort;
if (port === null) throw new Error('probe-worker.ts runs as a worker');

// Node and undici make an Error of every connection that closes. Nobody reads where: without it a probe costs a quarter less.
Error.stackTraceLimit = 0;

let observed: FromProbeWorker['observed'][number][] = [];
let discarded = 0;
let gathering: NodeJS.Timeout | undefined;

function tell(): void {
  clearTimeout(gathering);
  gathering = undefined;
  port?.postMessage({ observed, discarded } satisfies FromProbeWorker);
  observed = [];
  discarded = 0;
}

function soon(): void {
  gathering ??= setTimeout(tell, GATHER_MS);
}

const scheduler = new Scheduler(runProbe, 1, {
  observed(job, found) {
    observed.push({ job: job.id, ...found });
    soon();
  },
  discarded() {
    discarded++;
    soon();
  },
});

setInterval(tell, BEAT_MS);
port.on('message', (message: ToProbeWorker) => {
  if (message !== 'stop') return scheduler.set(message.jobs, message.rate);
  // Programs of checks are processes of their own: who ends this thread without that leaves them behind.
  scheduler.stop();
  process.exit();
});
