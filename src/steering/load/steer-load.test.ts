/** Load steering, step by step: what is shed and where to, what stays, and what comes back. */
import { describe, expect, it } from 'vitest';
import { Chooser } from '../chooser.ts';
import { decide } from '../decide.ts';
import { explain } from '../explain.ts';
import type { Network } from '../model.ts';
import { loadKey } from '../network-data.ts';
import { goneSites } from './lost.ts';
import { networkOf, Town } from './testing.ts';

const MINUTE = 60_000;
const INTERVAL = 5 * MINUTE;
const rules = { step: 0.1, interval: INTERVAL };

/** Zurich falls back to geneva, which avoids it, then to switzerland, of which half enters in zurich. */
const network = networkOf({
  sites: { zrh: { 'zrh-a': 10 }, gva: { 'gva-a': 10 }, fra: { 'fra-a': 20 } },
  groups: {
    zurich: { sites: ['zrh'], fallback: ['switzerland', 'geneva'] },
    geneva: { sites: ['gva'] },
    switzerland: { sites: ['zrh', 'gva', 'fra'] },
  },
  loadSteering: rules,
});
const HOT = 'zrh-a/in';

function percents(used: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(used).map(([link, ratio]) => [link, Math.round(ratio * 100)]));
}

/** Where hosts of a target are: `geneva 0.1`. */
function shed(town: Town, target = 'web/zurich/ipv6'): string[] {
  return (town.load.shed.get(target)?.to ?? []).map(({ group, weight }) => `${group} ${weight}`);
}

describe('a link above its high watermark', () => {
  it('sheds to who avoids its site, a step at a time, until it is in the middle', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL);
    expect(shed(town)).toEqual(['geneva 0.1']);
    expect(percents(town.used())).toEqual({ 'zrh-a': 81, 'gva-a': 9, 'fra-a': 0 });
    // No sooner than the interval.
    town.pass(MINUTE, 4);
    expect(shed(town)).toEqual(['geneva 0.1']);
    town.pass(MINUTE);
    // A tenth of what is left.
    expect(shed(town)).toEqual(['geneva 0.19']);
    town.pass(INTERVAL, 5);
    expect(percents(town.used())['zrh-a']).toBeGreaterThanOrEqual(69);
    expect(percents(town.used())['zrh-a']).toBeLessThanOrEqual(71);
    const still = town.decided.plan;
    expect(town.pass(INTERVAL, 5).decided.plan).toBe(still);
  });

  it('sheds of all that enters there alike', () => {
    const town = new Town(network, { 'zurich/ipv6': 6, 'zurich/ipv4': 3 }).pass(INTERVAL);
    expect(shed(town)).toEqual(['geneva 0.1']);
    expect(shed(town, 'web/zurich/ipv4')).toEqual(['geneva 0.1']);
  });

  it('says why, in chains, changes and explanations', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL);
    const [assignment] = town.world.assignments;
    const explained = explain(town.decided.world, assignment, 0, 'ipv6');
    expect(explained.shares.map(({ group, percent }) => [group, Math.round(percent)])).toEqual([
      ['zurich', 90],
      ['geneva', 10],
    ]);
    expect(explained.shares[1].why).toBe('shed by capacity: zrh-a in at 90 %');
    const texts = Array.from({ length: 100 }, (_, i) =>
      explain(town.decided.world, assignment, 0, 'ipv6', () => i * 600),
    );
    const moved = texts.find(({ group }) => group === 'geneva')!;
    expect(moved.chain).toBe(
      'zurich: ipv6 up, but there is not room for all -> switzerland: ipv6 up, but there is not room for all -> geneva: up (shed by capacity: zrh-a in at 90 %)',
    );
    expect(moved.candidates.map(({ reason }) => reason)).toEqual(['capacity', 'capacity', 'chosen']);
    expect(texts.filter(({ group }) => group === 'geneva').length).toBeGreaterThan(3);
  });

  it('is decided alike from nothing and from the plan before', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL, 3);
    expect(town.decided.plan.sets.map(({ answers }) => answers)).toEqual(
      decide(town.decided.world).sets.map(({ answers }) => answers),
    );
    expect(new Chooser(town.decided.world).world).toBe(town.decided.world);
  });

  it('keeps a share that grows where it is', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL);
    const at = (): Uint8Array => town.decided.plan.sets.find(({ spread }) => spread !== undefined)!.spread!.map;
    const before = at();
    const after = at.call(town.pass(INTERVAL));
    before.forEach((part, bucket) => {
      if (part === 1) expect(after[bucket]).toBe(1);
    });
    expect(after.filter((part) => part === 1).length).toBeGreaterThan(before.filter((part) => part === 1).length);
  });
});

