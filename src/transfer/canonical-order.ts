/**
 * Owners in canonical order (RFC 4034 §6.1): by labels from the right, so that all names below another follow right behind it. Owners are what blocks have of them
 * (blocks.ts): the labels in front of the apex, in lower case.
 */
import { MAX_LABELS } from '../wire/constants.ts';
import { BLOCK_HEAD, blockSize, recordsAt } from './blocks.ts';

/** Where the labels of the two names that are compared begin. */
const startsA = new Uint8Array(MAX_LABELS + 1);
const startsB = new Uint8Array(MAX_LABELS + 1);

/** Order of the owners a[at, end) and b[bt, bend). */
export function compareOwners(a: Uint8Array, at: number, end: number, b: Uint8Array, bt: number, bend: number): number {
  const n = labelStarts(a, at, end, startsA);
  const m = labelStarts(b, bt, bend, startsB);
  for (let i = n - 1, j = m - 1; i >= 0 && j >= 0; i--, j--) {
    const difference = compareLabels(a, at + startsA[i], b, bt + startsB[j]);
    if (difference !== 0) return difference;
  }
  return n - m;
}

/** `compareOwners` of the blocks at `at` and `bt`. */
export function compareBlocks(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  return compareOwners(a, at + BLOCK_HEAD, recordsAt(a, at), b, bt + BLOCK_HEAD, recordsAt(b, bt));
}

/** Whether the owner a[at, end) is the owner b[bt, bend) or stands below it. */
export function isAtOrBelow(a: Uint8Array, at: number, end: number, b: Uint8Array, bt: number, bend: number): boolean {
  const octets = bend - bt;
  let p = at;
  while (end - p > octets) p += a[p] + 1;
  if (end - p !== octets) return false;
  for (let i = 0; i < octets; i++) if (a[p + i] !== b[bt + i]) return false;
  return true;
}

function labelStarts(name: Uint8Array, at: number, end: number, starts: Uint8Array): number {
  let count = 0;
  for (let p = at; p < end; p += name[p] + 1) starts[count++] = p - at;
  return count;
}

/** Labels as octets, the shorter first where it is the other's beginning. */
function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const length = Math.min(a[at], b[bt]);
  for (let i = 1; i <= length; i++) {
    const difference = a[at + i] - b[bt + i];
    if (difference !== 0) return difference;
  }
  return a[at] - b[bt];
}

/** Blocks that are put in order before others may run. */
const RUN = 8192;

/** Places of all blocks, in the order of their owners. Gives way to others now and then. */
export async function inOrder(blocks: Uint8Array, count: number, breathe: () => Promise<void>): Promise<Uint32Array> {
  let from = new Uint32Array(count);
  for (let at = 0, i = 0; at < blocks.length; at += blockSize(blocks, at)) from[i++] = at;
  const compare = (a: number, b: number): number => compareBlocks(blocks, a, blocks, b);
  for (let i = 0; i < count; i += RUN) {
    from.subarray(i, i + RUN).sort(compare);
    await breathe();
  }
  let to = new Uint32Array(count > RUN ? count : 0);
  for (let run = RUN; run < count; run *= 2) {
    for (let i = 0; i < count; i += run * 2) await merge(from, to, i, run, compare, breathe);
    [from, to] = [to, from];
  }
  return from;
}

/** Makes one run of the two that begin at `start`. */
async function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  run: number,
  compare: (a: number, b: number) => number,
  breathe: () => Promise<void>,
): Promise<void> {
  const middle = Math.min(from.length, start + run);
  const end = Math.min(from.length, start + run * 2);
  for (let a = start, b = middle, out = start; out < end; out++) {
    const takeA = b === end || (a < middle && compare(from[a], from[b]) <= 0);
    to[out] = takeA ? from[a++] : from[b++];
    if (out % RUN === 0) await breathe();
  }
}
