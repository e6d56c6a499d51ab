/**
 * Giving the memory of tables back that nobody answers from. Arenas are reused (tables/arena.ts), so without this the one that was replaced would stay
 * resident, as large as the zones, until the next load writes to it. Its pages are dropped and come back as zeros when they are touched again.
 */
import type { Column } from '../tables/column.ts';
import type { Libc } from '../transport/libc.ts';
import { breathe } from './cells.ts';

/** MADV_DONTNEED of <sys/mman.h>: of private anonymous memory, which a SharedArrayBuffer is, the pages are freed at once. */
const MADV_DONTNEED = 4;
/** Octets given back before others may run: 0.1 ms a MiB. */
const PIECE = 4 << 20;

/**
 * Empties columns. Nobody may read or write them until it resolves; after that they read as zeros.
 * @throws Error when the kernel does not take them: what was there stays
 */
export async function emptyColumns(libc: Libc, columns: readonly Column[]): Promise<void> {
  for (const column of columns) {
    column.refresh();
    const { length } = column.u8;
    const start = libc.pointer(column.u8);
    for (let at = 0; at < length; at += PIECE) {
      if (at > 0) await breathe();
      if (libc.madvise(start + at, Math.min(PIECE, length - at), MADV_DONTNEED) !== 0)
        throw new Error(`madvise failed with ${libc.errno()}`);
    }
  }
}
