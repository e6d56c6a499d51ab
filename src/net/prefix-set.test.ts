import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPrefix, contains, edges } from '../../test/support/client-oracle.ts';
import { PrefixSet } from './prefix-set.ts';

describe('a set of prefixes', () => {
  it('has the addresses that one of them has', () => {
    fc.assert(
      fc.property(fc.array(arbitraryPrefix(), { maxLength: 12 }), (prefixes) => {
        const set = new PrefixSet(prefixes);
        for (const family of ['ipv4', 'ipv6'] as const) {
          for (const address of edges(prefixes, family)) {
            const behind = Uint8Array.from([9, 9, ...address, 9]);
            expect(set.has(behind, 2, address.length)).toBe(prefixes.some((prefix) => contains(prefix, address)));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
