import { expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { record, steer, TestZone } from '../../test/support/records.ts';
import { RRType } from '../wire/constants.ts';

it('finds a host in the most specific zone that holds its name, and nothing else', async () => {
  const outer = new TestZone('a.test.', [
    steer('a.test.', 'zurich'),
    steer('*.a.test.', 'zurich'),
    steer('one.a.test.', 'zurich'),
    steer('two.sub.a.test.', 'zurich'),
    record('plain.a.test.', RRType.A, Uint8Array.of(192, 0, 2, 1)),
  ]);
  const inner = new TestZone('sub.a.test.', [steer('one.sub.a.test.', 'europe')]);
  const published = await Published.of(outer, inner);
  const found = ['a.test.', '*.a.test.', 'one.a.test.', 'one.sub.a.test.'].filter((name) => published.node(name) !== 0);
  expect(found).toHaveLength(4);
  // A wildcard is itself no other name; two.sub belongs to the inner zone, which lacks it.
  for (const name of ['plain.a.test.', 'other.a.test.', 'two.sub.a.test.', 'sub.a.test.', 'test.', '.', 'one.b.test.'])
    expect([name, published.node(name)]).toEqual([name, 0]);
});
