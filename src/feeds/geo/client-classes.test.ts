/** Classes, maps and scopes against an oracle that matches and orders the slow way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryAsns,
  arbitraryKnown,
  arbitraryNetwork,
  contains,
  edges,
  effect,
  type Known,
  networksOf,
  prefixesIn,
  servingGroups,
  unitOf,
} from '../../../test/support/client-oracle.ts';
import type { Family, Network } from '../../steering/model.ts';
import { ClientArena } from '../../tables/arena.ts';
import { ClientReader } from '../../tables/client-reader.ts';
import { clientClasses } from './client-classes.ts';
import { writeClients } from './client-writer.ts';
import { pointOf } from './runs.ts';

const NEAR = 1;
const arena = new ClientArena();

/** The real thing: a client's groups, and how far they hold. */
function build(network: Network, databases: readonly (readonly Known[])[]) {
  const found = clientClasses(network, databases.map(networksOf));
  writeClients(arena, found);
  const reader = new ClientReader();
  reader.use(arena);
  return {
    found,
    look(address: Uint8Array, policy = NEAR): { number: number; scope: number } {
      const { hi, lo } = pointOf(unitOf(address));
      const number = address.length === 4 ? reader.ipv4(policy, hi) : reader.ipv6(policy, hi, lo);
      return { number, scope: reader.scope };
    },
  };
}

const world = fc.tuple(arbitraryNetwork, arbitraryKnown, arbitraryAsns);

describe('client classes', () => {
  it('lead every host where the slow way leads it', () => {
    fc.assert(
      fc.property(world, ([network, countries, asns]) => {
        const databases = [countries, asns];
        const { found, look } = build(network, databases);
        for (const family of ['ipv4', 'ipv6'] as const) {
          for (const address of edges(prefixesIn(network, databases), family)) {
            const { groups } = found.classes[NEAR][look(address).number];
            expect(effect(network, groups)).toBe(effect(network, servingGroups(network, databases, address)));
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('hold for all of the scope, and no shorter prefix would do', () => {
    fc.assert(
      fc.property(world, ([network, countries, asns]) => {
        const databases = [countries, asns];
        const { look } = build(network, databases);
        for (const family of ['ipv4', 'ipv6'] as const satisfies readonly Family[]) {
          const points = edges(prefixesIn(network, databases), family);
          const effects = points.map((point) => effect(network, servingGroups(network, databases, point)));
          points.forEach((address, i) => {
            const { scope } = look(address);
            const unit = unitOf(address);
            const inside = (length: number): boolean =>
              points.every((p, j) => !contains({ family, address: unit, length }, p) || effects[j] === effects[i]);
            expect(scope).toBeLessThanOrEqual(family === 'ipv4' ? 24 : 56);
            expect(inside(scope)).toBe(true);
            if (scope > 0) expect(inside(scope - 1)).toBe(false);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are one class for policies that do not look at clients, and for all clients where nobody serves anybody', () => {
    fc.assert(
      fc.property(world, ([network, countries]) => {
        const { found, look } = build(network, [countries]);
        expect(found.classes[0]).toEqual([{ groups: [] }]);
        expect(look(Uint8Array.of(192, 0, 2, 1), 0)).toEqual({ number: 0, scope: 0 });
        const nobody = { ...network, groups: network.groups.map((group) => ({ ...group, serves: [] })) };
        const none = build(nobody, [countries]);
        expect(none.found.classes[NEAR]).toEqual([{ groups: [] }]);
        expect(none.look(Uint8Array.of(192, 0, 2, 1))).toEqual({ number: 0, scope: 0 });
      }),
      { numRuns: 50 },
    );
  });

  it('are not more than can be numbered', () => {
    const [network] = fc.sample(
      world.map(([made]) => made).filter((made) => clientClasses(made, []).classes[NEAR].length > 2),
      { numRuns: 1, seed: 7 },
    );
    const { length } = clientClasses(network, []).classes[NEAR];
    expect(clientClasses(network, [], length - 1).classes[NEAR]).toHaveLength(length);
    expect(() => clientClasses(network, [], length - 2)).toThrow(`more than ${length - 2} classes`);
  });

  it('are told apart: no two of them lead all hosts alike', () => {
    fc.assert(
      fc.property(world, ([network, countries, asns]) => {
        const { found } = build(network, [countries, asns]);
        const effects = found.classes[NEAR].map(({ groups }) => effect(network, groups));
        expect(new Set(effects).size).toBe(effects.length);
        expect(found.classes[NEAR][0].groups).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
