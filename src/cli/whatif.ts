/** `steerd whatif`: what would follow from failures, more load, moves and changes of prefixes. */
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { type whatIfReply, whatIfRequest } from '../api/schemas/whatif.ts';
import { rulesOf, whatIfView } from '../api/whatif-view.ts';
import { denseAssignments } from '../compile/plan-writer.ts';
import { HostCounts } from '../control/host-counts.ts';
import { Problem } from '../control/moves/problem.ts';
import { changesIn } from '../control/whatif/whatifs.ts';
import { work } from '../control/whatif/work.ts';
import { watchedTargets } from '../health/targets.ts';
import type { Verdict, World } from '../steering/model.ts';
import { isProblem } from '../steering/whatif/thing.ts';
import { type Command, CommandError, parse, print, UsageError } from './command.ts';
import { forcesFor } from './forces.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { offlineClients } from './offline-clients.ts';
import { readSettings } from './settings.ts';
import { changeOptions, changesFrom } from './whatif-changes.ts';
import { whatIfText } from './whatif-text.ts';
import { apiOptions, show, withApi } from './with-api.ts';

type Reply = z.output<typeof whatIfReply>;
type Request = z.output<typeof whatIfRequest>;

/** Apart from what a command that could not do its work ends with. */
const SPEAKS_AGAINST_IT = 3;

export const whatif: Command = {
  name: 'whatif',
  synopsis: '[CHANGE ...] [--n-1] [--offline] [--config FILE] [--json]',
  summary: 'Shows what would follow from failures, more load, moves and changes of prefixes, and changes nothing.',
  help: `  --fail THING           site:ID, link:ID, group:ID, group:ID/ipv6 or target:SERVICE/GROUP/FAMILY fails
  --load [THING=]FACTOR  so many times as much traffic, of all or of a link:ID or group:ID
  --move HOSTS=GROUP     hosts by glob ('*.example.net'), group:ID, service:ID or zone:NAME move
  --invalid GROUP        its prefix becomes RPKI-invalid (GROUP/ipv4: of one family)
  --withdraw GROUP       its prefix is announced nowhere
  --add-ipv4 GROUP[=PREFIX]  it gets an IPv4 prefix
  --changes FILE         changes as JSON, as POST /v1/whatif takes them (-: standard input)
  --force                moves that guards refuse are made all the same
  --n-1                  every single failure on top, worst first
  --cascade FACTOR       a link above so many times its capacity fails next (default: 1; off: none does)
  --limit FACTOR         a link above so many times its capacity is a problem (default: 1)
  --horizon TIME         the longest it goes on, as 6h (default: 2h)
  --traffic RATE         so much enters in all, and leaves, as 40G: where no feed measures loads
  --offline              from the files, without moves, queries and loads
Ends with 3 when something speaks against it (it says what), 0 when nothing does, 1 when it could not be told.
`,
  async run(args) {
    const { values, positionals, tokens } = parse(args, {
      ...apiOptions,
      ...changeOptions,
      'n-1': { type: 'boolean', default: false },
      cascade: { type: 'string' },
      limit: { type: 'string' },
      horizon: { type: 'string' },
      traffic: { type: 'string' },
      offline: { type: 'boolean', default: false },
    });
    if (positionals.length > 0)
      throw new UsageError('whatif takes its changes as options, as in whatif --fail site:zrh');
    const request = checked({
      changes: changesFrom(tokens ?? [], values.force, readText),
      n_1: values['n-1'],
      ...(values.cascade === undefined
        ? {}
        : { cascade: values.cascade === 'off' ? null : factor('cascade', values.cascade) }),
      ...(values.limit === undefined ? {} : { limit: factor('limit', values.limit) }),
      ...(values.traffic === undefined ? {} : { traffic: values.traffic }),
      ...(values.horizon === undefined ? {} : { horizon: values.horizon }),
    });
    if (request.changes.length === 0 && !request.n_1)
      throw new UsageError('whatif needs a change, as --fail site:zrh, or --n-1 for every single failure');
    let reply: Reply | undefined;
    if (values.offline) reply = await fromFiles(values.config, request);
    else
      await withApi(values.config, async (api) => {
        reply = (await api.send('POST', '/v1/whatif', request)) as Reply;
        return 0;
      });
    const found = reply!;
    show(values.json, found, () => print(whatIfText(found, request)));
    return found.problems.length > 0 ? SPEAKS_AGAINST_IT : 0;
  },
};

/** @throws UsageError */
function checked(request: object): Request {
  const parsed = whatIfRequest.safeParse(request);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new UsageError(`${path.join('.') || 'the changes'}: ${message}`);
}

function factor(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new UsageError(`--${option} ${text}: write a number, as 1.2`);
  return value;
}

/** @throws CommandError */
function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CommandError(`--changes: ${(error as Error).message}`);
  }
}

/** The same from the files: nothing is moved there, every check finds its target up, and nobody has counted queries or measured loads. */
async function fromFiles(config: string | undefined, request: Request): Promise<Reply> {
  const settings = readSettings(config);
  const offline = new OfflineTables();
  const loaded = offline.mustLoad(settings.zones);
  const { network, keys, health } = loaded;
  const { assignments, numbers } = denseAssignments(loaded.assignments);
  const counts = await new HostCounts(offline.tables, OFFLINE_SEED).all();
  const now = Date.now();
  const up: Verdict = { state: 'up', since: now, cause: 'taken to be up', last: 'up' };
  const world: World = {
    network,
    assignments,
    forces: forcesFor(settings)(network).forces,
    verdicts: new Map(watchedTargets(network, health).map(({ key }) => [key, up])),
    classes: offlineClients(network, settings.geo).classes,
    demand: { hosts: numbers.map((number) => counts.get(number) ?? 0), queries: new Map() },
    now,
  };
  try {
    const where = { tables: offline.tables, seed: OFFLINE_SEED, assignments: { network, keys } };
    const changes = await changesIn(world, request.changes, where, numbers);
    const cutOff = health.cutOff !== undefined;
    const report = work({
      world,
      live: undefined,
      changes,
      rules: rulesOf(request),
      patience: Number.POSITIVE_INFINITY,
      cutOff,
    });
    if (isProblem(report)) throw new CommandError(report.message);
    return whatIfView(report) as Reply;
  } catch (error) {
    if (error instanceof Problem) throw new CommandError(error.message);
    throw error;
  }
}
