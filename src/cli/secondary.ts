/** `steerd secondary`: zones that come from other servers. */
import type * as z from 'zod';
import type { secondaryReply } from '../api/schemas/secondary.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

type Item = z.output<typeof secondaryReply>;

const HELP = `  status [ZONE]    how zones do: serial, primary, when it was asked and is asked again, and until when what is here is good
  refresh ZONE     asks the primary now
  retransfer ZONE  transfers the whole zone now, whatever its serial; tried until it has come
  --reason         for the audit trail
`;

export const secondary: Command = {
  name: 'secondary',
  synopsis: 'status [ZONE] | refresh ZONE | retransfer ZONE [--reason TEXT] [--config FILE] [--json]',
  summary: 'Shows zones that come from other servers, and asks for them now.',
  help: HELP,
  async run(args) {
    const { values, positionals } = parse(args, { ...apiOptions, reason: { type: 'string' } });
    const [action = 'status', zone, ...more] = positionals;
    if (!['status', 'refresh', 'retransfer'].includes(action))
      throw new UsageError(`secondary takes status, refresh or retransfer, not ${action}`);
    if (more.length > 0) throw new UsageError(`secondary ${action} takes one zone at most`);
    if (action !== 'status' && zone === undefined) throw new UsageError(`secondary ${action} takes the name of a zone`);
    return withApi(values.config, async (api) => {
      if (action === 'status') {
        const { items } = (await api.get('/v1/secondary')) as { items: Item[] };
        const name = zone?.toLowerCase().replace(/\.?$/, '.');
        const found = items.filter((item) => name === undefined || item.name === name);
        if (name !== undefined && found.length === 0) throw new UsageError(`${zone} is no zone of secondary.zones`);
        show(values.json, { items: found }, () => print(text(found)));
        return 0;
      }
      const body = {
        whole: action === 'retransfer',
        ...(values.reason === undefined ? {} : { reason: values.reason }),
      };
      const reply = await api.send('POST', `/v1/secondary/${encodeURIComponent(zone)}/refresh`, body);
      show(values.json, reply, () => print(`the primary of ${zone} is asked now`));
      return 0;
    });
  },
};

function text(items: readonly Item[]): string {
  if (items.length === 0) return 'no zone comes from another server (secondary.zones)';
  const rows = items.map(({ name, state, primary, serial, served, checked_at, next_at, expires_at, retransfer }) => [
    name,
    retransfer ? `${state}, retransfer wanted` : state,
    serial === undefined ? '-' : served === serial ? String(serial) : `${serial} (served as ${served})`,
    primary,
    checked_at === undefined ? '-' : when(checked_at),
    when(next_at),
    expires_at === undefined ? '-' : when(expires_at),
  ]);
  const head = ['zone', 'state', 'serial', 'primary', 'checked (utc)', 'next', 'expires'];
  const problems = items.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name} ${problem}`]));
  return [tableText(head, rows), ...(problems.length === 0 ? [] : [problems.join('\n')])].join('\n\n');
}
