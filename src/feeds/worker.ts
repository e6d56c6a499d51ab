/** Entry of the thread that reads feeds. */
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { Feed } from './feed.ts';
import { BEAT_MS, type FromFeedWorker, type News, type ToFeedWorker } from './messages.ts';
import { openFeed } from './open-feed.ts';

const port = parentPort;
if (port === null) throw new Error('feeds/worker.ts runs as a worker');

try {
  // Answers come first. On Linux a process id of 0 means this thread alone.
  setPriority(0, 10);
} catch {
  // Not allowed or not known here: then it competes like any other.
}

const running = new Map<string, Feed<unknown>>();

function begin(job: Exclude<ToFeedWorker, 'stop'>[number]): void {
  /** What the other thread has. */
  let sent: unknown;
  const feed = openFeed(job, ({ newest, ...report }) => {
    const fresh = newest !== undefined && newest.data !== sent;
    const told = newest && { observedAt: newest.observedAt, ...(fresh ? { data: newest.data } : {}) };
    const news = { kind: job.kind, job: job.id, report: { ...report, ...(told && { newest: told }) } };
    // A job's kind says what its feed has.
    port?.postMessage(news as News satisfies FromFeedWorker);
    sent = newest?.data;
  });
  running.set(job.id, feed);
  feed.start();
}

setInterval(() => port.postMessage('beat' satisfies FromFeedWorker), BEAT_MS);
port.on('message', (message: ToFeedWorker) => {
  const jobs = message === 'stop' ? [] : message;
  const wanted = new Set(jobs.map(({ id }) => id));
  const ended = [...running].flatMap(([id, feed]) => {
    if (wanted.has(id)) return [];
    running.delete(id);
    return [feed.stop()];
  });
  for (const job of jobs) if (!running.has(job.id)) begin(job);
  if (message === 'stop') void Promise.allSettled(ended).then(() => process.exit());
});
