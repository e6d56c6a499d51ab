/** What-if under load steering says what a server does whose feed measures where its answers lead traffic. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changesOf, NOW, PLAIN, worldOf } from '../../../test/support/whatif.ts';
import { type Prediction, predict } from '../load/predict.ts';
import { isLoadDue } from '../load/steer-load.ts';
import { targetWeights, trafficOf } from '../load/traffic.ts';
import { families, type Plan, planSet, targetKey, type Verdict, type World } from '../model.ts';
import { directions, loadKey, type NetworkData } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import { setWeights } from '../weights.ts';
import { Ground } from './ground.ts';
import { run, TICK_MS } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { isProblem } from './thing.ts';

const LINKS = ['zrh-a', 'zrh-b', 'gva-a', 'gva-b', 'fra-a', 'fra-b', 'iad-a'];
const RULES = { ...PLAIN, cascade: undefined, horizon: 60 * 60_000, explains: false };

const cases = fc.record({
  hosts: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 4, maxLength: 4 }),
  loads: fc.array(fc.integer({ min: 5, max: 80 }), { minLength: 7, maxLength: 7 }),
  link: fc.option(fc.nat(6), { nil: undefined }),
  /** Of the group alone that is dead. */
  group: fc.option(fc.constantFrom('europe', 'switzerland', 'zurich'), { nil: undefined }),
  factor: fc.constantFrom(1, 1.2),
});

/** What one of Zurich's links leaves is too much for the other, and others have room. */
const HOT = {
  hosts: [100, 100, 200, 600],
  loads: [45, 45, 20, 40, 20, 20, 10],
  link: 0,
  group: undefined,
  factor: 1 as const,
};

function worldFor({ hosts, loads }: { hosts: readonly number[]; loads: readonly number[] }): World {
  const capacity = [10, 10, 10, 5, 20, 20, 10];
  const world = worldOf({
    hosts: Object.fromEntries(['anycast', 'europe', 'switzerland', 'zurich'].map((group, i) => [group, hosts[i]])),
    loads: Object.fromEntries(LINKS.map((link, i) => [link, (capacity[i] * loads[i]) / 100])),
  });
  return { ...world, network: { ...world.network, loadSteering: { step: 0.1, interval: 5 * 60_000 } } };
}

/** A feed that measures. */
function measured(network: World['network'], { links }: Prediction, now: number): NetworkData {
  const loads = network.links.flatMap(({ id }, link) =>
    directions.map((direction) => {
      const reading = { value: links[link][direction].load, observedAt: now, staleAt: now + 60_000 };
      return [loadKey(id, direction), reading] as const;
    }),
  );
  return { feeds: [], loads: new Map(loads) };
}

it('what-if says what a server does whose loads follow its answers', { timeout: 300_000 }, () => {
  let steered = 0;
  fc.assert(
    fc.property(cases, (which) => {
      const world = worldFor(which);
      const { network } = world;
      const before = step(world, undefined);
      const changes = [
        ...(which.factor === 1 ? [] : [{ load: which.factor }]),
        ...(which.link === undefined ? [] : [{ fail: `link:${LINKS[which.link]}` }]),
        ...(which.group === undefined ? [] : [{ fail: `group:${which.group}` }]),
      ];
      const scenario = scenarioOf(world, before.plan, changesOf(world, changes));
      if (isProblem(scenario)) throw new Error(scenario.message);
      const said = run(new Ground(scenario, before), RULES);

      const traffic = trafficOf(world, before.plan);
      const weights = setWeights(world, before.plan);
      const lostLinks = new Set(which.link === undefined ? [] : [which.link]);
      const under = (plan: Plan): Prediction =>
        predict(traffic, { weights: targetWeights(network, plan, weights), scale: which.factor, lostLinks });
      // The one link of Ashburn is all that site has; nothing is served there alone.
      const down: Verdict = { state: 'down', since: NOW, cause: 'x', last: 'down', latched: true };
      const verdicts = new Map(world.verdicts);
      for (const { id } of network.services)
        for (const family of families) {
          const key = targetKey(id, which.group ?? '', family);
          if (verdicts.has(key)) verdicts.set(key, down);
        }
      let live: Decided = before;
      for (let now = NOW; now <= NOW + RULES.horizon; now += TICK_MS) {
        const next: World = {
          ...world,
          verdicts,
          history: live.world.history,
          data: measured(network, under(live.plan), now),
          now,
        };
        if (now === NOW || isLoadDue(next, live)) live = step(next, live);
      }
      world.assignments.forEach((_, a) => {
        for (const family of families) {
          const [one, other] = [said.end.plan, live.plan].map((plan) => planSet(plan, a, 0, family));
          expect(one.answers.map(({ group }) => group)).toEqual(other.answers.map(({ group }) => group));
          expect(Buffer.compare(one.spread?.map ?? Buffer.of(), other.spread?.map ?? Buffer.of())).toBe(0);
        }
      });
      if (said.steps.length > 1) steered++;
    }),
    { numRuns: 30, examples: [[HOT]] },
  );
  expect(steered).toBeGreaterThan(0);
});
