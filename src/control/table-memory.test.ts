import { expect, it } from 'vitest';
import { Column } from '../tables/column.ts';
import { loadLibc } from '../transport/libc.ts';
import { emptyColumns } from './table-memory.ts';

const MIB = 2 ** 20;

it.skipIf(loadLibc() === undefined)('memory of columns is the kernel’s again, and can be written anew', async () => {
  const libc = loadLibc();
  if (libc === undefined) return;
  const [column, other] = [new Column(), new Column()];
  column.ensure(32 * MIB);
  other.ensure(MIB);
  // As a worker has it: the same memory, through views of its own.
  const reader = new Column(column.buffer);
  column.u8.fill(7);
  other.u8.fill(8);
  const full = process.memoryUsage.rss();
  await emptyColumns(libc, [column]);
  expect((full - process.memoryUsage.rss()) / MIB).toBeGreaterThan(24);
  for (const view of [column, reader]) expect([view.u8[0], view.u8.at(-1)]).toEqual([0, 0]);
  expect(column.u8.indexOf(7)).toBe(-1);
  expect(other.u8.every((octet) => octet === 8)).toBe(true);
  column.u8.fill(9);
  expect([reader.u8[0], reader.u8.at(-1)]).toEqual([9, 9]);
});
