import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { formatAddress } from '../net/address.ts';
import { resolveAssignment } from './assignment.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';
import { parseForces } from './forces.ts';
import {
  type Assignment,
  type Family,
  type Force,
  type ForcedState,
  families,
  type Network,
  planSet,
  type World,
} from './model.ts';
import { noClasses } from './policy.ts';
import { stateOf } from './state.ts';

const GROUPS = { anycast: 0, europe: 1, switzerland: 2, zurich: 3 } as const;

function world(
  states: Record<string, string>,
  group: keyof typeof GROUPS,
  network: Network = exampleNetwork,
): { world: World; assignment: Assignment } {
  const { forces, problems } = parseForces(states, network);
  expect(problems).toEqual([]);
  const assignment = { service: 0, ipv4: GROUPS[group], ipv6: GROUPS[group], policy: 0, ttl: 60 };
  return {
    world: {
      network,
      assignments: [assignment],
      forces,
      verdicts: new Map(),
      classes: noClasses(network.policies),
      now: 0,
    },
    assignment,
  };
}

function answer(states: Record<string, string>, group: keyof typeof GROUPS, family: Family, network?: Network): string {
  const { world: w } = world(states, group, network);
  const plan = decide(w);
  const [found] = planSet(plan, 0, 0, family).answers;
  if (found === undefined) return 'none';
  return `${formatAddress(found.address)}${found.lastResort ? ' last resort' : ''}`;
}

describe('decide', () => {
  it.each<[string, Record<string, string>, keyof typeof GROUPS, Family, string]>([
    ['the group of the assignment', {}, 'europe', 'ipv4', '198.51.100.64'],
    ['the specific group where it has the family', {}, 'zurich', 'ipv6', '2001:db8:19::64'],
    ['the nearest ancestor where it lacks the family', {}, 'zurich', 'ipv4', '203.0.113.64'],
    ['the parent when the group is down', { zurich: 'down' }, 'zurich', 'ipv6', '2001:db8:18::64'],
    ['the parent when the group is drained', { zurich: 'drained' }, 'zurich', 'ipv6', '2001:db8:18::64'],
    ['past two that are down', { zurich: 'down', switzerland: 'down' }, 'zurich', 'ipv6', '2001:db8:17::64'],
    [
      'a drained one rather than none',
      { zurich: 'down', switzerland: 'drained', europe: 'down', anycast: 'down' },
      'zurich',
      'ipv6',
      '2001:db8:18::64',
    ],
    [
      'the declared one when all are down',
      { zurich: 'down', switzerland: 'down', europe: 'down', anycast: 'down' },
      'zurich',
      'ipv6',
      '2001:db8:19::64 last resort',
    ],
    [
      'the nearest with the family when all are down',
      { switzerland: 'down', europe: 'down', anycast: 'down' },
      'zurich',
      'ipv4',
      '203.0.113.64 last resort',
    ],
    ['IPv4 untouched by IPv6', { 'switzerland/ipv6': 'down' }, 'switzerland', 'ipv4', '203.0.113.64'],
    ['one target of a service', { 'web/switzerland/ipv4': 'down' }, 'switzerland', 'ipv4', '198.51.100.64'],
    [
      'a narrower force against a broader one',
      { zurich: 'down', 'web/zurich': 'up' },
      'zurich',
      'ipv6',
      '2001:db8:19::64',
    ],
    ['a broader force taken back', { zurich: 'down', 'web/zurich/ipv6': 'auto' }, 'zurich', 'ipv6', '2001:db8:19::64'],
    ['no descent: a host in Europe stays out of Switzerland', { europe: 'down' }, 'europe', 'ipv4', '192.0.2.64'],
  ])('answers %s', (_rule, states, group, family, expected) => {
    expect(answer(states, group, family)).toBe(expected);
  });

  it('prefers a candidate that avoids the failed sites', () => {
    const groups = exampleNetwork.groups.map((g) => ({
      ...g,
      instances: [[0, 1, 2, 3], [3], [0, 1], [0]][GROUPS[g.id as keyof typeof GROUPS]],
    }));
    const network = { ...exampleNetwork, groups };
    // Switzerland is served from Zurich too; Europe, here, is not.
    expect(answer({ zurich: 'down' }, 'zurich', 'ipv6', network)).toBe('2001:db8:17::64');
    // Drained is no failure, so nothing is to be avoided.
    expect(answer({ zurich: 'drained' }, 'zurich', 'ipv6', network)).toBe('2001:db8:18::64');
  });

  it('has no family that no group of the ladder has', () => {
    const vips = exampleNetwork.services[0].vips.map(({ ipv6 }) => ({ ipv6 }));
    const network = { ...exampleNetwork, services: [{ id: 'web', vips }] };
    expect(answer({}, 'zurich', 'ipv4', network)).toBe('none');
    expect(answer({}, 'zurich', 'ipv6', network)).toBe('2001:db8:19::64');
  });
});

describe('explain', () => {
  it.each<[Record<string, string>, keyof typeof GROUPS, Family, string]>([
    [{}, 'zurich', 'ipv6', 'zurich: up'],
    [{}, 'zurich', 'ipv4', 'ipv4: none in zurich -> switzerland: up'],
    [{ zurich: 'drained' }, 'zurich', 'ipv6', 'zurich: ipv6 drained (forced) -> switzerland: up'],
    [
      { zurich: 'down' },
      'zurich',
      'ipv6',
      'zurich: ipv6 down (forced) -> switzerland: up (served by the failed site too)',
    ],
    [{ zurich: 'up' }, 'zurich', 'ipv6', 'zurich: up (forced)'],
    [
      { zurich: 'down', switzerland: 'down', europe: 'down', anycast: 'down' },
      'zurich',
      'ipv6',
      'zurich: down (forced); nothing is usable, so the declared group answers as a last resort',
    ],
  ])('%j for %s %s', (states, group, family, chain) => {
    const { world: w, assignment } = world(states, group);
    expect(explain(w, assignment, 0, family).chain).toBe(chain);
  });
});

