/** `steerd hosts`: the steered hosts. */
import type * as z from 'zod';
import type { hostReply } from '../api/schemas/hosts.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { counted, groupsText, tableText } from './table.ts';
import { apiOptions, show, wholeNumber, withApi } from './with-api.ts';

export const hosts: Command = {
  name: 'hosts',
  synopsis: '[GLOB] [--zone ZONE] [--service SERVICE] [--group GROUP] [--limit N] [--config FILE] [--json]',
  summary: 'Lists steered hosts with their groups and addresses.',
  help: '  GLOB      over the name: * any characters, ? one\n  --group   the group either family is assigned to now\n  --limit   at most so many (default: 1000)\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      zone: { type: 'string' },
      service: { type: 'string' },
      group: { type: 'string' },
      limit: { type: 'string', default: '1000' },
    });
    const [glob] = positionals;
    if (positionals.length > 1) throw new UsageError("hosts takes one pattern, e.g. hosts '*.example.net' (in quotes)");
    const { zone, service, group } = values;
    const most = wholeNumber('limit', values.limit);
    return withApi(values.config, async (api) => {
      const found = (await api.all('/v1/hosts', { zone, service, group, glob }, most)) as z.output<typeof hostReply>[];
      show(values.json, found, () => {
        const rows = found.map((host) => [
          host.name,
          host.service,
          groupsText(host.effective),
          host.a.join(' ') || '-',
          host.aaaa.join(' ') || '-',
          String(host.ttl),
          host.override === null ? '' : `moved from ${groupsText(host.declared)}`,
        ]);
        if (rows.length > 0) print(tableText(['host', 'service', 'group', 'a', 'aaaa', 'ttl', ''], rows));
        print(counted(found.length, 'host') + (found.length === most ? ' (there may be more: --limit)' : ''));
      });
      return 0;
    });
  },
};
