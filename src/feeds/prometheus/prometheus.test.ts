/** Loads and catchments out of samples of PromQL. */
import { describe, expect, it } from 'vitest';
import { type Documents, HUGE, URL_TROUBLES, urlPeer } from '../../../test/support/document-peers.ts';
import { feedContract } from '../../../test/support/feed-contract.ts';
import type { Place } from '../document.ts';
import { PolledFeed } from '../polled-feed.ts';
import { type CatchmentData, type CatchmentQuestion, Catchments, takeCatchments } from './catchment.ts';
import type { PrometheusPlace, Sample } from './instant-query.ts';
import { Load, type LoadData, type LoadQuestion, takeLoads } from './load.ts';

const AT = 1_800_000_000_000;
const links: LoadQuestion = {
  links: [
    { id: 'zrh-transit', capacity: { in: 10e9, out: 40e9 } },
    { id: 'gva-peers', capacity: { in: 1e9, out: 1e9 } },
  ],
};
const of = (link: string | undefined, value: number, family?: string, at = AT): Sample => ({
  labels: { ...(link === undefined ? {} : { link }), ...(family === undefined ? {} : { family }) },
  value,
  at,
});
const loads = (entering: Sample[], leaving: Sample[] = [], unit: 'bits' | 'ratio' = 'bits', before?: LoadData) =>
  takeLoads({ in: entering, out: leaving }, unit, links, before);
const bits = ({ data }: ReturnType<typeof loads>) =>
  Object.fromEntries([...data.loads].map(([key, { value }]) => [key, value]));

describe('loads', () => {
  it('are bits per second, or parts of the capacity of each direction', () => {
    expect(bits(loads([of('zrh-transit', 5e9)], [of('zrh-transit', 1e9)]))).toEqual({
      'zrh-transit/in': 5e9,
      'zrh-transit/out': 1e9,
    });
    expect(bits(loads([of('zrh-transit', 0.5)], [of('zrh-transit', 0.25)], 'ratio'))).toEqual({
      'zrh-transit/in': 5e9,
      'zrh-transit/out': 10e9,
    });
  });

  it('are told by family too, and the whole is the sum only where both are', () => {
    const both = [of('zrh-transit', 3e9, 'ipv4'), of('zrh-transit', 1e9, 'ipv6', AT - 5000)];
    const found = loads(both);
    expect(bits(found)).toEqual({ 'zrh-transit/in/ipv4': 3e9, 'zrh-transit/in/ipv6': 1e9, 'zrh-transit/in': 4e9 });
    expect(found.data.loads.get('zrh-transit/in')!.observedAt).toBe(AT - 5000);
    expect(bits(loads([...both, of('zrh-transit', 5e9)]))['zrh-transit/in']).toBe(5e9);
    expect(bits(loads([both[0], of('gva-peers', 1)]))).toEqual({ 'zrh-transit/in/ipv4': 3e9, 'gva-peers/in': 1 });
  });

  it('stay as they were, with their age, where nothing is said any more', () => {
    const before = loads([of('zrh-transit', 5e9), of('gva-peers', 7)]).data;
    const { data, observedAt, notes } = loads([of('gva-peers', 8, undefined, AT + 15_000)], [], 'bits', before);
    expect(data.loads.get('zrh-transit/in')).toEqual({ value: 5e9, observedAt: AT });
    expect(data.loads.get('gva-peers/in')).toEqual({ value: 8, observedAt: AT + 15_000 });
    expect(observedAt).toBe(AT + 15_000);
    expect(notes).toEqual({ links: 2, missing: 'zrh-transit/in, zrh-transit/out, gva-peers/out' });
  });

  it('are not made of what is no number, and names of others are told', () => {
    const { data, notes } = loads(
      [of('zrh-transit', Number.NaN), of('gva-peers', 1), of('other', 1)],
      [of('zrh-transit', Number.POSITIVE_INFINITY)],
    );
    expect([...data.loads.keys()]).toEqual(['gva-peers/in']);
    expect(notes).toMatchObject({ unknown: 'other' });
  });

  it.each<[Sample[], string]>([
    [[], 'no series is of a link of this network (label link: zrh-transit, …)'],
    [[of('other', 1)], 'no series is of a link of this network (label link: zrh-transit, …)'],
    [[of(undefined, 1)], 'a series of "in" has no label link: write the expression as sum by (link) (…)'],
    [
      [of('gva-peers', 1), of('gva-peers', 2)],
      'there are two series of gva-peers/in: write the expression as sum by (link) (…)',
    ],
    [[of('gva-peers', 1, 'ipv5')], 'a series of "in" has the label family="ipv5", which is neither ipv4 nor ipv6'],
    [[of('gva-peers', -1)], 'gva-peers/in is -1, which is less than nothing'],
  ])('%j are refused', (samples, message) => {
    expect(() => loads(samples)).toThrow(message);
  });
});