describe('names', () => {
  const names = { service: 'web', ipv4: 'europe', ipv6: 'zurich', policy: 'default', ttl: -1 };
  it("become indexes, and the TTL the policy's", () => {
    expect(resolveAssignment(exampleNetwork, names)).toEqual({
      assignment: { service: 0, ipv4: 1, ipv6: 3, policy: 0, ttl: 60 },
    });
    expect(resolveAssignment(exampleNetwork, { ...names, ttl: 5 })).toMatchObject({ assignment: { ttl: 5 } });
  });
  it.each([
    [{ service: 'wbe' }, 'unknown-service', 'there is no service wbe in network.yaml'],
    [{ ipv4: 'eu' }, 'unknown-group', 'there is no group eu in network.yaml'],
    [{ policy: 'x' }, 'unknown-policy', 'there is no policy x in network.yaml'],
  ])('%j is %s', (change, code, message) => {
    expect(resolveAssignment(exampleNetwork, { ...names, ...change })).toMatchObject({ problem: { code, message } });
  });
  it('need an address somewhere on the ladder', () => {
    const network = { ...exampleNetwork, services: [{ id: 'web', vips: [] }] };
    expect(resolveAssignment(network, names)).toMatchObject({ problem: { code: 'no-address' } });
  });
});

describe('forces', () => {
  it.each([
    ['paris', 'there is no group paris; known: anycast, europe, switzerland, zurich'],
    ['mail/zurich', 'there is no service mail; known: web'],
    ['a/web/zurich', '"a/web/zurich" has too many parts'],
  ])('%s is a problem', (key, message) => {
    expect(parseForces({ [key]: 'down' }, exampleNetwork).problems).toMatchObject([{ key, message }]);
  });
  it('refuses a state there is not', () => {
    expect(parseForces({ zurich: 'dead' }, exampleNetwork).problems).toMatchObject([
      { code: 'unknown-state', fix: 'write up, down, drained, auto' },
    ]);
  });
});

/** The example network under these forces. */
function worldOf(assignments: readonly Assignment[], forces: readonly Force[]): World {
  const classes = noClasses(exampleNetwork.policies);
  return { network: exampleNetwork, assignments, forces, verdicts: new Map(), classes, now: 0 };
}

describe('invariants', () => {
  const state = fc.constantFrom<ForcedState>('up', 'down', 'drained', 'auto');
  const force = fc.record({
    group: fc.nat(3),
    state,
    service: fc.option(fc.constant(0), { nil: undefined }),
    family: fc.option(fc.constantFrom<Family>('ipv4', 'ipv6'), { nil: undefined }),
  });
  const forces = fc.array(force, { maxLength: 8 });
  const assignments = Array.from({ length: 16 }, (_, i) => ({
    service: 0,
    ipv4: i & 3,
    ipv6: i >> 2,
    policy: 0,
    ttl: 60,
  }));
  const planOf = (f: readonly Force[]) => decide(worldOf(assignments, f));

  it('a family is never emptied', () => {
    fc.assert(
      fc.property(forces, (f) => {
        const plan = planOf(f);
        for (const row of plan.rows) expect(plan.sets[row].answers).toHaveLength(1);
      }),
    );
  });

  it('families never look at each other', () => {
    fc.assert(
      fc.property(forces, fc.constantFrom<Family>('ipv4', 'ipv6'), (f, family) => {
        const own = f.filter((x) => x.family === undefined || x.family === family);
        const all = planOf(f);
        const some = planOf(own);
        assignments.forEach((_, i) => {
          expect(planSet(all, i, 0, family)).toEqual(planSet(some, i, 0, family));
        });
      }),
    );
  });

  it('is deterministic, and explain says what decide does', () => {
    fc.assert(
      fc.property(forces, (f) => {
        const plan = planOf(f);
        expect(planOf(f)).toEqual(plan);
        const w = worldOf(assignments, f);
        assignments.forEach((assignment, i) => {
          for (const family of families) {
            const [share] = planSet(plan, i, 0, family).answers;
            const explained = explain(w, assignment, 0, family);
            expect(explained.group).toBe(exampleNetwork.groups[share.group].id);
            expect(explained.lastResort !== undefined).toBe(share.lastResort);
          }
        });
      }),
    );
  });

  it('a usable more specific candidate is never passed over', () => {
    fc.assert(
      fc.property(forces, fc.nat(3), fc.constantFrom<Family>('ipv4', 'ipv6'), (f, group, family) => {
        const w = worldOf([{ service: 0, ipv4: group, ipv6: group, policy: 0, ttl: 60 }], f);
        const [share] = planSet(decide(w), 0, 0, family).answers;
        if (share.lastResort) return;
        for (let g = group; g > share.group; g--) {
          const usable =
            exampleNetwork.services[0].vips[g][family] !== undefined && stateOf(w, 0, g, family).state === 'up';
          expect(usable).toBe(false);
        }
      }),
    );
  });
});
