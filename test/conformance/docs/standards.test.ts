/** docs/standards.md names every RFC the code goes by, once, and each with a test that is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/standards.md', 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ['));
const named = rows.flatMap((row) => [...row.matchAll(/\[(\d+)\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc(\d+)\)/g)]);

/** Old lists of numbers, which tell no one what to do. */
const NOT_FOLLOWED: ReadonlySet<string> = new Set(['1700']);

describe('docs/standards.md', () => {
  it('names every RFC that decides a line of code', () => {
    const cited = new Set<string>();
    for (const file of globSync('src/**/*.ts')) {
      if (file.endsWith('.test.ts')) continue;
      for (const [, number] of readFileSync(file, 'utf8').matchAll(/\bRFC ?(\d{3,5})\b/g)) cited.add(number);
    }
    const known = new Set(named.map(([, number]) => number));
    expect([...cited].filter((number) => !known.has(number) && !NOT_FOLLOWED.has(number))).toEqual([]);
  });

  it('links each to itself, in one row', () => {
    expect(named.filter(([, number, linked]) => number !== linked).map(([text]) => text)).toEqual([]);
    const numbers = named.map(([, number]) => number);
    expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
  });

  it('names tests that are there', () => {
    for (const row of rows) {
      const tests = [...row.matchAll(/`((?:src|test)\/[\w./-]+)`/g)].map(([, path]) => path);
      expect(tests, row).not.toEqual([]);
      expect(
        tests.filter((path) => !path.endsWith('.test.ts') || !existsSync(path)),
        row,
      ).toEqual([]);
    }
  });
});
