/** `steerd explain`: the answer to a question and why it is that one, from the files. */
import { denseAssignments } from '../compile/plan-writer.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { type Explanation, explain as explainChoice } from '../steering/explain.ts';
import { type Assignment, type Family, families, type World } from '../steering/model.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, lowerCase } from '../wire/name.ts';
import { codecOf, mnemonicOf, typeOf } from '../wire/rdata/index.ts';
import { Found, Lookup } from '../zone/lookup.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { type Command, parse, print, printJson, UsageError } from './command.ts';
import { forcesFor } from './forces.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { readSettings } from './settings.ts';
import { nameArgument } from './zone-names.ts';

const MOST_HOPS = 16;

/** One name looked at on the way. */
interface Step {
  readonly name: string;
  readonly zone?: string;
  readonly result:
    | 'steered'
    | 'records'
    | 'no data'
    | 'CNAME'
    | 'DNAME'
    | 'delegation'
    | 'no such name'
    | 'not our zone';
  /** The wildcard that stands for the name. */
  readonly wildcard?: string;
  readonly records?: readonly string[];
  readonly service?: string;
  readonly policy?: string;
  readonly group?: { readonly ipv4: string; readonly ipv6: string };
  readonly families?: Partial<Record<Family, Explanation>>;
  readonly next?: string;
}

export const explain: Command = {
  name: 'explain',
  synopsis: 'NAME [--type TYPE] [--client ADDRESS] [--config FILE] [--json]',
  summary: 'Prints what is answered for a name and the chain of reasons, from the files.',
  help: '  --type    A or AAAA for one family, any other type for its records (default: A and AAAA)\n  --client  address of the client (no policy looks at it yet, so every client gets the same answer)\n',
  async run(args) {
    const { values, positionals } = parse(args, {
      type: { type: 'string' },
      client: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [text] = positionals;
    if (text === undefined || positionals.length > 1)
      throw new UsageError('explain takes a name, e.g. explain www.example.net --type AAAA');
    if (values.client !== undefined && parseAddress(values.client) === undefined)
      throw new UsageError(`--client ${values.client} is no IP address`);
    const type = values.type === undefined ? undefined : typeOf(values.type);
    if (values.type !== undefined && type === undefined)
      throw new UsageError(`--type ${values.type} is no record type`);
    const settings = readSettings(values.config);
    const offline = new OfflineTables();
    const loaded = offline.mustLoad(settings.zones);
    const { forces } = forcesFor(settings)(loaded.network);
    const { assignments } = denseAssignments(loaded.assignments);
    const world: World = { network: loaded.network, assignments, forces, classes: 1, now: Date.now() };

    const steps = walk(offline, world, loaded.assignments, nameArgument(text), type);
    if (values.json) printJson({ name: steps[0].name, type: values.type ?? 'A, AAAA', steps });
    else for (const step of steps) printStep(step);
    const last = steps[steps.length - 1].result;
    return last === 'not our zone' || last === 'no such name' ? 1 : 0;
  },
};

function walk(
  offline: OfflineTables,
  world: World,
  assignments: readonly (Assignment | undefined)[],
  start: Uint8Array,
  type: number | undefined,
): Step[] {
  const { tables, compiler } = offline;
  const lookup = new Lookup();
  const suffixes = new Suffixes(OFFLINE_SEED);
  const steps: Step[] = [];
  let name = start;
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    suffixes.take(name, 0, name.length);
    const found = lookup.run(tables, suffixes, type ?? RRType.A);
    const base = { name: formatName(name) };
    if (found === Found.REFUSED) {
      steps.push({ ...base, result: 'not our zone' });
      return steps;
    }
    const inZone = { ...base, zone: formatName(tables.name(tables.apex(lookup.zone))) };
    if (found === Found.NXDOMAIN) return [...steps, { ...inZone, result: 'no such name' }];
    const at = lookup.wildcard ? { ...inZone, wildcard: formatName(tables.name(lookup.node)) } : inZone;
    const rrset = (wanted: number): string[] => recordTexts(offline, lookup.node, wanted);
    if (found === Found.DELEGATION) return [...steps, { ...at, result: 'delegation', records: rrset(RRType.NS) }];
    if (found === Found.CNAME || found === Found.DNAME) {
      const target = targetOf(offline, lookup.node, found === Found.CNAME ? RRType.CNAME : RRType.DNAME);
      const prefix = found === Found.DNAME ? name.subarray(0, suffixes.at[lookup.label]) : new Uint8Array(0);
      const next = Uint8Array.from([...prefix, ...target]);
      lowerCase(next);
      steps.push({ ...at, result: found === Found.CNAME ? 'CNAME' : 'DNAME', next: formatName(next) });
      if (next.length > 255) return steps;
      name = next;
      continue;
    }
    const number = tables.assignment(lookup.node);
    const assignment = assignments[number];
    const key = compiler.assignments.key(number);
    const wanted = families.filter((f) => type === undefined || type === (f === 'ipv4' ? RRType.A : RRType.AAAA));
    if (assignment !== undefined && key !== undefined && wanted.length > 0) {
      const explained = Object.fromEntries(wanted.map((f) => [f, explainChoice(world, assignment, 0, f)]));
      const { service, policy, ipv4, ipv6 } = key;
      return [...steps, { ...at, result: 'steered', service, policy, group: { ipv4, ipv6 }, families: explained }];
    }
    const records = type === undefined ? [...rrset(RRType.A), ...rrset(RRType.AAAA)] : rrset(type);
    return [...steps, { ...at, result: records.length > 0 ? 'records' : 'no data', records }];
  }
  return steps;
}

function recordTexts(offline: OfflineTables, node: number, type: number): string[] {
  const { tables } = offline;
  const set = tables.rrset(node, type);
  if (set === 0) return [];
  const bytes = tables.rrBytes(set);
  const texts: string[] = [];
  for (let p = tables.rrAt(set), end = tables.rrEnd(set); p < end; ) {
    const at = p + 2;
    p = at + (bytes[p] << 8) + bytes[p + 1];
    texts.push(
      `${tables.rrsetTtl(set)} ${mnemonicOf(type)} ${codecOf(type).toText(Uint8Array.from(bytes.subarray(at, p)))}`,
    );
  }
  return texts;
}

function targetOf(offline: OfflineTables, node: number, type: number): Uint8Array {
  const { tables } = offline;
  const set = tables.rrset(node, type);
  return Uint8Array.from(tables.rrBytes(set).subarray(tables.rrAt(set) + 2, tables.rrEnd(set)));
}

function printStep(step: Step): void {
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
  for (const [family, e] of Object.entries(step.families)) {
    const answer = e.address === undefined ? 'no such record' : `${formatAddress(e.address)}, TTL ${e.ttl}`;
    print(`  ${family === 'ipv4' ? 'A   ' : 'AAAA'} ${answer}`);
    print(`       ${e.chain}`);
  }
}
