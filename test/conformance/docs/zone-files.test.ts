/** docs/zone-files.md against the code: its examples load, its types and codes are those there are. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OfflineTables } from '../../../src/cli/offline.ts';
import { recordTypes } from '../../../src/config/zone/record-schema.ts';
import { formatDiagnostic } from '../../../src/zone/diagnostic.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(join(ROOT, 'docs/zone-files.md'), 'utf8');

/** A section's text, by its heading. */
function section(heading: string): string {
  const at = text.indexOf(`\n${heading}\n`) + heading.length + 2;
  expect(at, heading).toBeGreaterThan(heading.length + 1);
  const next = text.slice(at).search(/^##/m);
  return next < 0 ? text.slice(at) : text.slice(at, at + next);
}

/** The blocks that are indented by four, without the indent. */
function blocks(markdown: string): string[] {
  return [...markdown.matchAll(/(?:^ {4}.*\n|^\n(?= {4}))+/gm)].map(([block]) => block.replace(/^ {4}/gm, '').trim());
}

describe('docs/zone-files.md', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'steerd-docs-'));
    writeFileSync(join(directory, 'network.yaml'), readFileSync(join(ROOT, 'zones/network.yaml')));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const yaml = ['## YAML', '### STEER', '### Address hints that follow'].flatMap((h) => blocks(section(h)));
  const zone = blocks(section('## Zone text'));

  it('has examples of both formats', () => {
    expect(yaml.length).toBeGreaterThanOrEqual(3);
    expect(zone.length).toBe(1);
  });

  it.each([
    ...yaml.map((example) => ['example.net.yaml', example] as const),
    ...zone.map((example) => ['example.org.zone', example] as const),
  ])('%s: an example loads', (file, example) => {
    // The first example lists name servers of the example network's zone.
    const glue = /ns1, ns2/.test(example)
      ? '\nns1: { type: A, value: 192.0.2.53 }\nns2: { type: A, value: 192.0.2.54 }\n'
      : '';
    for (const old of readdirSync(directory).filter((f) => f !== 'network.yaml')) rmSync(join(directory, old));
    writeFileSync(join(directory, file), `${example}\n${glue}`);
    const result = new OfflineTables().load(directory);
    expect(result.ok ? [] : result.diagnostics.map(formatDiagnostic)).toEqual([]);
  });

  it('lists every record type, and no other', () => {
    const rows = [...section('### All types').matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)];
    const types = rows.flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, type]) => type));
    expect(types.filter((t) => t !== 'TYPE123').sort()).toEqual([...recordTypes].sort());
    expect(types).toContain('TYPE123');
  });

  it('names only mistakes that the code finds', () => {
    const sources = ['zone', 'config', 'compile', 'steering', 'wire']
      .flatMap((folder) =>
        readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)),
      )
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
      .join('\n');
    const codes = [...section('## Mistakes').matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });
});
