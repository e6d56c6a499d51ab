import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const FROM = 5 * MINUTE;
/** When an operator has seen the alarm and says what is really down. */
export const TOLD = 10 * MINUTE;

export const twoSites: Scenario = {
  id: 'two-sites',
  title: 'Two sites really fail at once',
  about:
    'What the rule for a server that is cut off costs: it can not tell this from trouble of its own, holds, and waits for an operator, who forces both down.',
  network: network(),
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'frankfurt' },
  ],
  duration: 20 * MINUTE,
  ipv6: 1,
  tell: [FROM - SECOND, TOLD - SECOND, TOLD + 2 * MINUTE],
  script(stage) {
    for (const group of ['zurich', 'frankfurt']) {
      stage.fail(`web/${group}/ipv6`, outage(FROM, 20 * MINUTE));
      stage.force(TOLD, group, 'down');
    }
  },
};
