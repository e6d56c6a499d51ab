/** Whatever guards and load steering keep from happening is told with the guard's name, in the words that operators read: on worlds and days made by chance. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOW, worldOf } from '../../../test/support/whatif.ts';
import { decide } from '../decide.ts';
import { explain } from '../explain.ts';
import { isLoadDue } from '../load/steer-load.ts';
import { BUCKETS, type Choice, families, type Plan, planSet, type Verdict, type World } from '../model.ts';
import { loadKey, type NetworkData, type Validity } from '../network-data.ts';
import { plainPolicy } from '../policy.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import { type Freeze, nextLook } from './history.ts';
import { guardNames, plainGuards } from './rules.ts';

const MINUTE = 60_000;
const GROUPS = ['anycast', 'europe', 'switzerland', 'zurich'];
/** Of so many buckets one is looked at. */
const STRIDE = 1024;
const [plain] = [worldOf({ hosts: { anycast: 1 } })];
const targets = [...plain.verdicts.keys()].filter((key) => key.startsWith('web/'));
const routes = plain.network.groups.flatMap(({ id, prefixes }) =>
  families.flatMap((family) => (prefixes[family] === undefined ? [] : [`${id}/${family}`])),
);

interface Seen {
  readonly kind: 'see';
  readonly target: string;
  readonly state: Verdict['state'];
}

/** What a day is made of. */
type Event =
  | Seen
  /** It fails and is back, again and again. */
  | { readonly kind: 'flap'; readonly target: string }
  | { readonly kind: 'sign'; readonly route: string; readonly state: Validity['state'] }
  | { readonly kind: 'announce'; readonly routes: readonly string[] }
  | { readonly kind: 'load'; readonly percent: readonly number[] }
  | { readonly kind: 'freeze'; readonly freezes: readonly Freeze[] };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('see' as const),
      target: fc.constantFrom(...targets),
      state: fc.constantFrom('up' as const, 'down' as const, 'down' as const, 'unknown' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('sign' as const),
      route: fc.constantFrom(...routes),
      state: fc.constantFrom('valid' as const, 'invalid' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flap' as const), target: fc.constantFrom(...targets) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('announce' as const), routes: fc.subarray(routes) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      percent: fc.array(fc.integer({ min: 5, max: 95 }), { minLength: 7, maxLength: 7 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('freeze' as const),
      freezes: fc.array(
        fc.record({
          group: fc.constantFrom(...GROUPS, undefined),
          until: fc.integer({ min: 1, max: 90 }).map((m) => NOW + m * MINUTE),
          leaveDead: fc.boolean(),
        }),
        { maxLength: 1 },
      ),
    }),
  },
);

const by = 'host' as const;
const days = fc.record({
  hosts: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 4, maxLength: 4 }),
  choice: fc.constantFrom<Choice>(
    { kind: 'ladder' },
    { kind: 'split', by, to: 3, percent: 30, rest: { kind: 'ladder' } },
    {
      kind: 'weighted',
      by,
      shares: [
        { group: 1, weight: 3 },
        { group: 3, weight: 1 },
      ],
    },
  ),
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
  events: fc.array(fc.record({ after: fc.integer({ min: 0, max: 6 }), event }), { minLength: 5, maxLength: 20 }),
});
type Day = typeof days extends fc.Arbitrary<infer T> ? T : never;

/** Lets a day happen. @param look at what is decided after each step */
function live({ hosts, choice, dwell, blastRadius, events }: Day, look: (decided: Decided) => void): void {
  const world = worldOf({ hosts: Object.fromEntries(GROUPS.map((group, i) => [group, hosts[i]])) });
  let now = NOW;
  let next: World = {
    ...world,
    network: {
      ...world.network,
      policies: [{ ...plainPolicy('default', 60), choice }],
      guards: { ...plainGuards, dwell, ...(blastRadius === undefined ? {} : { blastRadius }) },
      loadSteering: { step: 0.2, interval: MINUTE },
    },
  };
  let decided = step(next, undefined);
  const take = (): void => {
    decided = step({ ...next, now }, decided);
    look(decided);
  };
  for (const { after, event: what } of events) {
    for (let end = now + after * MINUTE; now < end; ) {
      const due = nextLook(decided.world.history!) ?? end;
      now = Math.max(now + 1, Math.min(end, due));
      take();
    }
    for (const each of what.kind === 'flap' ? flaps(what.target) : [what]) {
      next = happened(next, each, ++now);
      take();
    }
    if (isLoadDue({ ...next, history: decided.world.history, now }, decided)) take();
  }
}

