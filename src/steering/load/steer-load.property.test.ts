/** What must hold of every step that loads cause, in any network, at any load: on worlds made by chance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import { step } from '../step.ts';
import { predict } from './predict.ts';
import { MOST_SHED } from './rules.ts';
import { networkOf, Town } from './testing.ts';
import { trafficOf } from './traffic.ts';

const INTERVAL = 300_000;
const SITES = ['zrh', 'gva', 'fra', 'iad'];
const RUNS = { numRuns: 25 };
/** So many intervals without a change are rest. */
const QUIET = 4;
/** Five groups of two families may shed nine tenths each, a twentieth a step: that is far less than this. */
const MOST_STEPS = 400;

const capacity = fc.integer({ min: 5, max: 40 });
const siteSet = fc.subarray(SITES, { minLength: 1 });
const town = fc
  .record({
    links: fc.array(fc.array(capacity, { minLength: 1, maxLength: 2 }), { minLength: 4, maxLength: 4 }),
    groups: fc.array(siteSet, { minLength: 3, maxLength: 5 }),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5, maxLength: 5 }),
    asked: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 10, maxLength: 10 }),
    part: fc.constantFrom(0.05, 0.1, 0.5),
  })
  .map(({ links, groups, order, asked, part }) => {
    const ids = groups.map((_, i) => `g${i}`);
    const network = networkOf({
      sites: Object.fromEntries(
        SITES.map((site, s) => [site, Object.fromEntries(links[s].map((gbit, l) => [`${site}-${l}`, gbit]))]),
      ),
      groups: Object.fromEntries(
        ids.map((id, i) => [
          id,
          { sites: groups[i], fallback: order.flatMap((g) => (g !== i && g < ids.length ? [ids[g]] : [])) },
        ]),
      ),
      loadSteering: { step: part, interval: INTERVAL },
    });
    const all = ids.flatMap((id, i) => [
      [`${id}/ipv4`, asked[i * 2]],
      [`${id}/ipv6`, asked[i * 2 + 1]],
    ]);
    const volumes = Object.fromEntries(all) as Record<string, number>;
    // Each run has one of its own, which is told in short.
    const make = (): Town =>
      Object.assign(new Town(network, volumes), {
        [fc.cloneMethod]: make,
        [fc.toStringMethod]: () => JSON.stringify({ links, groups, order, asked, part }),
      });
    return make();
  });

/** What is asked for, again and again. */
const asks = fc.array(
  fc
    .array(fc.integer({ min: 0, max: 20 }), { minLength: 10, maxLength: 10 })
    .map((asked) => Object.fromEntries(asked.map((gbit, i) => [`g${i >> 1}/${i % 2 === 0 ? 'ipv4' : 'ipv6'}`, gbit]))),
  { minLength: 2, maxLength: 4 },
);

/** Whether hosts of a group are shed to one that sheds to it, over however many others. */
function circleIn({ network, load }: Town, family: string): boolean {
  const to = (id: string): readonly string[] =>
    load.shed.get(`web/${id}/${family}`)?.to.map(({ group }) => group) ?? [];
  const leads = (from: string, back: string, seen: ReadonlySet<string>): boolean =>
    to(from).some((id) => id === back || (!seen.has(id) && leads(id, back, new Set([...seen, id]))));
  return network.groups.some(({ id }) => leads(id, id, new Set()));
}

/** By link what is used of it: as it is, and after each single failure. Failures in which groups lose all their sites say nothing of links alone, and are left out. */
function states(of: Town): Map<string, number[]> {
  const world = { ...of.measure().world };
  const traffic = trafficOf(world, of.decided.plan);
  const { sites, links } = of.network;
  const found = new Map<string, number[]>([['now', predict(traffic).links.map((link) => link.in.ratio)]]);
  links.forEach(({ id, site }, i) => {
    if (links.some((other, o) => o !== i && other.site === site))
      found.set(
        id,
        predict(traffic, { lostLinks: new Set([i]) }).links.map((link) => link.in.ratio),
      );
  });
  sites.forEach(({ id }, i) => {
    const prediction = predict(traffic, { lostSites: new Set([i]) });
    if (prediction.stranded.length === 0)
      found.set(
        id,
        prediction.links.map((link) => link.in.ratio),
      );
  });
  return found;
}

