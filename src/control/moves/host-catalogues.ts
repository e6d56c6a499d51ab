/**
 * The names of all hosts in the base that is answered from, in its order, kept in the store before anybody moves them. A move of a million of them then says
 * which by their places (host-runs.ts), some octets instead of 25 MB. A catalogue is written in the background once a base has settled, in pieces that are
 * known by a digest of what they hold: a restart, or a base that differs somewhere else, writes none of those again. Until it is there moves name their hosts.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Change, Entry, Store } from '../../store/store.ts';
import { breathe } from '../cells.ts';
import type { Publisher } from '../publisher.ts';
import { HostListWriter, hostList } from './host-list.ts';
import { RUN_WORDS, readRuns } from './host-runs.ts';
import { decodeNames, NameEncoder } from './name-coding.ts';

/** What each catalogue consists of, and the pieces. */
export const CATALOGUES = 'host-catalogues';
export const CATALOGUE_NAMES = 'host-names';

/** Hosts of a piece: some 300 KB. */
const PIECE_HOSTS = 65_536;
/** Hosts looked at before others may run. */
const SLICE = 4096;
/** A catalogue that could not be written is tried again after this. */
const RETRY_MS = 60_000;
const LIST = 1000;

export interface CatalogueOptions {
  /** A base with fewer hosts needs none, and a move of fewer names them. */
  readonly least: number;
  /** How long a base must have been answered from, in milliseconds, unless it is the first: reloads one after another write none. */
  readonly settle: number;
}

const DEFAULTS: CatalogueOptions = { least: 4096, settle: 2000 };

const catalogueSchema = z.object({ pieces: z.array(z.object({ key: z.string(), hosts: z.number() })) });

export interface Catalogue {
  readonly id: string;
  readonly pieces: z.infer<typeof catalogueSchema>['pieces'];
}

export class HostCatalogues {
  readonly least: number;
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #settle: number;
  readonly #known = new Map<string, Catalogue>();
  /** The one of the base answered from, while places mean what they meant when it was written. */
  #current: { readonly catalogue: Catalogue; readonly placements: number } | undefined;
  #busy: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seen = -1;
  #stopped = false;
  #warn: (message: string) => void = () => {};

  constructor(publisher: Publisher, store: Store, { least, settle }: CatalogueOptions = DEFAULTS) {
    this.#publisher = publisher;
    this.#store = store;
    this.least = least;
    this.#settle = settle;
  }

  /** Takes what the store has. */
  load(entries: readonly Pick<Entry, 'key' | 'value'>[]): void {
    for (const { key, value } of entries) this.#known.set(key, { id: key, ...catalogueSchema.parse(value) });
  }

  /** Begins to write a catalogue of each base that stays. */
  start(warn: (message: string) => void): void {
    this.#warn = warn;
    this.#publisher.on('published', () => this.#look(this.#settle));
    this.#look(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#busy;
  }

  /** The catalogue of the base answered from, if it is durable: the place of a host is that among the base's hosts, in its order. */
  get current(): Catalogue | undefined {
    const now = this.#current;
    return now?.placements === this.#publisher.overrides.placements ? now.catalogue : undefined;
  }

  /** Writes the catalogue of the base answered from. When it resolves that is `current`, unless the base was replaced meanwhile. @throws StoreError */
  async write(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
    const run = this.#write();
    this.#busy = run.catch(() => undefined);
    try {
      await run;
    } finally {
      this.#busy = undefined;
    }
  }

  /**
   * The hosts of a stored list by name (host-list.ts).
   * @param after leave out so many of them, and give at most `limit`
   * @throws Error when they are not known any more
   */
  async names(octets: Uint8Array, id: string, after = 0, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const catalogue = this.#known.get(id);
    if (catalogue === undefined) throw lost(id);
    const { runs: all, others } = readRuns(octets);
    const list = new HostListWriter();
    const { runs, skip, left } = trimmed(all, after, limit);
    let run = 0;
    let end = 0;
    for (const { key, hosts } of catalogue.pieces) {
      let place = end;
      end += hosts;
      // Only pieces that have some of the hosts are read.
      if (run === runs.length || runs[run] >= end) continue;
      const piece = await this.#store.get(CATALOGUE_NAMES, key);
      if (piece?.blob === undefined) throw lost(id);
      for (const name of decodeNames(piece.blob)) {
        if (place % SLICE === SLICE - 1) await breathe();
        if (place >= runs[run]) {
          list.add(runs[run + 2], name);
          if (place + 1 === runs[run] + runs[run + 1]) run += RUN_WORDS;
          if (run === runs.length) break;
        }
        place++;
      }
    }
    let seen = 0;
    for (const { transition, name } of hostList(others)) {
      if (seen === skip + left) break;
      if (++seen > skip) list.add(transition, name);
    }
    return list.octets;
  }

