/** What-if says what a server does: held to one that is told the same, and looked at host by host. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf, NOW, PLAIN, worldOf } from '../../../test/support/whatif.ts';
import { type Freeze, nextLook } from '../guards/history.ts';
import { type GuardRules, plainGuards } from '../guards/rules.ts';
import {
  type AnswerSet,
  BUCKETS,
  type Choice,
  type Family,
  type Force,
  families,
  type Plan,
  planSet,
  targetKey,
  type Verdict,
  type World,
} from '../model.ts';
import type { NetworkData } from '../network-data.ts';
import { plainPolicy } from '../policy.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import { Ground } from './ground.ts';
import { singleFailures } from './outage.ts';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { isProblem, type Thing, thingText } from './thing.ts';

const MINUTE = 60_000;
const RULES = { ...PLAIN, horizon: 60 * MINUTE, explains: false };
/** Of so many buckets one is looked at. */
const STRIDE = 64;
const GROUPS = ['anycast', 'europe', 'switzerland', 'zurich'];
const [plain] = [worldOf({ hosts: { anycast: 1 } })];
const things = singleFailures(plain.network).filter(({ kind }) => kind !== 'link');

interface Case {
  readonly hosts: readonly number[];
  readonly choice: Choice;
  readonly guards: Partial<GuardRules>;
  readonly freezes: readonly Freeze[];
  readonly forces: readonly Force[];
  /** Targets that went down and came back, a time each, before what is asked for. */
  readonly past: readonly { readonly target: string; readonly ago: number; readonly lasted: number }[];
  readonly failures: readonly Thing[];
  /** Groups and families whose prefix turns invalid, or is withdrawn. */
  readonly invalid: readonly string[];
  readonly withdrawn: readonly string[];
}

const prefixes = ['europe/ipv4', 'switzerland/ipv6', 'zurich/ipv6', 'anycast/ipv4'];

const target = fc
  .tuple(fc.constantFrom(...GROUPS), fc.constantFrom<Family>('ipv4', 'ipv6'))
  .map(([group, family]) => targetKey('web', group, family))
  .filter((key) => plain.verdicts.has(key));
