/** Where traffic lands, and what changes of it: worked out by hand, and what must hold of any network. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import { type Network, targetKey } from '../model.ts';
import { directions, type NetworkData } from '../network-data.ts';
import { type Change, predict } from './predict.ts';
import { GBIT, loadsOf, networkOf, worldOf } from './testing.ts';
import { type TargetWeight, type Traffic, trafficOf, volumeOf } from './traffic.ts';

const plain = networkOf({
  sites: { zrh: { 'zrh-a': 10, 'zrh-b': 10 }, gva: { 'gva-a': 10 }, fra: { 'fra-a': 20 } },
  groups: {
    europe: { sites: ['zrh', 'gva', 'fra'] },
    zurich: { sites: ['zrh'], fallback: ['europe'] },
    geneva: { sites: ['gva'], announce: ['gva', 'zrh'] },
  },
});

function traffic(network: Network, data: NetworkData, queries: Record<string, number>): Traffic {
  const world = worldOf(network, data, queries);
  return trafficOf(world, decide(world));
}

function gbits(each: readonly number[]): number[] {
  return each.map((bits) => Math.round((bits / GBIT) * 1000) / 1000);
}

/** Gbit/s by link. */
function loads(of: Traffic, change: Change = {}, direction: 'in' | 'out' = 'in'): Record<string, number> {
  const { links } = predict(of, change);
  return Object.fromEntries(
    of.network.links.map(({ id }, i) => [id, Math.round((links[i][direction].load / GBIT) * 1000) / 1000]),
  );
}

/** Weights by target, in place of those there are. */
function weights(of: Traffic, changed: Record<string, number>): Map<string, TargetWeight> {
  const { services, groups } = of.network;
  const all = Object.entries({
    ...Object.fromEntries([...of.weights].map(([key, { weight }]) => [key, weight])),
    ...changed,
  });
  return new Map(
    all.map(([key, weight]) => {
      const [s, g, family] = key.split('/') as [string, string, 'ipv4' | 'ipv6'];
      const service = services.findIndex(({ id }) => id === s);
      const group = groups.findIndex(({ id }) => id === g);
      return [key, { key, service, group, family, weight }];
    }),
  );
}

describe('what a site carries', () => {
  it('is divided by what targets are asked for, times their share of the catchment there', () => {
    // Of europe a third enters in each site; so at zrh 30 : 60, and at gva 30 alone.
    const of = traffic(plain, loadsOf({ 'zrh-a': 6, 'zrh-b': 3, 'gva-a': 1, 'fra-a': 2 }), {
      'web/europe/ipv4': 90,
      'web/zurich/ipv6': 60,
    });
    expect(gbits(of.flows.get('web/europe/ipv4')!.bits.in)).toEqual([3, 1, 2]);
    expect(gbits(of.flows.get('web/zurich/ipv6')!.bits.in)).toEqual([6, 0, 0]);
    expect(gbits(of.rest.in)).toEqual([0, 0, 0]);
    expect(of.links.map((link) => link.in.part)).toEqual([2 / 3, 1 / 3, 1, 1]);
  });

  it('follows the operator, and what is measured before that', () => {
    const network = {
      ...plain,
      catchment: [
        new Map([
          [0, 0.5],
          [1, 0.5],
        ]),
        undefined,
        undefined,
      ],
    };
    const data = loadsOf({ 'zrh-a': 4, 'gva-a': 4, 'fra-a': 4 });
    const queries = { 'web/europe/ipv4': 10, 'web/europe/ipv6': 10 };
    const reading = { value: new Map([['fra', 1]]), observedAt: 0, staleAt: 0 };
    const of = traffic(network, { ...data, catchments: new Map([['europe/ipv6', reading]]) }, queries);
    expect(gbits(of.flows.get('web/europe/ipv4')!.bits.in)).toEqual([4, 4, 0]);
    expect(gbits(of.flows.get('web/europe/ipv6')!.bits.in)).toEqual([0, 0, 4]);
  });

  it('is divided by family where a feed tells it', () => {
    const data = loadsOf({ 'zrh-a': 6, 'zrh-a/in/ipv6': 5, 'gva-a': 2 });
    const of = traffic(plain, data, { 'web/zurich/ipv4': 10, 'web/zurich/ipv6': 10, 'web/geneva/ipv4': 5 });
    // Half of geneva's 5 enters in zrh: of the 1 Gbit/s of IPv4 there 1/5.
    expect(gbits(of.flows.get('web/zurich/ipv6')!.bits.in)).toEqual([5, 0, 0]);
    expect(gbits(of.flows.get('web/zurich/ipv4')!.bits.in)).toEqual([0.8, 0, 0]);
    expect(gbits(of.flows.get('web/geneva/ipv4')!.bits.in)).toEqual([0.2, 2, 0]);
  });

  it('leaves where it is served', () => {
    const of = traffic(plain, loadsOf({ 'zrh-a/out': 5, 'gva-a/out': 6 }), { 'web/geneva/ipv4': 10 });
    expect(gbits(of.flows.get('web/geneva/ipv4')!.bits.out)).toEqual([0, 6, 0]);
    // Nobody is known to ask for what leaves zrh.
    expect(gbits(of.rest.out)).toEqual([5, 0, 0]);
  });

  it('goes by hosts where nobody counts queries', () => {
    const world = worldOf(plain, loadsOf({ 'zrh-a': 9 }), {});
    const { flows } = trafficOf(world, decide(world));
    // One host in each group: europe a third of a host at zrh, zurich one, geneva half of one, each in both families.
    expect(gbits(flows.get('web/zurich/ipv4')!.bits.in)[0]).toBeCloseTo(9 / 2 / (1 + 1 / 3 + 1 / 2), 3);
  });

  it('is told apart by age', () => {
    const data = loadsOf({ 'zrh-a': 1, 'gva-a': 1 });
    const old = loadsOf({ 'gva-a': 1 }, 0).loads!;
    const of = traffic(plain, { ...data, loads: new Map([...data.loads!, ...old]) }, {});
    expect(of.links.map((link) => link.in.known)).toEqual(['fresh', 'none', 'stale', 'none']);
  });
});

