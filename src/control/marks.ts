/**
 * Until when a group's VIPs must keep serving after the last answer pointed at them: old answers run out, then the hold. By group and family; stored, so
 * that a restart does not make a route withdrawable too early.
 */
import type { Family } from '../steering/model.ts';
import type { Change, Entry } from '../store/store.ts';

export const MARKS = 'marks';

export class Marks {
  readonly #until = new Map<string, number>();

  load(entries: readonly Entry[]): void {
    for (const { key, value } of entries) if (typeof value === 'number') this.#until.set(key, value);
  }

  /** Unix milliseconds; 0 when nothing is known. */
  until(group: string, family: Family): number {
    return this.#until.get(`${group}/${family}`) ?? 0;
  }

  /** Answers pointed there until now, and old ones count until `until`. @returns what to store */
  raise(group: string, family: Family, until: number): Change[] {
    const key = `${group}/${family}`;
    if (until <= (this.#until.get(key) ?? 0)) return [];
    this.#until.set(key, until);
    return [{ put: { collection: MARKS, key, value: until } }];
  }
}
