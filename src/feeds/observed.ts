/** Things that are observed each at its own time. */

/** What is known of some things, each with the time it was observed (Unix milliseconds). */
export type Observed<T> = ReadonlyMap<string, { readonly value: T; readonly observedAt: number }>;

/** What was observed before and now: what is not there now is as old as it was. */
export function overlaid<T>(before: Observed<T> | undefined, now: Observed<T>): Observed<T> {
  return new Map([...(before ?? []), ...now]);
}

/** The time of what was observed last. */
export function newestOf(observed: Observed<unknown>): number {
  return [...observed.values()].reduce((newest, { observedAt }) => Math.max(newest, observedAt), 0);
}

/** Names that a note has. */
const MOST_NAMED = 10;

/** A note that names things, or none. */
export function namedNote(key: string, ids: Iterable<string>): Readonly<Record<string, string>> {
  const all = [...new Set(ids)];
  const rest = all.length - MOST_NAMED;
  if (all.length === 0) return {};
  return { [key]: all.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '') };
}
