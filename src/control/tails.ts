/**
 * Longer TTLs that were handed out until lately: a record that was served with 3600 and now is with 60 may be in caches for an hour yet. Kept by the
 * assignment its hosts have now.
 */
import type { Assignment } from '../steering/model.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { breathe } from './cells.ts';
import { findHost } from './find-host.ts';
import type { Publisher } from './publisher.ts';

/** Hosts looked at before others may run. */
const PIECE = 4096;

export class Tails {
  /** Unix milliseconds by assignment. */
  readonly #until = new Map<number, number>();

  /** Hosts of this assignment were answered with a longer TTL, in seconds, until now. */
  note(assignment: number, ttl: number, now: number): void {
    this.#raise(assignment, now + ttl * 1000);
  }

  /** A host of one assignment now is of another: what was answered before goes with it. */
  carry(from: number, to: number, now: number): void {
    if (from !== to) this.#raise(to, this.until(from, now));
  }

  /** Whether no older answers are known of. */
  get none(): boolean {
    return this.#until.size === 0;
  }

  #raise(assignment: number, until: number): void {
    if (until > (this.#until.get(assignment) ?? 0)) this.#until.set(assignment, until);
  }

  /** Until when older answers of this assignment's hosts may be in caches; 0 when none are. */
  until(assignment: number, now: number): number {
    const until = this.#until.get(assignment);
    if (until === undefined) return 0;
    if (until > now) return until;
    this.#until.delete(assignment);
    return 0;
  }
}

/**
 * Notes hosts whose TTL falls with a load that is about to be published.
 * @param before  what assignments meant until now
 * @param next    the tables that are about to be published
 * @param rebased the base is another one, so every host may be declared differently
 */
export async function noteTails(
  { assignments, tables, tails, seed }: Publisher,
  before: readonly (Assignment | undefined)[],
  next: TableReader,
  rebased: boolean,
): Promise<void> {
  const now = Date.now();
  const { resolved } = assignments;
  const falls = (to: number, from: Assignment | undefined): void => {
    const [ttl, was] = [ownTtl(resolved[to]), ownTtl(from)];
    if (ttl !== undefined && was !== undefined && was > ttl) tails.note(to, was, now);
  };
  resolved.forEach((_, number) => {
    falls(number, before[number]);
  });
  // The longest TTL there was: where all hosts have one, nothing can fall and no host is looked up.
  let longest = 0;
  for (const from of before) longest = Math.max(longest, ownTtl(from) ?? 0);
  const nothingBefore = tails.none;
  let seen = 0;
  const look = (node: number): Promise<void> | undefined => {
    const to = next.declared(node);
    if (to !== 0 && (!nothingBefore || (resolved[to]?.ttl ?? longest) < longest)) {
      const was = findHost(tables, next.name(node), seed);
      if (was !== 0) {
        falls(to, before[tables.assignment(was)]);
        tails.carry(tables.declared(was), to, now);
      }
    }
    return ++seen % PIECE === 0 ? breathe() : undefined;
  };
  if (rebased)
    for (let at = next.baseFirst; at < next.baseEnd; at = next.after(at)) {
      const pause = look(at);
      if (pause !== undefined) await pause;
    }
  if (next.overlaid)
    for (let at = next.overlayFirst; at > next.overlayEnd; at = next.after(at)) {
      const pause = look(at);
      if (pause !== undefined) await pause;
    }
}

/** Not one that is short for the moment: longer ones are in caches yet. */
function ownTtl(assignment: Assignment | undefined): number | undefined {
  return assignment?.ownTtl ?? assignment?.ttl;
}
