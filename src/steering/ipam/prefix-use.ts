/** What prefixes there are, who has them, and how many of their addresses are taken. Pure. */
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, holds } from '../../net/prefix.ts';
import { type Family, families, type Network, type Routing } from '../model.ts';

export interface PrefixUse {
  readonly prefix: string;
  readonly family: Family;
  /** Ids of the groups that have it: more than one where it is shared. */
  readonly groups: readonly string[];
  /** 2 to this power addresses. */
  readonly bits: number;
  /** Addresses that are VIPs. */
  readonly used: number;
  /** IPv6: rounded, since there are more than can be told apart. */
  readonly free: number;
}

/** Each distinct prefix once, in the order of groups. */
export function prefixUse({ groups, services }: Network): PrefixUse[] {
  return families.flatMap((family) => {
    const byText = new Map<string, string[]>();
    for (const { id, prefixes } of groups) {
      const prefix = prefixes[family];
      if (prefix !== undefined) byText.set(formatPrefix(prefix), [...(byText.get(formatPrefix(prefix)) ?? []), id]);
    }
    const all = services.flatMap(({ vips }) => vips.flatMap((vip) => vip?.[family] ?? []));
    return [...byText].map(([text, ids]): PrefixUse => {
      const prefix = groups.find(({ id }) => id === ids[0])!.prefixes[family]!;
      const used = new Set(all.filter((vip) => holds(prefix, vip)).map(formatAddress)).size;
      const bits = prefix.address.length * 8 - prefix.length;
      return { prefix: text, family, groups: ids, bits, used, free: 2 ** bits - used };
    });
  });
}

/** What a routing policy costs. */
export interface RoutingCost {
  readonly routing: Routing;
  readonly family: Family;
  readonly groups: number;
  /** Distinct prefixes that groups of this routing need: those of anycast and important groups may be the same ones. */
  readonly prefixes: number;
  /** Of these, how many another routing has too, so that it costs none of its own there. */
  readonly shared: number;
}

/** By routing and family, those that some group has. */
export function routingCosts({ groups }: Network): RoutingCost[] {
  const words: readonly Routing[] = ['anycast', 'important', 'lazy', 'group-lazy'];
  return families.flatMap((family) =>
    words.flatMap((routing): RoutingCost[] => {
      const texts = (wanted: boolean): Set<string> =>
        new Set(
          groups.flatMap(({ routing: of, prefixes }) => {
            const prefix = prefixes[family];
            return prefix !== undefined && (of[family] === routing) === wanted ? [formatPrefix(prefix)] : [];
          }),
        );
      const count = groups.filter(
        ({ routing: of, prefixes }) => of[family] === routing && prefixes[family] !== undefined,
      );
      const own = texts(true);
      const others = texts(false);
      if (count.length === 0) return [];
      const shared = [...own].filter((text) => others.has(text)).length;
      return [{ routing, family, groups: count.length, prefixes: own.size, shared }];
    }),
  );
}
