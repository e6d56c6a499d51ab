/** `steerd token`: makes, lists and revokes tokens, as whoever may open the control socket of the state directory. */
import type * as z from 'zod';
import type { tokenReply } from '../api/schemas/operations.ts';
import { askServer } from '../control/control-socket.ts';
import { type Command, CommandError, parse, print, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { tableText, when } from './table.ts';
import { apiOptions, show } from './with-api.ts';

type Token = z.output<typeof tokenReply>;

export const token: Command = {
  name: 'token',
  synopsis: 'list | create NAME --role viewer|operator|admin [--expires TIME] | revoke NAME [--config FILE] [--json]',
  summary: 'Lists, makes or revokes tokens of the API; asks the server on this machine, and needs none itself.',
  help: '  --role     viewer reads, operator also moves hosts and forces states, admin also handles tokens\n  --expires  ends by itself after this: 12h, 30d\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      role: { type: 'string' },
      expires: { type: 'string' },
    });
    const [verb, name, ...more] = positionals;
    const { stateDir } = readSettings(values.config);
    if (verb === 'list' && name === undefined) {
      const { items } = (await ask(stateDir, 'GET', '/v1/tokens')) as { items: Token[] };
      show(values.json, items, () => printTokens(items));
    } else if (verb === 'create' && name !== undefined && more.length === 0) {
      if (values.role === undefined) throw new UsageError('token create needs --role viewer, operator or admin');
      const body = { name, role: values.role, ...(values.expires === undefined ? {} : { expires_in: values.expires }) };
      const made = (await ask(stateDir, 'POST', '/v1/tokens', body)) as Token & { token: string };
      show(values.json, made, () => {
        process.stderr.write(`token ${made.name} (${made.role}); it is shown this once:\n`);
        print(made.token);
      });
    } else if (verb === 'revoke' && name !== undefined && more.length === 0) {
      const gone = (await ask(stateDir, 'DELETE', `/v1/tokens/${encodeURIComponent(name)}`)) as Token;
      show(values.json, gone, () => print(`token ${gone.name} is revoked`));
    } else throw new UsageError('token takes list, create NAME --role ROLE, or revoke NAME');
    return 0;
  },
};

async function ask(stateDir: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const reply = await askServer(stateDir, { command: 'api', method, path, body });
  if (reply === undefined) throw new CommandError(`no steerd runs with the state directory ${stateDir}`);
  const { status, body: answer } = reply.result as { status: number; body: { detail?: string } };
  if (status >= 400) throw new CommandError(answer.detail ?? `refused with status ${status}`);
  return answer;
}

function printTokens(tokens: readonly Token[]): void {
  const state = ({ revoked_at: revoked, expires_at: expires }: Token): string => {
    if (revoked !== undefined) return `revoked ${when(revoked)}`;
    if (expires === undefined) return 'in use';
    return Date.parse(expires) <= Date.now() ? `expired ${when(expires)}` : `until ${when(expires)}`;
  };
  const rows = tokens.map((t) => [t.name, t.id, t.role, when(t.created_at), state(t)]);
  print(tableText(['name', 'id', 'role', 'made at (UTC)', 'state'], rows));
}