const routes: CatchmentQuestion = { sites: ['zrh', 'gva'], routes: ['a/ipv4', 'a/ipv6', 'b/ipv6'] };
const flow = (group: string, site: string, value: number, family?: string): Sample => ({
  labels: { group, site, ...(family === undefined ? {} : { family }) },
  value,
  at: AT,
});
const shares = ({ data }: { data: CatchmentData }) =>
  Object.fromEntries([...data.shares].map(([key, { value }]) => [key, Object.fromEntries(value)]));

describe('catchments', () => {
  it('are shares of weights, of each family or of both', () => {
    const found = takeCatchments(
      [flow('a', 'zrh', 30), flow('a', 'gva', 10), flow('b', 'gva', 5, 'ipv6'), flow('b', 'gva', 5, 'ipv4')],
      routes,
      undefined,
    );
    expect(shares(found)).toEqual({
      'a/ipv4': { zrh: 0.75, gva: 0.25 },
      'a/ipv6': { zrh: 0.75, gva: 0.25 },
      'b/ipv6': { gva: 1 },
    });
  });

  it('say nothing of a group without traffic, which stays as it was', () => {
    const before = takeCatchments([flow('a', 'zrh', 1)], routes, undefined).data;
    const found = takeCatchments(
      [flow('a', 'zrh', 0), flow('a', 'gva', 0), flow('b', 'gva', 5), flow('c', 'gva', 1), flow('b', 'iad', 1)],
      routes,
      before,
    );
    expect(shares(found)).toEqual({ 'a/ipv4': { zrh: 1 }, 'a/ipv6': { zrh: 1 }, 'b/ipv6': { gva: 1 } });
    expect(found.notes).toEqual({ routes: 1, missing: 'a/ipv4, a/ipv6', unknown: 'c, iad' });
  });

  it.each<[Sample[], string]>([
    [[], 'no series is of a group and a site of this network with traffic (labels group and site)'],
    [
      [{ labels: { group: 'a' }, value: 1, at: AT }],
      'a series lacks the label group or site: write the expression as sum by (group, site) (…)',
    ],
    [
      [flow('a', 'zrh', 1), flow('a', 'zrh', 1, 'ipv4')],
      'there are two series of a/ipv4 at zrh: write the expression as sum by (group, site) (…), or with family in all',
    ],
    [[flow('a', 'zrh', -1)], 'the weight of a at zrh is -1, which is less than nothing'],
  ])('%j are refused', (samples, message) => {
    expect(() => takeCatchments(samples, routes, undefined)).toThrow(message);
  });
});

const vector = (result: object[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
const now = (value: number): [number, string] => [Date.now() / 1000, String(value)];

const ofLoads: Documents<LoadData> = {
  open: (place: Place, pace, tell) =>
    new PolledFeed(
      new Load(place as PrometheusPlace, { queries: { in: 'a', out: 'b' }, unit: 'bits' }, links, HUGE / 2),
      pace,
      tell,
    ),
  text: (which) => vector([{ metric: { link: 'gva-peers' }, value: now(which * 1e6) }]),
  empty: vector([]),
  which: ({ loads: found }) => ({ 1e6: 1, 2e6: 2 })[found.get('gva-peers/in')!.value] as 1 | 2 | undefined,
  isLive: true,
};
feedContract('of loads', URL_TROUBLES, () => urlPeer(ofLoads));

const ofCatchments: Documents<CatchmentData> = {
  open: (place: Place, pace, tell) =>
    new PolledFeed(new Catchments(place as PrometheusPlace, 'x', routes, HUGE / 2), pace, tell),
  text: (which) => vector([{ metric: { group: 'a', site: which === 1 ? 'zrh' : 'gva' }, value: now(5) }]),
  empty: vector([]),
  which: ({ shares: found }) => (found.get('a/ipv4')!.value.has('zrh') ? 1 : 2),
  isLive: true,
};
feedContract('of catchments', URL_TROUBLES, () => urlPeer(ofCatchments));
