import type { Settings } from '../config/settings.ts';
import { parseForces } from '../steering/forces.ts';
import type { Force, Network } from '../steering/model.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';

/** The forced states of steerd.yaml, put to a network; what the network doesn't have is a mistake of the settings. */
export function forcesFor(
  settings: Settings,
): (network: Network) => { forces: readonly Force[]; diagnostics: readonly Diagnostic[] } {
  return (network) => {
    const { forces, problems } = parseForces(settings.states, network);
    const diagnostics = problems.map(({ key, code, message, fix }) => ({
      code,
      severity: 'error' as const,
      file: 'states',
      line: 0,
      column: 0,
      message: `${key}: ${message}`,
      fix,
    }));
    return { forces, diagnostics };
  };
}
