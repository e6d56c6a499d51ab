import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { feedsOf, network } from './network.ts';

export const FROM = 5 * MINUTE;
/** When somebody has seen the alarm and the site's routes are withdrawn by hand. */
export const WITHDRAWN = 15 * MINUTE;
export const RECOVERED = 20 * MINUTE;
const END = 26 * MINUTE;

/** Zurich may fall back to Frankfurt, which no site of it serves. */
const NETWORK = network().replace(
  'zurich:      { parent: switzerland,',
  'zurich:      { parent: switzerland, fallback: [switzerland, frankfurt, europe, anycast],',
);
/** The same with the ladder alone, whose groups all contain Zurich. */
export const LADDER = network();
const FEEDS = feedsOf(NETWORK, true);

export const deadAnnouncer: Scenario = {
  id: 'dead-announcer',
  title: 'A dead site that keeps announcing',
  about:
    'Zurich is dead, but its routes stay: clients near it are led there whichever of its groups they ask for. Groups that Zurich is no part of come first, and the stuck routes are told of until somebody withdraws them.',
  network: NETWORK,
  feeds: FEEDS,
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'frankfurt' },
  ],
  duration: END,
  ipv6: 1,
  tell: [FROM - SECOND, FROM + 3 * MINUTE, WITHDRAWN + MINUTE, END - MINUTE],
  script(stage) {
    stage.fail('web/zurich/ipv6', outage(FROM, RECOVERED));
    // The observer is led to other sites of these; half and a third of their clients are led to Zurich.
    stage.fail('web/switzerland/ipv6', { ...outage(FROM, WITHDRAWN), failing: 0.5, unseen: true });
    stage.fail('web/europe/ipv6', { ...outage(FROM, WITHDRAWN), failing: 0.33, unseen: true });
    stage.announce(WITHDRAWN, 'zrh', [], 'zrh withdraws all its routes');
    stage.announce(RECOVERED, 'zrh', FEEDS.announced.zrh, 'zrh announces its routes again');
  },
};
