/**
 * Loads while a step is put together: as they are, and as they would be after each single failure of a link or a site (N+1). What a receiver can take is asked here, before
 * anything is moved to it.
 *
 * Everything is linear in what is moved, so how much of it fits is worked out and not tried: for each link that would get more, the room it has, divided by what it would
 * get.
 */
import { type Family, families, type Network } from '../model.ts';
import { type Direction, directions, loadKey, type PerDirection } from '../network-data.ts';
import { landingOf } from './landing.ts';
import { partOf } from './predict.ts';
import { type BySite, type Traffic, volumeOf } from './traffic.ts';

/** Traffic that is to go from one group to another: bits per second where it is now, by direction. */
export interface Shift {
  readonly from: { readonly group: number; readonly family: Family };
  readonly to: number;
  readonly bits: PerDirection<BySite>;
  /** `arrives`: it is nowhere now. `departs`: it goes nowhere. */
  readonly only?: 'arrives' | 'departs';
}

/** What is in the way of a shift. */
export interface Limit {
  readonly link: number;
  readonly direction: Direction;
  /** What would have to fail first, in words; undefined when it is too full as it is. */
  readonly failure?: string;
  /** Of the capacity, if all of it were moved; undefined when its load is not known. */
  readonly ratio?: number;
}

/** A state of the network in which loads must fit. */
interface Scenario {
  readonly failure?: string;
  readonly lostSites: ReadonlySet<number>;
  /** Links to be looked at, and their part of their site. */
  readonly links: readonly { readonly link: number; readonly part: PerDirection<number> }[];
  readonly sites: PerDirection<number[]>;
}

/** By so little of its capacity a link may get more, which is none: sums of fractions are not exact. */
const DUST = 1e-9;
/** Of its capacity so much stays free below the high watermark: buckets are whole, and a link that a step puts over it by one bucket would shed in its turn. */
const RESERVE = 1e-3;

export class Balance {
  readonly #traffic: Traffic;
  readonly #network: Network;
  readonly #scenarios: readonly Scenario[];
  /** By direction what groups and families carry: what re-lands does so by these, so targets are put together first, once. */
  readonly #routes: PerDirection<readonly RouteBits[]>;

  /** @param failed sites that carry nothing any more, beside those that were gone before @param alone looks at no further failure */
  constructor(traffic: Traffic, failed: ReadonlySet<number> = new Set(), alone = false) {
    this.#traffic = traffic;
    this.#network = traffic.network;
    const lost = new Set([...failed, ...traffic.gone]);
    this.#routes = { in: routesOf(traffic, 'in'), out: routesOf(traffic, 'out') };
    const now = this.#scenario(lost, new Set());
    this.#scenarios = alone ? [now] : [now, ...this.#failures(lost, now)];
  }

  /** What a link carries now. */
  load(link: number, direction: Direction): number {
    const [{ sites }] = this.#scenarios;
    return sites[direction][this.#network.links[link].site] * this.#traffic.links[link][direction].part;
  }

  ratio(link: number, direction: Direction): number {
    return this.load(link, direction) / this.#network.links[link].capacity[direction];
  }

  /**
   * How much of a shift fits: no link gets over its high watermark, now or after one more failure, and none that is over it gets more.
   * @param most 0 to 1
   * @returns 0 to `most`, and what is in the way of more
   */
  room(shift: Shift, most: number): { readonly part: number; readonly limit?: Limit } {
    let part = most;
    let limit: Limit | undefined;
    for (const { failure, lostSites, links, sites } of this.#scenarios)
      for (const direction of directions) {
        const gains = this.#gains(shift, direction, lostSites, true);
        for (const { link, part: of } of links) {
          const { site, capacity, high } = this.#network.links[link];
          const more = gains[site] * of[direction];
          if (more <= DUST * capacity[direction]) continue;
          const load = sites[direction][site] * of[direction];
          const isKnown = this.#traffic.links[link][direction].known === 'fresh';
          const fits = isKnown ? Math.max(0, (high - RESERVE) * capacity[direction] - load) / more : 0;
          if (fits >= part) continue;
          part = fits;
          limit = {
            link,
            direction,
            ...(failure === undefined ? {} : { failure }),
            ...(isKnown ? { ratio: (load + most * more) / capacity[direction] } : {}),
          };
        }
      }
    return { part, ...(limit === undefined ? {} : { limit }) };
  }

  /** How full the fullest link that gets more would be after a part of a shift, as a part of its high watermark; 0 where nothing is known to get more. */
  strain(shift: Shift, of: number): number {
    const [{ lostSites, links, sites }] = this.#scenarios;
    let most = 0;
    for (const direction of directions) {
      const gains = this.#gains(shift, direction, lostSites);
      for (const { link, part } of links) {
        const { site, capacity, high } = this.#network.links[link];
        const more = gains[site] * part[direction] * of;
        if (more <= DUST * capacity[direction]) continue;
        const load = sites[direction][site] * part[direction];
        most = Math.max(most, (load + more) / (high * capacity[direction]));
      }
    }
    return most;
  }

  /** Takes a part of a shift for made. @param isWary as `room` reckons */
  apply(shift: Shift, part: number, isWary = false): void {
    for (const { lostSites, sites } of this.#scenarios)
      for (const direction of directions)
        this.#gains(shift, direction, lostSites, isWary).forEach((bits, site) => {
          sites[direction][site] += bits * part;
        });
  }

  /**
   * By site what a whole shift adds, or takes.
   * @param isWary no site is taken to lose more than the catchment of the group says: where it is not measured, a site that carries much makes it look as if all entered there
   */
  #gains({ from, to, bits, only }: Shift, direction: Direction, lost: ReadonlySet<number>, isWary = false): number[] {
    const volume = volumeOf({ bits }, direction);
    const lands = this.#landing(to, from.family, direction, lost).map((share) => share * volume);
    if (only === 'arrives') return lands;
    const left = this.#relanded(from.group, from.family, bits[direction], direction, lost);
    const entered = isWary ? this.#landing(from.group, from.family, direction, lost) : undefined;
    const leaves = (site: number): number =>
      entered === undefined ? left[site] : Math.min(left[site], entered[site] * volume);
    return lands.map((arriving, site) => (only === 'departs' ? 0 : arriving) - leaves(site));
  }