describe('a receiver', () => {
  it('is not led above its high watermark; the next one is asked', () => {
    const town = new Town(network, { 'zurich/ipv6': 9.5, 'geneva/ipv6': 7.6 }).pass(INTERVAL);
    // 0.4 Gbit/s fit into gva-a. Of what goes to switzerland, a third would enter there.
    expect(percents(town.used())['gva-a']).toBeLessThanOrEqual(80);
    expect(percents(town.pass(INTERVAL, 10).used())['gva-a']).toBeLessThanOrEqual(80);
    expect(town.load.overloads.get(HOT)?.cause).toMatch(/geneva: gva-a in would be at \d+ %/);
  });

  it('is not led to where one more failure would put it above', () => {
    const two = networkOf({
      sites: { zrh: { 'zrh-a': 10 }, gva: { 'gva-a': 10, 'gva-b': 10 } },
      groups: { zurich: { sites: ['zrh'], fallback: ['geneva'] }, geneva: { sites: ['gva'] } },
      loadSteering: rules,
    });
    const town = new Town(two, { 'zurich/ipv6': 9, 'geneva/ipv6': 7.5 }).pass(INTERVAL, 10);
    // Each of the two could take 8 Gbit/s; both together may have 8, since one of them may fail.
    expect(percents(town.used())).toEqual({ 'zrh-a': 85, 'gva-a': 40, 'gva-b': 40 });
    expect(town.load.overloads.get(HOT)?.cause).toMatch(/^geneva: gva-[ab] in would be at \d+ % if gva-[ab] failed$/);
  });

  it('that is nowhere: all stays, and it is said', () => {
    const town = new Town(network, { 'geneva/ipv6': 9 }).pass(INTERVAL);
    expect(town.load.shed.size).toBe(0);
    expect(town.load.overloads.get('gva-a/in')).toEqual({
      ratio: 0.9,
      since: town.now,
      cause: 'web/geneva/ipv6 has no group to go to of which less enters there',
    });
    const { history } = town.decided.world;
    expect(town.pass(MINUTE).decided.world.history).toBe(history);
    town.asked = { 'geneva/ipv6': 5 };
    expect(town.pass(MINUTE).load.overloads.size).toBe(0);
  });

  it('that contains the hot site takes what it takes away from there', () => {
    const ladder: Network = {
      ...network,
      groups: network.groups.map((group, i) => (i === 0 ? { ...group, fallback: [2] } : group)),
    };
    const town = new Town(ladder, { 'zurich/ipv6': 9 }).pass(INTERVAL);
    expect(shed(town)).toEqual(['switzerland 0.1']);
    // Of a tenth a third comes back in.
    expect(percents(town.used())).toEqual({ 'zrh-a': 84, 'gva-a': 3, 'fra-a': 1 });
  });

  it('that dies gives back at once', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL).see('web/geneva/ipv6', 'down');
    expect(town.targets().get('web/zurich/ipv6')).toBe(9);
    expect(town.targets().get('web/geneva/ipv6') ?? 0).toBe(0);
  });
});

