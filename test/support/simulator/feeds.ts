/** Feeds of the simulated world: what is announced and signed, and when the feeds that tell of it fall silent. What they say is polled, so it is a moment old. */
import { parsePrefix } from '../../../src/net/prefix.ts';
import type { Announced, NetworkData, Reading, Validity } from '../../../src/steering/network-data.ts';
import type { FeedSetup } from './scenario.ts';

/** As often as announcements are read unless told otherwise. */
export const POLL_MS = 15_000;

export type SimulatedFeed = 'rpki' | 'announcements';

export class SimulatedFeeds {
  readonly #stale: number;
  /** How it really is. */
  readonly #announced = new Map<string, Announced>();
  readonly #validity = new Map<string, Validity>();
  /** What each feed said last. */
  #saysAnnounced: ReadonlyMap<string, Reading<Announced>> = new Map();
  #saysValidity: ReadonlyMap<string, Reading<Validity>> = new Map();
  readonly #silent = new Set<SimulatedFeed>();

  constructor({ announced, valid, stale }: FeedSetup) {
    this.#stale = stale;
    for (const [site, routes] of Object.entries(announced)) this.announce(site, routes);
    for (const route of valid) this.validate(route, 'valid');
  }

  /** @param routes prefixes, those of full length as host routes */
  announce(site: string, routes: readonly string[]): void {
    const prefixes = routes.map((text) => {
      const prefix = parsePrefix(text);
      if (prefix === undefined) throw new Error(`${text} is no prefix`);
      return prefix;
    });
    const isHost = ({ address, length }: (typeof prefixes)[number]): boolean => length === address.length * 8;
    this.#announced.set(site, {
      prefixes: prefixes.filter((prefix) => !isHost(prefix)),
      hosts: prefixes.filter(isHost).map(({ address }) => address),
    });
  }

  validate(route: string, state: Validity['state'], cause = ''): void {
    this.#validity.set(route, { state, cause });
  }

  silence(feed: SimulatedFeed, isSilent: boolean): void {
    if (isSilent) this.#silent.add(feed);
    else this.#silent.delete(feed);
  }

  /** What feeds say, those that are not silent anew. @param now Unix milliseconds */
  poll(now: number): NetworkData {
    const fresh = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, Reading<T>> =>
      new Map([...map].map(([key, value]) => [key, { value, observedAt: now, staleAt: now + this.#stale }]));
    if (!this.#silent.has('announcements')) this.#saysAnnounced = fresh(this.#announced);
    if (!this.#silent.has('rpki')) this.#saysValidity = fresh(this.#validity);
    return { feeds: [], announcements: this.#saysAnnounced, validity: this.#saysValidity };
  }
}
