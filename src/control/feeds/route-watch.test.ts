import { beforeEach, expect, it } from 'vitest';
import { parseNetwork } from '../../config/network.ts';
import { parsePrefix } from '../../net/prefix.ts';
import type { Network, World } from '../../steering/model.ts';
import type { NetworkData } from '../../steering/network-data.ts';
import { RouteWatch } from './route-watch.ts';

const NOW = 1_800_000_000_000;
const { network } = parseNetwork(
  'network.yaml',
  'origin_as: 64500\nsites: { zrh: { country: CH } }\ngroups: { a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } } }\n',
) as { network: Network };

let told: string[];
let watch: RouteWatch;
beforeEach(() => {
  told = [];
  watch = new RouteWatch(({ key }, isOver) => told.push(`${isOver ? 'over' : 'begun'}: ${key}`));
});

/** @param prefixes what zrh announces; undefined for no such feed @param age milliseconds */
function look(prefixes: string[] | undefined, age = 0, of: Network = network): string[] {
  const value = { prefixes: (prefixes ?? []).map((text) => parsePrefix(text)!), hosts: [] };
  const reading = { value, observedAt: NOW - age, staleAt: NOW - age + 1000 };
  const data: NetworkData = {
    feeds: [],
    ...(prefixes === undefined ? {} : { announcements: new Map([['zrh', reading]]) }),
  };
  watch.look({
    network: of,
    assignments: [],
    forces: [],
    verdicts: new Map(),
    classes: [],
    data,
    now: NOW,
  } satisfies World);
  return told.splice(0);
}

it('tells once that something is wrong, and once that it no longer is', () => {
  expect(look([])).toEqual(['begun: unannounced a/ipv4 zrh']);
  expect(look([])).toEqual([]);
  expect(watch.findings).toHaveLength(1);
  expect(look(['192.0.2.0/24'])).toEqual(['over: unannounced a/ipv4 zrh']);
  expect(watch.findings).toEqual([]);
});

it('takes nothing back because a feed is stale, but when the feed or the group is no more', () => {
  look([]);
  expect(look(['192.0.2.0/24'], 2000)).toEqual([]);
  expect(watch.findings).toHaveLength(1);
  expect(look([])).toEqual([]);
  expect(look(undefined)).toEqual(['over: unannounced a/ipv4 zrh']);
  look([]);
  expect(look([], 2000, { ...network, groups: [] })).toEqual(['over: unannounced a/ipv4 zrh']);
  watch.look(undefined);
  expect(told).toEqual([]);
});
