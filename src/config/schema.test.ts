/** What is said about the files an operator edits agrees with what is read: schemas, examples, docs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { exportSchemas } from './schema.ts';
import { settingKeys, textFromValue } from './setting-keys.ts';
import { loadSettings } from './settings.ts';
import { yamlFlow } from './zone/yaml-text.ts';

type Json = z.core.JSONSchema.BaseSchema;

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Every key a schema knows, with its description. */
function keysOf(schema: Json): [string, string | undefined][] {
  const inner = [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {}), schema.additionalProperties];
  const own = Object.entries(schema.properties ?? {}).map(
    ([key, value]) => [key, (value as Json).description] as [string, string | undefined],
  );
  return [...own, ...inner.flatMap((part) => (typeof part === 'object' ? keysOf(part as Json) : []))];
}

test.each(Object.entries(exportSchemas()))('schemas/%s is current', (file, schema) => {
  expect(JSON.parse(read(`schemas/${file}`))).toEqual(JSON.parse(JSON.stringify(schema)));
});

test.each(['steerd.schema.json', 'network.schema.json'])('%s describes every key', (file) => {
  const keys = keysOf(exportSchemas()[file] as Json);
  expect(keys.filter(([, description]) => description === undefined)).toEqual([]);
});

test('docs/configuration.md has every setting, its variable and its default', () => {
  const docs = read('docs/configuration.md').split('\n');
  for (const { key, variable, standard } of settingKeys()) {
    const row = docs.find((line) => line.startsWith(`| \`${key}\` |`));
    expect(row, key).toContain(`\`${variable}\``);
    const empty = standard === undefined || textFromValue(standard) === '';
    expect(row, key).toContain(empty ? '| none |' : `| \`${yamlFlow(standard).replace(/^'(.*)'$/, '$1')}\` |`);
  }
});

test('docs/configuration.md has every key of network.yaml', () => {
  const docs = read('docs/configuration.md');
  for (const [key] of keysOf(exportSchemas()['network.schema.json'] as Json)) expect(docs).toContain(`\`${key}\``);
});

test('steerd.yaml shows the defaults, and editors where the schema is', () => {
  const url = new URL('../../steerd.yaml', import.meta.url);
  const text = read('steerd.yaml');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schemas/steerd.schema.json');
  const { settings, diagnostics } = loadSettings(url.pathname, {});
  expect(diagnostics).toEqual([]);
  expect(settings).toEqual({
    ...loadSettings(undefined, {}).settings,
    zones: new URL('../../zones', import.meta.url).pathname,
    stateDir: new URL('../../var', import.meta.url).pathname,
  });
  for (const { path, standard } of settingKeys()) {
    const key = path.at(-1)!;
    // Several sections have a key of one name.
    const lines = text.split('\n');
    const section = lines.findIndex((l) => l.replace(/^# ?/, '').startsWith(`${path[0]}:`));
    const line = lines.slice(section).find((l) => l.replace(/^#\s*/, '').startsWith(`${key}:`));
    expect(line, key).toBeDefined();
    if (standard === undefined || typeof standard === 'object') continue;
    expect(line, key).toMatch(new RegExp(`${key}: ${String(standard)}(?: |$)`));
  }
});

test('network.yaml tells editors where the schema is', () => {
  expect(read('zones/network.yaml').split('\n')[0]).toBe(
    '# yaml-language-server: $schema=../schemas/network.schema.json',
  );
});
