import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import type { Assignment, Force, World } from '../steering/model.ts';
import { noClasses } from '../steering/policy.ts';
import { Pointing } from './pointing.ts';

const [ANYCAST, EUROPE, SWITZERLAND, ZURICH] = [0, 1, 2, 3];
const at = (group: number, ttl = 60): Assignment => ({ service: 0, ipv4: group, ipv6: group, policy: 0, ttl });

function pointing(hosts: [Assignment, number][], forces: Force[] = []): Pointing {
  const world: World = {
    network: exampleNetwork,
    assignments: hosts.map(([assignment]) => assignment),
    forces,
    verdicts: new Map(),
    classes: noClasses(exampleNetwork.policies),
    now: 0,
  };
  return Pointing.in(world, new Map(hosts.map(([, count], number) => [number, count])));
}

describe('where answers point', () => {
  it('sums hosts by the group that answers, fallbacks among them, with the longest TTL', () => {
    const found = pointing([
      [at(EUROPE), 3],
      [at(EUROPE, 300), 2],
      [at(SWITZERLAND), 1],
      // Short for the moment.
      [{ ...at(ZURICH, 10), ownTtl: 900 }, 4],
    ]);
    expect(found.at('europe', 'ipv4')).toEqual({ hosts: 5, fallbacks: 0, ttl: 300 });
    // Zurich has no IPv4.
    expect(found.at('switzerland', 'ipv4')).toEqual({ hosts: 5, fallbacks: 4, ttl: 900 });
    expect(found.at('zurich', 'ipv4')).toEqual({ hosts: 0, fallbacks: 0, ttl: 0 });
    expect(found.at('zurich', 'ipv6')).toEqual({ hosts: 4, fallbacks: 0, ttl: 900 });
  });

  it('follows forced states', () => {
    const drained = pointing([[at(EUROPE), 3]], [{ group: EUROPE, family: 'ipv6', state: 'drained' }]);
    expect(drained.at('anycast', 'ipv6')).toEqual({ hosts: 3, fallbacks: 3, ttl: 60 });
    expect(drained.at('europe', 'ipv4').hosts).toBe(3);
  });

  it('tells which groups fewer hosts point at later', () => {
    const before = pointing([
      [at(EUROPE, 300), 3],
      [at(ANYCAST), 1],
    ]);
    const after = pointing([
      [at(EUROPE, 300), 2],
      [at(ANYCAST), 2],
    ]);
    expect(before.fewerIn(after)).toEqual([
      { group: 'europe', family: 'ipv4', ttl: 300 },
      { group: 'europe', family: 'ipv6', ttl: 300 },
    ]);
    expect(before.fewerIn(before)).toEqual([]);
    expect(before.fewerIn(pointing([])).map(({ group }) => group)).toEqual(['europe', 'europe', 'anycast', 'anycast']);
  });
});
