import type { Failing } from '../../support/simulator/behaviour.ts';
import { DAY, HOUR, MINUTE, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

const TARGETS = ['zurich/ipv6', 'geneva/ipv6', 'frankfurt/ipv6'].concat(
  ['switzerland', 'europe', 'anycast'].flatMap((group) => [`${group}/ipv4`, `${group}/ipv6`]),
);
const WAYS: readonly Failing[] = ['silent', 'refusing', 'status 503'];

export const week: Scenario = {
  id: 'week',
  title: 'A week of ordinary trouble',
  about:
    'Every target fails now and then, wholly or in part, for seconds or hours; twice nothing reaches the server; operators drain and move.',
  network: network(
    [
      'near: { ttl: 60, choice: nearest }',
      'shared: { ttl: 60, choice: { weighted: { zurich: 1, geneva: 1 } }, failback: manual }',
    ],
    'interval: 5s, brown_out: { ratio: 0.3 }',
  ),
  hosts: [
    { name: 'www.example.net', group: 'zurich' },
    { name: 'shop.example.net', group: 'anycast', policy: 'near' },
    { name: 'api.example.net', group: 'europe', policy: 'shared' },
  ],
  clients: [
    { name: 'Zurich', share: 0.4, groups: ['zurich', 'switzerland', 'europe'] },
    { name: 'Germany', share: 0.4, groups: ['frankfurt', 'europe'] },
    { name: 'elsewhere', share: 0.2, groups: [] },
  ],
  duration: 7 * DAY,
  caches: 30,
  tell: [1, 2, 3, 4, 5, 6].map((day) => day * DAY),
  script(stage, random) {
    for (const target of TARGETS) {
      let at = random.exponential(12 * HOUR);
      while (at < 7 * DAY) {
        // Most failures are short.
        const length = SECOND + random.exponential(random.next() < 0.7 ? 30 * SECOND : HOUR);
        const failing = random.next() < 0.6 ? 1 : random.between(0.05, 0.9);
        const how = WAYS[Math.floor(random.next() * WAYS.length)];
        stage.fail(`web/${target}`, { from: at, to: at + length, failing, how });
        at += length + random.exponential(12 * HOUR);
      }
    }
    stage.cut(DAY + random.exponential(HOUR), DAY + 8 * HOUR);
    stage.cut(5 * DAY, 5 * DAY + random.exponential(10 * MINUTE));
    stage.force(2 * DAY, 'zurich', 'drained');
    stage.force(2 * DAY + 3 * HOUR, 'zurich', 'auto');
    stage.restart(3 * DAY);
    stage.move(4 * DAY, 'www.example.net', 'europe');
    stage.move(4 * DAY + 6 * HOUR, 'www.example.net', 'zurich');
  },
};
