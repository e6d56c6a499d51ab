import { MINUTE, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

/** When it is moved. */
export const MOVED = MINUTE;

export const moveTtl20: Scenario = {
  id: 'move-ttl-20',
  title: 'A name is moved from anycast to Europe, TTL 20 s',
  about: 'The server answers anew at once. Requests follow as caches, pools and connections run out.',
  network: network(['quick: { ttl: 20 }']),
  hosts: [{ name: 'www.example.net', group: 'anycast', policy: 'quick' }],
  duration: 17 * MINUTE,
  zero: MOVED,
  watch: 'europe',
  caches: 400,
  tell: [20 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE].map((after) => MOVED + after),
  script(stage) {
    stage.move(MOVED, 'www.example.net', 'europe');
  },
};