describe('a group that sheds to another', () => {
  const both: Network = {
    ...network,
    groups: network.groups.map((group, i) => (i === 1 ? { ...group, fallback: [0] } : group)),
  };

  it('takes nothing of that one, however much room it has: hosts do not go back and forth', () => {
    const town = new Town(both, { 'zurich/ipv6': 9 }).pass(INTERVAL, 8);
    const away = shed(town);
    expect(away[0]).toMatch(/^geneva 0\.2/);
    // Zurich is between its watermarks and has room; Geneva has too much.
    town.asked = { 'zurich/ipv6': 8, 'geneva/ipv6': 8 };
    town.pass(INTERVAL, 4);
    expect(percents(town.used())['gva-a']).toBeGreaterThan(80);
    expect(shed(town, 'web/geneva/ipv6')).toEqual([]);
    // What came from Zurich goes home as far as a quarter of the way between its watermarks.
    expect(percents(town.used())['zrh-a']).toBe(65);
    expect(shed(town)[0] < away[0]).toBe(true);
    const { plan } = town.decided;
    expect(town.pass(INTERVAL, 4).decided.plan).toBe(plan);
    expect(town.load.overloads.get('gva-a/in')?.cause).toMatch(/^zurich: hosts of it are shed to geneva/);
  });

  it('takes nothing of those that got it from there', () => {
    const [zurich, geneva, switzerland] = network.groups;
    const ring: Network = {
      ...network,
      groups: [
        { ...zurich, fallback: [1] },
        { ...geneva, fallback: [2] },
        { ...switzerland, instances: [2], announce: { ipv4: [2], ipv6: [2] }, fallback: [0] },
      ],
    };
    const town = new Town(ring, { 'zurich/ipv6': 9, 'geneva/ipv6': 7 }).pass(INTERVAL, 4);
    town.asked = { 'zurich/ipv6': 7, 'geneva/ipv6': 9 };
    town.pass(INTERVAL, 4);
    expect(shed(town)).not.toEqual([]);
    expect(shed(town, 'web/geneva/ipv6')).not.toEqual([]);
    town.asked = { 'zurich/ipv6': 5, 'geneva/ipv6': 5, 'switzerland/ipv6': 17 };
    town.pass(MINUTE);
    expect(shed(town, 'web/switzerland/ipv6')).toEqual([]);
    expect(town.load.overloads.get('fra-a/in')?.cause).toBe('zurich: hosts of it are shed to switzerland');
  });
});

describe('a lost site', () => {
  const lossy = networkOf({
    sites: { zrh: { 'zrh-a': 10 }, gva: { 'gva-a': 10 }, fra: { 'fra-a': 20 } },
    groups: {
      zurich: { sites: ['zrh'], fallback: ['europe'] },
      geneva: { sites: ['gva'], fallback: ['europe'] },
      europe: { sites: ['zrh', 'gva', 'fra'] },
    },
    loadSteering: rules,
  });

  it('whose loads went stale with it counts no more: others shed as if it were not there', () => {
    const town = new Town(lossy, { 'zurich/ipv6': 3, 'geneva/ipv6': 6.9 }).pass(INTERVAL);
    town.lose('zrh').pass(INTERVAL);
    // Half of what Zurich had enters in Geneva, and half of what Geneva sheds does so again.
    expect(shed(town, 'web/geneva/ipv6')).toEqual(['europe 0.1']);
    expect(percents(town.used())).toEqual({ 'zrh-a': 0, 'gva-a': 80, 'fra-a': 9 });
    expect(town.load.shedding).toEqual(['gva-a/in']);
  });

  it('that was too full when it was lost is none that has to shed', () => {
    const town = new Town(lossy, { 'zurich/ipv6': 9, 'europe/ipv6': 1 }).pass(MINUTE);
    expect(town.load.shedding).toEqual([HOT]);
    town.lose('zrh').pass(INTERVAL, 2);
    expect(town.load.shedding).toEqual([]);
    expect(town.load.overloads.size).toBe(0);
  });

  it('is one of which nothing is measured any more, not one whose links go on to carry', () => {
    const town = new Town(lossy, { 'zurich/ipv6': 3, 'geneva/ipv6': 6.9, 'europe/ipv6': 2 }).pass(INTERVAL);
    // All that is served in Zurich alone is dead, yet what it announces for europe is there.
    town.see('web/zurich/ipv6', 'down').see('web/zurich/ipv4', 'down').pass(INTERVAL);
    expect(goneSites(town.world)).toEqual(new Set());
    expect(goneSites(town.lose('zrh').pass(INTERVAL).world)).toEqual(new Set([0]));
  });
});