const by = 'host' as const;
const cases: fc.Arbitrary<Case> = fc.record({
  hosts: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
  choice: fc.constantFrom<Choice>(
    { kind: 'ladder' },
    {
      kind: 'weighted',
      by,
      shares: [
        { group: 1, weight: 3 },
        { group: 3, weight: 1 },
      ],
    },
    { kind: 'split', by, to: 3, percent: 30, rest: { kind: 'ladder' } },
  ),
  guards: fc.record({
    dwell: fc.constantFrom(0, 5 * MINUTE),
    blastRadius: fc.option(
      fc.record({
        hosts: fc.constantFrom(0.2, 0.5),
        queries: fc.constant(1),
        interval: fc.constant(20 * MINUTE),
        leaveDead: fc.boolean(),
      }),
      { nil: undefined },
    ),
  }),
  freezes: fc.array(
    fc.record({
      group: fc.constantFrom(...GROUPS, undefined),
      until: fc.integer({ min: 1, max: 90 }).map((m) => NOW + m * MINUTE),
      leaveDead: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  forces: fc.array(
    fc.record({ group: fc.nat(3), state: fc.constantFrom('up' as const, 'down' as const, 'drained' as const) }),
    { maxLength: 1 },
  ),
  past: fc.array(fc.record({ target, ago: fc.integer({ min: 2, max: 30 }), lasted: fc.integer({ min: 1, max: 2 }) }), {
    maxLength: 8,
  }),
  failures: fc.array(fc.constantFrom(...things), { maxLength: 3 }),
  invalid: fc.uniqueArray(fc.constantFrom(...prefixes), { maxLength: 2 }),
  withdrawn: fc.uniqueArray(fc.constantFrom(...prefixes), { maxLength: 2 }),
});

/** A server, told what there is to tell: verdicts as they come, and the time when a guard's wait is over. */
class Live {
  decided: Decided | undefined;
  world: World;

  constructor(world: World) {
    this.world = world;
  }

  at(now: number): void {
    this.until(now);
    this.#step(now);
  }

  /** Steps only where a guard asks for one. */
  until(now: number): void {
    for (;;) {
      const next = this.decided?.world.history === undefined ? undefined : nextLook(this.decided.world.history);
      if (next === undefined || next > now || next <= this.world.now) break;
      this.#step(next);
    }
  }

  see(key: string, state: Verdict['state'], now: number): void {
    const verdict: Verdict = {
      state,
      since: now,
      cause: 'x',
      ...(state === 'down' ? { last: 'down', latched: true } : { last: 'up' }),
    };
    this.world = { ...this.world, verdicts: new Map(this.world.verdicts).set(key, verdict) };
    this.at(now);
  }

  #step(now: number): void {
    this.world = { ...this.world, now };
    this.decided = step(this.world, this.decided);
  }
}

function worldFor({ hosts, choice, guards, freezes, forces }: Case): World {
  const world = worldOf({ hosts: Object.fromEntries(GROUPS.map((group, i) => [group, hosts[i]])) });
  const network = {
    ...world.network,
    policies: [{ ...plainPolicy('default', 60), choice }],
    guards: { ...plainGuards, ...guards },
  };
  return { ...world, network, freezes, forces };
}

/** A server that has been through the past of a case. */
function liveThrough(which: Case): Live {
  const live = new Live({ ...worldFor(which), now: NOW - 60 * MINUTE });
  live.at(live.world.now);
  const events = which.past.flatMap(({ target: key, ago, lasted }) => [
    { at: NOW - ago * MINUTE, key, state: 'down' as const },
    { at: NOW - (ago - lasted) * MINUTE, key, state: 'up' as const },
  ]);
  for (const { at, key, state } of events.sort((a, b) => a.at - b.at)) live.see(key, state, at);
  live.at(NOW);
  return live;
}

/** What feeds say after it all, told apart from how what-if has it. */
function dataAfter({ network }: World, { failures, invalid, withdrawn }: Case): NetworkData | undefined {
  if (invalid.length === 0 && withdrawn.length === 0) return undefined;
  const last = { observedAt: NOW, staleAt: Number.POSITIVE_INFINITY };
  const validity = new Map(
    invalid.map((key) => [key, { value: { state: 'invalid' as const, cause: 'what if' }, ...last }]),
  );
  const announcements = new Map(
    network.sites.map(({ id }, site) => {
      const isLost = failures.some((thing) => thing.kind === 'site' && thing.site === site);
      const announced = network.groups.flatMap((group) =>
        families.flatMap((family) => {
          const prefix = group.prefixes[family];
          if (prefix === undefined || isLost || !group.announce[family].includes(site)) return [];
          return withdrawn.includes(`${group.id}/${family}`) ? [] : [prefix];
        }),
      );
      return [id, { value: { prefixes: announced, hosts: [] }, ...last }];
    }),
  );
  return {
    feeds: [],
    ...(invalid.length === 0 ? {} : { validity }),
    ...(withdrawn.length === 0 ? {} : { announcements }),
  };
}

/** What dies by a failure, told apart from how what-if finds it. */
function isDead(
  { network }: World,
  failures: readonly Thing[],
  service: number,
  group: number,
  family: Family,
): boolean {
  const isLost = (site: number): boolean => failures.some((thing) => thing.kind === 'site' && thing.site === site);
  const { instances, announce } = network.groups[group];
  if (!instances.some((site) => !isLost(site)) || !announce[family].some((site) => !isLost(site))) return true;
  return failures.some(
    (thing) =>
      (thing.kind === 'group' || thing.kind === 'target') &&
      thing.group === group &&
      (thing.family ?? family) === family &&
      (thing.kind === 'group' || thing.service === service),
  );
}

/** Bucket by bucket: hosts by where they go from and to. */
function movedHosts(world: World, before: Plan, after: Plan): Map<string, number> {
  const moved = new Map<string, number>();
  const groupAt = (plan: Plan, a: number, family: Family, bucket: number): number => {
    const { answers, spread } = planSet(plan, a, 0, family);
    return answers[spread === undefined ? 0 : spread.map[bucket]]?.group ?? -1;
  };
  world.assignments.forEach((_, a) => {
    for (const family of families)
      for (let bucket = 0; bucket < BUCKETS; bucket += STRIDE) {
        const [from, to] = [groupAt(before, a, family, bucket), groupAt(after, a, family, bucket)];
        if (from === to) continue;
        const key = `${family} ${from} ${to}`;
        moved.set(key, (moved.get(key) ?? 0) + (world.demand!.hosts[a] * STRIDE) / BUCKETS);
      }
  });
  return moved;
}

/** What a set says; its map, which is made once for each set of shares, by its name alone. */
function told({ answers, failure, spread }: AnswerSet): object {
  return {
    answers,
    failure,
    ...spread,
    map: spread === undefined ? undefined : Buffer.from(spread.map).toString('latin1'),
  };
}

describe('what-if', () => {
  it('says what a server does that the same happens to', { timeout: 300_000 }, () => {
    let changed = 0;
    fc.assert(
      fc.property(cases, (which) => {
        const live = liveThrough(which);
        const before = live.decided!;
        const scenario = scenarioOf(
          live.world,
          before.plan,
          changesOf(live.world, [
            ...which.failures.map((thing) => ({ fail: thingText(live.world.network, thing) })),
            ...which.invalid.map((invalid) => ({ invalid })),
            ...which.withdrawn.map((withdraw) => ({ withdraw })),
          ]),
        );
        if (isProblem(scenario)) throw new Error(scenario.message);
        const said = run(new Ground(scenario, before), RULES);

        const { network, verdicts } = live.world;
        const after = new Map(verdicts);
        network.services.forEach(({ id, vips }, service) => {
          vips.forEach((vip, group) => {
            for (const family of families) {
              const key = targetKey(id, network.groups[group].id, family);
              if (vip[family] === undefined || !isDead(live.world, which.failures, service, group, family)) continue;
              if (verdicts.get(key)?.state !== 'down')
                after.set(key, { state: 'down', since: NOW, cause: 'x', last: 'down', latched: true });
            }
          });
        });
        const data = dataAfter(live.world, which);
        live.world = { ...live.world, verdicts: after, ...(data === undefined ? {} : { data }) };
        live.at(NOW);
        live.until(NOW + RULES.horizon);

        const { decided } = live;
        live.world.assignments.forEach((_, a) => {
          for (const family of families)
            expect(told(planSet(said.end.plan, a, 0, family))).toEqual(told(planSet(decided!.plan, a, 0, family)));
        });
        const moved = movedHosts(live.world, before.plan, decided!.plan);
        changed += moved.size;
        const toldHosts = new Map(
          said.flows
            .filter(({ hosts }) => hosts > 0)
            .map(({ family, from, to, hosts }) => [`${family} ${from} ${to}`, hosts]),
        );
        for (const [key, hosts] of moved) if (hosts > 0) expect(toldHosts.get(key), key).toBeCloseTo(hosts, 0);
        for (const [key, hosts] of toldHosts) expect(moved.get(key) ?? 0, key).toBeCloseTo(hosts, 0);
      }),
      { numRuns: 40 },
    );
    // Most cases are about something.
    expect(changed).toBeGreaterThan(20);
  });
});

describe('things that may fail', () => {
  it('are sites, links, groups and targets, each once', () => {
    const texts = singleFailures(plain.network).map((thing) => thingText(plain.network, thing));
    expect(texts).toHaveLength(4 + 7 + 4 + 2 * 7);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).not.toContain('target:web/zurich/ipv4');
  });
});
