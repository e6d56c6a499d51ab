/** What the API says of moves and hosts. Times are ISO 8601 in UTC. */
import type * as z from 'zod';
import type { Decision } from '../control/decisions.ts';
import type { FamilyAnswer, OverrideNote, Step } from '../control/explain.ts';
import type { ExplainedClient } from '../control/explain-client.ts';
import type { HostView } from '../control/host-view.ts';
import { hostList } from '../control/moves/host-list.ts';
import { type MoveRecord, statusOf } from '../control/moves/record.ts';
import { hostName } from '../control/moves/selection.ts';
import type { PastAnswer } from '../control/past.ts';
import type { Progress } from '../control/progress.ts';
import type { Hold } from '../steering/guards/history.ts';
import type { Ipam } from '../steering/ipam/ipam.ts';
import { families, type Verdict } from '../steering/model.ts';
import type { explainReply, familyAnswer, pastAnswer, verdictReply } from './schemas/explain.ts';
import type { hostReply } from './schemas/hosts.ts';
import type { ipamReply } from './schemas/ipam.ts';
import type { movedHost, moveReply } from './schemas/moves.ts';
import type { decisionReply } from './schemas/operations.ts';

export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

export function moveView(
  move: MoveRecord,
  now: number,
  askedAgain?: Progress,
  list?: Uint8Array,
): z.input<typeof moveReply> {
  const { switchAt, switched, settlesAt, ended, expiresAt, at, hold } = move;
  const executed = move.started !== undefined;
  return {
    id: move.id,
    kind: move.kind,
    status: statusOf(move, now),
    ...(move.of === undefined ? {} : { of: move.of }),
    ...(move.to === undefined ? {} : { to: move.to }),
    families: move.families,
    ...(move.select === undefined ? {} : { select: move.select as Record<string, string> }),
    reason: move.reason,
    author: move.author,
    created_at: timeText(move.created),
    ...(at === undefined ? {} : { at: timeText(at) }),
    ...(move.prepareTtl === undefined ? {} : { prepare_ttl: move.prepareTtl }),
    ...(switchAt === undefined ? {} : { switch_at: timeText(switchAt) }),
    ...(settlesAt === undefined ? {} : { settles_at: timeText(settlesAt), done_at: timeText(settlesAt + hold * 1000) }),
    hold,
    ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }),
    ...(ended === undefined
      ? {}
      : { ended: { how: ended.how, at: timeText(ended.at), ...(ended.by === undefined ? {} : { by: ended.by }) } }),
    ...(move.problem === undefined ? {} : { problem: move.problem }),
    ...(move.guards === undefined ? {} : { guards: move.guards }),
    hosts: move.hosts,
    kinds: move.transitions.map(({ service, policy, hosts, before, after }) => ({
      service,
      policy,
      hosts,
      before,
      after,
    })),
    ...(list === undefined || !executed ? {} : { changes: movedHosts(move, list) }),
    ...(switched === undefined || settlesAt === undefined
      ? {}
      : { progress: progressOf(switched, settlesAt, now, askedAgain) }),
  };
}

function progressOf(switched: number, settlesAt: number, now: number, askedAgain: Progress | undefined) {
  const whole = settlesAt - switched;
  const elapsed = whole <= 0 ? 1 : Math.min(1, Math.max(0, (now - switched) / whole));
  const { share, sampled } = askedAgain ?? { share: undefined, sampled: 0 };
  return { elapsed, ...(share === undefined ? {} : { asked_again: share }), sampled };
}

/** Some of a move's hosts. @param list by name (host-list.ts) */
export function movedHosts({ transitions }: MoveRecord, list: Uint8Array): z.input<typeof movedHost>[] {
  return Array.from(hostList(list), ({ transition, name }) => {
    // A scheduled move has hosts, but nothing is worked out for them yet.
    const kind = transitions[transition];
    return { name: hostName(name), ...(kind === undefined ? {} : { before: kind.before, after: kind.after }) };
  });
}

