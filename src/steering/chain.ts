/** Reasons as text: the chains that people read, and programs show. */

import { type AnswerPart, answerParts } from './answer-parts.ts';
import type { Choice as Chosen } from './choose.ts';
import type { Chooser } from './chooser.ts';
import { type ExplainedCandidate, explainCandidate } from './explained-candidate.ts';
import type { Hold } from './guards/history.ts';
import { familyStart } from './ladder.ts';
import type { Detour } from './load/diversion.ts';
import type { Assignment, Choice, Family, Origin, Policy, Verdict, World } from './model.ts';

export function noFamily(world: World, assignment: Assignment, family: Family): string {
  const { network } = world;
  const { ipv4: rule, id } = network.policies[assignment.policy];
  const group = assignment[family];
  if (family === 'ipv4' && rule === 'none') return `ipv4: none by policy ${id}: the host has no such record`;
  const start = familyStart(network, rule, group, family);
  const tried = family === 'ipv4' && rule === 'specific' ? [start] : [start, ...network.groups[start].fallback];
  return `${family}: none in ${tried.map((g) => network.groups[g].id).join(', ')}: the host has no such record`;
}

/** How the ladder came to begin elsewhere than at the assigned group. */
export function startText(
  world: World,
  assignment: Assignment,
  kind: Choice['kind'],
  { id, ipv4: rule }: Policy,
  start: number,
  family: Family,
): string {
  const name = (group: number): string => world.network.groups[group].id;
  const assigned = assignment[family];
  let text = '';
  if (start !== assigned) {
    const how = {
      ladder: 'by policy',
      nearest: 'nearest to the client by policy',
      weighted: 'its share by policy',
      split: 'its part by policy',
    };
    text = `${name(assigned)} -> ${name(start)} (${how[kind]} ${id}) -> `;
  }
  const begin = familyStart(world.network, rule, start, family);
  if (begin !== start) text += `${name(start)} -> ${name(begin)} (ipv4 by policy ${id}) -> `;
  return text;
}

/** What was passed over on the way, then what was taken. */
export function chainText(candidates: readonly ExplainedCandidate[], choice: Chosen, family: Family): string {
  const { chosen } = choice;
  const end = chosen === undefined ? candidates.length : choice.candidates.indexOf(chosen);
  const steps = candidates.slice(0, end).map((c) => {
    if (c.state === undefined) return `${family}: none in ${c.group}`;
    const why = `${stateText(c)}${passedText(c)}`;
    return `${c.group}: ${family} ${why}`;
  });
  if (chosen === undefined) {
    const policy = choice.failure ? 'so the policy answers SERVFAIL' : 'so the policy leaves IPv6 out';
    return [...steps, `nothing is usable, ${policy}`].join(' -> ');
  }
  const last = candidates[end];
  const resort =
    choice.lastResort === undefined
      ? ''
      : choice.lastResort === 'declared'
        ? '; nothing is usable, so the declared group answers as a last resort'
        : '; nothing is usable, and it was until last, so it answers as a last resort';
  const note =
    (last.containsFailedSite ? ' (served by the failed site too)' : '') +
    (choice.detour === undefined ? '' : ` (${detourText(choice.detour)})`);
  const despite =
    last.closed === undefined || resort !== ''
      ? ''
      : `; nothing else is usable, though ${last.closed.guard} speaks against it (${last.closed.cause})`;
  return `${[...steps, `${last.group}: ${stateText(last)}${resort}${despite}${note}`].join(' -> ')}${guardedText(candidates.slice(end + 1), last, family)}`;
}

/** Groups further up that would be better than the one that was taken, but for a guard. */
function guardedText(later: readonly ExplainedCandidate[], taken: ExplainedCandidate, family: Family): string {
  if (taken.state === 'up' && !taken.containsFailedSite && taken.closed === undefined) return '';
  return later
    .filter(
      ({ state, forced, hold, reason }) =>
        state !== undefined && !forced && (hold !== undefined || reason === 'closed'),
    )
    .map((each) => `; ${each.group}: ${family} ${stateText(each)}${passedText(each)}`)
    .join('');
}

/** Why a group in a good state was passed over all the same. */
function passedText({ reason, closed }: ExplainedCandidate): string {
  if (reason === 'contains-failed-site') return ', but a failed site serves it too';
  if (reason === 'capacity') return ', but there is not room for all';
  return reason === 'closed' && closed !== undefined
    ? `, but takes no new hosts by ${closed.guard} (${closed.cause})`
    : '';
}

/** The state of a start that has a share, or would have: of the first group of its ladder with an address. `europe: ipv6 down since 12:03:00 (http: status 503)` */
function memberText(chooser: Chooser, assignment: Assignment, start: number, family: Family): string {
  const choice = chooser.from(assignment, start, family);
  const [first] = choice.candidates.filter(({ address }) => address !== undefined);
  if (first === undefined) return `${family}: none in ${chooser.world.network.groups[start].id}`;
  const told = explainCandidate(chooser.world.network, first, choice);
  return `${told.group}: ${family} ${stateText(told)}`;
}

/** The state that a part goes by, or why it goes elsewhere. */
export function partText(
  chooser: Chooser,
  assignment: Assignment,
  { start, choice }: AnswerPart,
  family: Family,
): string {
  return choice.detour === undefined ? memberText(chooser, assignment, start, family) : detourText(choice.detour);
}

function detourText({ kind, diversion }: Detour): string {
  return `${kind === 'shed' ? 'shed' : 'shared out'} by capacity: ${diversion.cause}`;
}

/** What shares go by, for all parts together. */
export function sharesText(chooser: Chooser, { assignment, starts, family }: Origin): string {
  const { id } = chooser.world.network.policies[assignment.policy];
  const { parts } = answerParts(chooser, assignment, starts, family);
  const texts = new Set(parts.map((part) => partText(chooser, assignment, part, family)));
  const how = starts.groups.length > 1 ? `shared out by policy ${id}; ` : '';
  return `${how}${[...texts].join('; ')}`;
}

/** `up`, `drained (forced)`, `down since 12:03:00 (http: status 503)` */
function stateText({ state, forced, verdict, hold, reason }: ExplainedCandidate): string {
  if (forced) return `${state} (forced)`;
  if (hold !== undefined) return holdText(hold, verdict);
  const since = verdict === undefined ? '' : new Date(verdict.since).toISOString().slice(11, 19);
  const waits = reason === 'failback' || (reason === 'last-resort' && state === 'up' && verdict !== undefined);
  if (waits) return `up since ${since}, but an operator must let it come back`;
  if (verdict === undefined || verdict.state === 'up') return state ?? '';
  return `${state} since ${since} (${verdict.cause})`;
}

/** `up, held by damping until 12:40:00 or later (failed 3 times lately)` */
export function holdText({ guard, cause, until, verdict: counts }: Hold, verdict: Verdict | undefined): string {
  const time = Number.isFinite(until) ? ` until ${new Date(until).toISOString().slice(11, 19)}` : '';
  return `${verdict?.state ?? 'up'}, but counted ${counts.state} by ${guard}${time} (${cause})`;
}
