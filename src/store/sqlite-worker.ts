/**
 * The thread that holds the database. One request after another; each reply is sent when the disk has it. Started by `SqliteStore`.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Reply, Request, StoreThread, WireChange, WireEntry } from './sqlite-messages.ts';
import type { StoreError } from './store.ts';

/**
 * Layout of what is kept; in the file as `user_version`. 2: moves may list their hosts by places in a catalogue, which a steerd that knows only layout 1 would
 * take for names. What it has written is read as it is.
 */
const LAYOUT = 2;

const TABLES = `
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (collection, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blobs (
    collection TEXT NOT NULL, key TEXT NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (collection, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS revision (id INTEGER PRIMARY KEY CHECK (id = 0), number INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO revision VALUES (0, 0);
`;

/** Result codes of SQLite, without their extension (sqlite.org/rescode.html). */
const Code = { READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, NOTADB: 26 } as const;

class Database {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#path = path;
    // Made before SQLite would: the log beside it takes over its mode.
    closeSync(openSync(path, 'a', 0o600));
    this.#db = new DatabaseSync(path);
    this.#db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA busy_timeout = 5000',
    );
    const [{ quick_check: found }] = this.#db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (found !== 'ok') throw Object.assign(new Error(found), { errcode: Code.CORRUPT });
    const { user_version: layout } = this.#db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (layout > LAYOUT)
      throw new Error(`it was written by a newer steerd (layout ${layout}, this one knows ${LAYOUT}); run that one`);
    this.#transaction(() => this.#db.exec(`${TABLES} PRAGMA user_version = ${LAYOUT}`));
  }

  get path(): string {
    return this.#path;
  }

  revision(): number {
    const row = this.#prepared('SELECT number FROM revision').get() as { number: number };
    return row.number;
  }

  snapshot(collections: readonly string[]): WireEntry[] {
    const query = this.#prepared(
      'SELECT d.collection, d.key, value, revision, octets FROM documents d LEFT JOIN blobs USING (collection, key) WHERE d.collection = ? ORDER BY d.key',
    );
    return collections.flatMap((collection) => query.all(collection) as unknown as WireEntry[]);
  }

  get(collection: string, key: string): WireEntry | undefined {
    const query = this.#prepared(
      'SELECT d.collection, d.key, value, revision, octets FROM documents d LEFT JOIN blobs USING (collection, key) WHERE d.collection = ? AND d.key = ?',
    );
    return query.get(collection, key) as WireEntry | undefined;
  }

  list(collection: string, after: string | undefined, limit: number, newestFirst: boolean): WireEntry[] {
    const [beyond, order] = newestFirst ? ['<', 'DESC'] : ['>', 'ASC'];
    const bound = after === undefined ? '' : `AND key ${beyond} ?`;
    const query = this.#prepared(
      `SELECT collection, key, value, revision, NULL AS octets FROM documents WHERE collection = ? ${bound} ORDER BY key ${order} LIMIT ?`,
    );
    const values = after === undefined ? [collection, limit] : [collection, after, limit];
    return query.all(...values) as unknown as WireEntry[];
  }

  /** @returns the new revision; undefined when the store is not at `expected` */
  commit(changes: readonly WireChange[], expected: number | undefined): number | undefined {
    return this.#transaction(() => {
      const now = this.revision();
      if (expected !== undefined && expected !== now) return undefined;
      const next = now + 1;
      this.#prepared('UPDATE revision SET number = ?').run(next);
      for (const { collection, key, value, octets } of changes) {
        if (octets === undefined)
          this.#prepared('DELETE FROM blobs WHERE collection = ? AND key = ?').run(collection, key);
        if (value === undefined) {
          this.#prepared('DELETE FROM documents WHERE collection = ? AND key = ?').run(collection, key);
          continue;
        }
        this.#prepared('INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)').run(collection, key, value, next);
        if (octets !== undefined)
          this.#prepared('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)').run(collection, key, octets);
      }
      return next;
    });
  }

  close(): void {
    this.#db.close();
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // Some failures have rolled back by themselves.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function answer(db: Database, request: Request): Reply['result'] {
  switch (request.do) {
    case 'open':
      return { revision: db.revision() };
    case 'snapshot':
      return { revision: db.revision(), entries: db.snapshot(request.collections) };
    case 'get': {
      const entry = db.get(request.collection, request.key);
      return { revision: db.revision(), entries: entry === undefined ? [] : [entry] };
    }
    case 'list': {
      const { collection, after, limit, newestFirst } = request;
      return { revision: db.revision(), entries: db.list(collection, after, limit, newestFirst) };
    }
    case 'commit': {
      const began = performance.now();
      const revision = db.commit(request.changes, request.expected);
      if (revision === undefined) {
        const message = `the store is at revision ${db.revision()}, not at ${request.expected}`;
        return { code: 'conflict', message };
      }
      const ended = performance.now();
      return { revision, milliseconds: ended - began, at: performance.timeOrigin + ended };
    }
    case 'close':
      database?.close();
      return { revision: 0 };
  }
}

function refusal(error: unknown, path: string): { code: StoreError['code']; message: string } {
  const { errcode, errstr, code, message } = error as Error & { errcode?: number; errstr?: string; code?: string };
  const why = errstr ?? message;
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case Code.FULL:
      return { code: 'full', message: `the disk of ${path} is full; make room and try again` };
    case Code.READONLY:
      return { code: 'read-only', message: `${path} can't be written (${why}); is its file system mounted read-only?` };
    case Code.CORRUPT:
    case Code.NOTADB: {
      const fix = 'restore a copy of it, or move it away and start without the moves and tokens it held';
      return { code: 'failed', message: `${path} is damaged (${message}); ${fix}` };
    }
    case Code.IOERR: {
      // SQLite says no more than that; the file itself may.
      const cause = whyUnwritable(path);
      return cause === undefined
        ? { code: 'failed', message: `${path}: ${message}` }
        : { code: 'read-only', message: `${path} can't be written: ${cause}` };
    }
    default:
      if (code === 'ENOSPC') return { code: 'full', message: `the disk of ${path} is full; make room and try again` };
      if (code === 'EROFS' || code === 'EACCES')
        return { code: 'read-only', message: `${path} can't be written: ${message}` };
      return { code: 'failed', message: `${path}: ${message}` };
  }
}

function whyUnwritable(path: string): string | undefined {
  try {
    closeSync(openSync(path, 'r+'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

let database: Database | undefined;

parentPort?.on('message', ({ id, request }: { id: number; request: Request }) => {
  const { path, durable } = workerData as StoreThread;
  let result: Reply['result'];
  try {
    database ??= new Database(path);
    result = answer(database, request);
  } catch (error) {
    result = refusal(error, path);
  }
  if (request.do === 'commit' && !('code' in result) && durable !== undefined) Atomics.store(durable, 0, 1);
  parentPort?.postMessage({ id, result } satisfies Reply);
  if (request.do === 'close') parentPort?.close();
});
