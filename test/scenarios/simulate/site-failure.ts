import { MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const FROM = 5 * MINUTE;
export const UNTIL = 15 * MINUTE;
/** Until BGP has led those who came to Zurich to another site. */
const CONVERGENCE = 3 * SECOND;

export const siteFailure: Scenario = {
  id: 'site-failure',
  title: 'A site fails, clients by place',
  about:
    'Every client is led to the nearest group. Zurich loses power: its clients go up the ladder, where the other sites of Switzerland serve them. Whoever is led to other groups stays there.',
  network: network(['near: { ttl: 60, choice: nearest }']),
  hosts: [{ name: 'www.example.net', group: 'anycast', policy: 'near' }],
  clients: [
    { name: 'Zurich', share: 0.3, groups: ['zurich', 'switzerland', 'europe'] },
    { name: 'Geneva', share: 0.2, groups: ['geneva', 'switzerland', 'europe'] },
    { name: 'Germany', share: 0.4, groups: ['frankfurt', 'europe'] },
    { name: 'elsewhere', share: 0.1, groups: [] },
  ],
  duration: 30 * MINUTE,
  tell: [FROM - SECOND, FROM + 2 * MINUTE, UNTIL - SECOND, UNTIL + 5 * MINUTE],
  script(stage) {
    stage.fail('web/zurich/ipv6', outage(FROM, UNTIL));
    // The other groups have instances elsewhere, to which routes lead soon. A third to a half of their traffic came to Zurich.
    for (const family of ['ipv4', 'ipv6']) {
      stage.fail(`web/switzerland/${family}`, { ...outage(FROM, FROM + CONVERGENCE), failing: 0.5 });
      stage.fail(`web/europe/${family}`, { ...outage(FROM, FROM + CONVERGENCE), failing: 0.33 });
    }
  },
};
