/** `steerd move`: moves hosts to another group. */
import type * as z from 'zod';
import type { moveReply } from '../api/schemas/moves.ts';
import { type Command, parse, UsageError } from './command.ts';
import { printMove, watchMove } from './move-text.ts';
import { timeArgument } from './time-argument.ts';
import { apiOptions, show, withApi } from './with-api.ts';

export const move: Command = {
  name: 'move',
  synopsis: 'NAME… --to GROUP --reason TEXT [--family ipv4|ipv6] [--dry-run] [--watch] [options] [--json]',
  summary: 'Moves hosts to another group of VIPs, all together or none; returns when the new answers are served.',
  help: `  NAME         hosts; or, instead of names, select those that match all of:
  --zone, --service, --from GROUP (assigned now), --glob PATTERN
  --to         the group to move to
  --reason     why, for the audit trail
  --family     move only this family
  --at         when: a time such as 2026-12-24T18:00:00Z, or +10m
  --expires    go back after this: 30m, 2h, 1d
  --prepare    serve a short TTL for one old TTL first, then switch (5 s, or --prepare-ttl SECONDS)
  --hold       how long old VIPs must keep serving once old answers have run out (default 15m)
  --dry-run    only say what it would do
  --force      do it though guards refuse it
  --watch      stay and show how far it is, until old answers have run out
`,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...apiOptions,
      to: { type: 'string' },
      reason: { type: 'string' },
      zone: { type: 'string' },
      service: { type: 'string' },
      from: { type: 'string' },
      glob: { type: 'string' },
      family: { type: 'string' },
      at: { type: 'string' },
      expires: { type: 'string' },
      prepare: { type: 'boolean', default: false },
      'prepare-ttl': { type: 'string' },
      hold: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
    });
    const { to, reason, zone, service, from, glob, family, expires, hold } = values;
    if (to === undefined || reason === undefined)
      throw new UsageError('move needs --to and --reason, e.g. move www.example.net --to europe --reason maintenance');
    const select = Object.fromEntries(
      Object.entries({ zone, service, group: from, glob }).filter(([, value]) => value !== undefined),
    );
    const selects = Object.keys(select).length > 0;
    if (selects === positionals.length > 0)
      throw new UsageError(
        'move takes host names, or --zone, --service, --from and --glob to select them: one of both',
      );
    const ttl = values['prepare-ttl'];
    const body = {
      ...(selects ? { select } : { hosts: positionals }),
      to,
      reason,
      ...(family === undefined ? {} : { families: [family] }),
      ...(values.at === undefined ? {} : { at: timeArgument('at', values.at, '+') }),
      ...(expires === undefined ? {} : { expires_in: expires }),
      ...(ttl === undefined ? (values.prepare ? { prepare: true } : {}) : { prepare: Number(ttl) }),
      ...(hold === undefined ? {} : { hold: hold === '0' ? 0 : hold }),
      ...(values['dry-run'] ? { dry_run: true } : {}),
      ...(values.force ? { force: true } : {}),
    };
    return withApi(values.config, async (api) => {
      const made = (await api.send('POST', '/v1/moves', body)) as z.output<typeof moveReply>;
      show(values.json, made, () => printMove(made));
      if (values.watch && made.id !== undefined) await watchMove(api, made.id, values.json);
      return 0;
    });
  },
};
