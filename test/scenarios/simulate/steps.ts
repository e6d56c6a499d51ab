import { HOUR, MINUTE, type Scenario } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

/** When how many of a hundred names are at the other group. */
export const STEPS = [
  { at: 20 * MINUTE, percent: 10 },
  { at: 50 * MINUTE, percent: 50 },
  { at: 80 * MINUTE, percent: 100 },
] as const;
const HOSTS = 1000;

const at = (percent: number): string =>
  network([`careful: { ttl: 60, choice: { split: frankfurt, percent: ${percent} } }`]);

export const steps: Scenario = {
  id: 'steps',
  title: 'A move in steps: 10, 50, 100 %',
  about: 'A policy sends a part of the names elsewhere. Each step is a changed file; whoever has moved stays moved.',
  network: at(0),
  hosts: Array.from({ length: HOSTS }, (_, i) => ({ name: `h${i}.example.net`, group: 'zurich', policy: 'careful' })),
  duration: 2 * HOUR,
  caches: HOSTS,
  skew: 0,
  ipv6: 1,
  tell: STEPS.flatMap((step) => [step.at - MINUTE, step.at + 15 * MINUTE]),
  script(stage) {
    for (const step of STEPS) stage.reload(step.at, at(step.percent), `${step.percent} % to frankfurt`);
  },
};
