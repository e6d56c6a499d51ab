import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const RESTART = 4 * MINUTE;
export const DEAD_UNTIL = 6 * MINUTE;

export const start: Scenario = {
  id: 'start',
  title: 'A start that knows nothing, and one that remembers',
  about:
    'Zurich is dead when the server starts for the first time, and counts as up until it has been checked. At a restart, the last verdict counts until then.',
  network: network(['careful: { ttl: 60, unknown: down }']),
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'zurich', policy: 'careful' },
  ],
  duration: 10 * MINUTE,
  ipv6: 1,
  tell: [0, 2 * MINUTE, RESTART + SECOND, DEAD_UNTIL + 2 * MINUTE],
  script(stage) {
    stage.fail('web/zurich/ipv6', outage(0, DEAD_UNTIL));
    stage.restart(RESTART);
  },
};
