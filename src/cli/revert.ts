/** `steerd revert`: takes a move back, or returns a host to its zone file. */
import type * as z from 'zod';
import type { moveReply } from '../api/schemas/moves.ts';
import { type Command, parse, UsageError } from './command.ts';
import { printMove } from './move-text.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const revert: Command = {
  name: 'revert',
  synopsis: 'MOVE|HOST --reason TEXT [--config FILE] [--json]',
  summary: 'Takes a move back, by its number, or returns a host to its zone file, by its name.',
  help: '  Hosts that were moved again since stay where they are.\n',
  async run(args) {
    const { values, positionals } = parse(args, { ...apiOptions, reason: { type: 'string' } });
    const [what] = positionals;
    const { reason } = values;
    if (what === undefined || positionals.length > 1 || reason === undefined)
      throw new UsageError('revert takes the number of a move or the name of a host, and --reason');
    return withApi(values.config, async (api) => {
      const made = (await (/^\d+$/.test(what)
        ? api.send('POST', `/v1/moves/${what}/revert`, { reason })
        : api.send(
            'DELETE',
            `/v1/hosts/${encodeURIComponent(what)}/override?${new URLSearchParams({ reason })}`,
          ))) as z.output<typeof moveReply>;
      show(values.json, made, () => printMove(made));
      return 0;
    });
  },
};
