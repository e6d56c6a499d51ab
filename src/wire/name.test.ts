import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatName,
  isWireName,
  labelCount,
  lowerCase,
  NameError,
  nameLength,
  parseName,
  sameName,
  suffixOffset,
} from './name.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const origin = parseName('example.net.');

describe('parseName', () => {
  it.each([
    ['.', '00'],
    ['net.', '036e657400'],
    ['a.b.', '0161016200'],
    ['WwW.net.', '03577757036e657400'],
    ['a\\.b.net.', '03612e62036e657400'],
    ['a\\046b.net.', '03612e62036e657400'],
    ['\\000\\255.', '0200ff00'],
    ['*.net.', '012a036e657400'],
    ['net', '036e657400'],
  ])('%s', (text, wire) => expect(hex(parseName(text))).toBe(wire));

  it('completes a relative name with the origin, and leaves an absolute one', () => {
    expect(formatName(parseName('www', origin))).toBe('www.example.net.');
    expect(formatName(parseName('a.b', origin))).toBe('a.b.example.net.');
    expect(formatName(parseName('www.', origin))).toBe('www.');
  });

  it.each([
    ['', 'EMPTY_NAME', 0],
    ['a..b', 'EMPTY_LABEL', 2],
    ['.a', 'EMPTY_LABEL', 0],
    ['..', 'EMPTY_LABEL', 0],
    [`${'a'.repeat(64)}.net`, 'LABEL_TOO_LONG', 63],
    ['a\\256', 'BAD_ESCAPE', 1],
    ['a\\25', 'BAD_ESCAPE', 1],
    ['a\\', 'BAD_ESCAPE', 1],
    ['zürich', 'BAD_ESCAPE', 1],
    [`${'abcdefg.'.repeat(32)}`, 'NAME_TOO_LONG', 254],
  ])('"%s" is %s', (text, code, offset) => {
    try {
      parseName(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NameError);
      expect([(error as NameError).code, (error as NameError).offset]).toEqual([code, offset]);
    }
  });

  it('takes 255 octets and no more, the origin counted', () => {
    const label = 'a'.repeat(63);
    const longest = `${label}.${label}.${label}.${'b'.repeat(61)}.`;
    expect(parseName(longest).length).toBe(255);
    expect(() => parseName(`${label}.${label}.${label}.${'b'.repeat(62)}.`)).toThrow(NameError);
    expect(() => parseName(`${label}.${label}.${label}.${'b'.repeat(50)}`, origin)).toThrow(NameError);
  });

  it('throws nothing but NameError, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9.\\]{0,300}$/));
    fc.assert(
      fc.property(text, (t) => {
        try {
          const wire = parseName(t);
          expect(isWireName(wire, 0, wire.length)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(NameError);
        }
      }),
    );
  });
});

const wireName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 5 })
  .map((labels) => Uint8Array.from([...labels.flatMap((l) => [l.length, ...l]), 0]))
  .filter((n) => n.length <= 255);

describe('names in wire form', () => {
  it('survive text', () => {
    fc.assert(
      fc.property(wireName, (n) => {
        expect(hex(parseName(formatName(n)))).toBe(hex(n));
      }),
    );
  });
  it('know their length and labels', () => {
    fc.assert(
      fc.property(wireName, (n) => {
        expect(nameLength(Uint8Array.from([9, ...n, 7]), 1)).toBe(n.length);
        expect(isWireName(n, 0, n.length)).toBe(true);
        expect(isWireName(n, 0, n.length - 1)).toBe(false);
        expect(labelCount(n)).toBe(
          formatName(n) === '.' ? 0 : [...formatName(n).replace(/\\./gs, '').matchAll(/\./g)].length,
        );
      }),
    );
  });
  it('compare without case', () => {
    expect(sameName(parseName('WWW.example.'), parseName('www.EXAMPLE.'))).toBe(true);
    expect(sameName(parseName('www.example.'), parseName('wwx.example.'))).toBe(false);
    // @ and ` differ from A and a by the bit that is case in letters only.
    expect(sameName(parseName('\\@.'), parseName('`.'))).toBe(false);
    const n = parseName('A\\[Z.');
    lowerCase(n);
    expect(formatName(n)).toBe('a[z.');
  });
  it.each([
    ['www.example.net.', 'example.net.', 4],
    ['example.net.', 'example.net.', 0],
    ['WWW.Example.NET.', 'example.net.', 4],
    ['www.example.net.', '.', 16],
    ['notexample.net.', 'example.net.', -1],
    ['net.', 'example.net.', -1],
    // The octets of the suffix stand at the end, but not where a label begins.
    ['a\\007example.net.', 'example.net.', -1],
  ])('%s below %s: %i', (a, b, at) => expect(suffixOffset(parseName(a), parseName(b))).toBe(at));
});

describe('any name', () => {
  const label = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 63 }),
    fc.constantFrom(...['a', 'B', '.', '\\', '@', '"', ' ', '\0'].map((c) => Uint8Array.of(c.charCodeAt(0)))),
  );
  const short = fc
    .array(label, { maxLength: 3 })
    .map((labels) => Uint8Array.from([...labels.flatMap((l) => [l.length, ...l]), 0]))
    .filter((n) => n.length <= 120);

  it('relative, is completed with any origin', () => {
    fc.assert(
      fc.property(short, short, (name, base) => {
        if (name.length === 1) return;
        const relative = formatName(name).replace(/\.$/, '');
        const whole = Uint8Array.from([...name.subarray(0, -1), ...base]);
        expect(hex(parseName(relative, base))).toBe(hex(whole));
        expect(suffixOffset(whole, base)).toBe(name.length - 1);
        expect(nameLength(whole)).toBe(whole.length);
      }),
    );
  });

  it('is the same in lower case, and lies below each of its own suffixes', () => {
    fc.assert(
      fc.property(wireName, (name) => {
        const lower = name.slice();
        lowerCase(lower);
        expect(sameName(name, lower)).toBe(true);
        expect(isWireName(lower, 0, lower.length)).toBe(true);
        for (let p = 0; ; p += name[p] + 1) {
          expect(suffixOffset(lower, name.subarray(p))).toBe(p);
          if (name[p] === 0) break;
        }
      }),
    );
  });

  it('is what isWireName says it is, of any octets', () => {
    const octet = fc.oneof(fc.constantFrom(0, 1, 2, 63, 64, 192), fc.nat(255));
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 300 }), (list) => {
        const bytes = Uint8Array.from(list);
        if (!isWireName(bytes, 0, bytes.length)) return;
        expect(hex(parseName(formatName(bytes)))).toBe(hex(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe('isWireName', () => {
  it.each([
    ['00', true],
    ['016100', true],
    ['', false],
    ['01', false],
    ['0161', false],
    ['01610000', false],
    // A pointer (RFC 1035 §4.1.4) and the label types no one took up (RFC 6891 §5).
    ['c000', false],
    ['40' + '61'.repeat(64) + '00', false],
    ['3f' + '61'.repeat(63) + '00', true],
    [('3f' + '61'.repeat(63)).repeat(3) + '3d' + '61'.repeat(61) + '00', true],
    [('3f' + '61'.repeat(63)).repeat(3) + '3e' + '61'.repeat(62) + '00', false],
  ])('%s: %s', (digits, is) => {
    const bytes = Uint8Array.from(Buffer.from(digits, 'hex'));
    expect(isWireName(bytes, 0, bytes.length)).toBe(is);
  });
});
