/** Looks into a store's file beside the server that may be using it, and changes nothing: for commands that need no server. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Entry, StoreError } from './store.ts';

/** Documents of a collection, by rising key, without their blobs; none where there is no file. @throws StoreError */
export function readStored(path: string, collection: string): Entry[] {
  if (!existsSync(path)) return [];
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const rows = db
      .prepare('SELECT collection, key, value, revision FROM documents WHERE collection = ? ORDER BY key')
      .all(collection) as unknown as (Omit<Entry, 'value'> & { value: string })[];
    return rows.map((row) => ({ ...row, value: JSON.parse(row.value) as unknown }));
  } catch (error) {
    throw new StoreError('failed', `${path} can't be read: ${(error as Error).message}`);
  } finally {
    db?.close();
  }
}
