import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

/** One target really fails before. */
export const FAILED = 3 * MINUTE;
export const CUT = 8 * MINUTE;
export const BACK = 13 * MINUTE;

export const cutOff: Scenario = {
  id: 'cut-off',
  title: "The server's own network is down",
  about:
    'For five minutes no probe comes back. All targets seem dead, and all serve. The server holds what it answers, says so, and goes on when it sees again.',
  network: network(),
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'frankfurt' },
  ],
  duration: 20 * MINUTE,
  ipv6: 1,
  tell: [CUT - SECOND, CUT + 2 * MINUTE, BACK + MINUTE],
  script(stage) {
    stage.fail('web/frankfurt/ipv6', outage(FAILED, 20 * MINUTE));
    stage.cut(CUT, BACK);
  },
};
