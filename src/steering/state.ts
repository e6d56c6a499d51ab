/** The state of a target: what an operator forces, else what a guard holds, else what health checks say, else up. */
import type { Hold } from './guards/history.ts';
import {
  type Family,
  type Force,
  type Network,
  type TargetState,
  targetKey,
  type Verdict,
  type World,
} from './model.ts';

export interface StateAndCause {
  readonly state: TargetState;
  /** The force that made it so; undefined when nobody forced it. */
  readonly forced: Force | undefined;
  /** What checks say, whether or not it counts; undefined for a target that is not checked. */
  readonly verdict: Verdict | undefined;
  /** The guard that keeps the verdict from counting; undefined when none does, or an operator's force goes before it. */
  readonly hold: Hold | undefined;
}

/** How narrowly a force is meant: family counts one, service two, so that a service's force beats a group's for one family. */
function narrowness(force: Force): number {
  return (force.service === undefined ? 0 : 2) + (force.family === undefined ? 0 : 1);
}

/** The narrowest force that matches a target; of equals the last. `auto` takes a broader force back, so then there is none. */
export function forceOn(forces: readonly Force[], service: number, group: number, family: Family): Force | undefined {
  let best: Force | undefined;
  for (const force of forces) {
    if (force.group !== group) continue;
    if (force.service !== undefined && force.service !== service) continue;
    if (force.family !== undefined && force.family !== family) continue;
    if (best === undefined || narrowness(force) >= narrowness(best)) best = force;
  }
  return best === undefined || best.state === 'auto' ? undefined : best;
}

/** The state of a target, before any policy: only an operator forces, and what is not checked is up. */
export function stateOf(
  world: Pick<World, 'network' | 'forces' | 'verdicts' | 'history'>,
  service: number,
  group: number,
  family: Family,
): StateAndCause {
  const { services, groups }: Network = world.network;
  const key = targetKey(services[service].id, groups[group].id, family);
  const forced = forceOn(world.forces, service, group, family);
  const verdict = world.verdicts.get(key);
  // `auto` has been dropped above.
  if (forced !== undefined) return { state: forced.state as TargetState, forced, verdict, hold: undefined };
  const hold = world.history?.targets.get(key)?.hold;
  const counts = hold?.verdict ?? verdict;
  const state = counts?.state ?? 'up';
  return { state: hold !== undefined && state === 'down' ? 'held' : state, forced: undefined, verdict, hold };
}
