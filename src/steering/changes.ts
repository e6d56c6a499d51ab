/** What differs between two plans, and why: by service, policy, group and family, not by host. */
import { sharesText } from './chain.ts';
import { Chooser } from './chooser.ts';
import { explainFrom } from './explain.ts';
import { type AnswerSet, BUCKETS, type Family, type Network, type Origin } from './model.ts';
import type { Decided } from './redecide.ts';
import { bucketsOf } from './shares.ts';

export interface PlanChange {
  readonly service: string;
  readonly policy: string;
  /** The group hosts are assigned to, and where the policy begins for some of their clients. */
  readonly group: string;
  readonly starts: readonly string[];
  readonly family: Family;
  /** `zurich`, `europe 75 %, zurich 25 %`, `switzerland (last resort)`, `SERVFAIL`, `none` */
  readonly before: string;
  readonly after: string;
  /** The chain of reasons for what is answered now. */
  readonly cause: string;
}

/**
 * Changes of groups that answer, in the order of the plan; a TTL alone is none. Answers that only one of the plans has are left out: hosts came or went, no
 * choice changed.
 */
export function planChanges(before: Decided, after: Decided): PlanChange[] {
  const sameSets = before.plan.rows === after.plan.rows;
  const was = sameSets ? undefined : setsByName(before);
  const chooser = new Chooser(after.world);
  const told = new Set<string>();
  const changes: PlanChange[] = [];
  after.plan.sets.forEach((set, i) => {
    const origin = after.plan.origins[i];
    if (origin === undefined) return;
    if (sameSets && before.plan.sets[i] === set) return;
    const { network } = after.world;
    const key = choiceName(origin, network);
    const old = was === undefined ? before.plan.sets[i] : was.get(key);
    if (old === undefined || told.has(key)) return;
    const [from, to] = [answerText(old, before.world.network), answerText(set, network)];
    if (from === to) return;
    told.add(key);
    const cause = isShared(origin, set) ? sharesText(chooser, origin) : explainFrom(chooser, origin).chain;
    changes.push({ ...named(origin, network), before: from, after: to, cause });
  });
  return changes;
}

function isShared({ starts }: Origin, { spread }: AnswerSet): boolean {
  return starts.groups.length > 1 || spread !== undefined;
}

function setsByName({ world, plan }: Decided): Map<string, AnswerSet> {
  const sets = new Map<string, AnswerSet>();
  plan.sets.forEach((set, i) => {
    const origin = plan.origins[i];
    if (origin !== undefined) sets.set(choiceName(origin, world.network), set);
  });
  return sets;
}

function named(
  { assignment, starts, family }: Origin,
  network: Network,
): Omit<PlanChange, 'before' | 'after' | 'cause'> {
  return {
    service: network.services[assignment.service].id,
    policy: network.policies[assignment.policy].id,
    group: network.groups[assignment[family]].id,
    starts: starts.groups.map((group) => network.groups[group].id),
    family,
  };
}

/** The same for assignments that differ only in their TTL, or in whether an operator put them where they are. */
export function choiceName(origin: Origin, network: Network): string {
  const { service, policy, group, starts, family } = named(origin, network);
  return JSON.stringify([service, policy, group, origin.starts.kind, starts, family]);
}

/** Which groups answer, and how much each. */
function answerText({ answers, spread, failure }: AnswerSet, network: Network): string {
  if (failure === true) return 'SERVFAIL';
  if (answers.length === 0) return 'none';
  const text = ({ group, lastResort }: (typeof answers)[number]): string =>
    `${network.groups[group].id}${lastResort ? ' (last resort)' : ''}`;
  if (spread === undefined) return text(answers[0]);
  const counts = bucketsOf(spread.map, answers.length);
  const parts = answers.flatMap((answer, i) =>
    counts[i] === 0 ? [] : [`${text(answer)} ${Math.round((counts[i] * 100) / BUCKETS)} %`],
  );
  return parts.join(', ');
}
