/** What is known of zones by their numbers, found out once for each version of the tables. */
import type { TableReader } from '../tables/table-reader.ts';

export class ByZone<T> {
  readonly #tables: TableReader;
  readonly #learn: (zone: number) => T;
  /** Versions begin with 1, so a zone never looked at is not taken for known. */
  #versions = new Int32Array(64);
  readonly #known: T[] = [];

  /** @param learn finds out what is to be known of a zone */
  constructor(tables: TableReader, learn: (zone: number) => T) {
    this.#tables = tables;
    this.#learn = learn;
  }

  get(zone: number): T {
    const { version } = this.#tables;
    if (this.#versions[zone] !== version) this.#take(zone, version);
    return this.#known[zone];
  }

  /** Everything is found out anew. */
  forget(): void {
    this.#versions.fill(0);
  }

  #take(zone: number, version: number): void {
    if (zone >= this.#versions.length) {
      const more = new Int32Array(zone * 2);
      more.set(this.#versions);
      this.#versions = more;
    }
    this.#known[zone] = this.#learn(zone);
    this.#versions[zone] = version;
  }
}
