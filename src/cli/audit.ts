/** `steerd audit`: who did what, when, and why. */
import type * as z from 'zod';
import type { auditReply } from '../api/schemas/operations.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

export const audit: Command = {
  name: 'audit',
  synopsis: '[--limit N] [--config FILE] [--json]',
  summary: 'Lists what was done, newest first: who, when, what and why.',
  help: '  --limit   at most so many (default: 50)\n',
  async run(args) {
    const { values, positionals } = parse(args, { ...apiOptions, limit: { type: 'string', default: '50' } });
    if (positionals.length > 0) throw new UsageError('audit takes no argument');
    const most = wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      const found = (await api.all('/v1/audit', {}, most)) as z.output<typeof auditReply>[];
      show(values.json, found, () => {
        const rows = found.map((e) => [when(e.at), e.author, e.action, e.about, e.reason ?? '']);
        print(tableText(['time (UTC)', 'who', 'what', 'about', 'why'], rows));
      });
      return 0;
    });
  },
};
