/** NAPTR: the examples of RFC 3403 §6, and what §4.1 says of fields that exclude each other. */
import { describe, expect, it } from 'vitest';
import { codec, fromText, fromValue, hex, octets } from './testing.ts';

const { check, toText, toValue } = codec('NAPTR');

describe('RFC 3403 §6', () => {
  it.each([
    '100 50 "a" "z3950+N2L+N2C" "" cidserver.example.com.',
    '100 50 "s" "http+N2L+N2C+N2R" "" www.example.com.',
    '100 10 "u" "sip+E2U" "!^.*$!sip:information@foo.se!i" .',
    '100 10 "" "" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" .',
  ])('%s', (text) => {
    const rdata = fromText('NAPTR', text);
    expect(check(rdata)).toBeUndefined();
    expect(toText(rdata)).toBe(text);
    expect(hex(fromValue('NAPTR', toValue(rdata)))).toBe(hex(rdata));
  });
});

describe('refused', () => {
  it.each([
    ['1 2 "u!" "" "" a', 'flags "u!" must be letters and digits; write e.g. "u" or "s", or "" for none'],
    [
      '1 2 "u" "x" "!a!b!" c',
      'regexp "!a!b!" and replacement "c.example." exclude each other; write "" as regexp or . as replacement',
    ],
    ['1 2 "u" "x" "!a!b!"', 'replacement is missing'],
    ['1 2 "u" "x" "" a b', '"b" is too much'],
    ['1 65536 "" "" "" a', 'preference "65536" is no number from 0 to 65535'],
  ])('%s', (text, message) => expect(() => fromText('NAPTR', text)).toThrow(message));

  it.each([
    ['0001 0002 0121 00 00 00', 'flags "!"'],
    ['0001 0002 00 00 0161 0162 00', 'exclude each other'],
    ['0001 0002 0175 05', 'service is malformed or cut off'],
    ['0001 0002 00 00 00', 'replacement is malformed or cut off'],
    ['0001 0002 00 00 00 00 00', '1 octets too many'],
  ])('octets %s', (digits, message) => expect(check(octets(digits))).toContain(message));
});
