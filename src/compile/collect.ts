/**
 * Giving memory back after a burst of work. V8 lets the young generation grow to what a start or a load needed (tens of MiB a thread) and takes it back
 * only under pressure, which a server that then allocates next to nothing never sees. Measured for the main thread after a start: 53 MiB of heap, 26 after
 * this, in 0.13 s.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/** Collects all garbage of this thread's heap and shrinks it. Blocks the thread: for those where nobody waits. */
export function giveMemoryBack(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
