/** Load steering as a part of each step of the engine. */
import type { World } from '../model.ts';
import type { Decided } from '../redecide.ts';
import { type LoadHistory, NO_LOAD } from './diversion.ts';
import { forcedStep } from './forced.ts';
import { shedStep } from './shed.ts';

/**
 * What load steering remembers after it has looked at a world: the same object when nothing is to be changed. While the observer is cut off, or what is assigned is
 * about to change, it makes no voluntary step.
 * @param before what is answered until now
 */
export function steerLoad(world: World, before: Decided | undefined): LoadHistory | undefined {
  const { network, history, now, held } = world;
  const { loadSteering: rules } = network;
  if (rules === undefined) return undefined;
  const load = history?.load ?? NO_LOAD;
  if (before === undefined) return load;
  const forced = forcedStep(world, before.world, before.plan, load);
  const isSame = network === before.world.network && world.assignments === before.world.assignments;
  if (held !== undefined || !isSame || forced !== load) return forced;
  // A clock that was set back must not make this a wait of days.
  if (now < load.next && now >= load.stepped) return forced;
  return shedStep(world, before.plan, forced, rules);
}

/** Whether a step now would change anything by loads: asked when they are new, so that nothing is published for nothing. */
export function isLoadDue(world: World, before: Decided): boolean {
  return steerLoad(world, before) !== world.history?.load;
}
