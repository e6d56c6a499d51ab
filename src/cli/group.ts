/** `steerd group`: one group, and forcing its state. */
import type * as z from 'zod';
import type { groupReply, targetState, withdrawableReply } from '../api/schemas/groups.ts';
import type { ApiClient } from './api-client.ts';
import { type Command, CommandError, parse, print, UsageError } from './command.ts';
import { when } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

const STATES: Readonly<Record<string, string>> = {
  drain: 'drained',
  drained: 'drained',
  up: 'up',
  down: 'down',
  auto: 'auto',
};

export const group: Command = {
  name: 'group',
  synopsis: 'NAME [drain|up|down|auto --reason TEXT] [--service S] [--family ipv4|ipv6] [--expires TIME] [--json]',
  summary: 'Shows a group and whether its routes may be withdrawn, or forces its state.',
  help: '  drain      hosts leave its VIPs, which keep serving those who come; auto takes it back\n  --service  only the VIPs of this service\n  --family   only this family\n  --expires  back to auto after this: 30m, 2h, 1d\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      reason: { type: 'string' },
      service: { type: 'string' },
      family: { type: 'string' },
      expires: { type: 'string' },
    });
    const [name, word] = positionals;
    if (name === undefined || positionals.length > 2)
      throw new UsageError('group takes a name, and a state to force: drain, up, down or auto');
    return withApi(values.config, async (api) => {
      if (word === undefined) return showGroup(api, name, values.json);
      const state = STATES[word];
      if (state === undefined) throw new UsageError(`${word} is no state; write drain, up, down or auto`);
      const { reason, service, family, expires } = values;
      if (reason === undefined) throw new UsageError('forcing a state needs --reason');
      const [at, ...rest] = [service, name].filter((part) => part !== undefined).map(encodeURIComponent);
      const path = rest.length === 0 ? `/v1/groups/${at}/state` : `/v1/targets/${at}/${rest[0]}/state`;
      const query = family === undefined ? '' : `?family=${encodeURIComponent(family)}`;
      const body = { state, reason, ...(expires === undefined ? {} : { expires_in: expires }) };
      const forced = (await api.send('PUT', path + query, body)) as z.output<typeof targetState> | null;
      const target = [service, name, family].filter((part) => part !== undefined).join('/');
      show(values.json, forced, () => {
        const until = forced?.expires_at === undefined ? '' : ` until ${when(forced.expires_at)}`;
        print(`${target} is ${forced?.state ?? 'auto'}${until}: every answer follows it now`);
      });
      return 0;
    });
  },
};

async function showGroup(api: ApiClient, name: string, json: boolean): Promise<number> {
  const { items } = (await api.get('/v1/groups')) as { items: z.output<typeof groupReply>[] };
  const found = items.find(({ id }) => id === name);
  if (found === undefined)
    throw new CommandError(`there is no group ${name}; known: ${items.map(({ id }) => id).join(', ')}`);
  const withdrawable = (await api.get(`/v1/groups/${encodeURIComponent(name)}/withdrawable`)) as z.output<
    typeof withdrawableReply
  >;
  show(json, { ...found, withdrawable }, () => {
    const { forced, answers, instances, fallback, prefixes } = found;
    print(
      `${name}: ${[prefixes.ipv4, prefixes.ipv6].filter((p) => p !== undefined).join(', ')}; served in ${instances.join(', ')}`,
    );
    print(`  falls back to ${fallback.join(', ') || 'nothing'}`);
    if (forced !== null) {
      const until = forced.expires_at === undefined ? '' : ` until ${when(forced.expires_at)}`;
      print(
        `  forced ${forced.state}${until} (${forced.author}${forced.reason === undefined ? '' : `: ${forced.reason}`})`,
      );
    }
    print(`  answers for ${answers.ipv4} hosts by A, ${answers.ipv6} by AAAA`);
    if (withdrawable.withdrawable) print('  its routes may be withdrawn: nothing points at its VIPs, nor did lately');
    else print('  its routes must stay:');
    for (const { family, detail, until } of withdrawable.blockers)
      print(`    ${family}: ${detail}${until === undefined ? '' : ` (until ${when(until)})`}`);
  });
  return 0;
}
