/** What operators set of load steering. The watermarks are those of links. */
export interface LoadRules {
  /** A part of what a link carries, 0 to 1: the most that one step sheds of it, and of the hosts of any target. */
  readonly step: number;
  /** Milliseconds from one step to the next at least; never shorter than the TTL of what was shed. */
  readonly interval: number;
}

/** Of a step what comes back in one: slower than it went, so that a load that comes and goes finds hosts where they are safe. */
export const WAY_BACK = 1 / 3;

/** Of a target's hosts so many stay, however full its links: what stays is what tells how much traffic they are. */
export const MOST_SHED = 0.9;

/** Between the watermarks, the middle: down to it a link is relieved, and up to it what was shed may come back. */
export function middle({ low, high }: { readonly low: number; readonly high: number }): number {
  return (low + high) / 2;
}

/** Half way from the low watermark to the middle: up to it comes back what is too much where it is. Lower than the middle, so that a load that goes up and down leads nobody to and fro. */
export function quarter(link: { readonly low: number; readonly high: number }): number {
  return (link.low + middle(link)) / 2;
}