describe('a voluntary step', () => {
  it('puts no link over its high watermark, now or after one more failure, and makes none that is over it worse', () => {
    let steps = 0;
    fc.assert(
      fc.property(town, (of) => {
        for (let i = 0; i < 4; i++) {
          const before = states(of);
          const { plan } = of.decided;
          of.pass(INTERVAL);
          if (of.decided.plan === plan) continue;
          steps++;
          for (const [name, after] of states(of))
            after.forEach((ratio, link) => {
              const was = before.get(name)?.[link];
              // Buckets are whole: of 65,536 some more or fewer than asked for.
              if (was !== undefined) expect(ratio, `${name} ${link}`).toBeLessThanOrEqual(Math.max(0.8, was) + 0.01);
            });
        }
      }),
      RUNS,
    );
    expect(steps).toBeGreaterThan(10);
  });

  it('says of every link that stays too full why', () => {
    let told = 0;
    fc.assert(
      fc.property(town, (of) => {
        of.pass(INTERVAL, 15);
        const { plan } = of.decided;
        of.pass(INTERVAL, QUIET);
        // Else relief is on its way, a step an interval.
        if (of.decided.plan !== plan) return;
        of.network.links.forEach(({ id }) => {
          if (of.used()[id] <= 0.81) return;
          told++;
          expect(of.load.overloads.get(`${id}/in`)?.cause ?? '').toMatch(
            /would be at \d+ %|no group to go to|is elsewhere already|hosts of it are shed to/,
          );
        });
      }),
      RUNS,
    );
    expect(told).toBeGreaterThan(10);
  });
});

describe('load steering', () => {
  it('comes to rest: what is asked for stays the same, and after some steps nothing changes any more', () => {
    let longest = 0;
    fc.assert(
      fc.property(town, (of) => {
        let [steps, quiet] = [0, 0];
        for (; quiet < QUIET && steps < MOST_STEPS; steps++) {
          const { plan } = of.decided;
          quiet = of.pass(INTERVAL).decided.plan === plan ? quiet + 1 : 0;
        }
        expect(quiet).toBe(QUIET);
        longest = Math.max(longest, steps - QUIET);
      }),
      { numRuns: 60 },
    );
    console.log(`at rest after ${longest} steps at the most`);
    expect(longest).toBeGreaterThan(5);
  });

  it('sheds nothing in a circle, and of no target more than it may', () => {
    fc.assert(
      fc.property(town, asks, (of, later) => {
        for (const asked of [of.asked, ...later]) {
          of.asked = asked;
          of.pass(INTERVAL, 3);
          for (const family of ['ipv4', 'ipv6'] as const) expect(circleIn(of, family)).toBe(false);
          for (const { to } of of.load.shed.values()) {
            for (const { weight } of to) expect(weight).toBeGreaterThan(0);
            expect(to.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(MOST_SHED + 1e-9);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('a stale feed', () => {
  it('changes nothing', () => {
    fc.assert(
      fc.property(town, fc.nat({ max: 3 }), (of, before) => {
        of.pass(INTERVAL, before);
        of.isBlind = true;
        const { plan } = of.decided;
        expect(of.pass(INTERVAL, 5).decided.plan).toBe(plan);
      }),
      RUNS,
    );
  });
});

describe('any step', () => {
  it('gives what decide gives of its world, and the same again', () => {
    fc.assert(
      fc.property(town, fc.constantFrom('web/g0/ipv6', 'web/g1/ipv4'), (of, target) => {
        const look = (): void => {
          const { plan, world } = of.decided;
          const whole = decide(world);
          expect(plan.sets.map(({ answers }) => answers)).toEqual(whole.sets.map(({ answers }) => answers));
          expect(plan.sets.map(({ spread }) => spread?.map)).toEqual(whole.sets.map(({ spread }) => spread?.map));
        };
        look();
        of.pass(INTERVAL, 2);
        look();
        of.see(target, 'down');
        look();
        const again = step({ ...of.world, now: of.now + INTERVAL }, of.decided);
        expect(step({ ...of.world, now: of.now + INTERVAL }, of.decided)).toEqual(again);
        of.see(target, 'up').pass(INTERVAL);
        look();
      }),
      { numRuns: 25 },
    );
  });
});

describe('a forced step', () => {
  it('overloads the worst link no more than the ladder alone would', () => {
    let spread = 0;
    fc.assert(
      fc.property(town, (of) => {
        // What was measured before the last step shows nothing of it.
        of.pass(INTERVAL).measure();
        of.see('web/g0/ipv6', 'down');
        if (of.load.forced.size > 0) spread++;
        // The same without what load steering forced.
        const { load: _, ...history } = of.decided.world.history!;
        const shed = { ...of.load, forced: new Map() };
        const plain = decide({ ...of.decided.world, history: { ...history, load: shed } });
        const [ours, ladder] = [of.used(), of.used(plain)].map((used) => Math.max(...Object.values(used)));
        expect(ours).toBeLessThanOrEqual(Math.max(ladder, 0.8) + 0.02);
      }),
      { numRuns: 100 },
    );
    expect(spread).toBeGreaterThan(10);
  });
});
