import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const ORDER = ['zurich', 'anycast', 'europe', 'switzerland'];
export const FIRST = 5 * MINUTE;
/** Apart by more than the window of the cut-off rule: what fails at once is another story. */
export const APART = MINUTE;
export const UNTIL = 20 * MINUTE;

export const allDown: Scenario = {
  id: 'all-down',
  title: 'Everything is down',
  about:
    'All targets of the ladder die, one a minute. Nothing usable is left, and each policy answers what it says: the last good one, the declared one, or SERVFAIL.',
  network: network(['declared: { ttl: 60, last_resort: declared }', 'honest: { ttl: 60, last_resort: servfail }']),
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'zurich', policy: 'declared' },
    { name: 'api.example.net', group: 'zurich', policy: 'honest' },
  ],
  duration: 35 * MINUTE,
  ipv6: 1,
  tell: [FIRST - SECOND, FIRST + 10 * MINUTE, UNTIL + 5 * MINUTE],
  script(stage) {
    ORDER.forEach((group, i) => {
      for (const family of group === 'zurich' ? ['ipv6'] : ['ipv4', 'ipv6'])
        stage.fail(`web/${group}/${family}`, outage(FIRST + i * APART, UNTIL, 'refusing'));
    });
  },
};
