/**
 * Which names no zone of ours can hold, told by their last two labels (`example.net` of `www.example.net`): one bit in memory for the hash of those of each apex. What has no
 * bit is refused, however many zones there are and whatever stands before; what has one may still be nobody's. A zone of fewer labels (a TLD, the root) may hold any name: then there is no filter.
 */
import { hashOfState, hashStep } from '../zone/suffixes.ts';

/** Labels that are looked at. */
const LABELS = 2;
/** Bits for each zone at least, so that few names have one of another's. */
const BITS_PER_ZONE = 32;
const LEAST_WORDS = 32;

/** Words of a filter for so many zones: a power of two. */
export function filterWords(zones: number): number {
  let words = LEAST_WORDS;
  while (words * 32 < zones * BITS_PER_ZONE) words *= 2;
  return words;
}

/** Hash of the last two labels of a name in wire form, lower case; undefined when it has fewer. */
export function endingHash(seed: number, name: Uint8Array): number | undefined {
  const labels: number[] = [];
  let end = 0;
  for (; name[end] !== 0; end += name[end] + 1) labels.push(end);
  const first = labels.at(-LABELS);
  if (first === undefined) return undefined;
  let state = seed;
  for (let p = end; p >= first; p--) state = hashStep(state, name[p]);
  return hashOfState(state);
}

/** @param words the filter's, from `at` on; as many as `mask` and one more */
export function hasEnding(words: Uint32Array, at: number, mask: number, hash: number): boolean {
  return ((words[at + ((hash >>> 5) & mask)] >>> (hash & 31)) & 1) !== 0;
}

export function addEnding(words: Uint32Array, at: number, mask: number, hash: number): void {
  words[at + ((hash >>> 5) & mask)] |= 1 << (hash & 31);
}
