import { MINUTE, type Scenario } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const FROM = 10 * MINUTE;
export const UNTIL = 30 * MINUTE;

/** Without a rule for brown-outs the same target is not found to fail: six failures in a row are rare where one in five fails. */
export const WITHOUT = network([], 'fall: 6');

export const brownOut: Scenario = {
  id: 'brown-out',
  title: 'A brown-out: one request in five fails',
  about:
    'Six failures in a row hardly ever come, so it is the failure ratio that takes Zurich out, and keeps it out until half as many fail.',
  network: network([], 'fall: 6, brown_out: { ratio: 0.1, window: 2m, least: 20 }'),
  hosts: [{ name: 'www.example.net', group: 'zurich' }],
  duration: 45 * MINUTE,
  ipv6: 1,
  tell: [FROM - MINUTE, FROM + 5 * MINUTE, UNTIL - MINUTE, UNTIL + 10 * MINUTE],
  script(stage) {
    stage.fail('web/zurich/ipv6', { from: FROM, to: UNTIL, failing: 1 / 5, how: 'status 503' });
  },
};
