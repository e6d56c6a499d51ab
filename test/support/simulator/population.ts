/**
 * Everybody who asks: caches with a rate of requests each, that ask the server when what they hold has run out.
 *
 * Between two answers a cache sends its requests to one address, so those are counted as a rate over that time, not one by one: exact on average, and a week costs
 * seconds. Rates of resolvers follow Zipf's law: few send much, many send little. Every cache stands once for each class of clients and family, so shares
 * among those hold exactly.
 */

import type { Random } from './random.ts';
import type { Keeper } from './resolvers.ts';
import type { Traffic } from './traffic.ts';

/** Requests a second of everybody. The least of the resolvers then asks every few minutes. */
const RATE = 500;

export interface Asked {
  /** Index of the host. */
  readonly host: number;
  /** 0 IPv4, 1 IPv6. */
  readonly family: 0 | 1;
  readonly clientClass: number;
  /** The client's network, which a policy may share out by. */
  readonly network: Uint8Array;
}

export interface Answered {
  /** Where requests then go: a place of `Traffic`. */
  readonly place: number;
  /** Seconds. */
  readonly ttl: number;
}

interface Cache extends Asked {
  readonly keeper: Keeper;
  /** Requests a second. */
  readonly rate: number;
  place: number;
  /** Milliseconds: when it asks again. */
  next: number;
}

export interface PopulationOptions {
  readonly keepers: readonly Keeper[];
  /** Caches of each host and kind of keeper are so many at least. */
  readonly caches: number;
  /** Exponent of Zipf's law; 0 makes all caches alike. */
  readonly skew: number;
  readonly hosts: number;
  /** Part of all requests by class of clients. */
  readonly classes: readonly { readonly clientClass: number; readonly share: number }[];
  /** Part of all requests over IPv6. */
  readonly ipv6: number;
}

export class Population {
  readonly #caches: Cache[] = [];
  readonly #random: Random;
  readonly #answer: (asked: Asked) => Answered;
  readonly #traffic: Traffic;
  readonly #asks: (place: number) => void;

  /** All of them hold what is answered now, for what is left of their time. @param asks told of each question, with the place it is answered with */
  constructor(
    options: PopulationOptions,
    answer: (asked: Asked) => Answered,
    traffic: Traffic,
    random: Random,
    asks: (place: number) => void = () => {},
  ) {
    this.#answer = answer;
    this.#asks = asks;
    this.#traffic = traffic;
    this.#random = random;
    for (const keeper of options.keepers) this.#add(keeper, options);
  }

  /** Lets them ask what they ask before a time, as the server answers now. Call before that changes. */
  advance(until: number): void {
    for (const cache of this.#caches) while (cache.next < until) this.#refresh(cache);
  }

  /** By place, the part of requests that what is answered now would send there: 0 to 1. */
  answered(places: number): number[] {
    const shares = new Array<number>(places).fill(0);
    for (const cache of this.#caches) shares[this.#answer(cache).place] += cache.rate / RATE;
    return shares;
  }

  /** By place, the part of requests that goes there, by the answers that are held: 0 to 1. */
  held(places: number): number[] {
    const shares = new Array<number>(places).fill(0);
    for (const { place, rate } of this.#caches) shares[place] += rate / RATE;
    return shares;
  }

  #refresh(cache: Cache): void {
    const { keeper, rate, next: now } = cache;
    const { place, ttl } = this.#answer(cache);
    this.#asks(place);
    this.#traffic.one(keeper.stale === true ? cache.place : place, now);
    cache.place = place;
    this.#hold(cache, now, keeper.keeps(ttl, this.#random) * 1000, rate);
  }

  #hold(cache: Cache, from: number, time: number, rate: number): void {
    this.#traffic.add(cache.place, from, from + time, rate);
    cache.next = from + time + this.#random.exponential(1000 / rate);
  }

  #add(keeper: Keeper, { caches, skew, hosts, classes, ipv6 }: PopulationOptions): void {
    const count = Math.ceil(caches / hosts) * hosts;
    const weights = Array.from({ length: count }, (_, i) => (keeper.alike === true ? 1 : (i + 1) ** -skew));
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, i) => {
      const network = Uint8Array.of(i >> 8, i, keeper.id.length);
      for (const { clientClass, share } of classes)
        for (const [family, part] of [
          [0, 1 - ipv6],
          [1, ipv6],
        ] as const) {
          const rate = (RATE * keeper.share * share * part * weight) / all;
          if (rate === 0) continue;
          const asked = { host: i % hosts, family, clientClass, network };
          const { place, ttl } = this.#answer(asked);
          const cache = { ...asked, keeper, rate, place, next: 0 };
          this.#caches.push(cache);
          this.#hold(cache, 0, keeper.left(ttl, this.#random) * 1000, rate);
        }
    });
  }
}
