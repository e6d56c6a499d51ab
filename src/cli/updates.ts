/** `steerd updates`: what dynamic updates have made. */
import type * as z from 'zod';
import type { removedReply, updateReply } from '../api/schemas/updates.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

type Update = z.output<typeof updateReply>;

export const updates: Command = {
  name: 'updates',
  synopsis: '[ZONE]|remove ZONE [NAME [TYPE]] --reason TEXT [--limit N] [--json]',
  summary: 'Lists what dynamic updates have made and what of it files hide, or removes it.',
  help: '  --limit   at most so many RRsets (default: 1000)\n  --reason  why they are removed\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      limit: { type: 'string', default: '1000' },
      reason: { type: 'string' },
    });
    const { json, reason } = values;
    if (positionals[0] === 'remove') {
      const [, zone, owner, type, ...more] = positionals;
      if (zone === undefined || more.length > 0)
        throw new UsageError('updates remove takes a zone, and a name and a type if you want');
      if (reason === undefined) throw new UsageError('updates remove needs --reason');
      return withApi(values.config, async (api) => {
        const query = new URLSearchParams({
          zone,
          reason,
          ...(owner === undefined ? {} : { owner }),
          ...(type === undefined ? {} : { type }),
        });
        const reply = (await api.send('DELETE', `/v1/updates?${query}`)) as z.output<typeof removedReply>;
        show(json, reply, () => print(`${reply.removed} RRsets of updates removed`));
        return 0;
      });
    }
    const [zone, ...more] = positionals;
    if (more.length > 0 || reason !== undefined) throw new UsageError('updates takes one zone at most, or remove');
    const most = wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      const found = (await api.all('/v1/updates', { zone }, most)) as Update[];
      show(json, found, () => print(text(found)));
      return 0;
    });
  },
};

function text(found: readonly Update[]): string {
  if (found.length === 0) return 'no updates';
  const rows = found.map(({ owner, type, ttl, records, key, at, hidden }) => [
    owner,
    `${ttl}`,
    type,
    records.join(' | '),
    key,
    when(at),
    hidden === undefined ? 'yes' : `no: ${hidden.by}${placeOf(hidden)}`,
  ]);
  return tableText(['name', 'ttl', 'type', 'data', 'key', 'since (utc)', 'answered'], rows);
}

function placeOf({ file, line }: NonNullable<Update['hidden']>): string {
  if (file === '') return '';
  return line > 0 ? ` (${file}:${line})` : ` (${file})`;
}
