/** `steerd groups`: the groups of VIPs. */
import type * as z from 'zod';
import type { groupReply } from '../api/schemas/groups.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const groups: Command = {
  name: 'groups',
  synopsis: '[--config FILE] [--json]',
  summary: 'Lists groups: prefixes, what is forced, and how many hosts are answered with their VIPs.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    if (positionals.length > 0) throw new UsageError('groups takes no argument; group NAME shows one');
    return withApi(values.config, async (api) => {
      const { items } = (await api.get('/v1/groups')) as { items: z.output<typeof groupReply>[] };
      show(values.json, items, () => {
        const rows = items.map((group) => [
          group.id,
          group.parent ?? '-',
          group.prefixes.ipv4 ?? '-',
          group.prefixes.ipv6 ?? '-',
          group.forced === null ? 'auto' : group.forced.state,
          String(group.answers.ipv4),
          String(group.answers.ipv6),
        ]);
        print(tableText(['group', 'parent', 'ipv4', 'ipv6', 'forced', 'a answers', 'aaaa answers'], rows));
      });
      return 0;
    });
  },
};
