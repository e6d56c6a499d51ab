/** Hosts that were shed of a target nobody asks for any more come back; in the same step those of others came to weigh NaN, for nothing times infinity was taken off where they were. */
import { expect, it } from 'vitest';
import { networkOf, Town } from '../../src/steering/load/testing.ts';

const INTERVAL = 300_000;

it('what was shed of a target that nobody asks for comes back, and what comes back with it is reckoned with numbers', () => {
  const network = networkOf({
    sites: { zrh: { 'zrh-a': 10 }, gva: { 'gva-a': 10 } },
    groups: { zurich: { sites: ['zrh'], fallback: ['geneva'] }, geneva: { sites: ['gva'] } },
    loadSteering: { step: 0.1, interval: INTERVAL },
  });
  const town = new Town(network, { 'zurich/ipv4': 5, 'zurich/ipv6': 4 }).pass(INTERVAL, 2);
  expect([...town.load.shed.keys()].sort()).toEqual(['web/zurich/ipv4', 'web/zurich/ipv6']);
  town.asked = { 'zurich/ipv6': 2 };
  town.pass(INTERVAL);
  for (const { to } of town.load.shed.values())
    expect(to).toEqual([{ group: 'geneva', weight: expect.closeTo(0.157, 2) }]);
  expect(town.pass(INTERVAL, 10).load.shed.size).toBe(0);
});
