/** Guards of network.yaml as the steering model has them. */
import type { GuardRules } from '../steering/guards/rules.ts';
import type { GuardsFile } from './network-guards-schema.ts';
import type { Reporter } from './reporter.ts';

export function buildGuards(file: GuardsFile, reporter: Reporter): GuardRules {
  const { enabled, half_life: halfLife, ...rest } = file.damping;
  const { suppress, reuse, maximum } = rest;
  const at = ['guards', 'damping'];
  const mistake = (key: string, message: string, fix: string): void =>
    reporter.report({ code: 'bad-damping', path: [...at, key], message, fix });
  const ceiling = Math.floor(reuse * 2 ** (maximum / halfLife));
  if (reuse >= suppress)
    mistake(
      'reuse',
      `reuse is ${reuse}, not below suppress, which is ${suppress}`,
      'write e.g. reuse: 750 and suppress: 1500',
    );
  else if (suppress > ceiling)
    mistake(
      'suppress',
      `no penalty reaches ${suppress}: what waits for maximum at the most has at most ${ceiling} (reuse × 2^(maximum / half_life))`,
      'write a longer maximum, a shorter half_life, or a smaller suppress',
    );
  return { ...(enabled ? { damping: { halfLife, suppress, reuse, maximum } } : {}), dwell: file.dwell };
}
