/** Dependencies point one way (DESIGN §3 in docs/design.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../../src');

/** Folders each may import from, itself included. Folders not named may import any but `main`. */
const MAY: Record<string, readonly string[]> = {
  // Decision 0007: addresses are net's, and A, AAAA and hints are made of them.
  wire: ['wire', 'net'],
  net: ['net'],
  zone: ['wire', 'net', 'zone'],
  tables: ['wire', 'net', 'zone', 'tables'],
  answer: ['wire', 'net', 'zone', 'tables', 'dnssec', 'answer'],
  dnssec: ['wire', 'zone', 'dnssec'],
  steering: ['net', 'steering'],
};
/** What transport knows is bytes: no configuration, no control. */
const MAY_NOT: Record<string, readonly string[]> = {
  transport: ['control', 'config', 'compile', 'steering', 'cli'],
  compile: ['control', 'transport', 'answer', 'cli'],
  // What telemetry tells of comes through its Source; the words it sums are laid out by answer.
  telemetry: ['control', 'api', 'cli', 'config', 'compile', 'store', 'steering', 'transport', 'tables', 'zone', 'net'],
  // Probes and verdicts know neither who keeps them nor what is answered.
  health: ['control', 'api', 'cli', 'config', 'compile', 'store', 'transport', 'tables', 'answer', 'zone', 'telemetry'],
  config: ['control', 'transport', 'answer', 'tables', 'compile', 'cli'],
};

function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (f) => f.endsWith('.ts') && !f.endsWith('.test.ts'),
  );
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'|^import '([^']+)'/gm)].map((m) => m[1] ?? m[2]);
}

describe('dependency rules', () => {
  it.each(sources())('%s', (file) => {
    const [folder] = file.split('/');
    for (const target of importsOf(file)) {
      if (!target.startsWith('.')) {
        // Node has what signing needs; keys lie in files.
        const allowed = folder === 'dnssec' ? /^node:(crypto|fs|path)$/ : /^$/;
        if (folder in MAY) expect(target, `${folder} imports no package, not even node's`).toMatch(allowed);
        continue;
      }
      const path = relative(SRC, resolve(join(SRC, dirname(file)), target));
      const [to] = path.split('/');
      expect(path, 'nothing imports main').not.toBe('main.ts');
      if (folder in MAY) expect(MAY[folder], `${file} imports ${path}`).toContain(to);
      if (folder in MAY_NOT) expect(MAY_NOT[folder], `${file} imports ${path}`).not.toContain(to);
    }
  });
});

describe('names', () => {
  it.each(sources())('%s is kebab-case', (file) => {
    expect(file).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/);
  });

  it('leaves no note to finish later', () => {
    const marks = sources().filter((file) =>
      /\b(TODO|FIXME|XXX)\b|@ts-ignore/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(marks).toEqual([]);
  });
});
