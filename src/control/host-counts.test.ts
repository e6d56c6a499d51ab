import { describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { steer, TestZone } from '../../test/support/records.ts';
import { SEED } from '../../test/support/tables.ts';
import { HostCounts } from './host-counts.ts';

/** By group, of the assignments some host has. */
async function byGroup({ publisher }: Published): Promise<Record<string, number>> {
  const counts = await publisher.counts.all();
  return Object.fromEntries([...counts].map(([number, hosts]) => [publisher.assignments.keys[number]?.ipv4, hosts]));
}

describe('hosts by assignment', () => {
  it('follows moves without another count', async () => {
    const served = await Published.of(
      new TestZone('test.', [steer('a.test.', 'europe'), steer('b.test.', 'europe'), steer('c.test.', 'europe')]),
    );
    expect(await byGroup(served)).toEqual({ europe: 3 });
    await served.move('a.test.', 'zurich');
    await served.move('b.test.', 'anycast');
    expect(await byGroup(served)).toEqual({ europe: 1, zurich: 1, anycast: 1 });
    await served.move('a.test.', 'anycast');
    expect(await byGroup(served)).toEqual({ europe: 1, anycast: 2 });
  });

  it('begins anew with a load', async () => {
    const zone = new TestZone('test.', [steer('a.test.', 'europe'), steer('b.test.', 'europe')]);
    const served = await Published.of(zone);
    expect(await byGroup(served)).toEqual({ europe: 2 });
    zone.set([steer('a.test.', 'zurich'), steer('b.test.', 'europe'), steer('c.test.', 'europe')]);
    await served.load([zone]);
    expect(await byGroup(served)).toEqual({ europe: 2, zurich: 1 });
  });

  it('leaves out what is never answered: a host where another zone has the names', async () => {
    const below = new TestZone('sub.test.', [steer('a.sub.test.', 'zurich')]);
    const served = await Published.of(new TestZone('test.', [steer('a.test.', 'europe')]), below);
    expect(await byGroup(served)).toEqual({ europe: 1, zurich: 1 });
    const above = new TestZone('test.', [steer('a.test.', 'europe'), steer('b.sub.test.', 'europe')]);
    await served.load([above, below]);
    expect(await byGroup(served)).toEqual({ europe: 1, zurich: 1 });
    await served.move('a.sub.test.', 'anycast');
    expect(await byGroup(served)).toEqual({ europe: 1, anycast: 1 });
  });

  it('takes no count for true that a move has overtaken', async () => {
    const served = await Published.of(new TestZone('test.', [steer('a.test.', 'europe'), steer('b.test.', 'europe')]));
    const { publisher } = served;
    const counting = publisher.counts.all();
    await served.move('a.test.', 'zurich');
    await counting;
    expect(await publisher.counts.all()).toEqual(await new HostCounts(publisher.tables, SEED).all());
  });
});
