import { HOUR, MINUTE, type Scenario } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

export const FROM = 30 * MINUTE;
/** When nothing works any more. */
export const DEAD = FROM + 2 * HOUR;
export const UNTIL = DEAD + HOUR;

/** From 0 to 1. */
const progress = (at: number): number => Math.min(1, (at - FROM) / (DEAD - FROM));

export const slowDeath: Scenario = {
  id: 'slow-death',
  title: 'A slow death: more and more requests fail',
  about:
    'For two hours Zurich gets worse, from the first error to none but errors, and ever slower. It is left long before it is dead.',
  network: network([], 'brown_out: { ratio: 0.2, window: 1m }'),
  hosts: [{ name: 'www.example.net', group: 'zurich' }],
  duration: 4 * HOUR,
  ipv6: 1,
  tell: [FROM, FROM + 15 * MINUTE, FROM + 30 * MINUTE, FROM + HOUR, DEAD, UNTIL + 20 * MINUTE],
  script(stage) {
    stage.fail('web/zurich/ipv6', {
      from: FROM,
      to: UNTIL,
      failing: progress,
      how: 'status 503',
      latency: (at) => 20 + 1980 * progress(at),
    });
  },
};
