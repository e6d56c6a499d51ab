/**
 * Shares by weighted rendezvous hashing: every bucket ranks all members by a score of its own and takes the best one, so that a member that leaves, or whose
 * weight falls, gives up only its own buckets, and one that grows takes from the others in proportion.
 *
 * Score of member i in bucket b: -w_i / ln(h(i, b)), h uniform in (0, 1) (Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005, logarithmic method).
 */
import { BUCKETS } from './model.ts';

export interface Member {
  /** What the member is called on every server: shares must not depend on an order. */
  readonly key: string;
  /** 0 or more. */
  readonly weight: number;
}

/** FNV-1a of a text's UTF-16 units, for keys of hashes: stable over servers and versions. */
export function keyHash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}

/** The finaliser of MurmurHash3: spreads 32 bits over 32 bits. */
function mix(state: number): number {
  state ^= state >>> 16;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/**
 * Who gets each bucket. Members without weight get none, unless nobody has any.
 * @returns by bucket, an index into `members` (at most 255 of them)
 */
export function shareOut(members: readonly Member[]): Uint8Array {
  const map = new Uint8Array(BUCKETS);
  const best = new Float64Array(BUCKETS).fill(-1);
  members.forEach(({ key, weight }, index) => {
    const seed = keyHash(key);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      // In (0, 1), never either end: the logarithm is negative and finite.
      const h = (mix(seed ^ Math.imul(bucket + 1, 0x9e3779b1)) + 0.5) / 2 ** 32;
      const score = -weight / Math.log(h);
      if (score > best[bucket]) {
        best[bucket] = score;
        map[bucket] = index;
      }
    }
  });
  return map;
}

/** By map: maps are never changed, and counting one anew for every set that has it takes long. */
const counted = new WeakMap<Uint8Array, Uint32Array>();

/** How many buckets each member has. */
export function bucketsOf(map: Uint8Array, members: number): number[] {
  let counts = counted.get(map);
  if (counts === undefined) {
    counts = new Uint32Array(256);
    for (const member of map) counts[member]++;
    counted.set(map, counts);
  }
  return Array.from(counts.subarray(0, members));
}

/** The first so many of a hundred buckets get 1, the others 0: a part that grows keeps those it had. */
export function split(percent: number): Uint8Array {
  return new Uint8Array(BUCKETS).fill(1, 0, Math.round((BUCKETS * percent) / 100));
}
