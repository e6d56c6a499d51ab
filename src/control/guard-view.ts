/** What guards hold and remember now, for those who ask. */
import type { Closed, Hold } from '../steering/guards/history.ts';
import { type LimitFinding, limitFindings } from '../steering/guards/limits.ts';
import { movedLately, type Shares } from '../steering/guards/moved.ts';
import { isSuppressed, type Penalty, valueAt } from '../steering/guards/penalty.ts';
import type { DampingRules } from '../steering/guards/rules.ts';
import type { Family, PerFamily, Verdict } from '../steering/model.ts';
import type { Publisher } from './publisher.ts';

export interface HeldTarget {
  readonly target: string;
  readonly hold: Hold;
  /** What checks see. */
  readonly seen: Verdict['state'];
}

/** Something that changed lately. */
export interface Unsteady {
  /** A target, or hosts of a service, policy, group and family. */
  readonly target?: string;
  readonly hosts?: {
    readonly service: string;
    readonly policy: string;
    readonly group: string;
    readonly family: string;
  };
  readonly penalty: number;
  readonly suppressed: boolean;
}

/** A group that takes no new hosts of a family by itself. */
export interface ClosedGroup extends Closed {
  readonly group: string;
  readonly family: Family;
  readonly prefix: string;
}

/** What moved by itself lately, and how much may. Parts of all hosts and queries of a family, 0 to 1. */
export interface BlastRadius {
  /** Milliseconds. */
  readonly interval: number;
  readonly most: Shares;
  readonly moved: PerFamily<Shares>;
}

export interface GuardView {
  /** What sessions and routers of sites do not take, or hardly. */
  readonly limits: readonly LimitFinding[];
  /** Undefined where there is no limit. */
  readonly blastRadius: BlastRadius | undefined;
  readonly closed: readonly ClosedGroup[];
  readonly holds: readonly HeldTarget[];
  /** Highest penalty first. */
  readonly penalties: readonly Unsteady[];
}

export function guardView(publisher: Publisher, now: number): GuardView {
  const { history, network } = publisher;
  const verdicts = publisher.world(now)?.verdicts;
  const holds = [...history.targets].flatMap(([target, { hold }]) =>
    hold === undefined ? [] : [{ target, hold, seen: verdicts?.get(target)?.state ?? ('unknown' as const) }],
  );
  const closed = [...history.routes].flatMap(([key, { prefix, by }]) => {
    const [group, family] = key.split('/');
    return by.map((each): ClosedGroup => ({ group, family: family as Family, prefix, ...each }));
  });
  const blastRadius = radiusOf(publisher, now);
  const damping = network?.guards.damping;
  const limits = network === undefined ? [] : limitFindings(network);
  if (damping === undefined) return { limits, blastRadius, closed, holds, penalties: [] };
  const targets = [...history.targets].map(([target, { penalty }]) => ({ target, ...standing(penalty, damping, now) }));
  const choices = [...history.choices].map(([name, { penalty }]) => {
    const [service, policy, group, , , family] = JSON.parse(name) as string[];
    return { hosts: { service, policy, group, family }, ...standing(penalty, damping, now) };
  });
  const penalties = [...targets, ...choices].filter(({ penalty }) => penalty > 0).sort((a, b) => b.penalty - a.penalty);
  return { limits, blastRadius, closed, holds, penalties };
}

export function radiusOf({ history, network }: Publisher, now: number): BlastRadius | undefined {
  const rules = network?.guards.blastRadius;
  if (rules === undefined) return undefined;
  const { hosts, queries, interval } = rules;
  const of = (family: Family): Shares => movedLately(history, family, rules, now);
  return { interval, most: { hosts, queries }, moved: { ipv4: of('ipv4'), ipv6: of('ipv6') } };
}

function standing(penalty: Penalty, rules: DampingRules, now: number): Pick<Unsteady, 'penalty' | 'suppressed'> {
  return { penalty: Math.round(valueAt(penalty, rules, now)), suppressed: isSuppressed(penalty, rules, now) };
}
