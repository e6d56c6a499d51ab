/** Every mistake of a zone file: where it is said to be, what is said, and what to write instead. */
import { expect, test } from 'vitest';
import { collectYaml } from './testing.ts';

const long = 'x'.repeat(64);
const write = 'write value: for one record, values: for a list';
const mapping = 'write e.g. { type: A, value: 192.0.2.1 }';

test.each<[string, string, string, string]>([
  // The file
  [
    '- type: A',
    '1:1',
    'not-a-mapping',
    "a zone file is a mapping of names to records (write entries: a name relative to the zone ('' for its apex), a colon, a record)",
  ],
  [
    'just text',
    '1:1',
    'not-a-mapping',
    "a zone file is a mapping of names to records (write entries: a name relative to the zone ('' for its apex), a colon, a record)",
  ],
  [
    'a: { type: A, value: 192.0.2.1 }\n---\nb: { type: A, value: 192.0.2.1 }',
    '2:1',
    'second-document',
    'a zone file is one YAML document, and here a second begins (remove this line)',
  ],
  [
    'a: { type: A, value: 192.0.2.1 }\n...\nb: { type: A, value: 192.0.2.1 }',
    '2:1',
    'second-document',
    'the document ends here, but entries follow (remove this line)',
  ],
  [
    'a: { type: A, value: 192.0.2.1',
    '1:1',
    'yaml-syntax',
    'not YAML: a bracket or quote of this entry is never closed, or what belongs to it is not indented',
  ],
  [
    'a: { type: A, value: 192.0.2.1\nb: { type: A, value: 192.0.2.1 }',
    '1:1',
    'yaml-syntax',
    'not YAML: a bracket or quote of this entry is never closed, or what belongs to it is not indented',
  ],
  ['a: b: c', '1:5', 'yaml-syntax', 'not YAML: bad indentation of a mapping entry'],
  ['a:\n\ttype: A', '2:1', 'yaml-syntax', 'not YAML: tab characters must not be used in indentation'],
  ['# ü\na:\n  type: A\n    value: x', '4:10', 'yaml-syntax', 'not YAML: bad indentation of a mapping entry'],
  // Names
  [
    '*.apps: { type: A, value: 192.0.2.1 }',
    '1:1',
    'yaml-syntax',
    "a name that begins with * needs quotes (write '*.apps':)",
  ],
  ['*: { type: A, value: 192.0.2.1 }', '1:1', 'yaml-syntax', "a name that begins with * needs quotes (write '*':)"],
  [
    '@: { type: A, value: 192.0.2.1 }',
    '1:1',
    'yaml-syntax',
    "a name that begins with @ needs quotes (write '' for the apex)",
  ],
  ["'@': { type: A, value: 192.0.2.1 }", '1:1', 'bad-name', `"@" is not the apex here (write '' for example.net.)`],
  ['a..b: { type: A, value: 192.0.2.1 }', '1:1', 'bad-name', '"a..b" has an empty label (two dots in a row)'],
  [`${long}: { type: A, value: 192.0.2.1 }`, '1:1', 'bad-name', `a label of "${long}" is over 63 octets`],
  [
    'ü: { type: A, value: 192.0.2.1 }',
    '1:1',
    'bad-name',
    '"ü" has a character outside ASCII; write the A-label (xn--…) form',
  ],
  [
    'a.example.com.: { type: A, value: 192.0.2.1 }',
    '1:1',
    'out-of-zone',
    'a.example.com. is not in the zone example.net. (write the name relative to the zone, without a final dot)',
  ],
  [
    'a: { type: A, value: 192.0.2.1 }\nb: { type: A, value: 192.0.2.1 }\nA: { type: TXT, value: x }',
    '3:1',
    'duplicate-name',
    '"A" is there already, on line 1 (put all its records into one list)',
  ],
  [
    'a: { type: A, value: 192.0.2.1 }\n\n# c\na: { type: A, value: 192.0.2.1 }',
    '4:1',
    'duplicate-name',
    '"a" is there already, on line 1 (put all its records into one list)',
  ],
  [
    '? [a]\n: { type: A, value: 192.0.2.1 }',
    '1:3',
    'bad-key',
    "the name of this entry is missing (write a name, '' for the apex)",
  ],
  // Records
  ['a:', '1:1', 'bad-record', `a record is a mapping, not empty (${mapping})`],
  ['a: 192.0.2.1', '1:4', 'bad-record', `a record is a mapping, not "192.0.2.1" (${mapping})`],
  ['a: []', '1:4', 'bad-record', '"a" has an empty list of records (leave the name out)'],
  ['a: [{ type: A, value: 192.0.2.1 }, 5]', '1:36', 'bad-record', `a record is a mapping, not 5 (${mapping})`],
  ['a: { ttl: 5 }', '1:4', 'missing-key', '"type" is missing (add type: A, AAAA, CNAME, MX, STEER, …)'],
  ['a: { type: AAA, value: x }', '1:12', 'unknown-type', '"AAA" is no record type (did you mean AAAA?)'],
  ['a: { type: steer }', '1:12', 'unknown-type', '"steer" is no record type (write STEER)'],
  [
    'a: { type: ALIAS, value: b }',
    '1:12',
    'unknown-type',
    '"ALIAS" is no record type (write STEER, or the A and AAAA of the target)',
  ],
  ['a: { type: TYPE65536, value: x }', '1:12', 'unknown-type', '"TYPE65536" is no record type'],
  [
    'a: { type: TYPE255, value: x }',
    '1:12',
    'not-a-zone-type',
    '"TYPE255" is a type of queries and messages, not of zone data',
  ],
  [
    'a: { type: A, value: 192.0.2.1, type: A }',
    '1:33',
    'duplicate-key',
    '"type" is given twice (leave one of them out)',
  ],
  ['a:\n  type: A\n  vlaue: 192.0.2.1', '3:3', 'unknown-key', 'there is no key "vlaue" here (did you mean "value"?)'],
  ['a: { type: A }', '1:4', 'bad-record', `"value" is missing (${write})`],
  [
    'a: { type: A, value: 192.0.2.1, values: [192.0.2.2] }',
    '1:33',
    'bad-record',
    `"value" and "values" are both given (${write})`,
  ],
  ['a: { type: A, value: [192.0.2.1] }', '1:22', 'bad-value', '"value" must be text, not a list'],
  ['a: { type: A, values: 192.0.2.1 }', '1:23', 'bad-value', '"values" must be a list, not "192.0.2.1"'],
  ['a: { type: A, values: [] }', '1:23', 'bad-value', '"values" is empty'],
  ['a: { type: A, values: [192.0.2.1, 5] }', '1:35', 'bad-value', '"values" must be text, not 5'],
  ['a: { type: CNAME, values: [b, c] }', '1:27', 'bad-value', '"values" has 2 items, but there can be only one'],
  ['a: { type: MX, value: { preference: 10 } }', '1:23', 'missing-key', '"exchange" is missing (add exchange: …)'],
  [
    'a: { type: MX, value: { preference: 65536, exchange: b } }',
    '1:37',
    'bad-value',
    '"preference" is 65536, over 65535',
  ],
  ['a: { type: MX, value: { preference: -1, exchange: b } }', '1:37', 'bad-value', '"preference" is -1, below 0'],
  [
    'a:\n  type: MX\n  values:\n    - { preference: 1, exchange: b }\n    - { preference: 1, exchange: 5 }',
    '5:34',
    'bad-value',
    '"exchange" must be text, not 5',
  ],
  [
    'a: { type: HTTPS, value: { svcpriority: 1, targetname: ., hints: stear } }',
    '1:66',
    'bad-value',
    '"hints" can not be "stear" (write steer)',
  ],
  // TTLs
  [
    'a: { type: A, ttl: 2147483648, value: 192.0.2.1 }',
    '1:20',
    'ttl-too-large',
    'TTL 2147483648 is over 2147483647 seconds (2^31-1) (write 2147483647 or less)',
  ],
  ['a: { type: A, ttl: -1, value: 192.0.2.1 }', '1:20', 'bad-value', '"ttl" is -1, below 0'],
  ['a: { type: A, ttl: 1h, value: 192.0.2.1 }', '1:20', 'bad-ttl', '"ttl" must be a number, not "1h" (write 3600)'],
  ['a: { type: A, ttl: 1.5, value: 192.0.2.1 }', '1:20', 'bad-ttl', '"ttl" must be a whole number of seconds, not 1.5'],
  ['a: { type: A, ttl:, value: 192.0.2.1 }', '1:15', 'bad-ttl', '"ttl" must be a whole number of seconds, not empty'],
  // STEER and OctoDNS
  ['a: { type: STEER, group: x }', '1:4', 'missing-key', '"service" is missing (add service: …)'],
  ['a: { type: STEER, service: web }', '1:4', 'missing-key', '"group" is missing (add group: …)'],
  ['a: { type: STEER, service: "", group: x }', '1:28', 'bad-value', '"service" is empty'],
  ['a: { type: STEER, service: web, group: 5 }', '1:40', 'bad-value', '"group" can not be 5'],
  ['a: { type: STEER, service: web, group: { ipv4: x } }', '1:40', 'missing-key', '"ipv6" is missing (add ipv6: …)'],
  [
    'a: { type: STEER, service: web, group: x, value: y }',
    '1:43',
    'unknown-key',
    'there is no key "value" here (the keys are type, ttl, service, group, policy, octodns)',
  ],
  [
    'a:\n  type: A\n  geo: {}\n  value: 192.0.2.1',
    '3:3',
    'octodns-dynamic',
    'OctoDNS\'s "geo" means nothing here (write type: STEER with a service and a group of network.yaml)',
  ],
  [
    'a: { type: CNAME, dynamic: {}, value: b }',
    '1:19',
    'octodns-dynamic',
    'OctoDNS\'s "dynamic" means nothing here (write type: STEER with a service and a group of network.yaml)',
  ],
  // YAML's own
  ['a: *x', '1:4', 'unknown-anchor', 'there is no anchor &x above (put text that begins with * in quotes)'],
  [
    'a: !include b.yaml',
    '1:4',
    'unknown-tag',
    'the tag !include means nothing here (leave it out, or put the text in quotes)',
  ],
])('%s', (text, place, code, said) => {
  const { diagnostics, messages } = collectYaml(`${text}\n`);
  expect(messages[0]).toBe(`zones/example.net.yaml:${place}: error: ${said}`);
  expect(diagnostics[0].code).toBe(code);
});

