/** Orders of operators that nothing changes by itself until a time: stored, with author and reason, so that they outlive a restart. */
import * as z from 'zod';
import type { Freeze } from '../steering/guards/history.ts';
import type { Change, Entry } from '../store/store.ts';

export const FREEZES = 'freezes';

/** The key of the freeze of all groups: no group is called so. */
const ALL = '*';

const schema = z.object({
  /** Unix milliseconds. */
  until: z.number(),
  leaveDead: z.boolean(),
  reason: z.string(),
  author: z.string(),
  since: z.number(),
});

export type FreezeRecord = z.infer<typeof schema>;

export class Freezes {
  readonly #stored = new Map<string, FreezeRecord>();

  load(entries: readonly Entry[]): void {
    for (const { collection, key, value } of entries)
      if (collection === FREEZES) this.#stored.set(key, schema.parse(value));
  }

  /** @param group its id; undefined for the freeze of all groups */
  get(group: string | undefined): FreezeRecord | undefined {
    return this.#stored.get(group ?? ALL);
  }

  /** All there are, that of all groups first. */
  list(): { readonly group: string | undefined; readonly freeze: FreezeRecord }[] {
    return [...this.#stored]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, freeze]) => ({ group: key === ALL ? undefined : key, freeze }));
  }

  /** What the engine goes by. */
  get orders(): Freeze[] {
    return this.list().map(({ group, freeze: { until, leaveDead } }) => ({
      ...(group === undefined ? {} : { group }),
      until,
      leaveDead,
    }));
  }

  /** What to store, and what takes it over. @param to undefined ends it */
  change(group: string | undefined, to: FreezeRecord | undefined): { changes: Change[]; apply: () => void } {
    const at = { collection: FREEZES, key: group ?? ALL };
    if (to === undefined) return { changes: [{ delete: at }], apply: () => this.#stored.delete(at.key) };
    return { changes: [{ put: { ...at, value: to } }], apply: () => this.#stored.set(at.key, to) };
  }

  /** Those whose time is over. */
  expired(now: number): (string | undefined)[] {
    return this.list().flatMap(({ group, freeze }) => (freeze.until <= now ? [group] : []));
  }
}
