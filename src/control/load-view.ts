/** What load steering does now, for those who ask. */
import type { Diversion, LoadHistory, Overload } from '../steering/load/diversion.ts';
import type { Direction } from '../steering/network-data.ts';
import type { GuardReading } from '../telemetry/source.ts';

export interface DivertedTarget extends Pick<Diversion, 'since' | 'cause'> {
  readonly target: string;
  /** `shed`: a part of an up target's hosts. `forced`: all of a dead one's. */
  readonly kind: 'shed' | 'forced';
  /** 0 to 100: of the target's hosts. */
  readonly to: readonly { readonly group: string; readonly percent: number }[];
}

export interface OverloadedLink extends Overload {
  readonly link: string;
  readonly direction: Direction;
}

export interface LoadView {
  readonly diversions: readonly DivertedTarget[];
  readonly overloads: readonly OverloadedLink[];
}

export function loadView({ shed, forced, overloads }: LoadHistory): LoadView {
  const list = (kind: DivertedTarget['kind'], of: ReadonlyMap<string, Diversion>): DivertedTarget[] =>
    [...of].map(([target, { to, since, cause }]) => ({
      target,
      kind,
      to: to.map(({ group, weight }) => ({ group, percent: Math.round(weight * 1000) / 10 })),
      since,
      cause,
    }));
  return {
    diversions: [...list('shed', shed), ...list('forced', forced)],
    overloads: [...overloads].map(([key, overload]) => {
      const [link, direction] = key.split('/') as [string, Direction];
      return { link, direction, ...overload };
    }),
  };
}

/** What metrics are made of. */
export function loadReading(load: LoadHistory): Pick<GuardReading, 'diverted' | 'overloaded'> {
  const { diversions, overloads } = loadView(load);
  return {
    diverted: diversions.map(({ target, kind, to }) => {
      const [service, group, family] = target.split('/');
      return { service, group, family, kind, ratio: to.reduce((sum, { percent }) => sum + percent, 0) / 100 };
    }),
    overloaded: overloads.map(({ link, direction }) => ({ link, direction })),
  };
}
