/** Guards of network.yaml as the steering model has them. */
import type { BlastRadiusRules, DampingRules, GuardRules } from '../steering/guards/rules.ts';
import type { GuardsFile } from './network-guards-schema.ts';
import type { Reporter } from './reporter.ts';

export function buildGuards(file: GuardsFile, reporter: Reporter): GuardRules {
  const damping = dampingOf('damping', file.damping, reporter);
  const hostDamping = dampingOf('host_damping', file.host_damping, reporter);
  const { dwell, rpki, announcement, capacity, blast_radius: blastRadius } = file;
  return {
    ...(damping === undefined ? {} : { damping }),
    ...(hostDamping === undefined ? {} : { hostDamping }),
    dwell,
    rpki,
    announcement,
    prefixLimit: { headroom: file.prefix_limit.headroom / 100, exceeded: file.prefix_limit.exceeded },
    ecmp: file.ecmp.exceeded,
    ...(blastRadius === undefined ? {} : { blastRadius: radiusOf(blastRadius) }),
    capacity,
  };
}

function radiusOf({
  hosts,
  queries,
  interval,
  leave_dead: leaveDead,
}: NonNullable<GuardsFile['blast_radius']>): BlastRadiusRules {
  return { hosts: hosts / 100, queries: queries / 100, interval, leaveDead };
}

function dampingOf(key: string, file: GuardsFile['damping'], reporter: Reporter): DampingRules | undefined {
  const { enabled, half_life: halfLife, suppress, reuse, maximum } = file;
  const mistake = (at: string, message: string, fix: string): void =>
    reporter.report({ code: 'bad-damping', path: ['guards', key, at], message, fix });
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
  return enabled ? { halfLife, suppress, reuse, maximum } : undefined;
}
