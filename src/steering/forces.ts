/** Forced states as operators write them: `zurich`, `zurich/ipv6`, `web/zurich`, `web/zurich/ipv6`. */
import { type Family, type Force, type ForcedState, families, type Network } from './model.ts';

export interface ForceProblem {
  readonly key: string;
  readonly code: 'unknown-target' | 'unknown-state';
  readonly message: string;
  readonly fix: string;
}

const STATES: readonly string[] = ['up', 'down', 'drained', 'auto'] satisfies readonly ForcedState[];

/** Puts forced states to a network. All problems are told; the forces are those without one. */
export function parseForces(
  states: Readonly<Record<string, string>>,
  network: Network,
): { forces: Force[]; problems: ForceProblem[] } {
  const forces: Force[] = [];
  const problems: ForceProblem[] = [];
  for (const [key, state] of Object.entries(states)) {
    if (!STATES.includes(state)) {
      problems.push({
        key,
        code: 'unknown-state',
        message: `"${state}" is no state`,
        fix: `write ${STATES.join(', ')}`,
      });
      continue;
    }
    const target = targetOf(key, network);
    if (typeof target === 'string') {
      problems.push({
        key,
        code: 'unknown-target',
        message: target,
        fix: 'write GROUP, GROUP/FAMILY, SERVICE/GROUP or SERVICE/GROUP/FAMILY',
      });
    } else forces.push({ ...target, state: state as ForcedState });
  }
  return { forces, problems };
}

/** @returns what a key names, or why it names nothing */
function targetOf(key: string, network: Network): Omit<Force, 'state'> | string {
  const parts = key.split('/');
  const last = parts[parts.length - 1];
  const family =
    parts.length > 1 && (families as readonly string[]).includes(last) ? (parts.pop() as Family) : undefined;
  if (parts.length > 2) return `"${key}" has too many parts`;
  const groupName = parts[parts.length - 1];
  const group = network.groups.findIndex((g) => g.id === groupName);
  if (group < 0) return `there is no group ${groupName}; known: ${network.groups.map((g) => g.id).join(', ')}`;
  if (parts.length === 1) return { group, ...(family === undefined ? {} : { family }) };
  const service = network.services.findIndex((s) => s.id === parts[0]);
  if (service < 0) return `there is no service ${parts[0]}; known: ${network.services.map((s) => s.id).join(', ')}`;
  return { group, service, ...(family === undefined ? {} : { family }) };
}
