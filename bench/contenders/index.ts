/** All servers there are to compare, steerd first. */
import { bind } from './bind.ts';
import type { Contender } from './contender.ts';
import { gdnsd } from './gdnsd.ts';
import { knot, knotGeoip, knotXdp } from './knot.ts';
import { nsd } from './nsd.ts';
import { pdns } from './pdns.ts';
import { steerd } from './steerd.ts';

export const OWN = steerd('steerd', 'steerd', 'batched');
export const PEERS: readonly Contender[] = [
  gdnsd,
  knot,
  knotGeoip,
  knotXdp,
  nsd,
  bind,
  pdns,
  steerd('xdp', 'steerd (XDP)', 'xdp'),
  steerd('dgram', 'steerd (node:dgram)', 'dgram'),
];
