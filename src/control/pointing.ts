/** Where answers point: how many hosts each group's VIPs answer for, by family. */
import { decide } from '../steering/decide.ts';
import { type Answer, type Assignment, type Family, families, type World } from '../steering/model.ts';
import type { Decided } from '../steering/redecide.ts';

export interface Pointed {
  /** Hosts answered with the group's VIPs, and of these, how many are assigned elsewhere and fell back to it. */
  readonly hosts: number;
  readonly fallbacks: number;
  /** The longest TTL of these answers, in seconds. */
  readonly ttl: number;
}

/** By `group index/family`. */
export class Pointing {
  readonly #pointed = new Map<string, Pointed>();

  /**
   * @param decided what is answered
   * @param numbers the number of each of its assignments
   * @param hosts   by number of their assignment
   */
  constructor({ world, plan }: Decided, numbers: readonly number[], hosts: ReadonlyMap<number, number>) {
    const { assignments } = world;
    numbers.forEach((number, a) => {
      const count = hosts.get(number);
      if (count === undefined) return;
      families.forEach((family, f) => {
        // Whoever asks: a host whose answer depends on the client counts for each group that some client is led to.
        const sets = new Set<number>();
        for (let c = 0; c < plan.classes; c++) sets.add(plan.rows[(a * plan.classes + c) * 2 + f]);
        const answers = new Map(
          [...sets].flatMap((set) => plan.sets[set].answers).map((answer) => [answer.group, answer]),
        );
        for (const answer of answers.values()) this.#add(world, assignments[a], family, answer, count);
      });
    });
  }

  /** What would be answered in a world whose assignments are by number. */
  static in(world: World, hosts: ReadonlyMap<number, number>): Pointing {
    const numbers = [...hosts.keys()].filter((number) => world.assignments[number] !== undefined);
    const used = { ...world, assignments: numbers.map((number) => world.assignments[number]) };
    return new Pointing({ world: used, plan: decide(used) }, numbers, hosts);
  }

  #add({ network }: World, assignment: Assignment, family: Family, { group }: Answer, count: number): void {
    const key = `${network.groups[group].id}/${family}`;
    const { hosts, fallbacks, ttl } = this.#pointed.get(key) ?? { hosts: 0, fallbacks: 0, ttl: 0 };
    this.#pointed.set(key, {
      hosts: hosts + count,
      fallbacks: fallbacks + (group === assignment[family] ? 0 : count),
      // Not the answer's own, which may be short for the moment.
      ttl: Math.max(ttl, assignment.ownTtl ?? assignment.ttl),
    });
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
