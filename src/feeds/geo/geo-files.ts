/** The databases in use: read when they change, the last good one kept when a file is broken. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GeoDatabaseError, readMmdb } from './mmdb.ts';
import type { GeoNetworks } from './places.ts';

/** Country only, CC0 1.0; its sources include data of the NRO (CC BY 4.0). */
const EMBEDDED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

export interface GeoFileNames {
  /** Countries or cities; undefined for the one that comes along. */
  readonly country: string | undefined;
  /** AS numbers; undefined for none. */
  readonly asn: string | undefined;
}

/** The country database that comes along. */
export function embeddedDatabase(): string {
  return createRequire(import.meta.url).resolve(EMBEDDED);
}

export class GeoFiles {
  readonly #files: readonly GeoFile[];

  constructor({ country, asn }: GeoFileNames) {
    this.#files = [
      new GeoFile(country ?? embeddedDatabase(), country === undefined ? undefined : embeddedDatabase()),
      ...(asn === undefined ? [] : [new GeoFile(asn, undefined)]),
    ];
  }

  /**
   * Reads what has changed.
   * @returns whether anything is new, and what is wrong with files, each mistake once
   */
  refresh(): { changed: boolean; problems: string[] } {
    let changed = false;
    const problems: string[] = [];
    for (const file of this.#files) {
      const problem = file.refresh();
      if (typeof problem === 'string') problems.push(problem);
      changed ||= file.takeChanged();
    }
    return { changed, problems };
  }

  /** What the last good files say. */
  get databases(): GeoNetworks[] {
    return this.#files.flatMap(({ networks }) => networks ?? []);
  }
}

class GeoFile {
  networks: GeoNetworks | undefined;
  readonly #path: string;
  readonly #instead: string | undefined;
  #stamp = '';
  #changed = false;

  /** @param instead what is read when there is no good file from the start */
  constructor(path: string, instead: string | undefined) {
    this.#path = path;
    this.#instead = instead;
  }

  /** @returns what is wrong, if it was not said of this very file before */
  refresh(): string | undefined {
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return undefined;
    this.#stamp = stamp;
    const problem = this.#read(this.#path);
    if (problem === undefined) return undefined;
    if (this.networks !== undefined) return `${problem}; the one read before is used on`;
    if (this.#instead === undefined) return `${problem}; nothing is known from it`;
    this.#read(this.#instead);
    return `${problem}; the database that comes along is used instead`;
  }

  /** Whether there is something new since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  #read(path: string): string | undefined {
    try {
      this.networks = readMmdb(readFileSync(path));
      this.#changed = true;
      return undefined;
    } catch (error) {
      if (!(error instanceof GeoDatabaseError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      return `geo database ${path} can't be used: ${(error as Error).message}`;
    }
  }
}

/** Differs when the file may have: inode (renames), size and times. */
function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return `missing:${(error as NodeJS.ErrnoException).code}`;
  }
}
