/** README.md does what it says: its examples are run against a server, its tables and links are held to the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkout, consoleSteps, looksLike, ROOT } from '../../support/console.ts';
import { itNeeds } from '../../support/needs.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const steps = consoleSteps(readme);

describe('an example', () => {
  it('matches what it shows, any text for … and JSON over lines, and nothing else', () => {
    expect(looksLike('until …, then b', 'until 12:00, then b')).toBe(true);
    expect(looksLike('until …, then b', 'until 12:00, then c')).toBe(false);
    expect(looksLike('a.b', 'aXb')).toBe(false);
    expect(looksLike('a', 'a\nb')).toBe(false);
    expect(looksLike('{ "a": 1,\n  … }', '{"a":1,"b":2}')).toBe(true);
    expect(looksLike('{ "a": 1,\n  … }', '{"a":2,"b":2}')).toBe(false);
  });

  it('may go on in the next line', () => {
    const [step] = consoleSteps('```console\n$ a \\\n  b\nc\n```\n');
    expect(step).toEqual({ command: 'a \\\n  b', output: 'c' });
  });
});

describe('README examples', () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await Checkout.start();
  });
  afterAll(() => checkout?.close());

  it('has examples to run', () => {
    expect(steps.length).toBeGreaterThanOrEqual(12);
    expect(steps.filter((s) => s.command.startsWith('dig ')).length).toBeGreaterThanOrEqual(4);
    expect(steps.filter((s) => /steerd -- move /.test(s.command)).length).toBeGreaterThanOrEqual(2);
  });

  itNeeds('dig')('print what README shows, one after another', () => checkout.follow(steps), 900_000);
});

describe('README', () => {
  it('has the two commands word for word on its first screen', () => {
    const screen = readme.split('\n').slice(0, 80);
    expect(screen).toContain('    npm ci && npm start');
    expect(screen).toContain('    npm ci && npm test');
    expect(screen).toContain('$ npm run -s steerd -- move www.example.net --to europe --reason demo');
  });

  it('has every command in its table, and no other', () => {
    const main = readFileSync(join(ROOT, 'src/main.ts'), 'utf8');
    const listed = [
      ...main.matchAll(/^ {2}(\w+): async \(\) => \(await import\('\.\/(cli\/[\w-]+\.ts)'\)\)\.(\w+),$/gm),
    ];
    const names = listed.map(([, name, file, symbol]) => {
      const source = readFileSync(join(ROOT, 'src', file), 'utf8');
      expect(new RegExp(`export const ${symbol}: Command = \\{\\s+name: '([\\w-]+)'`).exec(source)?.[1]).toBe(name);
      return name;
    });
    const table = readme.slice(readme.indexOf('\n## Commands\n'), readme.indexOf('\n## Port 53'));
    const rows = [...table.matchAll(/^\| `([\w-]+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(rows).toEqual(names);
  });

  it('names every Debian package the tests and .ci/run use', () => {
    const needs = readFileSync(join(ROOT, 'test/support/needs.ts'), 'utf8');
    const table = /const PACKAGES = \{([\s\S]*?)\}/.exec(needs)?.[1] ?? '';
    const needed = [...table.matchAll(/: '([\w.+-]+)'/g)].map(([, name]) => name);
    const installed =
      /^packages=\(([^)]*)\)/m.exec(readFileSync(join(ROOT, '.ci/run'), 'utf8'))?.[1].split(/\s+/) ?? [];
    expect(needed.length).toBeGreaterThan(3);
    for (const name of new Set([...needed, ...installed])) expect(readme, name).toContain(`\`${name}\``);
    expect(installed).toEqual(expect.arrayContaining(needed));
  });
});

describe('links', () => {
  const skipped = new Set(['node_modules', '.git', 'var', 'coverage']);
  const documents = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((f) => join(entry.name, f))
        : [entry.name],
    )
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'));

  it.each(documents)('of %s lead somewhere', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path, anchor] = target.split('#');
        const whole = path === '' ? join(ROOT, file) : resolve(ROOT, dirname(file), path);
        if (!existsSync(whole)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(whole, 'utf8')).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
