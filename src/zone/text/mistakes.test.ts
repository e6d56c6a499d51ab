// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of $GENERATE
/** Every mistake of zone text: where it is said to be, what is said, and what to write instead. */
import { expect, test } from 'vitest';
import { collectText } from './testing.ts';

const ttlFix = 'write seconds, or numbers with units: 90, 1h30m, 2d, 1w';
const hexFix = 'write \\# LENGTH and then that many octets in hexadecimal, e.g. \\# 4 c0000201';
const typeFix = 'write a type such as A, AAAA, CNAME, MX, TXT or STEER, or TYPEn and \\# for one without a mnemonic';
const long = 'x'.repeat(64);
const large = 'write 2147483647 or less';

test.each<[string, string, string, string]>([
  ['a 60 A 192.0.2.1 )', '1:18', 'unexpected-parenthesis', 'this ")" closes nothing'],
  [
    'a 60 A ( 192.0.2.1\nb 60',
    '1:8',
    'unclosed-parenthesis',
    'this "(" is never closed (write ")" after the last field)',
  ],
  [
    'a TXT "abc',
    '1:7',
    'unterminated-quote',
    'this text has no closing quote on its line (write " at its end, and \\" for a quote inside)',
  ],
  [
    'a HTTPS 1 . alpn="h2',
    '1:13',
    'unterminated-quote',
    'this text has no closing quote on its line (write " at its end, and \\" for a quote inside)',
  ],
  [
    ' A 192.0.2.1',
    '1:2',
    'no-owner',
    'this line begins with a blank, so it takes the owner of the line before, and there is none (write the owner name, or @ for the origin)',
  ],
  ['"a" A 192.0.2.1', '1:1', 'bad-name', 'an owner name is not written in quotes: "a" (leave the quotes out)'],
  ['a..b A 192.0.2.1', '1:3', 'bad-name', '"a..b" has an empty label (two dots in a row)'],
  [`${long} A 192.0.2.1`, '1:64', 'bad-name', `a label of "${long}" is over 63 octets`],
  [`${'abcdefg.'.repeat(31)}z A 192.0.2.1`, '1:250', 'bad-name', `"${'abcdefg.'.repeat(31)}z" is over 255 octets`],
  ['a\\256 A 192.0.2.1', '1:2', 'bad-name', '\\256 in "a\\256" is over 255'],
  ['ü A 192.0.2.1', '1:1', 'bad-name', '"ü" has a character outside ASCII; write the A-label (xn--…) form'],
  ['a\x01 A 192.0.2.1', '1:2', 'bad-name', 'a control character in a name (write \\001 if it is meant)'],
  [
    'a.example.com. A 192.0.2.1',
    '1:1',
    'out-of-zone',
    'a.example.com. is not in the zone example.net. (put it into the file of its own zone)',
  ],
  [
    'a.example.org.net. A 192.0.2.1',
    '1:1',
    'out-of-zone',
    'a.example.org.net. is not in the zone example.net. (names in this file end in example.net.)',
  ],
  [
    '$ORIGIN net.\na A 192.0.2.1',
    '2:1',
    'out-of-zone',
    'a.net. is not in the zone example.net. (the origin is net.; write the whole name with a final dot)',
  ],
  ['a 60 IN', '1:6', 'missing-type', 'the record type is missing after "IN" (write: owner [ttl] [class] type data)'],
  ['a 1h30 A 192.0.2.1', '1:3', 'bad-ttl', `"1h30" is no TTL (${ttlFix})`],
  ['a 60 60 A 192.0.2.1', '1:6', 'bad-ttl', 'a second TTL, "60", where the record type belongs'],
  ['a 2147483648 A 192.0.2.1', '1:3', 'ttl-too-large', `TTL 2147483648 is over 2147483647 seconds (2^31-1) (${large})`],
  ['a CH TXT x', '1:3', 'bad-class', 'class CH is not served here (write IN, or nothing)'],
  ['a AA 192.0.2.1', '1:3', 'unknown-type', `"AA" is neither a TTL, a class nor a record type (${typeFix})`],
  ['a TYPE65536 \\# 0', '1:3', 'unknown-type', `"TYPE65536" is neither a TTL, a class nor a record type (${typeFix})`],
  [
    'a "A" 192.0.2.1',
    '1:3',
    'unknown-type',
    '"A" in quotes where a TTL, class or record type belongs (write: owner [ttl] [class] type data)',
  ],
  ['a ANY x', '1:3', 'not-a-zone-type', 'ANY is a type of queries and messages, not of zone data'],
  [
    'a STEER \\# 1 00',
    '1:9',
    'bad-rdata',
    'STEER: service "\\#" is no name of network.yaml: letters, digits, dot, hyphen and underscore',
  ],
  [
    'a TYPE65280 \\# 1 00',
    '1:3',
    'unknown-type',
    `"TYPE65280" is neither a TTL, a class nor a record type (${typeFix})`,
  ],
  ['a TYPE255 \\# 0', '1:3', 'not-a-zone-type', 'TYPE255 is a type of queries and messages, not of zone data'],
  ['a TYPE9999 \\#', '1:12', 'bad-rdata', `\\# needs the number of octets, 0 to 65535 (${hexFix})`],
  ['a TYPE9999 \\# x', '1:15', 'bad-rdata', `\\# needs the number of octets, 0 to 65535, not "x" (${hexFix})`],
  ['a TYPE9999 \\# 2 abc', '1:17', 'bad-rdata', `an odd number of hexadecimal digits (${hexFix})`],
  ['a TYPE9999 \\# 2 ab zz', '1:20', 'bad-rdata', `"zz" is not hexadecimal (${hexFix})`],
  ['a TYPE9999 \\# 2 ab', '1:15', 'bad-rdata', `\\# says 2 octets, but 1 follow (${hexFix})`],
  [
    '$FOO 1',
    '1:1',
    'unknown-directive',
    'there is no directive $FOO (write $ORIGIN, $TTL, $INCLUDE or $GENERATE; \\$ begins a name)',
  ],
  ['$TTL', '1:1', 'bad-directive', '$TTL takes one TTL (e.g. $TTL 1h)'],
  ['$TTL 1 2', '1:8', 'bad-directive', '$TTL takes one TTL (e.g. $TTL 1h)'],
  ['$TTL x', '1:6', 'bad-ttl', `"x" is no TTL (${ttlFix})`],
  ['$TTL 68w1000000000000', '1:6', 'bad-ttl', `"68w1000000000000" is no TTL (${ttlFix})`],
  ['$TTL 4294967296', '1:6', 'ttl-too-large', `TTL 4294967296 is over 2147483647 seconds (2^31-1) (${large})`],
  ['$ORIGIN', '1:1', 'bad-directive', '$ORIGIN takes one name (e.g. $ORIGIN example.net.)'],
  ['$ORIGIN a..b', '1:11', 'bad-name', '"a..b" has an empty label (two dots in a row)'],
  ['$INCLUDE', '1:1', 'bad-directive', '$INCLUDE takes a file and perhaps an origin (e.g. $INCLUDE hosts.zone)'],
  [
    '$INCLUDE ../x',
    '1:10',
    'bad-include',
    '"../x" leads out of the zones directory (write a path relative to this file, within the directory)',
  ],
  ['$INCLUDE gone.zone', '1:10', 'bad-include', 'can not read zones/gone.zone: no such file'],
  ['$INCLUDE example.net.zone', '1:10', 'bad-include', 'zones/example.net.zone includes itself (remove this line)'],
  [
    '$GENERATE 1-2 a',
    '1:1',
    'bad-directive',
    '$GENERATE takes a range, an owner, a type and data (e.g. $GENERATE 1-9 host$ A 192.0.2.$)',
  ],
  [
    '$GENERATE 2-1 a$ A 192.0.2.$',
    '1:11',
    'bad-generate',
    'the range 2-1 ends before it begins (write start-stop or start-stop/step)',
  ],
  [
    '$GENERATE 0-2000000 a$ A 192.0.2.1',
    '1:11',
    'bad-generate',
    '$GENERATE makes more than 1048576 records in this zone',
  ],
  [
    '$GENERATE 1-2 a${x} A 192.0.2.1',
    '1:15',
    'bad-generate',
    '"${x}" is none of ${offset}, ${offset,width} and ${offset,width,base} (write \\$ for a dollar)',
  ],
  ['$GENERATE 1-2 a${-2} A 192.0.2.1', '1:15', 'bad-generate', 'an offset makes the number negative at 1'],
  ['$GENERATE 1-2 a..b$ A 192.0.2.1', '1:15', 'bad-name', 'for 1: "a..b1" has an empty label (two dots in a row)'],
  [
    'ok 1 A 192.0.2.1\n\n; ü\na TXT ( "ü" \n  "x',
    '5:3',
    'unterminated-quote',
    'this text has no closing quote on its line (write " at its end, and \\" for a quote inside)',
  ],
])('%s', (text, place, code, said) => {
  const read = (): never => {
    throw new Error('no such file');
  };
  const { diagnostics, messages } = collectText(`${text}\n`, { read });
  expect(messages[0]).toBe(`zones/example.net.zone:${place}: error: ${said}`);
  expect(diagnostics[0].code).toBe(code);
});

test('what codecs refuse is said at the field they quote', () => {
  const { diagnostics } = collectText('a MX 10 b..c\nd A 192.0.2.256\n');
  expect(diagnostics.map((d) => [d.line, d.column, d.code])).toEqual([
    [1, 11, 'bad-name'],
    [2, 5, 'bad-rdata'],
  ]);
  expect(diagnostics[1].message).toMatch(/^A: /);
});

test('all mistakes are told in one run, and lines that depend on a bad owner say nothing more', () => {
  const { diagnostics, records } = collectText(
    'a..b A 192.0.2.1\n A 192.0.2.2\nok 1 A 192.0.2.3\n BAD x\nz 1 A 192.0.2.4\nc A\n',
  );
  expect(diagnostics.map((d) => d.line)).toEqual([1, 4, 6]);
  expect(records.map((r) => r.split(' ')[1])).toEqual(['ok.example.net.', 'z.example.net.']);
});
