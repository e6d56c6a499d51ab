/** What links of the simulated world carry, and what a feed measures of it: requests go where answers lead, and bring traffic with them. */
import { entryOf, landingOf } from '../../../src/steering/load/landing.ts';
import { type Family, families, type Network } from '../../../src/steering/model.ts';
import { directions, loadKey, type NetworkData, type PerDirection } from '../../../src/steering/network-data.ts';
import type { Random } from './random.ts';
import type { LoadSetup } from './scenario.ts';

/** As often as a feed of loads is read unless told otherwise. */
export const LOAD_POLL_MS = 30_000;

const GBIT = 1e9;

type Loads = NonNullable<NetworkData['loads']>;

export class SimulatedLoads {
  readonly #setup: LoadSetup;
  readonly #random: Random;
  /** Ids of sites. */
  readonly #lost = new Set<string>();
  /** What was measured last. */
  #readings: Loads = new Map();

  constructor(setup: LoadSetup, random: Random) {
    this.#setup = setup;
    this.#random = random;
  }

  /** A site is lost, and with it who measures there, or is back. BGP leads what entered there elsewhere at once. */
  lose(site: string, isLost: boolean): void {
    if (isLost) this.#lost.add(site);
    else this.#lost.delete(site);
  }

  /**
   * Bits per second by index of a link, as it really is.
   * @param shares parts of all requests by place: group × 2 + family
   * @param at     milliseconds since the beginning
   */
  carried(network: Network, shares: readonly number[], at: number): PerDirection<number>[] {
    const { sites, groups, links } = network;
    const lost = new Set(sites.flatMap(({ id }, site) => (this.#lost.has(id) ? [site] : [])));
    const all = this.#setup.gbits(at) * GBIT;
    const volume = { in: all, out: all * this.#setup.out };
    const bySite = { in: sites.map(() => 0), out: sites.map(() => 0) };
    groups.forEach((_, group) => {
      families.forEach((family: Family, f) => {
        const part = shares[group * families.length + f];
        if (part === 0) return;
        const entry = entryOf({ network }, group, family);
        for (const direction of directions)
          landingOf(network, group, entry, direction, lost).forEach((share, site) => {
            bySite[direction][site] += share * part * volume[direction];
          });
      });
    });
    return links.map(({ site, capacity }) => {
      const of = (direction: 'in' | 'out'): number => {
        const room = links.reduce((sum, other) => (other.site === site ? sum + other.capacity[direction] : sum), 0);
        return (bySite[direction][site] * capacity[direction]) / room;
      };
      return { in: of('in'), out: of('out') };
    });
  }

  /** What a feed says of it. At lost sites nobody measures, so what was said last stays. @param now Unix milliseconds */
  measure({ links, sites }: Network, carried: readonly PerDirection<number>[], now: number): Loads {
    const readings = new Map(this.#readings);
    const { noise, stale } = this.#setup;
    links.forEach(({ id, site }, link) => {
      for (const direction of directions) {
        const error = 1 + noise * (2 * this.#random.next() - 1);
        if (this.#lost.has(sites[site].id)) continue;
        const value = carried[link][direction] * error;
        readings.set(loadKey(id, direction), { value, observedAt: now, staleAt: now + stale });
      }
    });
    this.#readings = readings;
    return readings;
  }
}
