/** `steerd moves`: the moves there were, or one of them. */
import type * as z from 'zod';
import type { movedHost, moveReply } from '../api/schemas/moves.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { printMove, watchMove } from './move-text.ts';
import { counted, tableText, when } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

export const moves: Command = {
  name: 'moves',
  synopsis: '[ID [--watch | --hosts]] [--status STATUS] [--limit N] [--config FILE] [--json]',
  summary: 'Lists moves, newest first, or shows one and how far it is.',
  help: '  --status  pending, moving, settling, done, reverted, superseded or expired\n  --limit   at most so many (default: 20; of hosts 1000)\n  --hosts   the hosts of the move\n  --watch   stay until old answers have run out\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      status: { type: 'string' },
      limit: { type: 'string' },
      watch: { type: 'boolean', default: false },
      hosts: { type: 'boolean', default: false },
    });
    const [id] = positionals;
    if (positionals.length > 1 || (id !== undefined && !/^\d+$/.test(id)))
      throw new UsageError('moves takes no argument, or the number of a move');
    const limit = values.limit === undefined ? undefined : wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      if (id === undefined) {
        const found = (await api.all('/v1/moves', { status: values.status }, limit ?? 20)) as z.output<
          typeof moveReply
        >[];
        show(values.json, found, () => printMoves(found));
      } else if (values.hosts) {
        const found = (await api.all(`/v1/moves/${id}/hosts`, {}, limit ?? 1000)) as z.output<typeof movedHost>[];
        show(values.json, found, () => {
          for (const { name } of found) print(name);
        });
      } else if (values.watch) await watchMove(api, Number(id), values.json);
      else {
        const found = (await api.get(`/v1/moves/${id}`)) as z.output<typeof moveReply>;
        show(values.json, found, () => printMove(found));
      }
      return 0;
    });
  },
};

function printMoves(found: readonly z.output<typeof moveReply>[]): void {
  const rows = found.map((move) => [
    String(move.id),
    when(move.created_at),
    move.status,
    move.of === undefined ? move.kind : `${move.kind} of ${move.of}`,
    String(move.hosts),
    move.to ?? '-',
    move.author,
    move.reason,
  ]);
  if (rows.length > 0)
    print(tableText(['move', 'asked at (UTC)', 'status', 'kind', 'hosts', 'to', 'by', 'reason'], rows));
  print(counted(found.length, 'move'));
}
