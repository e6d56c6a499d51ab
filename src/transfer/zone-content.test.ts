import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatName } from '../wire/name.ts';
import { BLOCK_HEAD, blockSize, recordSize, recordsAt } from './blocks.ts';
import { contentOf } from './testing.ts';
import { difference, differs, withSerial } from './zone-content.ts';

/** Records as text: owner and octets. */
function recordsOf(blocks: Uint8Array): string[] {
  const records: string[] = [];
  for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) {
    const owner = formatName(Buffer.concat([blocks.subarray(at + BLOCK_HEAD, recordsAt(blocks, at)), Buffer.alloc(1)]));
    for (let p = recordsAt(blocks, at); p < at + blockSize(blocks, at); p += recordSize(blocks, p))
      records.push(`${owner} ${Buffer.from(blocks.subarray(p, p + recordSize(blocks, p))).toString('hex')}`);
  }
  return records.sort();
}

const owners = fc.dictionary(
  fc.constantFrom('a', 'b', 'a.b', '*', 'c', 'ccc', ''),
  fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
  { noNullPrototype: true },
);

test('what is gone and what is new make one content of another', async () => {
  await fc.assert(
    fc.asyncProperty(owners, owners, async (before, after) => {
      const old = contentOf(1, before);
      const next = contentOf(2, after);
      const found = await difference(old, next, () => Promise.resolve());
      const deleted = recordsOf(found.deleted);
      const was = recordsOf(old.blocks);
      expect(deleted.filter((record) => !was.includes(record))).toEqual([]);
      const made = [...was.filter((record) => !deleted.includes(record)), ...recordsOf(found.added)];
      expect(made.sort()).toEqual(recordsOf(next.blocks));
      expect(differs(found)).toBe(recordsOf(old.blocks).join() !== recordsOf(next.blocks).join());
    }),
  );
});

test('a serial alone is no difference; the rest of the SOA is one', async () => {
  const one = contentOf(1, { a: ['x'] });
  const other = contentOf(7, { a: ['x'] });
  expect([one.serial, other.serial]).toEqual([1, 7]);
  const breathe = (): Promise<void> => Promise.resolve();
  expect(differs(await difference(one, other, breathe))).toBe(false);
  expect(one.withSoa(withSerial(one.soa, 7)).soa).toEqual(other.soa);
  const soa = new Uint8Array(other.soa);
  soa[soa.length - 1] = 9;
  expect(differs(await difference(one, other.withSoa(soa), breathe))).toBe(true);
});

test('a serial is written into a copy, also of a Buffer', () => {
  const soa = Buffer.from(contentOf(5, {}).soa);
  withSerial(soa, 9);
  expect(new Uint8Array(soa)).toEqual(contentOf(5, {}).soa);
});
