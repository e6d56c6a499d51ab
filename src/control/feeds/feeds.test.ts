/** What the writer's thread holds of feeds, through failures, reloads, and clocks that are set. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseNetwork } from '../../config/network.ts';
import { feedJobs } from '../../feeds/jobs.ts';
import type { News } from '../../feeds/messages.ts';
import type { FeedsModel } from '../../feeds/model.ts';
import type { RpkiData } from '../../feeds/rpki/vrps.ts';
import type { Network } from '../../steering/model.ts';
import { isStale } from '../../steering/network-data.ts';
import { type FeedChange, Feeds } from './feeds.ts';

const yaml = (groups: string, as = 64500): string =>
  `origin_as: ${as}\nsites: { zrh: { country: CH } }\ngroups:\n${groups}feeds: { rpki: { file: /nonexistent, stale: 10m } }\n`;
const A = '  a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }\n';
const B = '  b: { routing: anycast, prefixes: { ipv4: 198.51.100.0/24 } }\n';

function load(text: string): { network: Network; feeds: FeedsModel } {
  const { network, feeds, diagnostics } = parseNetwork('network.yaml', text);
  expect(diagnostics).toEqual([]);
  return { network: network!, feeds: feeds! };
}

const data: RpkiData = {
  validity: new Map([
    ['a/ipv4', { state: 'valid', cause: 'x' }],
    ['a/ipv6', { state: 'invalid', cause: 'y' }],
    ['b/ipv4', { state: 'not-found', cause: 'z' }],
  ]),
  vrps: [],
  total: 7,
};

let wall = 0;
let steady = 0;
let changes: string[] = [];
let feeds: Feeds;
let job = '';

function pass(ms: number): void {
  wall += ms;
  steady += ms;
  feeds.tick();
}

function install(text: string): void {
  const loaded = load(text);
  [{ id: job }] = feedJobs(loaded.feeds, loaded.network);
  feeds.install(loaded.feeds, loaded.network);
}

const news = (report: Partial<News<'rpki'>['report']>): News<'rpki'> => ({
  kind: 'rpki',
  job,
  report: { attempts: 1, failures: 0, notes: {}, ...report },
});
const states = (): Record<string, string> =>
  Object.fromEntries(
    [...feeds.data.validity!].map(([key, reading]) => [
      key,
      `${reading.value.state}${isStale(reading, wall) ? ' stale' : ''}`,
    ]),
  );

beforeEach(async () => {
  wall = Date.parse('2026-11-23T12:00:00Z');
  steady = 5000;
  changes = [];
  feeds = new Feeds(
    {
      informed: () => undefined,
      changed: ({ feed, before, now }: FeedChange) => void changes.push(`${feed} ${before} ${now.state}`),
      replaced: () => undefined,
    },
    // Nobody reads: what a worker would tell, the test does.
    { file: new URL('data:text/javascript,setInterval(() => {}, 1000)'), wall: () => wall, steady: () => steady },
  );
  install(yaml(A + B));
  return () => feeds.stop();
});

describe('what feeds said', () => {
  it('is nothing at first, which is stale', () => {
    expect(feeds.data).toEqual({
      feeds: [{ id: 'rpki', kind: 'rpki', observedAt: 0, staleAt: 0 }],
      validity: new Map(),
    });
    expect(isStale(feeds.data.validity!.get('a/ipv4'), wall)).toBe(true);
  });

  it('holds through failures, is stale in time, and is so no longer when it is said again', () => {
    feeds.take(news({ newest: { data, observedAt: wall - 60_000 } }));
    expect(states()).toEqual({ 'a/ipv4': 'valid', 'a/ipv6': 'invalid', 'b/ipv4': 'not-found' });
    feeds.take(news({ newest: { observedAt: wall - 60_000 }, problem: { since: wall, why: 'gone' } }));
    expect(states()['a/ipv4']).toBe('valid');
    expect(feeds.data.feeds[0].problem).toBe('gone');
    pass(539_000);
    expect(states()['a/ipv4']).toBe('valid');
    pass(1000);
    expect(states()).toEqual({ 'a/ipv4': 'valid stale', 'a/ipv6': 'invalid stale', 'b/ipv4': 'not-found stale' });
    feeds.take(news({ newest: { observedAt: wall } }));
    expect(states()['a/ipv4']).toBe('valid');
    expect(changes).toEqual(['rpki waiting ok', 'rpki ok failing', 'rpki failing stale', 'rpki stale ok']);
  });

  it('grows no younger and no older when the clock is set', () => {
    feeds.take(news({ newest: { data, observedAt: wall - 60_000 } }));
    wall += 86_400_000;
    pass(1000);
    expect(states()['a/ipv4']).toBe('valid');
    wall -= 2 * 86_400_000;
    pass(530_000);
    expect(states()['a/ipv4']).toBe('valid');
    pass(9000);
    expect(states()['a/ipv4']).toBe('valid stale');
    expect(feeds.data.feeds[0].staleAt).toBe(wall);
  });

  it('holds over a reload of what is asked as before, and of that alone', () => {
    feeds.take(news({ newest: { data, observedAt: wall } }));
    const before = job;
    // Nothing that concerns the feed: its reading goes on.
    install(`${yaml(A + B)}policies: { default: { ttl: 20 } }\n`);
    expect(job).toBe(before);
    // b is another prefix now, and c is new: nothing is known of them.
    install(
      yaml(
        `${A}  b: { routing: anycast, prefixes: { ipv4: 203.0.113.0/24 } }\n  c: { routing: anycast, prefixes: { ipv6: 2001:db8:20::/48 } }\n`,
      ),
    );
    expect(states()).toEqual({ 'a/ipv4': 'valid', 'a/ipv6': 'invalid' });
    // What the feed of before still says comes too late.
    feeds.take({ ...news({ newest: { data, observedAt: wall } }), job: before });
    expect(states()).toEqual({ 'a/ipv4': 'valid', 'a/ipv6': 'invalid' });
    install(yaml(A, 64501));
    expect(states()).toEqual({});
  });

  it('is forgotten when there is no such feed any more', () => {
    feeds.take(news({ newest: { data, observedAt: wall } }));
    const { network } = load(yaml(A));
    feeds.install({}, network);
    expect(feeds.data).toEqual({ feeds: [] });
    expect(feeds.views).toEqual([]);
  });
});
