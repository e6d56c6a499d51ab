/** All servers there are to compare. */
import { bind } from './bind.ts';
import type { Contender } from './contender.ts';
import { gdnsd } from './gdnsd.ts';
import { knot, knotGeoip, knotGeoipXdp, knotXdp } from './knot.ts';
import { nsd } from './nsd.ts';
import { pdns } from './pdns.ts';
import { PROTECTION, steerd } from './steerd.ts';

/** Our transports, fastest first. */
export const OURS: readonly Contender[] = [
  steerd('xdp', 'steerd (XDP)', 'xdp'),
  steerd('sockets', 'steerd', 'batched'),
];
/** The same with all that protects. */
export const OURS_PROTECTED: readonly Contender[] = [
  steerd('xdp-protected', 'steerd (XDP)', 'xdp', PROTECTION),
  steerd('sockets-protected', 'steerd', 'batched', PROTECTION),
];
/** What machines get that the others don't run on. */
export const DGRAM = steerd('dgram', 'steerd (node:dgram)', 'dgram');
export const PEERS: readonly Contender[] = [gdnsd, knot, knotXdp, knotGeoip, knotGeoipXdp, nsd, bind, pdns, DGRAM];
