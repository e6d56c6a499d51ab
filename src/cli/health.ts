/** `steerd health`: what checks see of each target. */
import type * as z from 'zod';
import type { healthReply, verdictChangeReply } from '../api/schemas/health.ts';
import type { pageOf } from '../api/schemas.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

type Reply = z.output<typeof healthReply>;
type Changes = z.output<ReturnType<typeof pageOf<typeof verdictChangeReply>>>;

export const health: Command = {
  name: 'health',
  synopsis: '[--changes] [--limit N] [--config FILE] [--json]',
  summary: 'Shows what checks see of each target, and whether the server takes itself to be cut off.',
  help: '  --changes  what changed and when instead, newest first\n  --limit    so many changes (default: 50)\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      changes: { type: 'boolean', default: false },
      limit: { type: 'string', default: '50' },
    });
    if (positionals.length > 0) throw new UsageError('health takes no argument');
    const limit = wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      if (values.changes) {
        const { items } = (await api.get(`/v1/health/changes?limit=${limit}`)) as Changes;
        const rows = items.map(({ at, target, before, after, cause }) => [
          when(at),
          target,
          before ?? '-',
          after,
          cause,
        ]);
        show(values.json, items, () => print(tableText(['at (utc)', 'target', 'was', 'is', 'cause'], rows)));
        return 0;
      }
      const reply = (await api.get('/v1/health')) as Reply;
      show(values.json, reply, () => print(text(reply)));
      return 0;
    });
  },
};

function text({ held, references, items }: Reply): string {
  const lines: string[] = [];
  if (held !== null) lines.push(`CUT OFF since ${when(held.since)}, so nothing moves by itself: ${held.cause}`, '');
  for (const { id, state, cause } of references) lines.push(`reference ${id}: ${state} (${cause})`);
  if (items.length === 0) lines.push('no service has checks (docs/configuration.md#checks)');
  else {
    const rows = items.map(({ service, group, family, state, since, cause, effective, forced, latched }) => [
      `${service}/${group}/${family}`,
      state,
      when(since),
      forced ? `${effective} (forced)` : latched && state === 'up' ? `${effective} (was down)` : effective,
      cause,
    ]);
    lines.push(tableText(['target', 'seen', 'since (utc)', 'counts as', 'cause'], rows));
  }
  return lines.join('\n');
}
