import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { planChanges } from './changes.ts';
import { decide } from './decide.ts';
import type { Assignment, Network, Policy, World } from './model.ts';
import { noClasses, plainPolicy } from './policy.ts';
import { redecide } from './redecide.ts';

const shares = [
  { group: 1, weight: 1 },
  { group: 2, weight: 1 },
];
const policies: Policy[] = [
  plainPolicy('default', 60),
  { ...plainPolicy('shared', 60), choice: { kind: 'weighted', by: 'host', shares } },
];
const network: Network = { ...exampleNetwork, policies };
const assignments: Assignment[] = [
  { service: 0, policy: 0, ipv4: 3, ipv6: 3, ttl: 60 },
  { service: 0, policy: 0, ipv4: 3, ipv6: 3, ttl: 300 },
  { service: 0, policy: 1, ipv4: 0, ipv6: 0, ttl: 60 },
];
const calm: World = { network, assignments, forces: [], verdicts: new Map(), classes: noClasses(policies), now: 0 };
const before = { world: calm, plan: decide(calm) };
const down = (...keys: string[]): World['verdicts'] =>
  new Map(keys.map((key) => [`web/${key}`, { state: 'down' as const, since: 0, cause: 'tcp: refused' }]));

describe('changes of a plan', () => {
  it('are told once for all TTLs, with their cause', () => {
    const world = { ...calm, verdicts: down('zurich/ipv6') };
    expect(planChanges(before, { world, plan: redecide(world, before) })).toEqual([
      {
        service: 'web',
        policy: 'default',
        group: 'zurich',
        starts: ['zurich'],
        family: 'ipv6',
        before: 'zurich',
        after: 'switzerland',
        cause: 'zurich: ipv6 down since 00:00:00 (tcp: refused) -> switzerland: up (served by the failed site too)',
      },
    ]);
  });

  it('tell shares and last resorts', () => {
    const world = { ...calm, verdicts: down('europe/ipv4', 'anycast/ipv4') };
    const found = planChanges(before, { world, plan: redecide(world, before) });
    expect(found.map(({ before: was, after, cause }) => [was, after, cause])).toEqual([
      [
        'europe 50 %, switzerland 50 %',
        'switzerland 100 %',
        'shared out by policy shared; europe: ipv4 down since 00:00:00 (tcp: refused); switzerland: ipv4 up',
      ],
    ]);
    const all = { ...calm, verdicts: down('europe/ipv6', 'switzerland/ipv6', 'zurich/ipv6', 'anycast/ipv6') };
    const plan = redecide(all, before);
    expect(planChanges(before, { world: all, plan }).map(({ after }) => after)).toEqual([
      'zurich (last resort)',
      'anycast (last resort)',
    ]);
  });

  it('of another network are found by name; what only one has is none', () => {
    const [default_, shared] = policies;
    const other: World = {
      ...calm,
      network: { ...network, policies: [shared, { ...default_, ipv4: 'shared' }] },
      assignments: assignments.map((a) => ({ ...a, policy: 1 - a.policy })).slice(0, 2),
      classes: noClasses(policies),
    };
    const found = planChanges(before, { world: other, plan: decide(other) });
    expect(found.map(({ family, before: was, after }) => `${family} ${was} -> ${after}`)).toEqual([
      'ipv4 switzerland -> anycast',
    ]);
    expect(planChanges(before, { world: calm, plan: decide(calm) })).toEqual([]);
  });
});
