/**
 * What the server must not forget: documents by collection and key, with one revision that every commit raises. Knows nothing of what the documents
 * mean; `control/` does. Asynchronous, so that no disk and no network is ever waited for on the writer's thread.
 */

/** A document. */
export interface Entry {
  readonly collection: string;
  readonly key: string;
  /** JSON: what JSON.parse can give. */
  readonly value: unknown;
  /** Octets that would be wasteful as JSON; undefined when there are none. */
  readonly blob?: Uint8Array;
  /** The commit that wrote it. */
  readonly revision: number;
}

export type Change =
  | { readonly put: Omit<Entry, 'revision'> }
  | { readonly delete: { readonly collection: string; readonly key: string } };

/** One commit, as watchers are told of it. */
export interface Committed {
  readonly revision: number;
  readonly changes: readonly Change[];
}

export interface ListOptions {
  /** Only keys after (with `newestFirst`: before) this one. */
  readonly after?: string;
  readonly limit: number;
  /** Falling instead of rising keys. */
  readonly newestFirst?: boolean;
}

export const storeErrorCodes = ['conflict', 'full', 'read-only', 'closed', 'failed'] as const;

/** Why a store refused. Nothing of a refused commit was written. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: (typeof storeErrorCodes)[number];
  constructor(code: (typeof storeErrorCodes)[number], message: string) {
    super(message);
    this.code = code;
  }
}

export interface Store {
  /** All documents of these collections, by collection and rising key, and the revision they are of. */
  snapshot(collections: readonly string[]): Promise<{ readonly revision: number; readonly entries: readonly Entry[] }>;

  /**
   * Writes all changes or none. When it resolves they are durable: no crash loses them.
   * @param expected refuse with `conflict` unless the store is at this revision
   * @returns the new revision
   * @throws StoreError
   */
  commit(changes: readonly Change[], expected?: number): Promise<number>;

  /**
   * Tells of every commit after `from`, in order, each before its `commit` resolves.
   * @returns ends the watch
   * @throws StoreError `failed` when commits after `from` are no longer known: take a snapshot
   */
  watch(from: number, listener: (committed: Committed) => void): () => void;

  get(collection: string, key: string): Promise<Entry | undefined>;

  /** Documents of a collection by key, without their blobs. */
  list(collection: string, options: ListOptions): Promise<readonly Entry[]>;

  /** The revision of the last commit known. */
  readonly revision: number;

  /** Waits for what was asked and closes. Later calls are refused with `closed`. */
  close(): Promise<void>;
}
