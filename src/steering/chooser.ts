/** The choices of one world, each made once: many assignments, classes and TTLs come to the same (policy, service, start, family). */
import { type Choice, choose } from './choose.ts';
import { familyStart } from './ladder.ts';
import type { Assignment, Family, World } from './model.ts';
import { type Part, partOf } from './parts.ts';
import { nearestGroup } from './start.ts';

export class Chooser {
  readonly world: World;
  readonly #choices = new Map<number, Choice>();
  readonly #nearest = new Map<number, Int32Array>();
  readonly #parts = new Map<Family, (Part & { readonly chooser: Chooser }) | undefined>();

  constructor(world: World) {
    this.world = world;
  }

  /** The choice along the ladder of a start group, under the policy's rule for IPv4. */
  from({ service, policy }: Assignment, start: number, family: Family): Choice {
    const { network } = this.world;
    const key =
      ((policy * network.services.length + service) * network.groups.length + start) * 2 + (family === 'ipv6' ? 1 : 0);
    let choice = this.#choices.get(key);
    if (choice === undefined) {
      const rules = network.policies[policy];
      choice = choose(this.world, rules, service, familyStart(network, rules.ipv4, start, family), family);
      this.#choices.set(key, choice);
    }
    return choice;
  }

  /** The same; where no group of that ladder has the family, the choice along the assigned group's, so that a family is never emptied. */
  along(assignment: Assignment, start: number, family: Family): Choice {
    const choice = this.from(assignment, start, family);
    if (choice.candidates.some(({ address }) => address !== undefined)) return choice;
    return this.from(assignment, assignment[family], family);
  }

  /** The choices after a change that is under way part by part, and the buckets it counts for; undefined where none is that matters to a service. */
  part(service: number, family: Family): { readonly freed: number; readonly chooser: Chooser } | undefined {
    if (!this.#parts.has(family)) {
      const part = partOf(this.world, family);
      this.#parts.set(family, part && { ...part, chooser: new Chooser(part.world) });
    }
    const part = this.#parts.get(family);
    const isOther = part?.service !== undefined && part.service !== this.world.network.services[service].id;
    return isOther ? undefined : part;
  }

  /** By class of clients the group nearest to them, for assignments of this policy, service and group. */
  nearest(policy: number, service: number, assigned: number): Int32Array {
    const { network, classes } = this.world;
    const key = (policy * network.services.length + service) * network.groups.length + assigned;
    let starts = this.#nearest.get(key);
    if (starts === undefined) {
      starts = Int32Array.from(classes[policy] ?? [{ groups: [] }], (client) =>
        nearestGroup(network, service, client, assigned),
      );
      this.#nearest.set(key, starts);
    }
    return starts;
  }
}
