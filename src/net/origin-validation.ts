/** Route origin validation (RFC 6811): whether an AS may originate a route, by what holders of addresses have signed. Pure. */
import { covers, formatPrefix, type Prefix } from './prefix.ts';

/** A validated ROA payload (RFC 6811 §2): an AS may originate the prefix, and what lies in it down to a length. */
export interface Vrp {
  readonly prefix: Prefix;
  /** Bits; never less than the prefix's length. */
  readonly maxLength: number;
  /** 0: nobody may (RFC 6483 §4). */
  readonly asn: number;
}

export type OriginValidity =
  | { readonly state: 'valid'; readonly by: Vrp }
  /**
   * `why`: a VRP allows this AS, but nothing so long; the prefix is for others; or it is for nobody (AS 0 alone).
   * `covering`: what speaks for others, all of it.
   */
  | {
      readonly state: 'invalid';
      readonly why: 'too-long' | 'wrong-origin' | 'as0';
      readonly covering: readonly Vrp[];
    }
  | { readonly state: 'not-found' };

/**
 * Validates one route (RFC 6811 §2).
 * @param origin AS number the route is originated by; undefined where there is no one such (its path ends in an AS_SET), which no VRP matches
 * @param vrps   those that do not cover the route make no difference
 */
export function validateOrigin(route: Prefix, origin: number | undefined, vrps: Iterable<Vrp>): OriginValidity {
  const covering: Vrp[] = [];
  for (const vrp of vrps) {
    if (!covers(vrp.prefix, route)) continue;
    // AS 0 is nobody's, so it matches no route (RFC 6483 §4, RFC 7607 §2).
    if (vrp.asn === origin && origin !== 0 && route.length <= vrp.maxLength) return { state: 'valid', by: vrp };
    covering.push(vrp);
  }
  if (covering.length === 0) return { state: 'not-found' };
  if (origin !== undefined && origin !== 0 && covering.some(({ asn }) => asn === origin))
    return { state: 'invalid', why: 'too-long', covering };
  return { state: 'invalid', why: covering.every(({ asn }) => asn === 0) ? 'as0' : 'wrong-origin', covering };
}

/** VRPs named in a sentence; the rest is counted. */
const MOST_NAMED = 3;

/** `192.0.2.0/22-24 is for AS64501` */
export function vrpText({ prefix, maxLength, asn }: Vrp): string {
  const whose = asn === 0 ? 'nobody (AS0)' : `AS${asn}`;
  return `${formatPrefix(prefix)}${maxLength === prefix.length ? '' : `-${maxLength}`} is for ${whose}`;
}

/** What a validation found, in words. @param origin as it was validated */
export function validityText(route: Prefix, origin: number, found: OriginValidity): string {
  switch (found.state) {
    case 'valid':
      return vrpText(found.by);
    case 'not-found':
      return `no ROA covers ${formatPrefix(route)}`;
    case 'invalid': {
      const { why, covering } = found;
      const named = why === 'too-long' ? covering.filter(({ asn }) => asn === origin) : covering;
      const rest = named.length - MOST_NAMED;
      const list = named.slice(0, MOST_NAMED).map(vrpText).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
      if (why === 'too-long') return `/${route.length} is longer than what is signed: ${list}`;
      return `${list}, not for AS${origin}`;
    }
  }
}
