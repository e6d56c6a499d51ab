/** Every single failure on top of a scenario, worst first. */
import { type Network, targetKey } from '../model.ts';
import type { Ground } from './ground.ts';
import { singleFailures, withFailure } from './outage.ts';
import { type RunRules, run, type WhatIf } from './run.ts';
import type { Thing } from './thing.ts';

/** What a failure would bring about, in short. */
export interface FailureRank {
  readonly thing: Thing;
  /** Queries, or hosts where nobody counts queries, that are answered badly, as a part of all. */
  readonly unserved: number;
  /** Links that fail in its wake. */
  readonly cascades: readonly number[];
  /** The link with the highest load as a part of its capacity, in the worse direction; undefined where no load is known. */
  readonly worst?: { readonly link: number; readonly direction: 'in' | 'out'; readonly ratio: number };
  /** Bits a second that enter or leave nowhere. */
  readonly lost: number;
  /** What goes to another group, as a part of all, like `unserved`. */
  readonly moved: number;
  readonly settled: boolean;
}

export interface FailureRanks {
  /** Worst first. */
  readonly ranks: readonly FailureRank[];
  /** Failures that there was no time for, in the order they would have been looked at: targets with the fewest hosts are the last ones. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly thing: Thing;
  /** Host addresses that are answered with it; undefined of what is no target. */
  readonly hosts: number | undefined;
}

/** @param isOver asked before each: whether the time is over */
export function singleFailureRanks(ground: Ground, rules: RunRules, isOver: () => boolean = () => false): FailureRanks {
  const { scenario } = ground;
  const { network } = scenario.changed;
  const things = inOrder(ground, singleFailures(network));
  const ranks: FailureRank[] = [];
  for (const { thing } of things) {
    if (isOver()) break;
    const outage = withFailure(network, scenario.outage, thing);
    ranks.push(rankOf(ground, thing, run(ground, { ...rules, explains: false }, outage)));
  }
  return { ranks: ranks.sort(compare), leftOut: things.slice(ranks.length) };
}

/** Sites, links and groups first, then targets, those with the most hosts first. */
function inOrder({ footing, scenario }: Ground, things: readonly Thing[]): LeftOut[] {
  const hosts = footing.byTarget(scenario.base.network);
  const weighed = things.map((thing): LeftOut => {
    return {
      thing,
      hosts: thing.kind === 'target' ? (hosts.get(targetOf(scenario.base.network, thing)) ?? 0) : undefined,
    };
  });
  const weight = ({ hosts: of }: LeftOut): number => of ?? Number.POSITIVE_INFINITY;
  return weighed.sort((a, b) => compareNumbers(weight(b), weight(a)));
}

/** Infinite ones are equal. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function targetOf(
  { services, groups }: Network,
  { service, group, family }: Extract<Thing, { kind: 'target' }>,
): string {
  return targetKey(services[service].id, groups[group].id, family);
}

function rankOf({ footing }: Ground, thing: Thing, result: WhatIf): FailureRank {
  const { ipv4, ipv6 } = footing.totals;
  const unit = ipv4.queries + ipv6.queries > 0 ? 'queries' : 'hosts';
  const all = ipv4[unit] + ipv6[unit];
  const part = (amount: number): number => (all > 0 ? amount / all : 0);
  const { after } = result;
  let worst: FailureRank['worst'];
  result.peaks.forEach((load, link) => {
    for (const direction of ['in', 'out'] as const)
      if (load[direction].load > 0 && (worst === undefined || load[direction].ratio > worst.ratio))
        worst = { link, direction, ratio: load[direction].ratio };
  });
  return {
    thing,
    unserved: part(after.unserved[unit]),
    cascades: result.steps.flatMap(({ cascades }) => cascades.map(({ link }) => link)),
    ...(worst === undefined ? {} : { worst }),
    lost: Math.max(after.lost.in, after.lost.out),
    moved: part(result.flows.reduce((sum, flow) => sum + flow[unit], 0)),
    settled: result.settled,
  };
}

/** Who is answered badly or not at all weighs most, then what breaks next, then what is lost and overloaded, then what only moves. */
function compare(a: FailureRank, b: FailureRank): number {
  return (
    b.unserved - a.unserved ||
    b.cascades.length - a.cascades.length ||
    b.lost - a.lost ||
    (b.worst?.ratio ?? 0) - (a.worst?.ratio ?? 0) ||
    b.moved - a.moved
  );
}
