/** A what-if from changes that make sense to its report. Takes seconds in a large network, so a server does it in a worker. */
import { needTwoSites } from '../../health/cut-off.ts';
import { families, targetKey, type World } from '../../steering/model.ts';
import type { Decided } from '../../steering/redecide.ts';
import { forceOn } from '../../steering/state.ts';
import { step } from '../../steering/step.ts';
import { withAssumedLoads } from '../../steering/whatif/assumed-loads.ts';
import type { Change } from '../../steering/whatif/change.ts';
import { Ground } from '../../steering/whatif/ground.ts';
import { singleFailureRanks } from '../../steering/whatif/n-1.ts';
import { leftOutProblems, singleProblems } from '../../steering/whatif/problems.ts';
import { failureOf, reportOf, type WhatIfReport } from '../../steering/whatif/report.ts';
import { type RunRules, run } from '../../steering/whatif/run.ts';
import { scenarioOf } from '../../steering/whatif/scenario.ts';
import { type ChangeProblem, invalid, isProblem } from '../../steering/whatif/thing.ts';

export interface WhatIfRules extends RunRules {
  /** Of links, as a part of their capacity: what goes over it is a problem. */
  readonly limit: number;
  /** Every single failure on top, too. */
  readonly singles: boolean;
  /** Bits per second that enter in all, and leave, where nobody measures loads. */
  readonly traffic: number | undefined;
}

export interface WhatIfJob {
  readonly world: World;
  /** What is answered now; undefined of files. */
  readonly live: Decided | undefined;
  readonly changes: readonly Change[];
  readonly rules: WhatIfRules;
  /** Whether a server takes itself to be cut off when targets of several sites fail at once. */
  readonly cutOff: boolean;
  /** Milliseconds that single failures may take; what there is no time for is left out. */
  readonly patience: number;
}

export function work({ world, live, changes, rules, patience, cutOff }: WhatIfJob): WhatIfReport | ChangeProblem {
  const loaded = rules.traffic === undefined ? world : withTraffic(world, live, rules.traffic);
  if (isProblem(loaded)) return loaded;
  const scenario = scenarioOf(loaded, step(loaded, live).plan, changes);
  if (isProblem(scenario)) return scenario;
  const ground = new Ground(scenario, live);
  const plain = reportOf(ground, run(ground, rules), rules.limit);
  const doubt = doubtOf(world, plain.dead, cutOff);
  const report = doubt === undefined ? plain : { ...plain, notes: [...plain.notes, doubt] };
  if (!rules.singles) return report;
  const end = performance.now() + patience;
  const { ranks, leftOut } = singleFailureRanks(ground, rules, () => performance.now() > end);
  const problems = [
    ...report.problems,
    ...singleProblems(ground, ranks, rules.limit),
    ...leftOutProblems(ground, leftOut, ranks.length + leftOut.length),
  ];
  const singles = ranks.map((rank) => failureOf(scenario.changed.network, rank));
  return { ...report, problems, singles, leftOut: leftOut.length };
}

function withTraffic(world: World, live: Decided | undefined, traffic: number): World | ChangeProblem {
  if (world.data?.loads !== undefined)
    return invalid('a feed measures loads here, so no traffic is to be assumed; to try more of it, say load');
  return withAssumedLoads(world, step(world, live).plan, traffic);
}

/** Whether checks would be believed: what no single site explains makes a server doubt its own network, and hold everything. */
function doubtOf(world: World, dead: WhatIfReport['dead'], cutOff: boolean): string | undefined {
  if (!cutOff) return undefined;
  const { services, groups } = world.network;
  const keys = new Set(dead.map(({ target }) => target));
  const falls = services.flatMap(({ id }, service) =>
    groups.flatMap(({ id: group, instances }, g) =>
      families.flatMap((family) => {
        const key = targetKey(id, group, family);
        const isSeen = keys.has(key) && world.verdicts.get(key)?.state === 'up';
        return isSeen && forceOn(world.forces, service, g, family) === undefined ? [{ sites: instances }] : [];
      }),
    ),
  );
  if (!needTwoSites(falls)) return undefined;
  return 'targets that no single site explains fail at once: a server that sees them fail within its window takes itself to be cut off and holds everything (health: cut_off); here it does not';
}
