/**
 * Who keeps answers, and for how long. An authoritative server sees TTLs kept by most; what a move really looks like is decided by the rest. What operators of anycast
 * services see at a TTL of 20 s is that 90 % of the requests have moved after a minute and 2 % have not after a quarter of an hour; the shares below are set so that
 * the model reproduces that (resolvers.test.ts), and each kind is there for a reason of its own:
 *
 * - `obedient`: a resolver that keeps the TTL, and clients that ask it each time. At 20 s TTL all of them have moved after 20 s.
 * - `minute`: clients whose system tells them no TTL. getaddrinfo() doesn't, so browsers and libraries keep what they got for a minute, on top of what a resolver
 *   had left of it.
 * - `stale`: a resolver that answers from what has expired and asks afterwards (RFC 8767). A name that is asked for rarely is then answered with the old address once more,
 *   however long ago it expired.
 * - `clamped`: a resolver with a floor for TTLs (Unbound's cache-min-ttl and the like), here five minutes.
 * - `session`: connections that go on (HTTP keep-alive, HTTP/2, WebSocket). They end one by one, five minutes after they began on average.
 * - `pinned`: programs that look a name up once: connection pools, JVMs that cache for ever, addresses written into files. Four hours on average.
 *
 * The first two parts decide the first minute, `clamped` and `session` the next ten, `pinned` everything after. At 60 s: 1/7 of `minute`, 4/5 of `clamped`, e^(-1/5) of
 * `session` and all of `pinned` are left; at 900 s e^(-3) of `session` and e^(-1/16) of `pinned`.
 */
import type { Random } from './random.ts';

export interface Keeper {
  readonly id: string;
  /** Part of all requests. */
  readonly share: number;
  /** Seconds between getting an answer and needing another, for an answer of this TTL. */
  keeps(ttl: number, random: Random): number;
  /** Seconds left of that at a moment picked at random, long after the beginning. */
  left(ttl: number, random: Random): number;
  /** Clients, each like the other, and not resolvers that many ask. */
  readonly alike?: boolean;
  /** The first request after an answer has expired is still answered with it. */
  readonly stale?: boolean;
}

const MINUTE = 60;
const CLAMP = 5 * 60;
const SESSION = 5 * 60;
const PINNED = 4 * 3600;

export const KEEPERS: readonly Keeper[] = [
  { id: 'obedient', share: 0.67, ...fixed((ttl) => ttl) },
  { id: 'minute', share: 0.16, ...fixed((ttl, random) => MINUTE + random.next() * ttl), alike: true },
  { id: 'stale', share: 0.08, ...fixed((ttl) => ttl), stale: true },
  { id: 'clamped', share: 0.022, ...fixed((ttl) => Math.max(ttl, CLAMP)) },
  { id: 'session', share: 0.049, ...lasting(SESSION), alike: true },
  { id: 'pinned', share: 0.019, ...lasting(PINNED), alike: true },
];

/** Nobody but resolvers that keep the TTL: what is left of a failure or a move without the others. */
export const OBEDIENT: readonly Keeper[] = [{ id: 'obedient', share: 1, ...fixed((ttl) => ttl) }];

function fixed(keeps: Keeper['keeps']): Pick<Keeper, 'keeps' | 'left'> {
  return { keeps, left: (ttl, random) => random.next() * keeps(ttl, random) };
}

/** What lasts so long on average has no memory: what is left of it is as long. */
function lasting(mean: number): Pick<Keeper, 'keeps' | 'left'> {
  return {
    keeps: (ttl, random) => Math.max(ttl, random.exponential(mean)),
    left: (_, random) => random.exponential(mean),
  };
}
