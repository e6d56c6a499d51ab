import { expect, it } from 'vitest';
import { MARKS, Marks } from './marks.ts';

it('marks only rise, once they are stored, and are what was stored after a restart', () => {
  const marks = new Marks();
  const raises = [
    { group: 'zurich', family: 'ipv4', until: 100 },
    { group: 'zurich', family: 'ipv4', until: 300 },
    { group: 'zurich', family: 'ipv4', until: 200 },
    { group: 'europe', family: 'ipv6', until: 50 },
  ] as const;
  const changes = marks.raised(raises);
  expect(changes).toHaveLength(2);
  // The commit may be refused.
  expect(marks.until('zurich', 'ipv4')).toBe(0);
  marks.take(changes);
  expect([marks.until('zurich', 'ipv4'), marks.until('zurich', 'ipv6'), marks.until('europe', 'ipv6')]).toEqual([
    300, 0, 50,
  ]);
  expect(marks.raised([{ group: 'zurich', family: 'ipv4', until: 300 }])).toEqual([]);
  const again = new Marks();
  again.load(changes.flatMap((change) => ('put' in change ? [change.put] : [])));
  expect(again.until('zurich', 'ipv4')).toBe(300);
  again.take([
    { put: { collection: 'audit', key: 'zurich/ipv4', value: 900 } },
    { delete: { collection: MARKS, key: 'x' } },
  ]);
  expect(again.until('zurich', 'ipv4')).toBe(300);
});
