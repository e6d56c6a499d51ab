/** What each site announces, and the objects that the world's filters want for it. Pure. */
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import { type Family, families, type Network } from '../model.ts';

/** What a site announces by the network as it is configured. */
export interface SitePlan {
  readonly site: string;
  /** To transits and peers. */
  readonly prefixes: readonly {
    readonly prefix: string;
    readonly family: Family;
    readonly groups: readonly string[];
  }[];
  /** To its own routers, from the instances: /32 and /128. */
  readonly hostRoutes: readonly {
    readonly route: string;
    readonly family: Family;
    readonly service: string;
    readonly group: string;
  }[];
}

export function sitePlans({ sites, groups, services }: Network): SitePlan[] {
  return sites.map(({ id: site }, index) => {
    const prefixes = families.flatMap((family) => {
      const found = new Map<string, string[]>();
      for (const { id, prefixes: of, announce } of groups) {
        const prefix = of[family];
        if (prefix === undefined || !announce[family].includes(index)) continue;
        found.set(formatPrefix(prefix), [...(found.get(formatPrefix(prefix)) ?? []), id]);
      }
      return [...found].map(([prefix, of]) => ({ prefix, family, groups: of }));
    });
    const hostRoutes = groups.flatMap(({ id: group, instances }, at) =>
      instances.includes(index)
        ? services.flatMap(({ id: service, vips }) =>
            families.flatMap((family) => {
              const vip = vips[at]?.[family];
              return vip === undefined
                ? []
                : [{ route: `${formatAddress(vip)}/${vip.length * 8}`, family, service, group }];
            }),
          )
        : [],
    );
    return { site, prefixes, hostRoutes };
  });
}

/** What one prefix needs in the registries, to be heard. */
export interface RouteObjects {
  readonly prefix: string;
  readonly family: Family;
  readonly origin: number;
  readonly groups: readonly string[];
  /** A route or route6 object (RFC 2622 §4, RFC 4012 §3). */
  readonly rpsl: string;
  /** `maxLength` is that of the prefix: a longer one would let others announce parts of it (RFC 9319 §5). */
  readonly roa: { readonly prefix: string; readonly maxLength: number; readonly asn: number };
}

/** Each distinct prefix once; none where no origin is configured. */
export function routeObjects({ originAs, groups }: Network): RouteObjects[] {
  if (originAs === undefined) return [];
  return families.flatMap((family) => {
    const found = new Map<string, { prefix: Prefix; ids: string[] }>();
    for (const { id, prefixes } of groups) {
      const prefix = prefixes[family];
      if (prefix === undefined) continue;
      const text = formatPrefix(prefix);
      found.set(text, { prefix, ids: [...(found.get(text)?.ids ?? []), id] });
    }
    return [...found].map(([text, { prefix, ids }]) => ({
      prefix: text,
      family,
      origin: originAs,
      groups: ids,
      rpsl: `${family === 'ipv4' ? 'route: ' : 'route6:'}  ${text}\norigin:  AS${originAs}`,
      roa: { prefix: text, maxLength: prefix.length, asn: originAs },
    }));
  });
}
