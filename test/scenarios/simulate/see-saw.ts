import { HOUR, MINUTE, type Scenario } from '../../support/simulator/scenario.ts';

const WAVE = 40 * MINUTE;
/** When less is asked for, and what was shed may come back. */
export const CALM = 6 * HOUR;
const END = 9 * HOUR;

/** Two groups that are each other's fallback, each with a link of its own. */
const NETWORK = `
sites:
  zrh: { name: Zürich, country: CH }
  gva: { name: Genève, country: CH }
groups:
  zurich: { routing: lazy, instances: [zrh], fallback: [geneva], prefixes: { ipv6: 2001:db8:19::/48 } }
  geneva: { routing: lazy, instances: [gva], fallback: [zurich], prefixes: { ipv6: 2001:db8:1a::/48 } }
services:
  web: { vip: 64, checks: { web: { type: http, path: /healthz, interval: 10s } } }
policies:
  default: { ttl: 60 }
links:
  zrh-a: { site: zrh, capacity: 10G }
  gva-a: { site: gva, capacity: 10G }
feeds: { load: { url: 'http://127.0.0.1:9090', in: in, out: out } }
load_steering: { enabled: true, interval: 5m }
`;

export const ZURICH = 0.53;
const NAMES = 400;

export const seeSaw: Scenario = {
  id: 'see-saw',
  title: 'Two groups that could shed to each other, near their watermarks',
  about:
    'Load follows each decision, late and with noise, and what is asked for comes in waves: who always led names to the emptier link would lead them to and fro for ever. Zurich sheds to Geneva as far as there is room. What the next wave shows to be too much there goes home; nothing of Geneva goes to Zurich, and when less is asked for all is at home again.',
  network: NETWORK,
  loads: {
    gbits: (at) => (at < CALM ? 15.4 + 0.7 * Math.sin((2 * Math.PI * at) / WAVE) : 9),
    out: 0.2,
    noise: 0.02,
    stale: 2 * MINUTE,
  },
  hosts: Array.from({ length: NAMES }, (_, i) => ({
    name: `www-${i}.example.net`,
    group: i < NAMES * ZURICH ? 'zurich' : 'geneva',
  })),
  duration: END,
  caches: 1,
  skew: 0.3,
  ipv6: 1,
  tell: [10 * MINUTE, 2 * HOUR, CALM - MINUTE, END - MINUTE],
  script() {},
};
