/** What is wrong with the operator's routes, told when it begins and when it ends. */
import { type RouteFinding, routeFindings } from '../../steering/announcements.ts';
import type { World } from '../../steering/model.ts';
import { isStale, routeKey } from '../../steering/network-data.ts';

export class RouteWatch {
  readonly #told: (finding: RouteFinding, isOver: boolean) => void;
  #found = new Map<string, RouteFinding>();

  /** @param told with each finding, when it begins and when it is over */
  constructor(told: (finding: RouteFinding, isOver: boolean) => void) {
    this.#told = told;
  }

  /** As of the last look. */
  get findings(): RouteFinding[] {
    return [...this.#found.values()];
  }

  /**
   * Looks again. What was found ends only when fresh data say so: a feed that is stale has no findings, and takes none back.
   */
  look(world: World | undefined): void {
    if (world === undefined) return;
    const now = new Map(routeFindings(world).map((finding) => [finding.key, finding]));
    const before = this.#found;
    const known = knownBy(world);
    for (const [key, finding] of before) {
      if (now.has(key)) continue;
      if (known(finding)) this.#told(finding, true);
      else now.set(key, finding);
    }
    this.#found = now;
    for (const [key, finding] of now) if (!before.has(key)) this.#told(finding, false);
  }
}

/** Whether what a finding is about can be told at all now. */
function knownBy({ network, data, now }: World): (finding: RouteFinding) => boolean {
  return ({ group, family, site }) => {
    // What is asked about no longer is over.
    if (network.groups.find(({ id }) => id === group)?.prefixes[family] === undefined || data === undefined)
      return true;
    const { validity, announcements } = data;
    if (site === undefined) return validity === undefined || !isStale(validity.get(routeKey(group, family)), now);
    return announcements === undefined || !isStale(announcements.get(site), now);
  };
}
