/**
 * The descriptors a stream worker has opened, in memory it shares with the main thread: when the worker dies, nobody else knows them, and the main thread
 * closes them. A worker stores a descriptor in the statement that opens it and takes it out before it closes it, so one that ends in between leaves at
 * most one open, and never has another's closed.
 *
 * Words of 32 bits: the epoll instance, then the connections by slot; NONE where there is nothing.
 */
import type { Libc } from './libc.ts';

export const NONE = -1;

export type Descriptors = SharedArrayBuffer;

/** Places before those of connections. */
export const FIRST_CONNECTION = 1;

/** @param connections that may be open at once, with the one that is turned away */
export function makeDescriptors(connections: number): Descriptors {
  const buffer = new SharedArrayBuffer((FIRST_CONNECTION + connections) * 4);
  new Int32Array(buffer).fill(NONE);
  return buffer;
}

/** Main thread, once the worker is dead. */
export function closeDescriptors(libc: Libc, descriptors: Descriptors): void {
  const fds = new Int32Array(descriptors);
  for (let i = 0; i < fds.length; i++) {
    const fd = fds[i];
    fds[i] = NONE;
    if (fd !== NONE) libc.close(fd);
  }
}
