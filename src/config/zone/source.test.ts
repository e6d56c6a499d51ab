import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, collectText, exampleNet, inSteps } from '../../zone/text/testing.ts';
import { RUN_SIZE, zoneYamlSource } from './source.ts';
import { collectYaml } from './testing.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Records without their line numbers. */
function records(text: string): string[] {
  const { records, messages } = collectYaml(text);
  expect(messages).toEqual([]);
  return records.map((record) => record.slice(record.indexOf(' ') + 1));
}

describe('OctoDNS records', () => {
  test('say the same as zone text', () => {
    const yaml = `---
'':
  - type: MX
    ttl: 300
    values:
    - preference: 10
      exchange: mail
    - { exchange: mail.example.com., preference: 20 }
  - { type: NS, values: [ns1, ns2.example.com.] }
'*.apps': { type: STEER, service: web, group: switzerland }
A.B: { type: A, ttl: 1, values: [192.0.2.1, 192.0.2.2] }
txt: { type: TXT, ttl: 1, value: 'a\\; "b"' }
odd: { type: TYPE9999, ttl: 1, value: '\\# 2 abcd' }
`;
    const text = `@ 300 MX 10 mail
@ 300 MX 20 mail.example.com.
@ NS ns1
@ NS ns2.example.com.
*.apps STEER web switzerland
a.b 1 A 192.0.2.1
a.b 1 A 192.0.2.2
txt 1 TXT "a; \\"b\\""
odd 1 TYPE9999 \\# 2 abcd
`;
    const expected = collectText(text).kept.map((r) => ({ ...r, line: 0 }));
    // A TTL not given: zone text has the line before to go by, a YAML record only the zone.
    const found = collectYaml(yaml).kept.map((r) => ({ ...r, line: 0, ttl: r.ttl < 0 && r.type === 2 ? 300 : r.ttl }));
    expect(found).toEqual(expected);
    expect(collectYaml(yaml).kept.map((r) => r.line)).toEqual([2, 2, 2, 2, 10, 11, 11, 12, 13]);
  });

  test('a steered host may have a group a family, a policy and a TTL', () => {
    const expected = collectText('a 60 STEER web europe/zurich\nb STEER web anycast slow\n').kept;
    const yaml =
      'a: { type: STEER, service: web, group: { ipv4: europe, ipv6: zurich }, ttl: 60 }\nb: { type: STEER, service: web, group: anycast, policy: slow }\n';
    expect(collectYaml(yaml).kept).toEqual(expected);
  });

  test('names are text, and absolute with a final dot', () => {
    const names = records(
      '1.10: {type: A, value: 192.0.2.1}\n1.1: {type: A, value: 192.0.2.1}\ntrue: {type: A, value: 192.0.2.1}\nWWW.example.NET.: {type: A, value: 192.0.2.1}\n-x: {type: A, value: 192.0.2.1}\n',
    );
    expect(names.map((r) => r.split(' ')[0])).toEqual([
      '1.10.example.net.',
      '1.1.example.net.',
      'true.example.net.',
      'www.example.net.',
      '-x.example.net.',
    ]);
  });

  test('octodns: is left aside with a warning', () => {
    const { records, messages } = collectYaml('a:\n  type: A\n  octodns:\n    lenient: true\n  value: 192.0.2.1\n');
    expect(records).toHaveLength(1);
    expect(messages).toEqual([
      'zones/example.net.yaml:3:3: warning: OctoDNS\'s own options ("octodns") mean nothing here and are left aside',
    ]);
  });

  test('anchors and merges, also far from each other', () => {
    const filler = Array.from({ length: 5000 }, (_, i) => `f${i}: { type: A, value: 192.0.2.1 } # x\n`).join('');
    expect(filler.length).toBeGreaterThan(2 * RUN_SIZE);
    const found = records(
      `a: &web { type: STEER, service: web, group: europe }\n${filler}b: *web\nc: { <<: *web, ttl: 5 }\n`,
    );
    expect(found[0].split(' ').slice(1)).toEqual(found.at(-2)?.split(' ').slice(1));
    expect(found.at(-1)).toBe(found[0].replace('a.example.net. -1', 'c.example.net. 5'));
  });
});

