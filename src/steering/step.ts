import { admit } from './guards/admit.ts';
import { limitChanges } from './guards/blast-radius.ts';
import { type History, NO_HISTORY } from './guards/history.ts';
import { recordMoved } from './guards/moved.ts';
import { record } from './guards/record.ts';
import { closeRoutes, forgetLeft } from './guards/routes.ts';
import type { LoadHistory } from './load/diversion.ts';
import { steerLoad } from './load/steer-load.ts';
import type { World } from './model.ts';
import { type Decided, redecide } from './redecide.ts';

/**
 * One step of the engine: what may count of a world, what loads divert, what is decided in it, and what is remembered of that. The server, the simulator and what-if take their steps
 * here, so they cannot differ. Pure: the same world after the same step before gives the same.
 *
 * @param world  `history` is that of the step before; it is taken from there when left out
 * @param before undefined at the start
 * @returns the world with the history the next step needs, and the plan, which is `decide` of this very world
 */
export function step(world: World, before: Decided | undefined): Decided {
  const counts = guarded(world, before, world.history ?? before?.world.history ?? NO_HISTORY);
  const load = steerLoad({ ...world, history: counts }, before);
  const history = load === counts.load ? counts : withLoad(counts, load);
  const admitted = { ...world, history };
  const after = { world: admitted, plan: redecide(admitted, before) };
  const recorded = recordMoved(before, after, forgetLeft(after, before, record(before, after)));
  return { ...after, world: { ...admitted, history: recorded } };
}

/** What counts, as far as guards have a say: first whether it may at all, then how much of it at once. */
function guarded(world: World, before: Decided | undefined, past: History): History {
  const routed = closeRoutes(world, before, past);
  const admitted = admit({ ...world, history: routed }, before);
  return limitChanges(world, before, past, admitted);
}

function withLoad(history: History, load: LoadHistory | undefined): History {
  const { load: _, ...rest } = history;
  return load === undefined ? rest : { ...rest, load };
}
