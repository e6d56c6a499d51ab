/** The state of a target. Until health checks bring verdicts, it is what an operator forces, else up. */
import type { Family, Force, TargetState } from './model.ts';

export interface StateAndCause {
  readonly state: TargetState;
  /** The force that made it so; undefined when nobody forced it. */
  readonly forced: Force | undefined;
}

/** How narrowly a force is meant: family counts one, service two, so that a service's force beats a group's for one family. */
function narrowness(force: Force): number {
  return (force.service === undefined ? 0 : 2) + (force.family === undefined ? 0 : 1);
}

/** The narrowest force that matches decides; of equals the last. `auto` takes a broader force back. */
export function stateOf(forces: readonly Force[], service: number, group: number, family: Family): StateAndCause {
  let best: Force | undefined;
  for (const force of forces) {
    if (force.group !== group) continue;
    if (force.service !== undefined && force.service !== service) continue;
    if (force.family !== undefined && force.family !== family) continue;
    if (best === undefined || narrowness(force) >= narrowness(best)) best = force;
  }
  if (best === undefined || best.state === 'auto') return { state: 'up', forced: undefined };
  return { state: best.state, forced: best };
}
