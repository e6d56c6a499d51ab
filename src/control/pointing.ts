/** Where answers point: how many hosts each group's VIPs answer for, by family. */
import { choose } from '../steering/choose.ts';
import { type Family, families, type World } from '../steering/model.ts';
import { forEachHost } from './cells.ts';
import type { Publisher } from './publisher.ts';

export interface Pointed {
  /** Hosts answered with the group's VIPs, and of these, how many are assigned elsewhere and fell back to it. */
  readonly hosts: number;
  readonly fallbacks: number;
  /** The longest TTL of these answers, in seconds. */
  readonly ttl: number;
}

/** Hosts by the assignment in their cell. */
export async function hostsByAssignment({ tables, seed }: Publisher): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  await forEachHost(tables, seed, (node) => {
    const assignment = tables.assignment(node);
    counts.set(assignment, (counts.get(assignment) ?? 0) + 1);
  });
  return counts;
}

/** By `group index/family`. */
export class Pointing {
  readonly #pointed = new Map<string, Pointed>();

  constructor(world: World, hosts: ReadonlyMap<number, number>) {
    for (const [number, count] of hosts) {
      const assignment = world.assignments[number];
      if (assignment === undefined) continue;
      for (const family of families) {
        const { chosen } = choose(world.network, world.forces, assignment.service, assignment[family], family);
        if (chosen === undefined) continue;
        const key = `${world.network.groups[chosen.group].id}/${family}`;
        const { hosts: so, fallbacks, ttl } = this.#pointed.get(key) ?? { hosts: 0, fallbacks: 0, ttl: 0 };
        this.#pointed.set(key, {
          hosts: so + count,
          fallbacks: fallbacks + (chosen.group === assignment[family] ? 0 : count),
          ttl: Math.max(ttl, assignment.ttl),
        });
      }
    }
  }

  at(group: string, family: Family): Pointed {
    return this.#pointed.get(`${group}/${family}`) ?? { hosts: 0, fallbacks: 0, ttl: 0 };
  }

  /** Groups and families that fewer hosts point at in `later`. */
  fewerIn(later: Pointing): { group: string; family: Family; ttl: number }[] {
    return [...this.#pointed].flatMap(([key, { hosts, ttl }]) => {
      const slash = key.lastIndexOf('/');
      const group = key.slice(0, slash);
      const family = key.slice(slash + 1) as Family;
      return later.at(group, family).hosts < hosts ? [{ group, family, ttl }] : [];
    });
  }
}
