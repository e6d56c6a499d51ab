/**
 * Short turns on the CPU for threads that answer. Linux lets a thread that has begun its turn (some 3 ms) finish it, so a query that arrives while another
 * thread of ours has the core would wait for that. One with a shorter turn may interrupt it when it wakes (sched(7), since Linux 6.12; older kernels take
 * the wish and do nothing). It gets no larger share of the CPU, and needs no capability.
 */
import { getPriority } from 'node:os';
import type { Libc } from './libc.ts';

/** By architecture: sched_getscheduler(2) and sched_setattr(2). */
const CALLS = {
  x64: { getScheduler: 145, setAttributes: 314 },
  arm64: { getScheduler: 120, setAttributes: 274 },
} as const;

const SCHED_OTHER = 0;
/** `struct sched_attr` of <linux/sched/types.h>: size, policy, flags (64 bits), nice, priority, runtime, deadline, period (64 bits each). */
const ATTRIBUTES = 48;
const NICE_AT = 16;
const RUNTIME_AT = 24;
/** The shortest there is, in nanoseconds. */
const TURN = 100_000n;

/** Asks for short turns for the thread that calls. @returns whether they were granted; a thread that has another policy than the usual is left alone */
export function takeShortTurns(libc: Libc): boolean {
  const calls = CALLS[process.arch as keyof typeof CALLS];
  if (calls === undefined || libc.syscall(calls.getScheduler, 0, null, 0) !== SCHED_OTHER) return false;
  const attributes = new DataView(new ArrayBuffer(ATTRIBUTES));
  attributes.setUint32(0, ATTRIBUTES, true);
  // Of this thread alone, like all of it: 0 is who asks.
  attributes.setInt32(NICE_AT, getPriority(0), true);
  attributes.setBigUint64(RUNTIME_AT, TURN, true);
  return libc.syscall(calls.setAttributes, 0, new Uint8Array(attributes.buffer), 0) === 0;
}
