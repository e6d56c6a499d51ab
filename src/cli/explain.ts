/** `steerd explain`: the answer to a question and why it is that one. */
import type * as z from 'zod';
import type { explainReply } from '../api/schemas/explain.ts';
import { stepBody } from '../api/views.ts';
import { denseAssignments } from '../compile/plan-writer.ts';
import { explainAnswer } from '../control/explain.ts';
import { type AskedClient, askedClient } from '../control/explain-client.ts';
import { families, type World } from '../steering/model.ts';
import { typeOf } from '../wire/rdata/index.ts';
import { type Command, parse, print, printJson, UsageError } from './command.ts';
import { forcesFor } from './forces.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { offlineClients } from './offline-clients.ts';
import { readSettings } from './settings.ts';
import { when } from './table.ts';
import { timeArgument } from './time-argument.ts';
import { withApi } from './with-api.ts';
import { nameArgument } from './zone-names.ts';

export const explain: Command = {
  name: 'explain',
  synopsis: 'NAME [--type TYPE] [--client CLIENT] [--at TIME] [--offline] [--config FILE] [--json]',
  summary:
    'Prints what is answered for a name and the chain of reasons: asks the running server, or --offline the files.',
  help: '  --type    A or AAAA for one family, any other type for its records (default: A and AAAA)\n  --client  the client: an address, or a country as CH (default: one of whom nothing is known)\n  --at      also what was answered then, as 2026-12-24T18:00:00Z or -1h (of the server alone)\n  --offline from the files, without what was moved\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      type: { type: 'string' },
      client: { type: 'string' },
      at: { type: 'string' },
      config: { type: 'string' },
      offline: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const [text] = positionals;
    if (text === undefined || positionals.length > 1)
      throw new UsageError('explain takes a name, e.g. explain www.example.net --type AAAA');
    const client = values.client === undefined ? undefined : askedClient(values.client);
    if (values.client !== undefined && client === undefined)
      throw new UsageError(`--client ${values.client} is no IP address and no country`);
    const type = values.type === undefined ? undefined : typeOf(values.type);
    if (values.type !== undefined && type === undefined)
      throw new UsageError(`--type ${values.type} is no record type`);
    const wanted = values.type?.toUpperCase();
    const at = values.at === undefined ? undefined : timeArgument('at', values.at, '-');
    if (at !== undefined && values.offline) throw new UsageError('--at asks the server, which --offline does not');
    const answer = values.offline
      ? fromFiles(values.config, text, type, client)
      : await fromServer(values.config, { name: text, type: wanted, client: values.client, at });
    if (values.json) printJson({ type: wanted ?? 'A, AAAA', ...answer });
    else {
      for (const step of answer.steps) printStep(step, values.client);
      if (answer.past !== undefined) printPast(answer.past);
    }
    const last = answer.steps[answer.steps.length - 1].result;
    return last === 'not our zone' || last === 'no such name' ? 1 : 0;
  },
};

type Steps = Pick<z.output<typeof explainReply>, 'name' | 'steps' | 'past'>;

async function fromServer(
  config: string | undefined,
  query: Readonly<Record<string, string | undefined>>,
): Promise<Steps> {
  let answer: Steps | undefined;
  await withApi(config, async (api) => {
    answer = (await api.get('/v1/explain', query)) as z.output<typeof explainReply>;
    return 0;
  });
  return answer!;
}

/** The same from the files, with nothing moved and only the states of the settings forced. */
function fromFiles(
  config: string | undefined,
  text: string,
  type: number | undefined,
  client: AskedClient | undefined,
): Steps {
  const settings = readSettings(config);
  const offline = new OfflineTables();
  const loaded = offline.mustLoad(settings.zones);
  const { forces } = forcesFor(settings)(loaded.network);
  const { assignments } = denseAssignments(loaded.assignments);
  const { network } = loaded;
  const { classes, reader } = offlineClients(network, settings.geo);
  const world: World = { network, assignments, forces, verdicts: new Map(), classes, now: Date.now() };
  const { tables } = offline;
  const { assignments: resolved, keys } = loaded;
  const from = { tables, seed: OFFLINE_SEED, world, clients: reader, resolved, keys };
  const steps = explainAnswer(from, nameArgument(text), type, client);
  return { name: steps[0].name, steps: steps.map(stepBody) };
}

function printPast({ at, name, ...byFamily }: NonNullable<Steps['past']>): void {
  print(`at ${when(at)} (UTC), ${name}:`);
  for (const family of families) {
    const { group, move, answered, since, cause } = byFamily[family];
    const by = move === undefined ? '' : ` by move ${move}`;
    const from = since === undefined ? '' : `, since ${when(since)}`;
    print(`  ${family === 'ipv4' ? 'A   ' : 'AAAA'} ${answered}${from}`);
    print(`       in ${group}${by}; ${cause}`);
  }
}

/** @param client as it was asked about, if one was */
function printStep(step: Steps['steps'][number], client: string | undefined): void {
  const where =
    step.zone === undefined ? '' : ` (zone ${step.zone}${step.wildcard === undefined ? '' : `, by ${step.wildcard}`})`;
  if (step.next !== undefined) {
    print(`${step.name}${where}: ${step.result} to ${step.next}`);
    return;
  }
  if (step.families === undefined) {
    print(`${step.name}${where}: ${step.result}`);
    for (const record of step.records ?? []) print(`  ${record}`);
    return;
  }
  const group =
    step.group!.ipv4 === step.group!.ipv6 ? step.group!.ipv4 : `${step.group!.ipv4} (IPv4), ${step.group!.ipv6} (IPv6)`;
  print(`${step.name}${where}: service ${step.service}, group ${group}, policy ${step.policy}`);
  if (client !== undefined) print(`  client ${client} ${clientText(step.client)}`);
  for (const [family, note] of Object.entries(step.override ?? {}))
    print(`  ${family} moved to ${note.group} by move ${note.move} (${note.author}: ${note.reason})`);
  for (const [family, e] of Object.entries(step.families)) {
    const none = e.withheld === 'servfail' ? 'SERVFAIL' : 'no such record';
    print(`  ${family === 'ipv4' ? 'A   ' : 'AAAA'} ${e.address === undefined ? none : `${e.address}, TTL ${e.ttl}`}`);
    print(`       ${e.chain}`);
    for (const { start, percent, why } of e.shares ?? []) print(`       ${percent} % begin in ${start}; ${why}`);
  }
}

/** `is of class 2, served by switzerland; what it gets holds for 198.51.100.0/22` */
function clientText(client: Steps['steps'][number]['client']): string {
  if (client === undefined) return 'makes no difference here';
  const { groups, class: number, holds_for: holdsFor } = client;
  const served = groups.length === 0 ? 'served by no group of its own' : `served by ${groups.join(', ')}`;
  const inClass = number === undefined ? `is ${served}` : `is of class ${number}, ${served}`;
  return holdsFor === undefined ? inClass : `${inClass}; what it gets holds for ${holdsFor}`;
}