describe('forms of a file', () => {
  const expected = ['www.example.net. -1 A c0000201'];
  test.each([
    ['flow', '{ "www": { "type": "A", "value": "192.0.2.1" } }'],
    ['JSON over lines', '{\n"www":\n{ "type": "A",\n"value": "192.0.2.1" } }\n'],
    ['a marker first', '---\nwww: { type: A, value: 192.0.2.1 }\n'],
    [
      'a marker with a comment, comments and blanks before',
      '# c\n\n  # d\n--- # e\n\nwww: { type: A, value: 192.0.2.1 }',
    ],
    ['on the marker', '--- { www: { type: A, value: 192.0.2.1 } }\n'],
    ['an end marker', 'www: { type: A, value: 192.0.2.1 }\n...\n# c\n'],
    ['a directive', '%YAML 1.2\n---\nwww: { type: A, value: 192.0.2.1 }\n'],
    ['a byte order mark', '\ufeffwww: { type: A, value: 192.0.2.1 }\n'],
    ['carriage returns', 'www:\r\n  type: A\r\n  value: 192.0.2.1\r\n'],
    ['a list at column 0', 'www:\n- type: A\n  value: 192.0.2.1\n'],
    ['a list of one', 'www: [{ type: A, values: [192.0.2.1] }]\n'],
    ['a complex key', '? www\n: { type: A, value: 192.0.2.1 }\n'],
    ['everything indented', '  www:\n    type: A\n    value: 192.0.2.1\n'],
    ['tags', 'www: !!map { type: !!str A, value: !!str 192.0.2.1 }\n'],
  ])('%s', (_, text) => {
    expect(records(text)).toEqual(expected);
  });

  test.each([[''], ['# nothing\n'], ['---\n'], ['\n\n']])('%j is an empty zone', (text) => {
    expect(records(text)).toEqual([]);
  });
});

describe('any text', () => {
  const piece = fc.constantFrom(
    ...[
      'www',
      "'*.a'",
      '*',
      'b',
      ': ',
      ':',
      '\n',
      '\n',
      '\n  ',
      '\n  ',
      '- ',
      '{ ',
      ' }',
      '[',
      ']',
      ', ',
      '"',
      "'",
      '#',
      ' # x',
      '&x ',
      '*x',
      '!t ',
      '<<',
      '|',
      '>',
    ],
    ...[
      'type: A',
      'type: STEER',
      'value: 192.0.2.1',
      'ttl: 60',
      'service: web',
      'group: x',
      '---',
      '...',
      '%',
      '? ',
      '@',
      '\t',
      '\r',
      'ü',
      '~',
      '\0',
      '\ufeff',
    ],
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => octets(pieces.join('')));

  test('never throws, and comes out the same a few octets at a time', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), fc.integer({ min: 1, max: 9 }), (input, step) => {
        const whole = collect(zoneYamlSource('z', exampleNet, input));
        expect(collect(zoneYamlSource('z', exampleNet, inSteps(input, step)))).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });

  test('a file in several windows and runs reads as in one', () => {
    let file = '';
    for (let i = 0; i < 12_000; i++) {
      const forms = [
        `h${i}: { type: STEER, service: web, group: g${i % 7} }\n`,
        `h${i}:\n  type: A\n  value: 192.0.2.${i % 256}\n\n# c\n`,
        `h${i}:\n- type: A\n  value: 192.0.2.${i % 256}\n- { type: TXT, value: x }\n`,
        `h${i}: { type: BAD${i} }\n`,
      ];
      file += forms[i % 997 === 0 ? 3 : i % 3];
    }
    const input = octets(file);
    const whole = collect(zoneYamlSource('z', exampleNet, input));
    expect(whole.messages).toHaveLength(13);
    const lineOf = (i: number): number => file.slice(0, file.indexOf(`h${i}:`)).split('\n').length;
    for (const i of [1, 500, 11_998]) {
      expect(
        whole.kept.find((r) => String.fromCharCode(...r.owner.subarray(1, 1 + r.owner[0])) === `h${i}`)?.line,
      ).toBe(lineOf(i));
    }
    expect(whole.diagnostics.map((d) => d.line)).toEqual(Array.from({ length: 13 }, (_, k) => lineOf(k * 997)));
    expect(collect(zoneYamlSource('z', exampleNet, inSteps(input, 30_000)))).toEqual(whole);
  });
});
