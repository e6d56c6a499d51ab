import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DocumentReader, textOf } from './document.ts';
import { FeedError } from './feed.ts';

it('reads a document up to its bound, once while it is the same, and none that changes under way', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-document-'));
  const file = join(folder, 'document');
  try {
    const reader = new DocumentReader({ file }, 10);
    const read = () => reader.read(new AbortController().signal, textOf);
    writeFileSync(file, '0123456789');
    expect(await read()).toBe('0123456789');
    expect(await read()).toBeUndefined();
    writeFileSync(file, '0123456789a');
    await expect(read()).rejects.toThrow(new FeedError('it is larger than 10 octets'));
    writeFileSync(file, 'short');
    const amid = reader.read(new AbortController().signal, async (document) => {
      const text = await textOf(document);
      writeFileSync(file, 'another');
      return text;
    });
    await expect(amid).rejects.toThrow(new FeedError(`${file} changed while it was read`));
    expect(await read()).toBe('another');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
