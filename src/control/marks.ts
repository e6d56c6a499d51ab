/**
 * Until when a group's VIPs must keep serving after the last answer pointed at them: old answers run out, then the hold. By group and family; stored, so
 * that a restart does not make a route withdrawable too early.
 */
import type { Family } from '../steering/model.ts';
import type { Change, Entry } from '../store/store.ts';

export const MARKS = 'marks';

export class Marks {
  readonly #until = new Map<string, number>();

  load(entries: readonly Pick<Entry, 'key' | 'value'>[]): void {
    for (const { key, value } of entries) if (typeof value === 'number') this.#until.set(key, value);
  }

  /** Unix milliseconds; 0 when nothing is known. */
  until(group: string, family: Family): number {
    return this.#until.get(`${group}/${family}`) ?? 0;
  }

  /** Answers pointed there until now, and old ones count until a time: what to store, for `take` when it is. */
  raised(raises: readonly { readonly group: string; readonly family: Family; readonly until: number }[]): Change[] {
    const highest = new Map<string, number>();
    for (const { group, family, until } of raises) {
      const key = `${group}/${family}`;
      if (until > (highest.get(key) ?? this.#until.get(key) ?? 0)) highest.set(key, until);
    }
    return [...highest].map(([key, value]) => ({ put: { collection: MARKS, key, value } }));
  }

  /** Takes what was stored: a commit that was refused must not raise a mark. */
  take(changes: readonly Change[]): void {
    for (const change of changes) if ('put' in change && change.put.collection === MARKS) this.load([change.put]);
  }
}
