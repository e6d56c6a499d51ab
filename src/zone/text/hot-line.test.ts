/** What the fast way reads, the complete way reads the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectText } from './testing.ts';

const owner = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z0-9_*-]{1,12}(\.[a-z0-9]{1,4}){0,2}$/) },
  fc.constantFrom(
    '@',
    '',
    'a.example.net.',
    'Example.NET.',
    'x.example.com.',
    '.',
    'a..b',
    '.a',
    'x'.repeat(64),
    'y.'.repeat(125),
    'a@b',
    "it's",
  ),
);
const blank = fc.constantFrom(' ', '\t', '  ', ' \t ');
const head = fc.array(fc.constantFrom('60', '0', '3600', 'IN', 'in', '1h', '2147483648', '01', 'CH', '6x'), {
  maxLength: 3,
});
const octet = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 255 }).map(String) },
  fc.constantFrom('256', '01', '', 'x'),
);
const group = fc.stringMatching(/^[0-9a-fA-F]{1,4}$/);
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(fc.array(group, { maxLength: 8 }), fc.array(group, { maxLength: 8 }))
    .map(([a, b]) => `${a.join(':')}::${b.join(':')}`),
  fc.array(group, { minLength: 7, maxLength: 9 }).map((groups) => groups.join(':')),
  fc.constantFrom('::', ':', ':::', '1::2::3', '12345::', '::1', '1:2:3:4:5:6:7::', '::ffff:192.0.2.1', '1:', 'g::'),
);
const data = fc.oneof(
  fc.tuple(
    fc.constantFrom('A', 'a'),
    fc.oneof(
      fc.ipV4(),
      fc.array(octet, { minLength: 3, maxLength: 5 }).map((o) => o.join('.')),
    ),
  ),
  fc.tuple(fc.constantFrom('AAAA', 'Aaaa'), ipv6),
  fc.tuple(
    fc.constant('STEER'),
    fc.constantFrom('web anycast', 'web  anycast', 'web zurich default', 'api europe/zurich', 'web', 'a b c d'),
  ),
  fc.tuple(fc.constantFrom('AAA', 'STEE', 'TXT', 'ST'), fc.constant('x')),
);
const tail = fc.constantFrom('', '', '', ' ', '\r', ' ; comment', ';comment', ' x');
const line = fc
  .tuple(owner, blank, head, data, tail)
  .map(([name, gap, words, [type, rdata], end]) => ({ text: [name, ...words, type, rdata].join(gap), end }));

test('lines read the same with parentheses, which the fast way refuses', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const fast = collectText(lines.map(({ text, end }) => `${text}${end}\n`).join(''));
      const complete = collectText(lines.map(({ text, end }) => `${text} ( )${end}\n`).join(''));
      expect(fast.records).toEqual(complete.records);
      expect(fast.diagnostics.map((d) => [d.line, d.code])).toEqual(complete.diagnostics.map((d) => [d.line, d.code]));
    }),
    { numRuns: 3000 },
  );
});
