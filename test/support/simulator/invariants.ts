/** What must hold of every answer, whatever happens. Looked at whenever a plan is published. */
import { decide } from '../../../src/steering/decide.ts';
import { type Explanation, explain } from '../../../src/steering/explain.ts';
import type { ExplainedCandidate } from '../../../src/steering/explained-candidate.ts';
import { hasFamily } from '../../../src/steering/ladder.ts';
import {
  type AnswerSet,
  type Assignment,
  type Family,
  families,
  type Plan,
  planSet,
  type World,
} from '../../../src/steering/model.ts';
import type { Decided } from '../../../src/steering/redecide.ts';

export class Invariants {
  #generation = 0;
  #now = 0;
  /** What was found wrong, in words; each once. */
  readonly broken = new Set<string>();
  /** Plans looked at. */
  checked = 0;

  look(before: Decided | undefined, after: Decided, generation: number): void {
    this.checked++;
    const { world, plan } = after;
    this.#expect(generation > this.#generation, `generation ${generation} follows ${this.#generation}`);
    this.#expect(world.now >= this.#now, 'time goes backwards');
    this.#generation = generation;
    this.#now = world.now;

    const whole = decide(world);
    const apart = families.map((family) => decide({ ...world, verdicts: only(world, family) }));
    each(plan, world, (assignment, a, c, family, f) => {
      const set = planSet(plan, a, c, family);
      const where = `${nameOf(assignment, world)} class ${c} ${family}`;
      this.#expect(text(set) === text(planSet(whole, a, c, family)), `${where}: not what decide says`);
      this.#expect(text(set) === text(planSet(apart[f], a, c, family)), `${where}: the other family has a part in it`);
      this.#family(set, assignment, world, family, where);
      this.#reasons(set, explain(world, assignment, c, family), assignment, world, where);
    });
    if (before !== undefined) this.#held(before, after);
  }

  /** A family that exists is answered, unless the policy says otherwise of a last resort; one that doesn't is not. */
  #family(set: AnswerSet, assignment: Assignment, world: World, family: Family, where: string): void {
    const policy = world.network.policies[assignment.policy];
    const exists = hasFamily(world.network, assignment, family);
    const mayFail = policy.lastResort === 'servfail' || (family === 'ipv6' && policy.lastResortIpv6 === 'nodata');
    if (!exists)
      this.#expect(set.answers.length === 0 && set.failure !== true, `${where}: answered, but there is none`);
    else if (!mayFail) this.#expect(set.answers.length > 0 && set.failure !== true, `${where}: emptied`);
    for (const { ttl } of set.answers)
      this.#expect(ttl >= 1 && ttl <= Math.max(assignment.ttl, policy.ttlMin ?? 0), `${where}: TTL ${ttl}`);
  }

  /** Whoever is passed over has a reason that is told and true, and whoever answers is on the ladder, or the first of a share's. */
  #reasons(set: AnswerSet, explained: Explanation, assignment: Assignment, world: World, where: string): void {
    const { groups, policies } = world.network;
    const { candidates, chain, group, lastResort, withheld } = explained;
    const load = world.history?.load;
    const end = candidates.findIndex(({ reason }) => reason === 'chosen' || reason === 'last-resort');
    if (group !== undefined) this.#expect(candidates[end]?.group === group, `${where}: ${group} is no candidate`);
    for (const candidate of candidates.slice(0, Math.max(0, end))) {
      const { group: passed, reason } = candidate;
      this.#expect(chain.includes(passed), `${where}: the chain does not tell of ${passed}`);
      const holds = isTrue(candidate, candidates[end], (load?.shed.size ?? 0) + (load?.forced.size ?? 0) > 0);
      this.#expect(
        holds || lastResort !== undefined,
        `${where}: ${passed} is passed over as ${reason}, which it is not`,
      );
    }
    if (withheld !== undefined)
      this.#expect(chain.includes('nothing is usable'), `${where}: withheld without a reason`);

    const { choice } = policies[assignment.policy];
    const starts = [assignment.ipv4, assignment.ipv6];
    if (choice.kind === 'weighted') starts.push(...choice.shares.map((share) => share.group));
    if (choice.kind === 'split') starts.push(choice.to);
    const nearest = choice.kind === 'nearest' || (choice.kind === 'split' && choice.rest.kind === 'nearest');
    if (nearest) starts.push(...(world.classes[assignment.policy] ?? []).flatMap((client) => [...client.groups]));
    const ladder = new Set(starts.flatMap((start) => [start, ...groups[start].fallback]));
    for (const answer of set.answers)
      this.#expect(ladder.has(answer.group), `${where}: ${groups[answer.group].id} is not on the ladder`);
  }

  /** While the observer is cut off nothing moves, unless an operator moves it. */
  #held(before: Decided, after: Decided): void {
    const { world, plan } = after;
    if (before.world.held === undefined || world.held !== before.world.held) return;
    if (world.forces !== before.world.forces || world.network !== before.world.network) return;
    each(before.plan, before.world, (assignment, a, c, family) => {
      const was = planSet(before.plan, a, c, family).answers.map((answer) => answer.group);
      const is = planSet(plan, a, c, family).answers.map((answer) => answer.group);
      this.#expect(String(was) === String(is), `${nameOf(assignment, world)} ${family}: moved while held`);
    });
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.add(otherwise);
  }
}

/** Whether there is evidence for the reason a candidate was passed over for. */
function isTrue(passed: ExplainedCandidate, chosen: ExplainedCandidate, isDiverted: boolean): boolean {
  const { reason, state, forced, verdict, containsFailedSite } = passed;
  switch (reason) {
    case 'no-address':
      return state === undefined;
    case 'down':
      return state === 'down' && (forced || verdict?.state === 'down');
    case 'drained':
      return state === 'drained' && forced;
    case 'unknown':
      return state === 'unknown';
    case 'held':
      return passed.hold !== undefined && verdict?.state !== 'down';
    case 'failback':
      return (state === 'up' || state === 'held') && verdict?.latched === true;
    case 'closed':
      return passed.closed !== undefined && chosen.closed === undefined;
    case 'contains-failed-site':
      return containsFailedSite && !chosen.containsFailedSite;
    case 'capacity':
      return isDiverted;
    default:
      return false;
  }
}

function each(
  plan: Plan,
  { assignments }: World,
  look: (assignment: Assignment, a: number, clientClass: number, family: Family, f: number) => void,
): void {
  assignments.forEach((assignment, a) => {
    for (let c = 0; c < plan.classes; c++)
      for (const [f, family] of families.entries()) look(assignment, a, c, family, f);
  });
}

function only({ verdicts }: World, family: Family): World['verdicts'] {
  return new Map([...verdicts].filter(([key]) => key.endsWith(`/${family}`)));
}

function nameOf({ service, ipv4, ipv6, policy }: Assignment, { network }: World): string {
  const { services, groups, policies } = network;
  return `${services[service].id} ${groups[ipv4].id}/${groups[ipv6].id} by ${policies[policy].id}`;
}

const maps = new Map<Uint8Array | undefined, number>();

/** Maps are made once for each set of shares, so the same shares are the same object. TTLs depend on the time of deciding. */
function text({ answers, spread, failure }: AnswerSet): string {
  let map = maps.get(spread?.map);
  if (map === undefined) maps.set(spread?.map, (map = maps.size));
  return `${answers.map(({ group, lastResort }) => `${group} ${lastResort}`)}; ${map} ${failure}`;
}