  /** Traffic of a group by site, with what was at lost sites led to where its group still lands. */
  #relanded(
    group: number,
    family: Family,
    bits: BySite,
    direction: Direction,
    lost: ReadonlySet<number>,
  ): readonly number[] {
    if (lost.size === 0) return bits;
    const homeless = bits.reduce((sum, each, site) => (lost.has(site) ? sum + each : sum), 0);
    const lands = this.#landing(group, family, direction, lost);
    return bits.map((each, site) => (lost.has(site) ? 0 : each) + homeless * lands[site]);
  }

  /** Where a group's traffic lands; of one that has no site left, where the first of its fallbacks does that has: there hosts go. */
  #landing(group: number, family: Family, direction: Direction, lost: ReadonlySet<number>): readonly number[] {
    const { entries } = this.#traffic;
    let first: readonly number[] | undefined;
    for (const each of [group, ...this.#network.groups[group].fallback]) {
      const shares = landingOf(this.#network, each, entries[each][family], direction, lost);
      if (shares.some((share) => share > 0)) return shares;
      first ??= shares;
    }
    return first ?? [];
  }

  #scenario(lostSites: ReadonlySet<number>, lostLinks: ReadonlySet<number>, failure?: string): Scenario {
    const { rest } = this.#traffic;
    const sites = {} as Record<Direction, number[]>;
    for (const direction of directions) {
      const sums = rest[direction].map((bits, site) => (lostSites.has(site) ? 0 : bits));
      for (const { group, family, bits } of this.#routes[direction])
        this.#relanded(group, family, bits, direction, lostSites).forEach((each, site) => {
          sums[site] += each;
        });
      sites[direction] = sums;
    }
    return this.#of(lostSites, lostLinks, sites, undefined, failure);
  }

  /** @param site links of this one alone are looked at: nothing else differs */
  #of(
    lostSites: ReadonlySet<number>,
    lostLinks: ReadonlySet<number>,
    sites: PerDirection<number[]>,
    only?: number,
    failure?: string,
  ): Scenario {
    const links = this.#network.links.flatMap(({ site }, link) => {
      if (lostSites.has(site) || lostLinks.has(link) || (only !== undefined && site !== only)) return [];
      const part = (direction: Direction): number => partOf(this.#traffic, link, direction, lostLinks);
      return [{ link, part: { in: part('in'), out: part('out') } }];
    });
    return { lostSites, links, sites, ...(failure === undefined ? {} : { failure }) };
  }

  /** One for each link that has others beside it, and for each site. */
  #failures(lost: ReadonlySet<number>, now: Scenario): Scenario[] {
    const { sites, links } = this.#network;
    return sites.flatMap(({ id }, site) => {
      const own = links.flatMap((link, i) => (link.site === site ? [i] : []));
      if (own.length === 0 || lost.has(site)) return [];
      const gone = this.#scenario(new Set([...lost, site]), new Set(), `${id} failed`);
      if (own.length === 1) return [gone];
      const cut = own.map((link) => {
        const loads = { in: [...now.sites.in], out: [...now.sites.out] };
        return this.#of(lost, new Set([link]), loads, site, `${links[link].id} failed`);
      });
      return [gone, ...cut];
    });
  }
}

interface RouteBits {
  readonly group: number;
  readonly family: Family;
  readonly bits: number[];
}

function routesOf({ network, flows }: Traffic, direction: Direction): RouteBits[] {
  const routes = network.groups.map(() => families.map((): RouteBits | undefined => undefined));
  for (const { group, family, bits } of flows.values()) {
    const f = families.indexOf(family);
    const known = (routes[group][f] ??= { group, family, bits: network.sites.map(() => 0) });
    bits[direction].forEach((each, site) => {
      known.bits[site] += each;
    });
  }
  return routes.flat().filter((route) => route !== undefined);
}

/** What a limit says: `gva-transit in would be at 93 % if zrh failed`. */
export function limitText({ links }: Network, { link, direction, failure, ratio }: Limit): string {
  const key = loadKey(links[link].id, direction).replace('/', ' ');
  if (ratio === undefined) return `the load of ${key} is not known`;
  const percent = Math.round(ratio * 100);
  return `${key} would be at ${percent} %${failure === undefined ? '' : ` if ${failure}`}`;
}