describe('what would be carried', () => {
  const of = traffic(plain, loadsOf({ 'zrh-a': 6, 'zrh-b': 3, 'gva-a': 1, 'fra-a': 2 }), {
    'web/europe/ipv4': 90,
    'web/zurich/ipv6': 60,
  });

  it('goes with what is asked for to where the other target lands', () => {
    const after = weights(of, { 'web/zurich/ipv6': 30, 'web/europe/ipv6': 30 });
    // 3 of the 6 Gbit/s leave zrh, and come back as a third of them in each site.
    expect(loads(of, { weights: after })).toEqual({ 'zrh-a': 4.667, 'zrh-b': 2.333, 'gva-a': 2, 'fra-a': 3 });
  });

  it('is more when all is', () => {
    expect(loads(of, { scale: 1.5 })).toEqual({ 'zrh-a': 9, 'zrh-b': 4.5, 'gva-a': 1.5, 'fra-a': 3 });
  });

  it('goes to the other links of a site, by capacity', () => {
    expect(loads(of, { lostLinks: new Set([0]) })).toEqual({ 'zrh-a': 0, 'zrh-b': 9, 'gva-a': 1, 'fra-a': 2 });
  });

  it('goes to the sites that are left, and what has none is told of', () => {
    const prediction = predict(of, { lostLinks: new Set([0, 1]) });
    expect(loads(of, { lostSites: new Set([0]) })).toEqual({ 'zrh-a': 0, 'zrh-b': 0, 'gva-a': 2.5, 'fra-a': 3.5 });
    expect(prediction.links).toEqual(predict(of, { lostSites: new Set([0]) }).links);
    expect(prediction.stranded).toEqual(['zurich/ipv6']);
    expect(gbits([prediction.lost.in])).toEqual([6]);
  });

  it('is lost when no target takes it over', () => {
    const after = weights(of, { 'web/zurich/ipv6': 0 });
    expect(gbits([predict(of, { weights: after }).lost.in])).toEqual([6]);
  });
});

const gbit = fc.double({ min: 0, max: 100, noNaN: true });
const queries = fc.dictionary(
  fc.constantFrom(...plain.groups.flatMap(({ id }) => [targetKey('web', id, 'ipv4'), targetKey('web', id, 'ipv6')])),
  fc.double({ min: 0.1, max: 1000, noNaN: true }),
);
const measured = fc.record({ 'zrh-a': gbit, 'zrh-b': gbit, 'gva-a': gbit, 'fra-a': gbit, 'gva-a/out': gbit });

describe('of any loads', () => {
  it('what is predicted without a change is what is measured', () => {
    fc.assert(
      fc.property(measured, queries, (data, asked) => {
        const of = traffic(plain, loadsOf(data), asked);
        predict(of).links.forEach((link, i) => {
          for (const direction of directions) expect(link[direction].load).toBeCloseTo(of.links[i][direction].load, 0);
        });
      }),
    );
  });

  it('nothing appears and nothing vanishes untold', () => {
    fc.assert(
      fc.property(measured, queries, queries, fc.subarray([0, 1, 2, 3]), (data, asked, after, lost) => {
        const of = traffic(plain, loadsOf(data), asked);
        const prediction = predict(of, { weights: weights(of, after), lostLinks: new Set(lost) });
        for (const direction of directions) {
          const before = of.links.reduce((sum, link) => sum + link[direction].load, 0);
          const left = prediction.links.reduce((sum, link) => sum + link[direction].load, 0);
          expect(left + prediction.lost[direction]).toBeCloseTo(before, -1);
        }
      }),
    );
  });

  it('all that a target carries is at sites where it may be', () => {
    fc.assert(
      fc.property(measured, queries, (data, asked) => {
        for (const [key, flow] of traffic(plain, loadsOf(data), asked).flows) {
          if (key.includes('/zurich/')) expect(flow.bits.in[0]).toBeCloseTo(volumeOf(flow, 'in'), 3);
        }
      }),
    );
  });
});
