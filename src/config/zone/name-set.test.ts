import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameSet } from './name-set.ts';

test('knows every name it had, and its line', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 6, max: 3 }), { maxLength: 2000 }), (names) => {
      const set = new NameSet();
      const lines = new Map<string, number>();
      names.forEach((name, i) => {
        const before = lines.get(name.join());
        expect(set.add(name, name.length, i + 1)).toBe(before ?? 0);
        if (before === undefined) lines.set(name.join(), i + 1);
      });
    }),
    { numRuns: 50 },
  );
});

test('grows', () => {
  const set = new NameSet();
  const name = new Uint8Array(255);
  const fill = (i: number): number => {
    new DataView(name.buffer).setUint32(i & 127, i);
    return 200 + (i & 31);
  };
  for (let i = 0; i < 20_000; i++) expect(set.add(name, fill(i), i + 0x10000)).toBe(0);
  name.fill(0);
  for (let i = 0; i < 20_000; i++) expect(set.add(name, fill(i), 1)).toBe(i + 0x10000);
});
