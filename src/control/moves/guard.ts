/** What guards say of a move, and that it is refused for it unless an operator forces it. */
import { type Destination, type GuardFinding, judgeDestinations } from '../../steering/guards/judge-move.ts';
import { type Arrival, judgeArrivals } from '../../steering/load/judge-load.ts';
import { type Assignment, families, type World } from '../../steering/model.ts';
import type { Decided } from '../../steering/redecide.ts';
import type { MovePlan } from './plan.ts';
import { Problem } from './problem.ts';
import type { MoveRecord } from './record.ts';

/**
 * @param world    what is so now
 * @param measured what is answered, with what is asked for; undefined before anything is
 * @param resolved assignments by number
 */
export function findingsOf(
  world: World,
  measured: Decided | undefined,
  resolved: readonly (Assignment | undefined)[],
  plan: MovePlan,
): GuardFinding[] {
  const { hosts, example } = plan.damped;
  const findings = judgeDestinations(world, destinationsOf(world, plan));
  if (measured !== undefined)
    findings.push(...judgeArrivals(measured.world, measured.plan, arrivalsOf(world, resolved, plan)));
  if (hosts > 0) {
    const who = hosts === 1 ? `${example} was` : `${hosts} hosts (${example} is one) were`;
    const message = `${who} moved too often lately, so caches and users get no rest; wait until the penalty has decayed`;
    findings.unshift({ guard: 'damping', refuses: true, message });
  }
  return findings;
}

/** Groups that answer for hosts they did not answer for before. */
function destinationsOf({ network }: World, { transitions }: MovePlan): Destination[] {
  const found = new Map<string, Destination>();
  for (const { before, after } of transitions)
    for (const family of families) {
      const { answers } = after[family];
      const group = network.groups.findIndex(({ id }) => id === answers);
      if (group >= 0 && answers !== before[family].answers) found.set(`${answers}/${family}`, { group, family });
    }
  return [...found.values()];
}

/** Hosts that are answered with another group than before. */
function arrivalsOf(
  { network }: World,
  resolved: readonly (Assignment | undefined)[],
  { transitions, kinds }: MovePlan,
): Arrival[] {
  const index = (group: string | undefined): number => network.groups.findIndex(({ id }) => id === group);
  return kinds.flatMap(({ transition, cellBefore, hosts }) => {
    const service = resolved[cellBefore]?.service;
    const change = transitions[transition];
    if (service === undefined || change === undefined) return [];
    return families.flatMap((family): Arrival[] => {
      const [from, to] = [index(change.before[family].answers), index(change.after[family].answers)];
      return from < 0 || to < 0 || from === to ? [] : [{ service, from, to, family, hosts }];
    });
  });
}

/** @throws Problem `guarded`, naming the guards */
export function refuseGuarded({ guards = [], force = false }: MoveRecord): void {
  const refusals = guards.filter(({ refuses }) => refuses);
  if (force || refusals.length === 0) return;
  const names = [...new Set(refusals.map(({ guard }) => guard))].join(', ');
  const [{ message }, ...more] = refusals;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new Problem(
    'guarded',
    `refused by ${names}: ${message}${rest}. To do it all the same, force it`,
    refusals.map((refusal) => ({ about: refusal.guard, message: refusal.message })),
  );
}
