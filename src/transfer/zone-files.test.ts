/** Files of transfers, and what is sent from them. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { formatName, parseName } from '../wire/name.ts';
import { Outgoing } from './outgoing.ts';
import { contentOf, TEST_SEED } from './testing.ts';
import { difference, type ZoneContent } from './zone-content.ts';
import { appendJournal, readImage, writeImage, type ZonePaths, zonePaths } from './zone-files.ts';

const APEX = parseName('example.net');
let folder: string;
let paths: ZonePaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-transfer-'));
  paths = zonePaths(folder, APEX, 'steered');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function change(old: ZoneContent, next: ZoneContent): Promise<void> {
  appendJournal(paths, old, next, await difference(old, next, () => Promise.resolve()));
  writeImage(paths, next);
}

/** Contents of serials 1 to n: owner `n` differs from one to the next. */
async function history(n: number): Promise<ZoneContent[]> {
  const filler = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, ['filler']]));
  const all = Array.from({ length: n }, (_, i) => contentOf(i + 1, { ...filler, n: [`v${i + 1}`] }));
  writeImage(paths, all[0]);
  for (let i = 1; i < n; i++) await change(all[i - 1], all[i]);
  return all;
}

/** What is sent: `SOA serial` and `owner text`, in messages of so many octets. */
function sent(known?: number, soft = 200): { records: string[]; messages: number } | undefined {
  let open = 1;
  const outgoing = Outgoing.open(paths, known, () => open--);
  if (outgoing === undefined || outgoing === 'refused') return undefined;
  const records: string[] = [];
  let messages = 0;
  while (!outgoing.isDone) {
    const m = new Uint8Array(70_000);
    m.set(APEX, 12);
    let p = 12 + APEX.length;
    const end = outgoing.fill(m, p, soft, 66_000);
    expect(end).toBeLessThanOrEqual(Math.max(soft, outgoing.records === 1 ? 66_000 : 0));
    messages++;
    for (let i = 0; i < outgoing.records; i++) {
      let labels = p;
      while (m[labels] !== 0xc0) labels += m[labels] + 1;
      expect(m[labels + 1]).toBe(12);
      const owner = formatName(Buffer.concat([m.subarray(p, labels), APEX]));
      const type = m[labels + 3];
      const rdata = labels + 12;
      p = rdata + ((m[labels + 10] << 8) | m[labels + 11]);
      const view = new DataView(m.buffer);
      records.push(
        type === 6 ? `SOA ${view.getUint32(p - 20)}` : `${owner} ${Buffer.from(m.subarray(rdata + 1, p)).toString()}`,
      );
    }
    expect(p).toBe(end);
  }
  expect(open).toBe(0);
  return { records, messages };
}

describe('a zone', () => {
  it('is sent whole, between its SOA, in as many messages as it takes', async () => {
    expect(sent()).toBeUndefined();
    writeImage(paths, contentOf(3, { '': ['apex'], a: ['1', '2'], 'b.a': ['3'] }));
    const records = [
      'SOA 3',
      'example.net. apex',
      'a.example.net. 1',
      'a.example.net. 2',
      'b.a.example.net. 3',
      'SOA 3',
    ];
    expect(sent(undefined, 10_000)).toEqual({ records, messages: 1 });
    expect(sent(undefined, 110)).toEqual({ records, messages: 3 });
    expect(sent(undefined, 0)?.messages).toBe(6);
    // A journal has nothing to do with it.
    expect(sent(2)?.records).toEqual(records);
  });

  it('may have records that no other fits beside', () => {
    writeImage(
      paths,
      contentOf(3, Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`n${i}`, ['x'.repeat(200)]]))),
    );
    expect(sent(undefined, 16_384)?.records).toHaveLength(2002);
  });

  it('is what was written, or nothing', () => {
    const content = contentOf(8, { a: ['1'], b: ['2'] });
    expect(readImage(paths, TEST_SEED)).toBeUndefined();
    writeImage(paths, content);
    const read = readImage(paths, TEST_SEED)!;
    expect([read.serial, read.count]).toEqual([8, 2]);
    expect([new Uint8Array(read.soa), new Uint8Array(read.blocks)]).toEqual([content.soa, content.blocks]);
    expect(statSync(paths.image).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(paths.image);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(paths.image, bytes);
    expect(readImage(paths, TEST_SEED)).toBeUndefined();
  });

  it('goes on as it was for who has begun', async () => {
    await history(3);
    const outgoing = Outgoing.open(paths, undefined, () => {}) as Outgoing;
    await change(contentOf(3, { n: ['v3'] }), contentOf(4, { n: ['v4'] }));
    const m = new Uint8Array(4000);
    const end = outgoing.fill(m, 0, 4000, 4000);
    expect(outgoing.isDone).toBe(true);
    expect(new DataView(m.buffer).getUint32(end - 20)).toBe(3);
  });
});

