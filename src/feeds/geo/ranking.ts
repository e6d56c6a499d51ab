/** Which groups serve a client, best first, and which of them can ever be chosen. */
import { continentOf } from '../../config/continents.ts';
import { depthOf, isAtOrBelow } from '../../steering/ladder.ts';
import type { Network, Serves } from '../../steering/model.ts';
import type { Place } from './places.ts';

const EARTH_RADIUS_KM = 6371;

/** Great-circle distance in kilometres (haversine formula). */
export function distance(a: readonly [number, number], b: readonly [number, number]): number {
  const [lat1, lon1, lat2, lon2] = [a[0], a[1], b[0], b[1]].map((degrees) => (degrees * Math.PI) / 180);
  const h = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A place that a group serves. */
type ByPlace = Exclude<Serves, { kind: 'network' }>;

export class Ranking {
  readonly #depths: readonly number[];
  /** By group whom it serves by place; networks are looked up elsewhere, and may be many. */
  readonly #places: readonly (readonly ByPlace[])[];
  /** By group, where its instances are, as far as that is known. */
  readonly #locations: readonly (readonly (readonly [number, number])[])[];
  /** By group, itself and those above. */
  readonly #lines: readonly (readonly number[])[];
  /** The distinct sets of groups that services have VIPs in, by group. */
  readonly #presence: readonly (readonly boolean[])[];

  constructor(network: Network) {
    const { groups, services, sites } = network;
    const all = groups.map((_, g) => g);
    this.#places = groups.map(({ serves }) => serves.filter((one): one is ByPlace => one.kind !== 'network'));
    this.#depths = all.map((g) => depthOf(network, g));
    this.#locations = groups.map(({ instances }) =>
      instances.flatMap((site) => (sites[site].location === undefined ? [] : [sites[site].location])),
    );
    this.#lines = all.map((g) => all.filter((above) => isAtOrBelow(network, g, above)));
    const presence = new Map<string, boolean[]>();
    for (const { vips } of services) {
      const there = all.map((g) => vips[g]?.ipv4 !== undefined || vips[g]?.ipv6 !== undefined);
      presence.set(there.join(), there);
    }
    this.#presence = [...presence.values()];
  }

  /**
   * The groups that serve a client: the deepest of the ladder first, of equally deep ones that whose nearest instance is nearest, then as in the file.
   * @param inNetwork groups that serve the client's network by name
   */
  groups(place: Place, inNetwork: readonly number[]): number[] {
    const continent = place.country === undefined ? undefined : continentOf(place.country);
    const serving = this.#places.flatMap((places, g) =>
      inNetwork.includes(g) ||
      places.some(
        (one) =>
          (one.kind === 'geo' &&
            one.continent === continent &&
            (one.country === undefined || one.country === place.country)) ||
          (one.kind === 'asn' && one.asn === place.asn),
      )
        ? [g]
        : [],
    );
    const far = new Map(serving.map((g) => [g, this.#distance(place, g)]));
    // Array.sort is stable, so the order of the file stays where nothing else decides. Where a distance is unknown both ways they are equal.
    return serving.sort((a, b) => this.#depths[b] - this.#depths[a] || compare(far.get(a)!, far.get(b)!));
  }

  #distance({ location }: Place, group: number): number {
    if (location === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(...this.#locations[group].map((site) => distance(location, site)), Number.POSITIVE_INFINITY);
  }

  /**
   * What such a list means to a policy: of the groups only those that some host would be answered from, and a text that is equal where all hosts are
   * answered alike. A host assigned to a group gets the first of the list at or below it in which its service has a VIP, else the assigned one itself
   * (steering/start.ts); so a group matters only if it is that first for an assignment above it.
   */
  reduce(groups: readonly number[]): { groups: number[]; key: string } {
    const taken = new Map<number, number>();
    const patterns = this.#presence.length;
    const kept = groups.filter((group) => {
      let matters = false;
      for (const above of this.#lines[group]) {
        for (let p = 0; p < patterns; p++) {
          const slot = above * patterns + p;
          if (!this.#presence[p][group] || taken.has(slot)) continue;
          taken.set(slot, group);
          if (above !== group) matters = true;
        }
      }
      return matters;
    });
    const chosen = [...taken].filter(([slot, group]) => Math.floor(slot / patterns) !== group);
    return { groups: kept, key: chosen.sort(([a], [b]) => a - b).join(' ') };
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
