/** The checks of a target as one state. Pure. */
import type { ServiceChecks } from './check.ts';
import { type CheckState, projected } from './check-state.ts';

export type Health = 'up' | 'down' | 'unknown';

export interface Combined {
  readonly state: Health;
  readonly cause: string;
  /** When the state changes if checks go on as the last ones went; undefined while nothing points to a change. */
  readonly changeAt?: number;
}

/** @param states by place in `checks` */
export function combine({ checks, need }: ServiceChecks, states: readonly CheckState[]): Combined {
  const said = states.map(({ state }) => state);
  const state = weigh(said, need);
  const causes = states.flatMap((each) => (each.state === state ? [each.cause] : []));
  const changeAt = nextChange(checks, states, said, need, state);
  return { state, cause: causes.join('; '), ...(changeAt === undefined ? {} : { changeAt }) };
}

/** What checks that are not known could still be decides whether the whole is. */
export function weigh(said: readonly Health[], need: number): Health {
  const up = said.filter((state) => state === 'up').length;
  if (up >= need) return 'up';
  const open = said.filter((state) => state === 'unknown').length;
  return up + open < need ? 'down' : 'unknown';
}

/** Lets the changes that are near happen one after another, and looks which one changes the whole. */
function nextChange(
  checks: ServiceChecks['checks'],
  states: readonly CheckState[],
  said: readonly Health[],
  need: number,
  state: Health,
): number | undefined {
  const near = states
    .flatMap((each, i) => {
      const next = projected(each, checks[i]);
      return next === undefined ? [] : [{ i, ...next }];
    })
    .sort((a, b) => a.at - b.at);
  const then = [...said];
  for (const { i, at, state: to } of near) {
    then[i] = to;
    if (weigh(then, need) !== state) return at;
  }
  return undefined;
}
