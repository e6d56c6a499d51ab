/** Documents of announcements: what is kept of them, and what is refused. */
import { describe, expect, it } from 'vitest';
import {
  type Documents,
  FILE_TROUBLES,
  filePeer,
  HUGE,
  URL_TROUBLES,
  urlPeer,
} from '../../../test/support/document-peers.ts';
import { feedContract } from '../../../test/support/feed-contract.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, parsePrefix } from '../../net/prefix.ts';
import { FeedError } from '../feed.ts';
import { PolledFeed } from '../polled-feed.ts';
import {
  Announcements,
  type AnnouncementsData,
  type AnnouncementsQuestion,
  takeAnnouncements,
} from './announcements.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const question: AnnouncementsQuestion = {
  sites: ['zrh', 'gva', 'fra'],
  prefixes: [parsePrefix('192.0.2.0/24')!, parsePrefix('2001:db8:16::/48')!],
};
const take = (document: unknown) => takeAnnouncements(document, question, NOW);
const at = '2026-11-23T11:59:30Z';
const zrh = (more: object) => ({ observed_at: at, sites: { zrh: { prefixes: [], ...more } } });
const kept = ({ sites }: AnnouncementsData, site: string) => {
  const { value: announced } = sites.get(site)!;
  return [...announced.prefixes.map(formatPrefix), ...announced.hosts.map(formatAddress)];
};

describe('a document', () => {
  it('is kept as far as it concerns the prefixes, each site with its time', () => {
    const { data, observedAt, notes } = take({
      observed_at: at,
      sites: {
        zrh: {
          prefixes: [
            '192.0.2.0/24',
            '192.0.0.0/16',
            '192.0.2.128/25',
            '198.51.100.0/24',
            '0.0.0.0/0',
            '2001:db8::/32',
            '192.0.2.0/24',
          ],
          host_routes: ['192.0.2.64', '192.0.2.65/32', '2001:db8:16::64/128', '198.51.100.64/32', '192.0.2.64/32'],
        },
        gva: { observed_at: '2026-11-23T12:58:00+01:00', prefixes: [] },
        iad: { prefixes: ['192.0.2.0/24'] },
      },
    });
    expect(kept(data, 'zrh')).toEqual([
      '192.0.2.0/24',
      '192.0.0.0/16',
      '192.0.2.128/25',
      '2001:db8::/32',
      '192.0.2.64',
      '192.0.2.65',
      '2001:db8:16::64',
    ]);
    expect(kept(data, 'gva')).toEqual([]);
    expect([...data.sites].map(([site, { observedAt: when }]) => [site, NOW - when])).toEqual([
      ['zrh', 30_000],
      ['gva', 120_000],
    ]);
    expect(NOW - observedAt).toBe(30_000);
    // One that is not observed is told; it does not announce nothing.
    expect(notes).toEqual({ sites: 2, missing: 'fra', unknown: 'iad' });
  });

  it('takes host routes among prefixes for what they are', () => {
    expect(kept(take(zrh({ prefixes: ['192.0.2.64/32'] })).data, 'zrh')).toEqual(['192.0.2.64']);
  });

  it.each<[unknown, string | RegExp]>([
    [[], /^it is not what schemas\/announcements\.schema\.json says: /],
    [{ sites: {} }, /^observed_at is not what /],
    [{ observed_at: 'yesterday', sites: {} }, /^observed_at is not what /],
    [{ observed_at: at, sites: {} }, 'it has no site of this network'],
    [{ observed_at: at, sites: { nowhere: { prefixes: [] } } }, 'it has no site of this network'],
    [{ observed_at: at, sites: { zrh: {} } }, /^sites\.zrh\.prefixes is not what /],
    [zrh({ prefix: [] }), /^sites\.zrh is not what .*prefix/],
    [zrh({ prefixes: ['192.0.2.1/24'] }), 'sites.zrh.prefixes has "192.0.2.1/24", which is no prefix'],
    [zrh({ prefixes: ['192.0.2.1'] }), 'sites.zrh.prefixes has "192.0.2.1", which has no length'],
    [zrh({ host_routes: ['192.0.2.0/24'] }), 'sites.zrh.host_routes has "192.0.2.0/24", which is no host route'],
    [zrh({ host_routes: ['web'] }), 'sites.zrh.host_routes has "web", which is no host route'],
    [zrh({ observed_at: '2026-11-23T12:05:00Z' }), 'sites.zrh is of 2026-11-23T12:05:00.000Z, ahead of this clock'],
    // A site that is not ours is held to the same, so that a document counts whole or not at all.
    [
      { observed_at: at, sites: { zrh: { prefixes: [] }, iad: { prefixes: ['x'] } } },
      'sites.iad.prefixes has "x", which is no prefix',
    ],
  ])('%j is refused', (document, message) => {
    let why: unknown;
    try {
      take(document);
    } catch (error) {
      why = error;
    }
    expect(why).toBeInstanceOf(FeedError);
    expect((why as Error).message).toMatch(
      typeof message === 'string' ? new RegExp(`^${RegExp.escape(message)}$`) : message,
    );
  });
});

const documents: Documents<AnnouncementsData> = {
  open: (place, pace, tell) => new PolledFeed(new Announcements(place, question, HUGE / 2), pace, tell),
  text: (which) =>
    JSON.stringify({
      observed_at: new Date().toISOString(),
      sites: { zrh: { prefixes: ['192.0.2.0/24', '2001:db8:16::/48'].slice(which - 1) } },
    }),
  empty: JSON.stringify({ observed_at: at, sites: {} }),
  which: ({ sites }) => (sites.get('zrh')!.value.prefixes.length === 2 ? 1 : 2),
};
feedContract('of announcements in a file', FILE_TROUBLES, () => filePeer(documents));
feedContract('of announcements behind a URL', URL_TROUBLES, () => urlPeer(documents));
