/** Refusals of moves: each names the guard that refuses, with what it is about, whatever the world and the move. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOW, worldOf } from '../../../test/support/whatif.ts';
import { type GuardFinding, judgeDestinations } from '../../steering/guards/judge-move.ts';
import { judgeArrivals } from '../../steering/load/judge-load.ts';
import { families, type World } from '../../steering/model.ts';
import type { Validity } from '../../steering/network-data.ts';
import { step } from '../../steering/step.ts';
import { refuseGuarded } from './guard.ts';
import { Problem } from './problem.ts';
import type { MoveRecord } from './record.ts';

const GROUPS = ['anycast', 'europe', 'switzerland', 'zurich'];
const LINKS = ['zrh-a', 'zrh-b', 'gva-a', 'gva-b', 'fra-a', 'fra-b', 'iad-a'];
const CAPACITY = [10, 10, 10, 5, 20, 20, 10];
const ROUTES = GROUPS.flatMap((group) => families.map((family) => `${group}/${family}`));

const cases = fc.record({
  hosts: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 4, maxLength: 4 }),
  loads: fc.array(fc.integer({ min: 5, max: 79 }), { minLength: 7, maxLength: 7 }),
  validity: fc.array(fc.constantFrom<Validity['state']>('valid', 'invalid', 'not-found'), {
    minLength: 8,
    maxLength: 8,
  }),
  announced: fc.subarray(ROUTES, { minLength: 4 }),
  stale: fc.boolean(),
  from: fc.nat(3),
  to: fc.nat(3),
});

function worldFor({
  hosts,
  loads,
  validity,
  announced,
  stale,
}: typeof cases extends fc.Arbitrary<infer T> ? T : never): World {
  const reading = <T>(value: T) => ({ value, observedAt: NOW - 1000, staleAt: stale ? NOW - 1 : NOW + 60_000 });
  const world = worldOf({
    hosts: Object.fromEntries(GROUPS.map((group, i) => [group, hosts[i]])),
    loads: Object.fromEntries(LINKS.map((link, i) => [link, (CAPACITY[i] * loads[i]) / 100])),
    data: { validity: new Map(ROUTES.map((route, i) => [route, reading({ state: validity[i], cause: 'a ROA' })])) },
  });
  const prefixes = world.network.groups.flatMap((group) =>
    families.flatMap((family) => {
      const prefix = group.prefixes[family];
      return prefix !== undefined && announced.includes(`${group.id}/${family}`) ? [prefix] : [];
    }),
  );
  const announcements = new Map(world.network.sites.map(({ id }) => [id, reading({ prefixes, hosts: [] })]));
  return { ...world, data: { ...world.data!, announcements } };
}

it('a refusal names its guards and what each is about; where none refuses, nothing is refused', () => {
  const told = new Map<string, number>();
  fc.assert(
    fc.property(cases, (which) => {
      const world = worldFor(which);
      const { from, to, validity, announced } = which;
      const { groups } = world.network;
      const { plan } = step(world, undefined);
      const hasFamily = families.filter((family) => groups[to].prefixes[family] !== undefined);
      const findings: GuardFinding[] = [
        ...judgeDestinations(
          world,
          hasFamily.map((family) => ({ group: to, family })),
        ),
        ...judgeArrivals(
          world,
          plan,
          from === to ? [] : hasFamily.map((family) => ({ service: 0, from, to, family, hosts: which.hosts[from] })),
        ),
      ];
      // What must be refused, told apart from how guards see it.
      const { id } = groups[to];
      const must = hasFamily.flatMap((family) => [
        ...(validity[ROUTES.indexOf(`${id}/${family}`)] === 'invalid' ? ['rpki'] : []),
        ...(announced.includes(`${id}/${family}`) ? [] : ['announcement']),
      ]);
      const refusing = findings.filter(({ refuses }) => refuses);
      expect([...new Set(refusing.map(({ guard }) => guard).filter((guard) => guard !== 'capacity'))].sort()).toEqual(
        [...new Set(must)].sort(),
      );
      for (const { guard, message } of refusing) {
        told.set(guard, (told.get(guard) ?? 0) + 1);
        // The prefix and its group, or the link with its direction.
        expect(message).toMatch(guard === 'capacity' ? /^[a-z]{3}-[ab] (in|out) would be at \d+ %/ : ` of ${id}`);
      }
      const move = { guards: findings } as unknown as MoveRecord;
      if (refusing.length === 0) refuseGuarded(move);
      else {
        const problem = problemOf(() => refuseGuarded(move));
        expect(problem.code).toBe('guarded');
        expect(problem.details?.map(({ about }) => about)).toEqual(refusing.map(({ guard }) => guard));
        for (const { guard } of refusing)
          expect(problem.message).toMatch(new RegExp(`^refused by .*\\b${guard}\\b.*:`));
      }
      // Forced, nothing is.
      refuseGuarded({ ...move, force: true });
    }),
    { numRuns: 200 },
  );
  console.log('refused by:', Object.fromEntries(told));
  for (const guard of ['rpki', 'announcement', 'capacity']) expect(told.get(guard) ?? 0, guard).toBeGreaterThan(10);
});

function problemOf(what: () => void): Problem {
  try {
    what();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