  /** Deletes catalogues that no move needs. Call within the publisher's queue. @param used those that some move names */
  async tidy(used: ReadonlySet<string>): Promise<void> {
    // It might be using pieces that nothing else does. There is another day.
    if (this.#busy !== undefined) return;
    const run = this.#tidy(used);
    this.#busy = run.catch(() => undefined);
    try {
      await run;
    } finally {
      this.#busy = undefined;
    }
  }

  async #tidy(used: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#known.keys()].filter((id) => !used.has(id) && id !== this.current?.id);
    if (gone.length > 0) {
      await this.#store.commit(gone.map((key) => ({ delete: { collection: CATALOGUES, key } })));
      for (const id of gone) this.#known.delete(id);
    }
    const needed = this.#pieces();
    for (let after: string | undefined; ; ) {
      const found = await this.#store.list(CATALOGUE_NAMES, { limit: LIST, ...(after === undefined ? {} : { after }) });
      const old = found.filter(({ key }) => !needed.has(key));
      if (old.length > 0)
        await this.#store.commit(old.map(({ key }) => ({ delete: { collection: CATALOGUE_NAMES, key } })));
      if (found.length < LIST) return;
      after = found[found.length - 1].key;
    }
  }

  /** Keys of the pieces that known catalogues consist of. */
  #pieces(): Set<string> {
    return new Set([...this.#known.values()].flatMap(({ pieces }) => pieces.map(({ key }) => key)));
  }

  #look(settle: number): void {
    const { placements } = this.#publisher.overrides;
    if (placements === this.#seen || this.#stopped) return;
    this.#seen = placements;
    this.#writeIn(settle);
  }

  #writeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.write().catch((error: Error) => {
        this.#warn(`names of hosts could not be stored, so moves of many hosts take longer: ${error.message}`);
        if (!this.#stopped) this.#writeIn(RETRY_MS);
      });
    }, milliseconds);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const { overrides, tables } = this.#publisher;
    const { placements } = overrides;
    if (this.#publisher.served === undefined) return;
    const known = this.#pieces();
    const pieces: { key: string; hosts: number }[] = [];
    let names = new NameEncoder();
    const store = async (): Promise<void> => {
      if (names.count === 0) return;
      const blob = names.octets;
      const key = digest(blob);
      const hosts = names.count;
      names = new NameEncoder(blob.length);
      pieces.push({ key, hosts });
      if (known.has(key)) return;
      await this.#store.commit([{ put: { collection: CATALOGUE_NAMES, key, value: { hosts }, blob } }]);
    };
    let seen = 0;
    for (let node = tables.baseFirst; node < tables.baseEnd; node = tables.after(node)) {
      if (++seen % SLICE === 0) {
        await breathe();
        // The arenas may be written again: what was read is worth nothing.
        if (this.#stopped || placements !== overrides.placements) return;
      }
      if (tables.declared(node) === 0) continue;
      names.add(tables.names(node), tables.nameAt(node), tables.nameEnd(node));
      if (names.count < PIECE_HOSTS) continue;
      await store();
      if (this.#stopped || placements !== overrides.placements) return;
    }
    if (pieces.length * PIECE_HOSTS + names.count < this.least) return;
    await store();
    const id = digest(Buffer.from(pieces.map(({ key }) => key).join(' ')));
    const catalogue = { id, pieces };
    if (!this.#known.has(id)) {
      const change: Change = { put: { collection: CATALOGUES, key: id, value: { pieces } } };
      await this.#store.commit([change]);
      this.#known.set(id, catalogue);
    }
    this.#current = { catalogue, placements };
  }
}

function lost(id: string): Error {
  return new Error(`the store has no catalogue of hosts ${id} any more, or not all of it; restore a copy of the store`);
}

/** The runs of so many hosts at most, from the `after`-th on, and what is then still to be skipped and given of those without a place. */
function trimmed(runs: Uint32Array, after: number, limit: number): { runs: Uint32Array; skip: number; left: number } {
  const kept = new Uint32Array(runs.length);
  let words = 0;
  let skip = after;
  let left = limit;
  for (let at = 0; at < runs.length && left > 0; at += RUN_WORDS) {
    const passed = Math.min(skip, runs[at + 1]);
    const count = Math.min(runs[at + 1] - passed, left);
    skip -= passed;
    left -= count;
    if (count === 0) continue;
    kept[words++] = runs[at] + passed;
    kept[words++] = count;
    kept[words++] = runs[at + 2];
  }
  return { runs: kept.subarray(0, words), skip, left };
}

function digest(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex').slice(0, 32);
}
