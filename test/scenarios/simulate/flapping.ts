import { DAY, HOUR, MINUTE, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

const FROM = 18 * HOUR;
export const UNTIL = 42 * HOUR;

const NETWORK = network(['patient: { ttl: 60, failback: manual }']);
/** The same without damping. */
export const UNDAMPED = `${NETWORK}guards: { damping: { enabled: false } }\n`;

export const flapping: Scenario = {
  id: 'flapping',
  title: 'A target that comes and goes for a day',
  about:
    'For a day Zurich fails for some seconds every few minutes. What is shorter than a detection moves nothing. Damping sees to it that hosts leave twice and come back when it is over; with `failback: manual` the first failure is the last one.',
  network: NETWORK,
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'zurich', policy: 'patient' },
  ],
  duration: 3 * DAY,
  caches: 60,
  ipv6: 1,
  tell: [FROM - HOUR, FROM + 6 * HOUR, UNTIL - HOUR, UNTIL + HOUR],
  script(stage, random) {
    let at = FROM + random.exponential(MINUTE);
    while (at < UNTIL) {
      const length = 500 + random.exponential(6 * SECOND);
      stage.fail('web/zurich/ipv6', { from: at, to: at + length, how: 'refusing' });
      at += length + 2 * SECOND + random.exponential(3 * MINUTE);
    }
    stage.force(UNTIL + 6 * HOUR, 'web/zurich', 'up');
  },
};