test('what codecs refuse is said at the value', () => {
  const { diagnostics } = collectYaml(
    'a: { type: A, values: [192.0.2.1, 192.0.2.256] }\nb: { type: MX, value: { preference: 1, exchange: c..d } }\n',
  );
  expect(diagnostics.map((d) => [d.line, d.column, d.code])).toEqual([
    [1, 35, 'bad-value'],
    [2, 50, 'bad-value'],
  ]);
});

test('octets that are no UTF-8', async () => {
  const { collect, exampleNet } = await import('../../zone/text/testing.ts');
  const { zoneYamlSource } = await import('./source.ts');
  const octets = new TextEncoder().encode(
    'a: { type: A, value: 192.0.2.1 } # c\nb: { type: TXT, value: "x?" }\nc: { type: A, value: 192.0.2.1 }\n',
  );
  octets[octets.indexOf(0x3f)] = 0xfc;
  const { messages, records } = collect(zoneYamlSource('z', exampleNet, octets));
  expect(messages).toEqual(['z:2:26: error: the octet 0xfc is no UTF-8 (save the file as UTF-8)']);
  expect(records).toHaveLength(2);
});

test('all mistakes are told in one run, and what is right is still read', () => {
  const { diagnostics, records } = collectYaml(
    'a: { typ: A }\nb: {\nc: { type: A, value: 192.0.2.1 }\n  bad\nd: [x]\ne:\n  type: A\n  value: 192.0.2.1\n',
  );
  expect(diagnostics.map((d) => d.line)).toEqual([1, 2, 4, 5]);
  expect(records).toHaveLength(1);
});