export function hostBody(view: HostView): z.input<typeof hostReply> {
  const { declared, effective, answers, override } = view;
  const notes = Object.fromEntries(
    families.flatMap((f) => (override[f] === undefined ? [] : [[f, noteBody(override[f])]])),
  );
  const addresses = (f: 'ipv4' | 'ipv6'): string[] => (answers[f].address === undefined ? [] : [answers[f].address]);
  return {
    name: view.name,
    zone: view.zone,
    service: effective.service,
    policy: effective.policy,
    ttl: view.ttl,
    declared: { ipv4: declared.ipv4, ipv6: declared.ipv6 },
    effective: { ipv4: effective.ipv4, ipv6: effective.ipv6 },
    override: Object.keys(notes).length === 0 ? null : notes,
    a: addresses('ipv4'),
    aaaa: addresses('ipv6'),
    reasons: { ipv4: reasonText(view, 'ipv4'), ipv6: reasonText(view, 'ipv6') },
  };
}

/** A step of `explainAnswer`. */
export function stepBody({
  override,
  records,
  families: answers,
  client,
  ...step
}: Step): z.input<typeof explainReply>['steps'][number] {
  const notes = Object.entries(override ?? {}).map(([f, note]) => [f, noteBody(note)]);
  const told = Object.entries(answers ?? {}).map(([f, answer]) => [f, answerBody(answer)]);
  return {
    ...step,
    ...(records === undefined ? {} : { records: [...records] }),
    ...(notes.length === 0 ? {} : { override: Object.fromEntries(notes) }),
    ...(answers === undefined ? {} : { families: Object.fromEntries(told) }),
    ...(client === undefined ? {} : { client: clientBody(client) }),
  };
}

function clientBody({ groups, holdsFor, ...client }: ExplainedClient) {
  return { ...client, groups: [...groups], ...(holdsFor === undefined ? {} : { holds_for: holdsFor }) };
}

function answerBody({ lastResort, candidates, shares, ...answer }: FamilyAnswer): z.input<typeof familyAnswer> {
  const told = candidates.map(({ containsFailedSite, verdict, hold, closed, ...candidate }) => ({
    ...candidate,
    ...(hold === undefined ? {} : { hold: holdBody(hold) }),
    ...(verdict === undefined ? {} : { verdict: verdictBody(verdict) }),
    contains_failed_site: containsFailedSite,
    ...(closed === undefined ? {} : { closed: { ...closed, since: timeText(closed.since) } }),
  }));
  return {
    ...answer,
    ...(lastResort === undefined ? {} : { last_resort: lastResort }),
    ...(shares.length === 0 ? {} : { shares: [...shares] }),
    candidates: told,
  };
}

export function holdBody({ guard, cause, since, until, verdict }: Hold) {
  return { guard, cause, since: timeText(since), until: timeText(until), counts: verdict.state };
}

function verdictBody({ state, since, cause }: Verdict): z.input<typeof verdictReply> {
  return { state, since: timeText(since), cause };
}

export function pastView({ since, ...past }: PastAnswer): z.input<typeof pastAnswer> {
  return { ...past, ...(since === undefined ? {} : { since: timeText(since) }) };
}

export function decisionView({ at, ...decision }: Decision): z.input<typeof decisionReply> {
  return { at: timeText(at), ...decision, starts: [...decision.starts] };
}

function noteBody({ group, move, reason, author, expiresAt }: OverrideNote) {
  return { group, move, reason, author, ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }) };
}

export function ipamView({ prefixes, routing, broader, gains, sites, objects }: Ipam): z.input<typeof ipamReply> {
  return {
    prefixes: prefixes.map(({ groups, ...prefix }) => ({ ...prefix, groups: [...groups] })),
    routing: [...routing],
    broader: [...broader],
    gains: gains.map(({ from, ...gain }) => ({ ...gain, from: { ...from } })),
    sites: sites.map(({ site, prefixes: covering, hostRoutes }) => ({
      site,
      prefixes: covering.map(({ groups, ...prefix }) => ({ ...prefix, groups: [...groups] })),
      host_routes: [...hostRoutes],
    })),
    objects: objects.map(({ groups, ...object }) => ({ ...object, groups: [...groups] })),
  };
}

/** `zurich by its zone file -> europe by move 7 (operator: maintenance) -> europe: up` */
function reasonText({ declared, override, answers }: HostView, family: 'ipv4' | 'ipv6'): string {
  const note = override[family];
  const moved = note === undefined ? '' : ` -> ${note.group} by move ${note.move} (${note.author}: ${note.reason})`;
  return `${declared[family]} by its zone file${moved} -> ${answers[family].chain}`;
}
