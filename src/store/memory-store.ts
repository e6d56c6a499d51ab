/** A store that forgets with its process: for tests and tools. */
import { type Change, type Committed, type Entry, type ListOptions, type Store, StoreError } from './store.ts';
import { Watchers } from './watchers.ts';

export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Watchers();
  #revision = 0;
  #closed = false;

  get revision(): number {
    return this.#revision;
  }

  async snapshot(collections: readonly string[]): Promise<{ revision: number; entries: Entry[] }> {
    this.#mustBeOpen();
    const entries = collections.flatMap((collection) => this.#of(collection));
    return { revision: this.#revision, entries };
  }

  async get(collection: string, key: string): Promise<Entry | undefined> {
    this.#mustBeOpen();
    return this.#entries.get(JSON.stringify([collection, key]));
  }

  async list(collection: string, { after, limit, newestFirst = false }: ListOptions): Promise<Entry[]> {
    this.#mustBeOpen();
    const all = newestFirst ? this.#of(collection).reverse() : this.#of(collection);
    const beyond = (key: string): boolean => after === undefined || (newestFirst ? key < after : key > after);
    return all
      .filter(({ key }) => beyond(key))
      .slice(0, limit)
      .map(({ blob: _, ...entry }) => entry);
  }

  async commit(changes: readonly Change[], expected?: number): Promise<number> {
    this.#mustBeOpen();
    if (expected !== undefined && expected !== this.#revision)
      throw new StoreError('conflict', `the store is at revision ${this.#revision}, not at ${expected}`);
    const revision = ++this.#revision;
    for (const change of changes) {
      if ('delete' in change) this.#entries.delete(JSON.stringify([change.delete.collection, change.delete.key]));
      else {
        const { collection, key, value, blob } = change.put;
        const entry = { collection, key, value: JSON.parse(JSON.stringify(value)) as unknown, revision };
        this.#entries.set(
          JSON.stringify([collection, key]),
          blob === undefined ? entry : { ...entry, blob: blob.slice() },
        );
      }
    }
    this.#watchers.tell({ revision, changes });
    return revision;
  }

  watch(from: number, listener: (committed: Committed) => void): () => void {
    return this.#watchers.add(from, this.#revision, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #of(collection: string): Entry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.collection === collection)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
  }
}
