/** `steerd services`: services, their VIPs and states. */
import type * as z from 'zod';
import type { serviceReply } from '../api/schemas/groups.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const services: Command = {
  name: 'services',
  synopsis: '[--config FILE] [--json]',
  summary: 'Lists services: each VIP and its state.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    if (positionals.length > 0) throw new UsageError('services takes no argument');
    return withApi(values.config, async (api) => {
      const { items } = (await api.get('/v1/services')) as { items: z.output<typeof serviceReply>[] };
      show(values.json, items, () => {
        const rows = items.flatMap(({ id, targets }) =>
          targets.map((t) => [id, t.group, t.family, t.address, t.forced ? `${t.state} (forced)` : t.state]),
        );
        print(tableText(['service', 'group', 'family', 'vip', 'state'], rows));
      });
      return 0;
    });
  },
};
