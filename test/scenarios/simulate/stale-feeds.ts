import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { feedsOf, network } from './network.ts';

/** Europe is RPKI-invalid while all feeds speak. */
export const INVALID = 3 * MINUTE;
/** Then the feeds fall silent one by one, and what they would say changes unseen. */
export const RPKI_SILENT = 6 * MINUTE;
export const VALID = 9 * MINUTE;
export const ANNOUNCEMENTS_SILENT = 10 * MINUTE;
export const WITHDRAWN = 13 * MINUTE;
/** Zurich dies when all feeds are stale, and comes back before they do. */
export const ZURICH_DIES = 16 * MINUTE;
export const RPKI_SPEAKS = 22 * MINUTE;
export const ANNOUNCEMENTS_SPEAK = 26 * MINUTE;
/** When an operator has read what is found then. */
export const TOLD = 28 * MINUTE;
const END = 32 * MINUTE;

const NETWORK = network();
export const FEEDS = feedsOf(NETWORK);
const SWISS = '2001:db8:18::/48';

export const staleFeeds: Scenario = {
  id: 'stale-feeds',
  title: 'Feeds go stale one by one',
  about:
    'What a feed said when it was fresh holds: nothing moves when it falls silent, is stale, or when the truth becomes another meanwhile. Zurich fails then, and its hosts go by what was known last, which is a prefix that nobody can reach any more. When feeds speak again, what they say counts at once for hosts that move; those that are there wait for an operator.',
  network: NETWORK,
  feeds: FEEDS,
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'frankfurt' },
  ],
  duration: END,
  ipv6: 1,
  tell: [INVALID + 2 * MINUTE, ZURICH_DIES - SECOND, ZURICH_DIES + 2 * MINUTE, END - MINUTE],
  script(stage) {
    stage.validate(INVALID, 'europe/ipv6', 'invalid', 'a ROA is for AS64501');
    stage.validate(VALID, 'europe/ipv6', 'valid');
    stage.silence('rpki', RPKI_SILENT, RPKI_SPEAKS);
    stage.silence('announcements', ANNOUNCEMENTS_SILENT, ANNOUNCEMENTS_SPEAK);
    for (const site of ['zrh', 'gva'])
      stage.announce(
        WITHDRAWN,
        site,
        FEEDS.announced[site].filter((route) => route !== SWISS),
        `${site} withdraws ${SWISS} of switzerland`,
      );
    stage.fail('web/switzerland/ipv6', { ...outage(WITHDRAWN, END), unseen: true });
    stage.force(TOLD, 'switzerland/ipv6', 'down');
    // Frankfurt is dead from early on: its ladder is the one that Europe is on.
    stage.fail('web/frankfurt/ipv6', outage(INVALID + MINUTE, END));
    stage.fail('web/zurich/ipv6', outage(ZURICH_DIES, END));
  },
};
