/**
 * The answer to a question and why it is that one, followed through CNAME and DNAME as a resolver would, within the zones there are: for the API and, on
 * tables loaded from files, for `steerd explain --offline`.
 */
import type { AssignmentKey } from '../compile/assignment-table.ts';
import { formatAddress } from '../net/address.ts';
import { type Explanation, explain as explainChoice } from '../steering/explain.ts';
import { type Assignment, type Family, families, type World } from '../steering/model.ts';
import type { ClientReader } from '../tables/client-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, lowerCase } from '../wire/name.ts';
import { codecOf, mnemonicOf } from '../wire/rdata/index.ts';
import { Found, Lookup } from '../zone/lookup.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { type AskedClient, type ExplainedClient, type Seen, seenBy } from './explain-client.ts';

const MOST_HOPS = 16;

/** Why a family is not in its declared group. */
export interface OverrideNote {
  readonly group: string;
  readonly move: number;
  readonly reason: string;
  readonly author: string;
  /** Unix milliseconds. */
  readonly expiresAt?: number;
}

/** `Explanation`, with the address as text. */
export type FamilyAnswer = Omit<Explanation, 'address'> & { readonly address: string | undefined };

/** One name looked at on the way. */
export interface Step {
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
  /** What the zone file says, and what counts now. */
  readonly declared?: { readonly ipv4: string; readonly ipv6: string };
  readonly group?: { readonly ipv4: string; readonly ipv6: string };
  readonly override?: Partial<Record<Family, OverrideNote>>;
  readonly families?: Partial<Record<Family, FamilyAnswer>>;
  /** The client asked about, where it makes a difference. */
  readonly client?: ExplainedClient;
  readonly next?: string;
}

/** What a question is answered from. */
export interface Answered {
  readonly tables: TableReader;
  /** Key of the tables' hash. */
  readonly seed: number;
  readonly world: World;
  /** Assignments by number, what they are and what they are called. */
  readonly resolved: readonly (Assignment | undefined)[];
  readonly keys: readonly (AssignmentKey | undefined)[];
  /** Maps of clients, made for the world's classes. */
  readonly clients?: ClientReader;
  /** What operators moved, of a host's node; without it nothing was. */
  readonly overrides?: (node: number) => Partial<Record<Family, OverrideNote>>;
}

/**
 * @param start wire form, lower case
 * @param type  undefined for A and AAAA
 * @param asked the client; without it one of whom nothing is known
 */
export function explainAnswer(
  from: Answered,
  start: Uint8Array,
  type: number | undefined,
  asked?: AskedClient,
): Step[] {
  const { tables, world } = from;
  const lookup = new Lookup();
  const suffixes = new Suffixes(from.seed);
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
    const rrset = (wanted: number): string[] => recordTexts(tables, lookup.node, wanted);
    if (found === Found.DELEGATION) return [...steps, { ...at, result: 'delegation', records: rrset(RRType.NS) }];
    if (found === Found.CNAME || found === Found.DNAME) {
      const target = targetOf(tables, lookup.node, found === Found.CNAME ? RRType.CNAME : RRType.DNAME);
      const prefix = found === Found.DNAME ? name.subarray(0, suffixes.at[lookup.label]) : new Uint8Array(0);
      const next = Uint8Array.from([...prefix, ...target]);
      lowerCase(next);
      steps.push({ ...at, result: found === Found.CNAME ? 'CNAME' : 'DNAME', next: formatName(next) });
      if (next.length > 255) return steps;
      name = next;
      continue;
    }
    const number = tables.assignment(lookup.node);
    const assignment = from.resolved[number];
    const key = from.keys[number];
    const wanted = families.filter((f) => type === undefined || type === (f === 'ipv4' ? RRType.A : RRType.AAAA));
    if (assignment !== undefined && key !== undefined && wanted.length > 0) {
      const seen = seenBy(world, assignment, name, asked, from.clients);
      const explained = Object.fromEntries(wanted.map((f) => [f, familyAnswer(seen, assignment, f)]));
      const { service, policy, ipv4, ipv6 } = key;
      const own = from.keys[tables.declared(lookup.node)] ?? key;
      const override = from.overrides?.(lookup.node) ?? {};
      const step = { ...at, result: 'steered', service, policy, group: { ipv4, ipv6 }, families: explained } as const;
      const declared = { ipv4: own.ipv4, ipv6: own.ipv6 };
      const client = seen.client === undefined ? {} : { client: seen.client };
      return [...steps, { ...step, declared, ...client, ...(Object.keys(override).length === 0 ? {} : { override }) }];
    }
    const records = type === undefined ? [...rrset(RRType.A), ...rrset(RRType.AAAA)] : rrset(type);
    return [...steps, { ...at, result: records.length > 0 ? 'records' : 'no data', records }];
  }
  return steps;
}

/** What a host of this assignment answers for a family, and why. */
export function familyAnswer(seen: Seen, assignment: Assignment, family: Family): FamilyAnswer {
  const explanation = explainChoice(seen.world, assignment, seen.clientClass, family, (salt) => seen.bucketOf(salt));
  const { address } = explanation;
  return { ...explanation, address: address === undefined ? undefined : formatAddress(address) };
}

function recordTexts(tables: TableReader, node: number, type: number): string[] {
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

function targetOf(tables: TableReader, node: number, type: number): Uint8Array {
  const set = tables.rrset(node, type);
  return Uint8Array.from(tables.rrBytes(set).subarray(tables.rrAt(set) + 2, tables.rrEnd(set)));
}
