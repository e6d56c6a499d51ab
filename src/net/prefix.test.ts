import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPrefix, contains } from '../../test/support/client-oracle.ts';
import { covers, formatPrefix, holds, parsePrefix } from './prefix.ts';

describe('parsePrefix', () => {
  it.each(['192.0.2.0/24', '0.0.0.0/0', '192.0.2.1/32', '2001:db8::/32', '::/0', '2001:db8::1/128'])('%s', (text) => {
    expect(formatPrefix(parsePrefix(text)!)).toBe(text);
  });

  it.each([
    '192.0.2.0',
    '192.0.2.0/',
    '192.0.2.0/33',
    '192.0.2.1/24',
    '192.0.2.0/024',
    '192.0.2.0/24/1',
    '2001:db8::/129',
    '2001:db8::1/64',
    '/24',
    '192.0.2.0/-1',
    '192.0.2.0/24 ',
    '',
  ])('"%s" is none', (text) => expect(parsePrefix(text)).toBeUndefined());

  it('reads what formatPrefix writes', () => {
    fc.assert(
      fc.property(arbitraryPrefix(), (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });
});

describe('covers and holds', () => {
  it('agree with bits one by one', () => {
    fc.assert(
      fc.property(arbitraryPrefix(), arbitraryPrefix(), (a, b) => {
        expect(holds(a, b.address)).toBe(contains(a, b.address));
        expect(covers(a, b)).toBe(contains(a, b.address) && a.length <= b.length);
      }),
      { numRuns: 1000 },
    );
  });
});