describe('changes', () => {
  it('are sent from the serial that is known, in order', async () => {
    await history(4);
    const from3 = ['SOA 4', 'SOA 3', 'n.example.net. v3', 'SOA 4', 'n.example.net. v4', 'SOA 4'];
    expect(sent(3)?.records).toEqual(from3);
    const from2 = ['SOA 4', 'SOA 2', 'n.example.net. v2', 'SOA 3', 'n.example.net. v3', ...from3.slice(1)];
    expect(sent(2)?.records).toEqual(from2);
    expect(sent(2, 0)?.records).toEqual(from2);
    expect(sent(4)?.records).toEqual(['SOA 4']);
    // A serial from the future is no reason to send anything (RFC 1995 §2).
    expect(sent(5)?.records).toEqual(['SOA 4']);
    expect(sent(0)?.records).toHaveLength(23);
  });

  it('that take more than the zone are not sent', async () => {
    const all = await history(2);
    const grown = contentOf(3, { n: ['v3'] });
    await change(all[1], grown);
    expect(sent(2)?.records).toEqual(['SOA 3', 'n.example.net. v3', 'SOA 3']);
  });

  it('that were not written whole, or lead nowhere, are none', async () => {
    const all = await history(3);
    const { size } = statSync(paths.journal);
    // Written, but the image it leads to never was.
    const lost = contentOf(4, { n: ['lost'] });
    appendJournal(paths, all[2], lost, await difference(all[2], lost, () => Promise.resolve()));
    expect(sent(2)?.records.at(-1)).toBe('SOA 3');
    truncateSync(paths.journal, size + 30);
    expect(sent(2)?.records).toHaveLength(6);
    const next = contentOf(5, { f1: ['filler'], n: ['v5'] });
    await change(all[2], next);
    expect(sent(4)?.records[0]).toBe('SOA 5');
    truncateSync(paths.journal, 10);
    expect(sent(3)?.records).toEqual(['SOA 5', 'f1.example.net. filler', 'n.example.net. v5', 'SOA 5']);
    appendFileSync(paths.journal, Buffer.alloc(100));
    expect(sent(3)?.records).toHaveLength(4);
  });

  it('are kept within bounds, the newest', async () => {
    // A change takes 8 KiB: seven or eight of them fit into 64.
    const at = (serial: number): ZoneContent => {
      const texts = Array.from({ length: 20 }, (_, i) => `${serial} ${i} ${'x'.repeat(200)}`);
      const filler = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, ['y'.repeat(150)]]));
      return contentOf(serial, { ...filler, n: texts });
    };
    writeImage(paths, at(1));
    for (let serial = 1; serial < 12; serial++) await change(at(serial), at(serial + 1));
    expect(statSync(paths.journal).size).toBeLessThanOrEqual(at(12).blocks.length + (8 << 10));
    expect(sent(11)?.records).toHaveLength(44);
    expect(sent(1)?.records).toHaveLength(322);
    const all = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`x${i}`, ['z'.repeat(250)]]));
    await change(at(12), contentOf(13, all));
    expect(existsSync(paths.journal)).toBe(false);
  });
});

test('any name has files of its own in the folder', () => {
  for (const name of ['.', 'a/\\.\\./b', 'x\\000y', 'a'.repeat(63), `${'a.'.repeat(100)}b`, '=x'])
    expect(zonePaths('/f', parseName(name), 'steered').image).toMatch(/^\/f\/[^/]{1,220}\.image$/);
  expect(zonePaths('/f', APEX, 'declared').image).toBe('/f/example.net+declared.image');
  expect(zonePaths('/f', APEX, 'steered')).toEqual({
    image: '/f/example.net.image',
    journal: '/f/example.net.journal',
  });
});
