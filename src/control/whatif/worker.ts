/** Entry of a worker thread that answers one what-if and ends. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type WhatIfJob, work } from './work.ts';

// Answers come first. On Linux a process id of 0 means this thread alone, which is what is wanted.
try {
  setPriority(0, 10);
} catch {
  // Not allowed or not known here: then it competes like any other.
}

parentPort?.postMessage(work(workerData as WhatIfJob));
