/** `steerd freeze`: nothing changes by itself for a while. */
import type * as z from 'zod';
import type { freezeReply } from '../api/schemas/guards.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { when } from './table.ts';
import { timeArgument } from './time-argument.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const freeze: Command = {
  name: 'freeze',
  synopsis: '[GROUP] --for TIME|--until TIME|--end --reason TEXT [--leave-dead] [--json]',
  summary: 'Stops automatic changes of all groups, or of one, until a time.',
  help: '  --for         so long: 30m, 2h, 1d\n  --until       a time: 2026-12-24T18:00:00Z, +2h\n  --end         end it now: what waited happens\n  --leave-dead  hosts leave dead targets all the same\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      for: { type: 'string' },
      until: { type: 'string' },
      end: { type: 'boolean', default: false },
      reason: { type: 'string' },
      'leave-dead': { type: 'boolean', default: false },
    });
    const [group, ...more] = positionals;
    if (more.length > 0) throw new UsageError('freeze takes one group at most');
    const { for: lasting, until, end, reason } = values;
    if ([lasting !== undefined, until !== undefined, end].filter(Boolean).length !== 1)
      throw new UsageError('freeze needs one of --for, --until and --end');
    if (reason === undefined) throw new UsageError('freeze needs --reason');
    const path = group === undefined ? '/v1/freeze' : `/v1/groups/${encodeURIComponent(group)}/freeze`;
    const what = group === undefined ? 'automatic changes' : `automatic changes of ${group}`;
    return withApi(values.config, async (api) => {
      if (end) {
        await api.send('DELETE', `${path}?reason=${encodeURIComponent(reason)}`);
        show(values.json, null, () => print(`${what} are free again`));
        return 0;
      }
      const time = lasting === undefined ? { until: timeArgument('until', until as string, '+') } : { for: lasting };
      const body = { ...time, reason, leave_dead: values['leave-dead'] };
      const frozen = (await api.send('PUT', path, body)) as z.output<typeof freezeReply>;
      show(values.json, frozen, () => print(`${what} are frozen until ${when(frozen.until)}`));
      return 0;
    });
  },
};
