/** The end of a thread that ends by itself when it is told to. */
import type { Worker } from 'node:worker_threads';

/** Waits until a thread has ended. @param patience milliseconds after which it is ended by force */
export async function endThread(worker: Worker, patience: number): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage('stop');
  const late = setTimeout(() => void worker.terminate(), patience);
  await ended;
  clearTimeout(late);
}
