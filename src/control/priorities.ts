/**
 * Who gives way on a core that packet workers share with the rest of the process. The scheduler gives threads of one priority equal parts, and the main thread, V8's threads
 * that collect garbage (four of them, of all threads' heaps) and the loads beside a packet worker left it less than it needs, for several turns in a row.
 *
 * Nobody needs a right to be slower, but one to be faster again. So packet workers keep the priority the process was started with and all else goes below it. A worker that is
 * started again later begins with the main thread's: on a par with it, as if there were no priorities.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Below the process's own, in steps of nice(2): the main thread gets a quarter of a core it shares with a busy worker, and what only prepares (loads have it too) a tenth. */
const MAIN = 5;
const HELPERS = 10;
const LOWEST = 19;

/** Has the main thread and V8's helpers give way to packet workers, which have been started. Linux has priorities of threads; elsewhere nothing is done. */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  const own = getPriority(0);
  for (const thread of readdirSync('/proc/self/task')) if (isHelper(thread)) lower(Number(thread), own + HELPERS);
  lower(0, own + MAIN);
}

function isHelper(thread: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trimEnd().endsWith('V8Worker');
  } catch {
    // It has ended.
    return false;
  }
}

/** @param thread 0: the one that calls */
function lower(thread: number, nice: number): void {
  try {
    setPriority(thread, Math.min(nice, LOWEST));
  } catch {
    // It has ended, or a sandbox forbids the call: it stays as it is.
  }
}
