/** TXT: one text or several strings, OctoDNS's semicolons, and long ones cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec, fromText, fromValue, hex } from './testing.ts';

const strings = (rdata: Uint8Array): string => codec('TXT').toText(rdata);

describe('values', () => {
  it.each([
    ['', '""'],
    ['v=DKIM1\\; k=rsa', '"v=DKIM1; k=rsa"'],
    ['v=DKIM1; k=rsa', '"v=DKIM1; k=rsa"'],
    // The backslash is escaped, the semicolon is not.
    ['a\\\\;b', '"a\\\\;b"'],
    ['a\\\\\\;b', '"a\\\\;b"'],
    [' "a" "b" ', '"a" "b"'],
    ['"a""b"\n"c\\" d"', '"a" "b" "c\\" d"'],
    ['"a\\; b" ""', '"a; b" ""'],
    // No strings in quotes from the first character to the last: quotes are text.
    ['say "hi"', '"say \\"hi\\""'],
    ['"a" b', '"\\"a\\" b"'],
    ['"a\\"', '"\\"a\\""'],
    ['ü', '"\\195\\188"'],
  ])('%s', (value, text) => expect(strings(fromValue('TXT', value))).toBe(text));

  it('are cut every 255 octets', () => {
    const rdata = fromValue('TXT', 'a'.repeat(600));
    expect([rdata.length, rdata[0], rdata[256], rdata[512]]).toEqual([603, 255, 255, 90]);
    expect(codec('TXT').toValue(rdata)).toBe('a'.repeat(600));
    expect(() => fromValue('TXT', `"${'a'.repeat(256)}"`)).toThrow('text has 256 octets; a string has at most 255');
  });

  it('of many megabytes are counted, not overflowed by', () => {
    const long = `"${'\\a'.repeat(2_000_000)}"`;
    expect(() => fromValue('TXT', long)).toThrow('text has 2000000 octets; a string has at most 255');
    expect(() =>
      fromValue('SSHFP', { algorithm: 1, fingerprint_type: 1, fingerprint: `${'ab'.repeat(4_000_000)}g` }),
    ).toThrow(`fingerprint "${'ab'.repeat(20)}…" is not an even number`);
    expect(() => fromValue('OPENPGPKEY', '*'.repeat(8_000_000))).toThrow('is no base64');
  });

  it.each(['\\', 'a\\1', '\\256', 'a\\25'])('%s is refused', (value) =>
    expect(() => fromValue('TXT', value)).toThrow(/^text: /));

  it('any strings survive both forms', () => {
    const string = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.constant(new Uint8Array(255).fill(59)));
    fc.assert(
      fc.property(fc.array(string, { minLength: 1, maxLength: 4 }), (list) => {
        const rdata = Uint8Array.from(list.flatMap((s) => [s.length, ...s]));
        expect(hex(fromText('TXT', codec('TXT').toText(rdata)))).toBe(hex(rdata));
        expect(hex(fromValue('TXT', codec('TXT').toValue(rdata)))).toBe(hex(rdata));
      }),
    );
  });
});
