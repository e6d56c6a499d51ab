/** What the fast way reads, js-yaml and the schema read the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, exampleNet } from '../../zone/text/testing.ts';
import { HotEntry } from './hot-entry.ts';
import { zoneYamlSource } from './source.ts';
import { SteerFields } from './steer-fields.ts';

const key = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,8}(\.[a-z0-9]{1,3}){0,2}$/) },
  fc.constantFrom(
    'true',
    'null',
    '1',
    '1.10',
    '0x1',
    '-a',
    'a.',
    'a..b',
    '.a',
    'x'.repeat(64),
    'y.'.repeat(120) + 'y',
    "''",
    "'*.a'",
    '~',
    '<<',
    'type',
    'a b',
    'a:b',
  ),
);
const word = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/) },
  fc.constantFrom(
    'true',
    'false',
    'null',
    'yes',
    '~',
    '5',
    '1a',
    '-',
    '-a',
    '""',
    "'a'",
    'a b',
    'a: b',
    'a:',
    ':a',
    'a#b',
    'a #b',
    '*a',
    '&a a',
    '!t a',
    'a,b',
    '[a]',
    'x'.repeat(300),
    '',
  ),
);
const ttl = fc.oneof(
  { weight: 3, arbitrary: fc.nat(2_147_483_647).map(String) },
  fc.constantFrom('0', '00', '060', '2147483648', '-1', '1.5', '1e3', '1_0', '+1', ''),
);
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('::', '::1', '1::', '2001:db8::1', '192.0.2', '192.0.2.256', '1:2', '1.2', '5', 'a'),
);
const type = fc.constantFrom('A', 'AAAA', 'STEER', 'STEER', 'a', 'AA', 'STEERS', 'TXT', "'A'");
const other = fc.tuple(fc.constantFrom('octodns', 'values', 'Type', 'ty', 'geo'), word);

type Fields = [string, string][];
const fields: fc.Arbitrary<Fields> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ service: word, group: word, ttl, policy: word }, { requiredKeys: ['service', 'group'] })
      .chain((record) =>
        fc.shuffledSubarray([['type', 'STEER'], ...Object.entries(record)] as Fields, { minLength: 2 }),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ type, value: address, ttl }, { requiredKeys: ['type', 'value'] })
      .chain((record) => fc.shuffledSubarray(Object.entries(record) as Fields, { minLength: 2 })),
  },
  fc.array(fc.oneof(fc.tuple(fc.constant('type'), type), fc.tuple(fc.constant('ttl'), ttl), other), { maxLength: 4 }),
);
const entry = fc.record({
  key,
  fields,
  /** Whether the first field comes a second time. */
  again: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  flow: fc.boolean(),
  indent: fc.constantFrom('  ', ' ', '    ', '\t'),
  gap: fc.constantFrom(' ', ' ', '  ', ''),
  /** Behind each line of a block. */
  trail: fc.constantFrom('', '', '   ', '\t', '\r'),
  end: fc.constantFrom('', '', '', ' ', '\r', ' # c', '\n', '\n# c', '\n  # c', '\n  x: 1', '\n- a'),
});

function text(entries: readonly (typeof entry extends fc.Arbitrary<infer T> ? T : never)[], comment: string): string {
  let out = '';
  for (const { key, fields, again, flow, indent, gap, trail, end } of entries) {
    const pairs = (again ? [...fields, ...fields.slice(0, 1)] : fields).map(
      ([name, value]) => `${name}:${gap}${value}`,
    );
    out += flow
      ? `${key}: { ${pairs.join(', ')} }${comment}${end}\n`
      : `${key}:${comment}${trail}\n${pairs.map((pair) => `${indent}${pair}${trail}\n`).join('')}${end === '' ? '' : `${end}\n`}`;
  }
  return out;
}

const read = (file: string) => collect(zoneYamlSource('z', exampleNet, new TextEncoder().encode(file)));

test('entries read the same with a comment, which the fast way refuses', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), (entries) => {
      const fast = read(text(entries, ''));
      const complete = read(text(entries, ' # complete'));
      expect(fast.records).toEqual(complete.records);
      expect(fast.diagnostics.map((d) => [d.line, d.code])).toEqual(complete.diagnostics.map((d) => [d.line, d.code]));
    }),
    { numRuns: 4000 },
  );
});

test.each([
  ['a: { type: STEER, service: web, group: anycast, ttl: 60 }\n', true],
  ['a: {type: STEER, service: web, group: anycast, policy: slow}\n', true],
  ['a:\n  type: AAAA\n  value: 2001:db8::1\n\n# c\nb:', true],
  ['a:  \n  type: A \n  value: 192.0.2.1  \n', true],
  ['a: { type: A, value: 192.0.2.1 }  \n', true],
  ['a:\n  type: A b\n  value: 192.0.2.1\n', false],
  ['1.b:\n    ttl: 5\n    value: 192.0.2.1\n    type: A\n', true],
  ['a: { type: A, value: 192.0.2.1 } # c\n', false],
  ['a: { type: A, value: 192.0.2.1 }', false],
  ['a:\n  type: A\n  value: 192.0.2.1\n\n  ttl: 5\n', false],
])('%j goes the fast way: %s', (file, goes) => {
  const hot = new HotEntry(exampleNet, new SteerFields(() => new Uint8Array(1)));
  const octets = new TextEncoder().encode(file);
  expect(hot.read(octets, 0, octets.length, true) >= 0).toBe(goes);
});
