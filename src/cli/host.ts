/** `steerd host`: one host and why it is answered so. */
import type * as z from 'zod';
import type { hostReply } from '../api/schemas/hosts.ts';
import { type Command, parse, print, UsageError } from './command.ts';
import { groupsText, when } from './table.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const host: Command = {
  name: 'host',
  synopsis: 'NAME [--config FILE] [--json]',
  summary: 'Shows a host: its groups, what was moved by whom, its addresses and the reasons.',
  help: '',
  async run(args) {
    const { values, positionals } = parse(args, apiOptions);
    const [name] = positionals;
    if (name === undefined || positionals.length > 1)
      throw new UsageError('host takes a name, e.g. host www.example.net');
    return withApi(values.config, async (api) => {
      const found = (await api.get(`/v1/hosts/${encodeURIComponent(name)}`)) as z.output<typeof hostReply>;
      show(values.json, found, () => printHost(found));
      return 0;
    });
  },
};

function printHost(host: z.output<typeof hostReply>): void {
  print(`${host.name} (zone ${host.zone}): service ${host.service}, policy ${host.policy}, TTL ${host.ttl}`);
  print(`  declared  ${groupsText(host.declared)}`);
  print(`  now       ${groupsText(host.effective)}`);
  for (const [family, note] of Object.entries(host.override ?? {})) {
    const until = note.expires_at === undefined ? '' : `, until ${when(note.expires_at)}`;
    print(`  ${family}      moved to ${note.group} by move ${note.move} (${note.author}: ${note.reason})${until}`);
  }
  print(`  A         ${host.a.join(' ') || 'none'}`);
  print(`            ${host.reasons.ipv4}`);
  print(`  AAAA      ${host.aaaa.join(' ') || 'none'}`);
  print(`            ${host.reasons.ipv6}`);
}
