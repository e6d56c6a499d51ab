/** All servers there are to compare, steerd first. */
import { bind } from './bind.ts';
import type { Contender } from './contender.ts';
import { gdnsd } from './gdnsd.ts';
import { knot, knotGeoip } from './knot.ts';
import { nsd } from './nsd.ts';
import { pdns } from './pdns.ts';
import { steerd } from './steerd.ts';

export const OWN = steerd('steerd', 'steerd', 'batched');
export const PEERS: readonly Contender[] = [
  gdnsd,
  knot,
  knotGeoip,
  nsd,
  bind,
  pdns,
  steerd('dgram', 'steerd (node:dgram)', 'dgram'),
];
