import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { RRType } from '../../wire/constants.ts';
import { formatName } from '../../wire/name.ts';
import { collect, collectText, exampleNet, type KeptRecord } from '../../zone/text/testing.ts';
import { zoneYamlSource } from './source.ts';
import { collectYaml } from './testing.ts';
import { ZoneYamlWriter } from './write.ts';
import { yamlFlow, yamlString } from './yaml-text.ts';

function write(records: readonly KeptRecord[]): string {
  const writer = new ZoneYamlWriter(exampleNet);
  for (const { owner, type, ttl, rdata } of records) writer.record(owner, owner.length, type, ttl, rdata, rdata.length);
  let text = '';
  writer.finish((piece) => void (text += piece));
  return text;
}

test('is made for people', () => {
  const { kept } = collectText(
    'www 60 STEER web europe/zurich\n@ 300 NS ns1\n@ 300 NS ns2\n@ 5 NS ns3\n*.apps STEER web anycast slow\n1.2 300 TXT "a; b"\nt 300 TXT "' +
      'x'.repeat(100) +
      '"\n',
  );
  expect(write(kept)).toBe(`# yaml-language-server: $schema=../schemas/zone.schema.json
---
'':
  - { type: NS, ttl: 300, values: [ns1.example.net., ns2.example.net.] }
  - { type: NS, ttl: 5, value: ns3.example.net. }
www: { type: STEER, service: web, group: { ipv4: europe, ipv6: zurich }, ttl: 60 }
'*.apps': { type: STEER, service: web, group: anycast, policy: slow }
'1.2': { type: TXT, ttl: 300, value: 'a\\; b' }
t:
  type: TXT
  ttl: 300
  value: ${'x'.repeat(100)}
`);
});

test('scalars read as the text they were, by YAML 1.1 and 1.2', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => s.isWellFormed()),
    fc.constantFrom(
      'yes',
      'No',
      'null',
      '~',
      '1',
      '1.10',
      '0x1',
      '1:20',
      '2001-01-01',
      '<<',
      '=',
      '*a',
      'a: b',
      'a #b',
      "it's",
      '',
      '-',
      '.5',
      '.inf',
      'a:',
      '192.0.2.1',
      '\u2028',
      '\ufeff',
    ),
  );
  fc.assert(
    fc.property(text, (value) => {
      expect(load(`[${yamlString(value)}]`)).toEqual([value]);
      expect(parse(`[${yamlString(value)}]`, { version: '1.1' })).toEqual([value]);
      expect(parse(`${yamlString(value)}: ${yamlFlow({ a: [value, { b: value }] })}`)).toEqual({
        [value]: { a: [value, { b: value }] },
      });
    }),
    { numRuns: 1000 },
  );
});

const label = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((octets) => octets.map((c) => (c >= 0x41 && c <= 0x5a ? c | 0x20 : c)));
const owner = fc
  .array(label, { maxLength: 3 })
  .map((labels) => Uint8Array.from([...labels.flatMap((l) => [l.length, ...l]), ...exampleNet]));
const data = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((rdata) => [RRType.A, rdata] as const),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((rdata) => [RRType.AAAA, rdata] as const),
  owner.map((name) => [RRType.NS, name] as const),
  fc.tuple(fc.nat(65_535), owner).map(([n, name]) => [RRType.MX, Uint8Array.from([n >> 8, n & 255, ...name])] as const),
  fc.uint8Array({ maxLength: 40 }).map((text) => [RRType.TXT, Uint8Array.from([text.length, ...text])] as const),
  fc.uint8Array({ maxLength: 40 }).map((rdata) => [9999, rdata] as const),
);
const record = fc
  .tuple(owner, data, fc.integer({ min: -1, max: 2_147_483_647 }))
  .map(([owner, [type, rdata], ttl]) => ({ owner, type, ttl, rdata, line: 0 }));

test('what is written reads as the same records', () => {
  const sorted = (records: readonly KeptRecord[]): string[] =>
    records.map((r) => `${formatName(r.owner)} ${r.type} ${r.ttl} ${r.rdata.join()}`).sort();
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), (records) => {
      const text = write(records);
      const { kept, messages } = collect(zoneYamlSource('z', exampleNet, new TextEncoder().encode(text)));
      expect(messages).toEqual([]);
      expect(sorted(kept)).toEqual(sorted(records));
      expect(write(kept)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('steered hosts too', () => {
  const text =
    'a: { type: STEER, service: web, group: anycast, ttl: 60 }\nb: { type: STEER, service: web, group: { ipv4: x4, ipv6: x6 }, policy: z }\n';
  expect(write(collectYaml(text).kept).split('---\n')[1]).toBe(text);
});
