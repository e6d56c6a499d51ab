import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { feedsOf, network } from './network.ts';

/** Switzerland's IPv6 prefix is announced nowhere. */
export const WITHDRAWN = 4 * MINUTE;
export const ZURICH_DIES = 7 * MINUTE;
/** Europe's is RPKI-invalid, when Zurich's hosts are there already. */
export const INVALID = 11 * MINUTE;
export const FRANKFURT_DIES = 14 * MINUTE;
/** Both routes are well again, then both targets. */
export const REPAIRED = 20 * MINUTE;
export const RECOVERED = 25 * MINUTE;
const END = 30 * MINUTE;

const NETWORK = network();
/** The same without the guards. */
export const UNGUARDED = `${NETWORK}guards: { rpki: false, announcement: false }\n`;
const FEEDS = feedsOf(NETWORK);
const SWISS = '2001:db8:18::/48';

export const lostRoutes: Scenario = {
  id: 'lost-routes',
  title: 'A prefix is withdrawn, another turns RPKI-invalid',
  about:
    "Checks run near the targets and see them well, but the world can't reach Switzerland, and later much of it can't reach Europe. Hosts that fall back are led past both; those that were in Europe before stay there.",
  network: NETWORK,
  feeds: FEEDS,
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'frankfurt' },
  ],
  duration: END,
  ipv6: 1,
  tell: [
    ZURICH_DIES - SECOND,
    ZURICH_DIES + 2 * MINUTE,
    FRANKFURT_DIES + 2 * MINUTE,
    REPAIRED + 2 * MINUTE,
    END - MINUTE,
  ],
  script(stage) {
    for (const site of ['zrh', 'gva']) {
      const routes = FEEDS.announced[site];
      const without = routes.filter((route) => route !== SWISS);
      stage.announce(WITHDRAWN, site, without, `${site} withdraws ${SWISS} of switzerland`);
      stage.announce(REPAIRED, site, routes, `${site} announces ${SWISS} again`);
    }
    stage.validate(INVALID, 'europe/ipv6', 'invalid', 'a ROA is for AS64501');
    stage.validate(REPAIRED, 'europe/ipv6', 'valid');
    stage.fail('web/switzerland/ipv6', { ...outage(WITHDRAWN, REPAIRED), unseen: true });
    // About half of all networks drop what is invalid.
    stage.fail('web/europe/ipv6', { ...outage(INVALID, REPAIRED), failing: 0.5, unseen: true });
    stage.fail('web/zurich/ipv6', outage(ZURICH_DIES, RECOVERED));
    stage.fail('web/frankfurt/ipv6', outage(FRANKFURT_DIES, RECOVERED + MINUTE));
  },
};
