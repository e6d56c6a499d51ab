/**
 * Longer TTLs that were handed out until lately: a record that was served with 3600 and now is with 60 may be in caches for an hour yet. Kept by the
 * assignment its hosts have now.
 */
import type { Assignment } from '../steering/model.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { findHost } from './find-host.ts';
import type { Publisher } from './publisher.ts';

export class Tails {
  /** Unix milliseconds by assignment. */
  readonly #until = new Map<number, number>();

  /** Hosts of this assignment were answered with a longer TTL, in seconds, until now. */
  note(assignment: number, ttl: number, now: number): void {
    const until = now + ttl * 1000;
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
 * @param rebased the base is another one: hosts aren't compared one by one, so every assignment that differs from one there was in its TTL alone counts
 */
export function noteTails(
  { assignments, tables, tails, seed }: Publisher,
  before: readonly (Assignment | undefined)[],
  next: TableReader,
  rebased: boolean,
): void {
  const now = Date.now();
  const { resolved } = assignments;
  const falls = (to: number, from: Assignment | undefined): void => {
    const ttl = resolved[to]?.ttl;
    if (ttl !== undefined && from !== undefined && from.ttl > ttl) tails.note(to, from.ttl, now);
  };
  resolved.forEach((_, number) => {
    falls(number, before[number]);
  });
  if (rebased) {
    resolved.forEach((to, number) => {
      if (to === undefined || before[number] !== undefined) return;
      for (const from of before) if (from !== undefined && differInTtl(from, to)) falls(number, from);
    });
    return;
  }
  if (!next.overlaid) return;
  for (let at = next.overlayFirst; at > next.overlayEnd; at = next.after(at)) {
    const was = findHost(tables, next.name(at), seed);
    if (was !== 0 && next.declared(at) !== 0) falls(next.declared(at), before[tables.assignment(was)]);
  }
}

function differInTtl(a: Assignment, b: Assignment): boolean {
  return a.service === b.service && a.ipv4 === b.ipv4 && a.ipv6 === b.ipv6 && a.policy === b.policy && a.ttl !== b.ttl;
}
