/** A what-if for people: the ladder with what each rung answers, links with their loads, and what happened when. */
import type * as z from 'zod';
import type { whatIfReply, whatIfRequest } from '../api/schemas/whatif.ts';

import { rateText } from '../steering/whatif/problems.ts';
import { tableText } from './table.ts';

type Reply = z.output<typeof whatIfReply>;
type Request = z.output<typeof whatIfRequest>;

/** Failures shown; the rest is counted. */
const MOST_SINGLES = 20;
const MOST_CHANGES = 20;
const BAR = 10;

export function whatIfText(reply: Reply, { changes }: Pick<Request, 'changes'>): string {
  const parts = [
    ...(changes.length === 0 ? [] : [ladderText(reply), linksText(reply), movedText(reply), stepsText(reply)]),
    listText(
      'dead',
      reply.dead.map(({ target, why }) => `${target}: ${why}`),
    ),
    listText(
      'guards',
      reply.guards.map(({ guard, about, at, refuses, cause }) => {
        const what = about === undefined ? (refuses ? 'refuses' : 'warns') : `holds ${about}`;
        return `${guard} ${what}${at > 0 ? ` after ${timeText(at)}` : ''}: ${cause}`;
      }),
    ),
    listText(
      'routes',
      reply.findings.map(({ kind, message }) => `${kind}: ${message}`),
    ),
    singlesText(reply),
    listText('note', reply.notes),
    changes.length === 0 && reply.problems.length === 0 ? '' : verdictText(reply),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A rung a group, the broadest at the top. */
function ladderText({ groups, totals }: Reply): string {
  const all = totals.ipv4.queries + totals.ipv6.queries;
  const rows: string[][] = [];
  const add = (parent: string | null, indent: string): void => {
    for (const { group, ipv4, ipv6 } of groups.filter((each) => each.parent === parent)) {
      const queries = (at: 'before' | 'after'): string => percent((ipv4[at].queries + ipv6[at].queries) / all);
      rows.push([
        `${indent}${group}`,
        fromTo(count(ipv4.before.hosts), count(ipv4.after.hosts)),
        fromTo(count(ipv6.before.hosts), count(ipv6.after.hosts)),
        all > 0 ? fromTo(queries('before'), queries('after')) : '-',
      ]);
      add(group, indent === '' ? '└ ' : `  ${indent}`);
    }
  };
  add(null, '');
  return tableText(['group', 'a of hosts', 'aaaa of hosts', 'queries'], rows);
}

function linksText({ links, sites, lost }: Reply): string {
  const isKnown = links.some(({ before, after }) => before > 0 || after > 0);
  if (!isKnown) return links.length === 0 ? '' : 'no load of a link is known';
  const rows = sites.flatMap(({ site, lost: isLost }) =>
    links
      .filter((link) => link.site === site && link.direction === 'in')
      .map((enters, i) => {
        const leaves = links.find(({ link, direction }) => link === enters.link && direction === 'out')!;
        return [i > 0 ? '' : isLost ? `${site} ✗` : site, enters.link, loadText(enters), loadText(leaves)];
      }),
  );
  const nowhere = Math.max(lost.in, lost.out);
  const tail = nowhere < 1 ? '' : `\n${rateText(nowhere)} have nowhere to enter or leave`;
  return tableText(['site', 'link', 'in', 'out'], rows) + tail;
}

/** `██████░░░░ 40 % -> 61 %`, with the peak if it was higher. */
function loadText({ capacity, before, after, peak }: Reply['links'][number]): string {
  const full = Math.max(0, Math.min(BAR, Math.round((after / capacity) * BAR)));
  const change = fromTo(percent(before / capacity), percent(after / capacity));
  const high = peak > after * 1.001 ? ` (peak ${percent(peak / capacity)})` : '';
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${change}${high}`;
}

function movedText({ moved, totals }: Reply): string {
  if (moved.length === 0) return 'nothing moves';
  const rows = moved.map(({ service, family, from, to, hosts, queries }) => {
    const all = totals.ipv4.queries + totals.ipv6.queries;
    const share = all > 0 ? percent(queries / all) : '-';
    return [service, family === 'ipv4' ? 'A' : 'AAAA', from ?? 'no answer', to ?? 'no answer', count(hosts), share];
  });
  return tableText(['service', '', 'from', 'to', 'hosts', 'of queries'], rows);
}

function stepsText({ steps }: Reply): string {
  const lines = steps.flatMap(({ at, cascades, changes }) => {
    const when = timeText(at).padStart(6);
    const all = [
      ...cascades.map(({ link, ratio }) => `${link} fails: it was at ${percent(ratio)} of its capacity for too long`),
      ...changes.map(({ service, group, family, before, after, cause }) => {
        return `${service} ${family} in ${group}: ${before} -> ${after} (${cause})`;
      }),
    ];
    const shown = all.slice(0, MOST_CHANGES).map((text) => `  ${when}  ${text}`);
    return all.length > MOST_CHANGES ? [...shown, `          and ${all.length - MOST_CHANGES} more`] : shown;
  });
  return lines.length === 0 ? '' : `step by step:\n${lines.join('\n')}`;
}

function singlesText({ singles, left_out: leftOut = 0 }: Reply): string {
  if (singles === undefined) return '';
  const rows = singles
    .slice(0, MOST_SINGLES)
    .map(({ failure, unserved, cascades, worst, lost, moved, settled }) => [
      failure,
      percent(unserved),
      cascades.length === 0 ? '-' : cascades.join(', '),
      worst === undefined ? '-' : `${worst.link} ${worst.direction} ${percent(worst.ratio)}`,
      lost < 1 ? '-' : rateText(lost),
      `${percent(moved)}${settled ? '' : ', and goes on'}`,
    ]);
  const more = singles.length - rows.length;
  const tail = [
    ...(more > 0 ? [`and ${more} more (--json has all)`] : []),
    ...(leftOut > 0 ? [`and ${leftOut} that there was no time for: not looked at`] : []),
  ];
  const head = ['single failure', 'unserved', 'fails next', 'highest load', 'traffic lost', 'moved'];
  return [tableText(head, rows), ...tail].join('\n');
}

function verdictText({ problems, lasted }: Reply): string {
  if (problems.length === 0)
    return `nothing speaks against it; settled ${lasted > 0 ? `after ${timeText(lasted)}` : 'at once'}`;
  return listText(
    'this speaks against it',
    problems.map(({ kind, message }) => `${kind}: ${message}`),
  );
}

function listText(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${title}:\n${items.map((item) => `  ${item}`).join('\n')}`;
}

function fromTo(before: string, after: string): string {
  return before === after ? before : `${before} -> ${after}`;
}

function count(hosts: number): string {
  return String(Math.round(hosts));
}

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${Math.round(ratio * 1000) / 10} %` : '-';
}

/** `90 s`, `15 min` */
function timeText(seconds: number): string {
  return seconds >= 120 ? `${Math.round(seconds / 6) / 10} min` : `${Math.round(seconds)} s`;
}