describe('what was shed', () => {
  it('comes back below the low watermark, slower than it went, and not while it is between', () => {
    const town = new Town(network, { 'zurich/ipv6': 10 }).pass(INTERVAL, 8);
    const away = town.load.shed.get('web/zurich/ipv6')!.to[0].weight;
    expect(away).toBeGreaterThan(0.25);
    town.asked = { 'zurich/ipv6': 9 };
    town.pass(INTERVAL, 3);
    expect(town.load.shed.get('web/zurich/ipv6')!.to[0].weight).toBe(away);
    town.asked = { 'zurich/ipv6': 6 };
    town.pass(INTERVAL);
    expect(town.load.shed.get('web/zurich/ipv6')!.to[0].weight).toBeCloseTo(away - 0.033, 2);
    town.pass(INTERVAL, 12);
    expect(town.load.shed.size).toBe(0);
    expect(percents(town.used())).toEqual({ 'zrh-a': 60, 'gva-a': 0, 'fra-a': 0 });
  });

  it('survives a restart', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 }).pass(INTERVAL);
    const { plan, world } = town.decided;
    const { history } = world;
    expect(history?.load?.shed.size).toBe(1);
    expect(decide({ ...town.world, history: history! }).sets.map(({ spread }) => spread?.map)).toEqual(
      plan.sets.map(({ spread }) => spread?.map),
    );
  });
});

describe('nothing is changed', () => {
  it('by loads that are stale', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 });
    town.isBlind = true;
    const { plan } = town.decided;
    expect(town.pass(INTERVAL, 5).decided.plan).toBe(plan);
  });

  it('by loads measured before the last step took effect', () => {
    const town = new Town(network, { 'zurich/ipv6': 10 }).pass(INTERVAL);
    // Old readings that still count as fresh.
    town.isBlind = true;
    const data = new Map([...town.world.data!.loads!].map(([k, reading]) => [k, { ...reading, staleAt: Infinity }]));
    Object.defineProperty(town, 'world', {
      get: () => ({ ...Reflect.get(Town.prototype, 'world', town), data: { feeds: [], loads: data } }),
    });
    const { plan } = town.decided;
    expect(town.pass(INTERVAL, 3).decided.plan).toBe(plan);
  });

  it('while an operator has frozen it', () => {
    const town = new Town(network, { 'zurich/ipv6': 9 });
    town.freezes = [{ group: 'zurich', until: town.now + 60 * MINUTE, leaveDead: true }];
    expect(town.pass(INTERVAL, 3).load.shed.size).toBe(0);
    expect(town.load.overloads.get(HOT)?.cause).toContain('an operator froze automatic changes');
    town.freezes = [];
    expect(shed(town.pass(INTERVAL))).toEqual(['geneva 0.1']);
  });

  it('where load steering is off', () => {
    const { loadSteering: _, ...off } = network;
    expect(new Town(off, { 'zurich/ipv6': 12 }).pass(INTERVAL, 3).decided.world.history?.load).toBeUndefined();
  });
});

describe('a target that dies', () => {
  it('gives all to the group that the ladder leads to while that fits', () => {
    const town = new Town(network, { 'zurich/ipv6': 5 }).pass(MINUTE).see('web/zurich/ipv6', 'down');
    expect(town.load.forced.size).toBe(0);
    expect([...town.targets()]).toEqual([['web/geneva/ipv6', 5]]);
  });

  it('is spread over the ladder when that would not fit, with an alarm where even so it does not', () => {
    const town = new Town(network, { 'zurich/ipv6': 7.9, 'geneva/ipv6': 7 }).pass(MINUTE);
    town.see('web/zurich/ipv6', 'down');
    const to = town.load.forced.get('web/zurich/ipv6')!;
    expect(to.cause).toBe('on the ladder alone gva-a in would be at 149 %');
    expect(to.to).toEqual([{ group: 'switzerland', weight: 1 }]);
    const { 'gva-a': gva, 'fra-a': fra } = town.used();
    expect([gva, fra].map((used) => Math.round(used * 100))).toEqual([96, 13]);
    expect(town.load.overloads.get('gva-a/in')?.cause).toBe('hosts of web/zurich/ipv6 have nowhere better to go');
    town.see('web/zurich/ipv6', 'up');
    expect(town.load.forced.size).toBe(0);
    expect(town.targets().get('web/zurich/ipv6')).toBe(7.9);
  });
});

it('has a name for each direction of a link', () => expect(loadKey('zrh-a', 'in')).toBe(HOT));
