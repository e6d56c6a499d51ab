import type { Prefix } from '../../net/prefix.ts';
import type { Family } from '../../steering/model.ts';
import { behind, comparePoints, countsAsUnit, type Point, pointOf, Runs } from './runs.ts';

/** A prefix of a list, and what it stands for. */
export interface Marked {
  readonly prefix: Prefix;
  readonly mark: number;
}

/**
 * Prefixes as runs.
 * @param valueFor what holds where these prefixes do, the longest last; asked for each set of them in a row, also the empty one
 */
export function prefixRuns(
  prefixes: readonly Marked[],
  family: Family,
  valueFor: (inForce: readonly Marked[]) => number,
): Runs {
  const edges: { at: Point; begins: boolean; marked: Marked }[] = [];
  for (const marked of prefixes) {
    const { prefix } = marked;
    if (prefix.family !== family || !countsAsUnit(prefix)) continue;
    const at = pointOf(prefix.address);
    edges.push({ at, begins: true, marked }, { at: behind(at, prefix.length, family), begins: false, marked });
  }
  edges.sort((a, b) => comparePoints(a.at, b.at));
  const runs = new Runs();
  let inForce: Marked[] = [];
  if (edges.length === 0 || edges[0].at.hi > 0 || edges[0].at.lo > 0) runs.push(0, 0, valueFor([]));
  for (let i = 0; i < edges.length; ) {
    const { at } = edges[i];
    // All that begins and ends at one point is one change.
    for (; i < edges.length && comparePoints(edges[i].at, at) === 0; i++) {
      const { begins, marked } = edges[i];
      inForce = begins ? [...inForce, marked] : inForce.filter((other) => other !== marked);
    }
    inForce.sort((a, b) => a.prefix.length - b.prefix.length);
    if (at.hi < 2 ** 32) runs.push(at.hi, at.lo, valueFor(inForce));
  }
  return runs;
}
