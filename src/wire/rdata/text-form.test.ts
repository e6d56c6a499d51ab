/** Pieces of presentation form: escapes, numbers, hexadecimal, base64. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RdataError } from './codec.ts';
import { hex } from './testing.ts';
import { base64Octets, base64Text, escapeText, hexOctets, hexText, integer, unescapeText } from './text-form.ts';

describe('escapes', () => {
  it.each([
    ['', ''],
    ['abc', '616263'],
    ['a\\;\\"\\\\', '613b225c'],
    ['\\000\\0655\\255', '004135ff'],
    ['ü\\ü€😀\\😀', 'c3bcc3bce282acf09f9880f09f9880'],
  ])('%s', (text, digits) => expect(hex(unescapeText(text, 'text'))).toBe(digits));

  it.each([
    ['\\', 'escapes nothing; write \\\\ for one'],
    ['a\\2', 'text: "a\\2" ends in, or has, a backslash that escapes nothing'],
    ['\\25', 'escapes nothing'],
    ['\\25x', 'escapes nothing'],
    ['\\256', 'text: \\256 is over 255'],
  ])('%s', (text, message) => expect(() => unescapeText(text, 'text')).toThrow(message));

  it('any octets survive', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(hex(unescapeText(escapeText(octets), 'text'))).toBe(hex(octets));
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['65535', 65535],
  ])('%s', (text, value) => expect(integer(text, 65535, 'port')).toBe(value));
  it.each(['', '-1', '1.0', '1e3', ' 1', '65536', '99999999999', '0x1', '١'])('"%s" is none', (text) =>
    expect(() => integer(text, 65535, 'port')).toThrow(`port "${text}" is no number from 0 to 65535`));
});

describe('hexadecimal and base64', () => {
  it('any octets survive, with blanks in between', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        expect(
          hex(
            hexOctets(
              hexText(octets)
                .toUpperCase()
                .replace(/(.{3})/g, '$1 \n'),
              'digest',
            ),
          ),
        ).toBe(hex(octets));
        expect(hex(base64Octets(base64Text(octets).replace(/(.{3})/g, '$1 \n'), 'key'))).toBe(hex(octets));
      }),
    );
  });
  it('any text is read or refused', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-g0-9+/=\s]{0,12}$/));
    fc.assert(
      fc.property(text, fc.constantFrom(hexOctets, base64Octets), (t, read) => {
        try {
          read(t, 'data');
        } catch (error) {
          expect(error).toBeInstanceOf(RdataError);
        }
      }),
    );
  });
  it.each(['a', 'abc', '0g', 'g0', '@a', '`0', '/0', ':0', '0x12', 'é0'])('"%s" is no hexadecimal', (text) =>
    expect(() => hexOctets(text, 'digest')).toThrow(`digest "${text}" is not an even number of hexadecimal digits`));
  it.each([
    ['A', 'is no base64'],
    ['AQ=', 'is no base64'],
    ['AQ==AQ==', 'is no base64'],
    ['AQ-_', 'is no base64'],
    ['====', 'is no base64'],
    // 4 bits left over, not all zero: two texts would be one key.
    ['AR==', 'bits too many'],
  ])('"%s" is no base64', (text, message) => expect(() => base64Octets(text, 'key')).toThrow(message));
});
