/** `steerd decisions`: what changed by itself, and why. */
import type * as z from 'zod';
import type { decisionReply } from '../api/schemas/operations.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

export const decisions: Command = {
  name: 'decisions',
  synopsis: '[--limit N] [--config FILE] [--json]',
  summary: 'Lists changes of what is answered, by health, force or policy, newest first, with their cause.',
  help: '  --limit   at most so many (default: 50)\n',
  async run(args) {
    const { values, positionals } = parse(args, { ...apiOptions, limit: { type: 'string', default: '50' } });
    if (positionals.length > 0) throw new UsageError('decisions takes no argument');
    const most = wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      const found = (await api.all('/v1/decisions', {}, most)) as z.output<typeof decisionReply>[];
      show(values.json, found, () => {
        const rows = found.map((d) => [when(d.at), d.service, d.group, d.family, d.before, d.after, d.cause]);
        print(tableText(['time (UTC)', 'service', 'group', 'family', 'before', 'after', 'why'], rows));
      });
      return 0;
    });
  },
};
