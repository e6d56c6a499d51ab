import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseName } from '../../wire/name.ts';
import { zoneTextSource } from '../../zone/text/source.ts';
import { collect } from '../../zone/text/testing.ts';
import { zoneFileSchema } from './record-schema.ts';
import { zoneJsonSchema } from './schema.ts';
import { zoneYamlSource } from './source.ts';

const root = new URL('../../../', import.meta.url);
const octets = (path: string): Uint8Array => readFileSync(new URL(path, root));

test('schemas/zone.schema.json is current', () => {
  const committed: unknown = JSON.parse(octets('schemas/zone.schema.json').toString());
  expect(committed).toEqual(JSON.parse(JSON.stringify(zoneJsonSchema())));
});

describe('the example zones', () => {
  test('example.net is right, by the schema and by the source', () => {
    const text = octets('zones/example.net.yaml');
    expect(text.toString().split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/zone.schema.json');
    expect(zoneFileSchema.safeParse(load(text.toString())).error).toBeUndefined();
    const { messages, records } = collect(zoneYamlSource('zones/example.net.yaml', parseName('example.net.'), text));
    expect(messages).toEqual([]);
    expect(records.filter((r) => r.includes(' STEER ')).map((r) => r.split(' ')[1])).toEqual([
      'example.net.',
      'www.example.net.',
      'shop.example.net.',
      '*.apps.example.net.',
    ]);
  });

  test('example.org is right', () => {
    const { messages, records } = collect(
      zoneTextSource('zones/example.org.zone', parseName('example.org.'), octets('zones/example.org.zone')),
    );
    expect(messages).toEqual([]);
    expect(records.filter((r) => r.includes(' STEER '))).toHaveLength(1);
    expect(records.at(-1)).toMatch(/^22 rack-04\.example\.org\. 3600 A cb007104$/);
  });
});
