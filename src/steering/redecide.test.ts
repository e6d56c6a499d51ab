import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { decide } from './decide.ts';
import {
  type AnswerSet,
  BUCKETS,
  type Choice,
  families,
  type Network,
  type Plan,
  type Policy,
  planSet,
  targetKey,
  type Verdict,
  type World,
} from './model.ts';
import { plainPolicy } from './policy.ts';
import { type Decided, redecide } from './redecide.ts';

const choices: readonly Choice[] = [
  { kind: 'ladder' },
  { kind: 'nearest' },
  {
    kind: 'weighted',
    by: 'host',
    shares: [
      { group: 1, weight: 2 },
      { group: 3, weight: 1 },
    ],
  },
  { kind: 'split', to: 1, percent: 20, by: 'client', rest: { kind: 'nearest' } },
];
const policies: readonly Policy[] = choices.flatMap((choice, i): Policy[] => [
  { ...plainPolicy(`p${i}`, 60), choice },
  { ...plainPolicy(`q${i}`, 60), choice, ipv4: { atLeast: 1 }, failback: 'manual', lastResort: 'declared' },
]);
const [web] = exampleNetwork.services;
const network: Network = { ...exampleNetwork, policies, services: [web, { ...web, id: 'mail' }] };
const assignments = policies.flatMap((_, policy) =>
  [0, 1].flatMap((service) => [0, 2, 3].map((group) => ({ service, policy, ipv4: group, ipv6: group, ttl: 60 }))),
);
const classes = policies.map(() => [{ groups: [] }, { groups: [3, 2, 1] }, { groups: [1] }]);

const verdict: fc.Arbitrary<Verdict> = fc.record(
  {
    state: fc.constantFrom('up', 'down', 'unknown'),
    since: fc.nat(1000),
    cause: fc.constant('x'),
    changeAt: fc.nat(100_000),
    last: fc.constantFrom('up', 'down'),
    latched: fc.boolean(),
  },
  { requiredKeys: ['state', 'since', 'cause'] },
);
const target = fc
  .tuple(fc.constantFrom('web', 'mail'), fc.constantFrom(...network.groups), fc.constantFrom(...families))
  .map(([service, { id }, family]) => targetKey(service, id, family));
const verdicts = fc.array(fc.tuple(target, verdict), { maxLength: 12 }).map((list) => new Map(list));

const worldOf = (v: World['verdicts'], now: number): World => ({
  network,
  assignments,
  forces: FORCES,
  verdicts: v,
  classes,
  now,
});

const FORCES: World['forces'] = [];
const maps = new Map<Uint8Array | undefined, number>();

/** A set in short. Maps are made once for each set of shares, so the same shares are the same object. */
function brief({ answers, spread, failure }: AnswerSet): string {
  if (!maps.has(spread?.map)) maps.set(spread?.map, maps.size);
  const texts = answers.map(({ service, group, ttl, lastResort }) => `${service} ${group} ${ttl} ${lastResort}`);
  return `${texts.join(', ')}; ${spread?.by} ${spread?.salt} ${maps.get(spread?.map)} ${failure}`;
}

/** What a plan says, without regard to how its sets are numbered. */
function said(plan: Plan): string[] {
  return assignments.flatMap((_, a) =>
    classes[0].flatMap((__, c) => families.map((family) => brief(planSet(plan, a, c, family)))),
  );
}

describe('redecide', () => {
  it('gives what decide gives, whatever verdicts come one after another', () => {
    fc.assert(
      fc.property(fc.array(verdicts, { minLength: 1, maxLength: 5 }), (steps) => {
        let before: Decided | undefined;
        steps.forEach((step) => {
          const world = worldOf(step, 0);
          const plan = redecide(world, before);
          expect(said(plan)).toEqual(said(decide(world)));
          before = { world, plan };
        });
      }),
      { numRuns: 60 },
    );
  });

  it('leaves alone what no changed verdict is about', () => {
    const world = worldOf(new Map(), 0);
    const before = { world, plan: decide(world) };
    const down: Verdict = { state: 'down', since: 0, cause: 'x' };
    const plan = redecide(worldOf(new Map([['web/zurich/ipv6', down]]), 0), before);
    expect(plan.rows).toBe(before.plan.rows);
    const changed = plan.origins.filter((_, i) => plan.sets[i] !== before.plan.sets[i]);
    expect(changed.length).toBeGreaterThan(0);
    for (const origin of changed) expect(origin).toMatchObject({ family: 'ipv6', assignment: { service: 0 } });
  });
});

const known = new Map<Uint8Array, number>();
function largest(map: Uint8Array): number {
  const most = known.get(map) ?? map.reduce((a, b) => Math.max(a, b), 0);
  known.set(map, most);
  return most;
}

describe('any plan', () => {
  it('never empties a family, keeps families apart, and gives every bucket an answer', () => {
    fc.assert(
      fc.property(verdicts, (v) => {
        const plan = decide(worldOf(v, 0));
        const calm = decide(worldOf(new Map(), 0));
        const own = families.map((family) =>
          decide(worldOf(new Map([...v].filter(([key]) => key.endsWith(family))), 0)),
        );
        assignments.forEach((_, a) => {
          for (let c = 0; c < plan.classes; c++)
            families.forEach((family, f) => {
              const set = planSet(plan, a, c, family);
              expect(set.answers.length === 0).toBe(planSet(calm, a, c, family).answers.length === 0);
              expect(brief(set)).toBe(brief(planSet(own[f], a, c, family)));
              if (set.spread === undefined) expect(set.answers.length).toBeLessThan(2);
              else {
                expect(set.spread.map).toHaveLength(BUCKETS);
                expect(largest(set.spread.map)).toBeLessThan(set.answers.length);
              }
            });
        });
      }),
      { numRuns: 40 },
    );
  });
});
