/** `steerd guards`: what guards hold back now. */
import type * as z from 'zod';
import type { guardsReply } from '../api/schemas/guards.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const guards: Command = {
  name: 'guards',
  synopsis: '[--config FILE] [--json]',
  summary: 'Shows what guards hold back and why, what load steering diverts, freezes, and what was unsteady lately.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    if (positionals.length > 0) throw new UsageError('guards takes no argument');
    return withApi(values.config, async (api) => {
      const found = (await api.get('/v1/guards')) as z.output<typeof guardsReply>;
      show(values.json, found, () => print(text(found)));
      return 0;
    });
  },
};

function percentText(percent: number): string {
  return `${Math.round(percent * 10) / 10} %`;
}

function text({
  freezes,
  holds,
  closed,
  penalties,
  blast_radius: radius,
  limits,
  diversions,
  overloads,
}: z.output<typeof guardsReply>): string {
  const parts: string[] = [];
  if (freezes.length > 0) {
    const rows = freezes.map((f) => [f.group ?? 'all groups', when(f.until), f.author, f.reason]);
    parts.push(tableText(['frozen', 'until (UTC)', 'by', 'reason'], rows));
  }
  if (holds.length > 0) {
    const rows = holds.map((h) => [h.target, h.seen, h.counts, h.guard, when(h.until), h.cause]);
    parts.push(tableText(['target', 'is', 'counts', 'guard', 'until (UTC)', 'why'], rows));
  }
  if (closed.length > 0) {
    const rows = closed.map((c) => [c.group, c.family, c.guard, when(c.since), c.cause]);
    parts.push(tableText(['takes no new hosts', 'family', 'guard', 'since (UTC)', 'why'], rows));
  }
  if (limits.length > 0) {
    const rows = limits.map((l) => [l.site, l.guard, l.exceeded ? 'exceeded' : 'near', l.message]);
    parts.push(tableText(['limit at', 'guard', '', 'why'], rows));
  }
  if (radius !== null) {
    const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
    const { most, moved, interval } = radius;
    const rows = (['ipv4', 'ipv6'] as const).map((family) => [
      family,
      percent(moved[family].hosts),
      percent(moved[family].queries),
    ]);
    rows.push(['at most', percent(most.hosts), percent(most.queries)]);
    parts.push(tableText([`moved by itself within ${interval} s`, 'hosts', 'queries'], rows));
  }
  if (overloads.length > 0) {
    const rows = overloads.map((o) => [
      o.link,
      o.direction,
      percentText(Math.round(o.ratio * 100)),
      when(o.since),
      o.cause,
    ]);
    parts.push(tableText(['too full', '', 'used', 'since (UTC)', 'what is too much stays'], rows));
  }
  if (diversions.length > 0) {
    const rows = diversions.map(({ target, to, since, cause }) => {
      const where = to.map(({ group, percent }) => `${group} ${percentText(percent)}`).join(', ');
      return [target, where, 'capacity', when(since), cause];
    });
    parts.push(tableText(['diverted', 'to', 'guard', 'since (UTC)', 'why'], rows));
  }
  if (penalties.length > 0) {
    const rows = penalties.map(({ target, hosts, penalty, suppressed }) => {
      const of =
        hosts === undefined ? '' : `hosts of ${hosts.service} in ${hosts.group} (${hosts.policy}), ${hosts.family}`;
      return [target ?? of, String(penalty), suppressed ? 'waits' : ''];
    });
    parts.push(tableText(['unsteady lately', 'penalty', ''], rows));
  }
  return parts.length === 0 ? 'no guard holds anything, and nothing is frozen' : parts.join('\n');
}
