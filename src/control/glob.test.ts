import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches } from './glob.ts';

describe('globs', () => {
  it('match what a regular expression would', () => {
    const pattern = fc.array(fc.constantFrom('*', '?', 'a', 'b', '.'), { maxLength: 8 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        return globMatches(glob, name) === new RegExp(`^${source}$`).test(name);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  it('of many stars come to an end', () => {
    // Trying every place for every star would take longer than the world has been there.
    expect(globMatches(`${'*a'.repeat(100)}*b`, 'a'.repeat(250))).toBe(false);
  });
});
