/** VRPs that matter: of all the world's, those that cover a prefix of the operator's own. And what they say of these. */
import { type Vrp, validateOrigin, validityText } from '../../net/origin-validation.ts';
import { formatPrefix, holds, type Prefix } from '../../net/prefix.ts';

/** A route of the operator's: a group's prefix. */
export interface OwnRoute {
  /** `zurich/ipv6` */
  readonly key: string;
  readonly prefix: Prefix;
}

/** What is asked of VRPs. */
export interface RpkiQuestion {
  /** The AS number that originates all of the routes. */
  readonly originAs: number;
  readonly routes: readonly OwnRoute[];
}

export interface RpkiData {
  /** By key of a route. */
  readonly validity: ReadonlyMap<string, { readonly state: 'valid' | 'invalid' | 'not-found'; readonly cause: string }>;
  /** Those that cover any of the routes, by prefix. */
  readonly vrps: readonly Vrp[];
  /** All that there are. */
  readonly total: number;
}

/** Tells whether a prefix covers one of some, by where it would stand among them. */
export class CoveredPrefixes {
  readonly #ipv4: readonly Prefix[];
  readonly #ipv6: readonly Prefix[];

  constructor(prefixes: readonly Prefix[]) {
    const sorted = prefixes.toSorted((a, b) => compare(a.address, b.address) || b.length - a.length);
    this.#ipv4 = sorted.filter(({ family }) => family === 'ipv4');
    this.#ipv6 = sorted.filter(({ family }) => family === 'ipv6');
  }

  isCoveredBy(prefix: Prefix): boolean {
    const all = prefix.family === 'ipv4' ? this.#ipv4 : this.#ipv6;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(all[middle].address, prefix.address) < 0) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < all.length && holds(prefix, all[i].address); i++)
      if (all[i].length >= prefix.length) return true;
    return false;
  }
}

/** A text that is the same for the same VRP alone. */
export function vrpKey({ prefix, maxLength, asn }: Vrp): string {
  return `${formatPrefix(prefix)} ${maxLength} ${asn}`;
}

/** Answers what is asked. @param vrps all that cover one of its routes */
export function judgeRoutes({ originAs, routes }: RpkiQuestion, vrps: readonly Vrp[], total: number): RpkiData {
  const once = new Map(vrps.map((vrp) => [vrpKey(vrp), vrp]));
  const sorted = [...once.values()].toSorted(
    ({ prefix: a, ...x }, { prefix: b, ...y }) =>
      a.address.length - b.address.length ||
      compare(a.address, b.address) ||
      a.length - b.length ||
      x.asn - y.asn ||
      x.maxLength - y.maxLength,
  );
  const validity = new Map(
    routes.map(({ key, prefix }) => {
      const found = validateOrigin(prefix, originAs, sorted);
      return [key, { state: found.state, cause: validityText(prefix, originAs, found) }];
    }),
  );
  return { validity, vrps: sorted, total };
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
