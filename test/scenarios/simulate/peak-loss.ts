import { DAY, HOUR, MINUTE, outage, type Scenario, SECOND } from '../../support/simulator/scenario.ts';
import { network } from './network.ts';

/** The day begins at eight in the morning; half a day later is the hour of peak. */
export const PEAK = 12 * HOUR;
/** Frankfurt, which has most of the traffic, is lost then. */
export const LOST = PEAK;
export const BACK = PEAK + 2 * HOUR;
/** Gbit/s that enter at peak; three times as much leaves. */
const MOST = 100 / 3;
export const STEP_INTERVAL = 5 * MINUTE;

/**
 * Zurich's link is the one that gets too full in the evening. Zurich may fall back to groups beside it, and Frankfurt to those that it is no part of. No single site
 * can take what Frankfurt has.
 */
const PLAIN = `${network([], 'interval: 10s')
  .replace('zurich:      {', 'zurich:      { fallback: [switzerland, europe, anycast, geneva, america],')
  .replace('frankfurt:   {', 'frankfurt:   { fallback: [europe, anycast, geneva, america],')
  .replace(
    'services:',
    '  america:     { parent: anycast, routing: lazy, instances: [iad], prefixes: { ipv6: 2001:db8:1c::/48 } }\nservices:',
  )}
links:
  zrh-a: { site: zrh, capacity: 40G }
  gva-a: { site: gva, capacity: 40G }
  fra-a: { site: fra, capacity: 40G }
  fra-b: { site: fra, capacity: 40G }
  fra-c: { site: fra, capacity: 40G }
  iad-a: { site: iad, capacity: 40G }
feeds: { load: { url: 'http://127.0.0.1:9090', in: in, out: out } }
`;
const STEERED = `${PLAIN}load_steering: { enabled: true, interval: 5m }\n`;
/** The same without load steering. */
export const UNSTEERED = PLAIN;

/** Names by group: their parts of all requests, in percent. */
export const PARTS = { frankfurt: 40, zurich: 30, geneva: 16, anycast: 8, europe: 6 } as const;
const NAMES = 300;

export const peakLoss: Scenario = {
  id: 'peak-loss',
  title: 'A day, and the largest site is lost at the hour of peak',
  about:
    "In the evening Zurich's link fills up, and sheds a part of its names before it is too full, to where also one more failure leaves room. At the hour of peak Frankfurt is lost. Its names must go, and no group has room for all: they are spread so that the fullest link is as empty as can be, with an alarm. At night all is back at home.",
  network: STEERED,
  loads: {
    gbits: (at) => MOST * (0.65 + 0.35 * Math.cos((2 * Math.PI * (at - PEAK)) / DAY)),
    out: 3,
    noise: 0.01,
    stale: 2 * MINUTE,
  },
  hosts: Object.entries(PARTS).flatMap(([group, percent]) =>
    Array.from({ length: (NAMES * percent) / 100 }, (_, i) => ({ name: `${group}-${i}.example.net`, group })),
  ),
  duration: DAY,
  caches: 1,
  skew: 0,
  ipv6: 1,
  zero: PEAK,
  tell: [PEAK - 4 * HOUR, LOST - SECOND, LOST + 15 * MINUTE, BACK + 30 * MINUTE, DAY - HOUR],
  script(stage) {
    stage.lose('fra', LOST, BACK);
    for (const target of ['web/frankfurt/ipv6']) stage.fail(target, outage(LOST, BACK));
  },
};
