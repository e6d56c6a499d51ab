import { HOUR, MINUTE, outage, type Scenario } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const FROM = HOUR;
export const UNTIL = 2 * HOUR;
const HOSTS = 1000;

export const shares: Scenario = {
  id: 'shares',
  title: 'Shares of 50, 30 and 20 %, and one of them fails',
  about:
    'Many names are shared out. When Frankfurt fails, its names go to the other two by their shares; no name of theirs moves, then or when Frankfurt is back.',
  network: network(['shared: { ttl: 60, choice: { weighted: { frankfurt: 50, zurich: 30, geneva: 20 } } }']),
  hosts: Array.from({ length: HOSTS }, (_, i) => ({ name: `h${i}.example.net`, group: 'europe', policy: 'shared' })),
  duration: 3 * HOUR,
  caches: HOSTS,
  skew: 0,
  ipv6: 1,
  tell: [FROM - MINUTE, FROM + 30 * MINUTE, UNTIL + 30 * MINUTE],
  script(stage) {
    stage.fail('web/frankfurt/ipv6', outage(FROM, UNTIL));
  },
};