function flaps(target: string): Seen[] {
  return (['down', 'up', 'down', 'up'] as const).map((state) => ({ kind: 'see', target, state }));
}

function happened(world: World, what: Exclude<Event, { kind: 'flap' }>, now: number): World {
  const fresh = <T>(value: T) => ({ value, observedAt: now, staleAt: now + 60 * MINUTE });
  const { data = { feeds: [] }, network, verdicts } = world;
  const told = (more: Partial<NetworkData>): World => ({ ...world, data: { ...data, ...more } });
  switch (what.kind) {
    case 'see': {
      const last = what.state === 'unknown' ? {} : { last: what.state };
      const verdict: Verdict = { state: what.state, since: now, cause: `tcp: ${what.state}`, ...last };
      return { ...world, verdicts: new Map(verdicts).set(what.target, verdict) };
    }
    case 'sign':
      return told({ validity: new Map(data.validity).set(what.route, fresh({ state: what.state, cause: 'a ROA' })) });
    case 'announce': {
      const prefixes = network.groups.flatMap((group) =>
        families.flatMap((family) => {
          const prefix = group.prefixes[family];
          return prefix !== undefined && what.routes.includes(`${group.id}/${family}`) ? [prefix] : [];
        }),
      );
      return told({ announcements: new Map(network.sites.map(({ id }) => [id, fresh({ prefixes, hosts: [] })])) });
    }
    case 'load':
      return told({
        loads: new Map(
          network.links.flatMap(({ id, capacity }, i) =>
            (['in', 'out'] as const).map((direction) => [
              loadKey(id, direction),
              fresh((capacity[direction] * what.percent[i]) / 100),
            ]),
          ),
        ),
      });
    case 'freeze':
      return { ...world, freezes: what.freezes };
  }
}

function groupAt(plan: Plan, assignment: number, family: 'ipv4' | 'ipv6', bucket: number): number | undefined {
  const { answers, spread } = planSet(plan, assignment, 0, family);
  return answers[spread?.map[bucket] ?? 0]?.group;
}

it('what is answered otherwise than without guards is told with a guard that does it', { timeout: 300_000 }, () => {
  const told = new Map<string, number>();
  fc.assert(
    fc.property(days, (day) => {
      live(day, ({ world, plan }) => {
        // What verdicts and policies alone would lead to.
        const bare = decide({ ...world, history: undefined });
        world.assignments.forEach((assignment, a) => {
          for (const family of families)
            for (let bucket = 0; bucket < BUCKETS; bucket += STRIDE) {
              if (groupAt(plan, a, family, bucket) === groupAt(bare, a, family, bucket)) continue;
              const { chain, shares } = explain(world, assignment, 0, family, () => bucket);
              const text = [chain, ...shares.map(({ why }) => why)].join('\n');
              const named = guardNames.filter((guard) => new RegExp(`\\b(by ${guard}\\b|${guard} speaks)`).test(text));
              expect(named, text).not.toEqual([]);
              for (const guard of named) told.set(guard, (told.get(guard) ?? 0) + 1);
            }
        });
      });
    }),
    { numRuns: 60 },
  );
  console.log('told:', Object.fromEntries(told));
  // Those that speak of what happens by itself; the others are of moves and files.
  for (const guard of ['freeze', 'damping', 'dwell', 'rpki', 'announcement', 'capacity', 'blast-radius'])
    expect(told.get(guard) ?? 0, guard).toBeGreaterThan(0);
});
