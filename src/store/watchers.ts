import { type Committed, StoreError } from './store.ts';

/** Who is told of commits, for stores that see all of their own. */
export class Watchers {
  readonly #listeners = new Set<(committed: Committed) => void>();

  /** @param now the revision of the last commit */
  add(from: number, now: number, listener: (committed: Committed) => void): () => void {
    if (from !== now)
      throw new StoreError(
        'failed',
        `commits after revision ${from} are no longer known (now at ${now}); take a snapshot`,
      );
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(committed: Committed): void {
    for (const listener of this.#listeners) listener(committed);
  }
}
