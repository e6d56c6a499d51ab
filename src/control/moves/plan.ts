/**
 * What a change of overrides would do, worked out against what is served now and without doing it: a dry run and the real thing are the same up to here.
 */
import { formatAddress } from '../../net/address.ts';
import { namesHaveFamily } from '../../steering/assignment.ts';
import { explain } from '../../steering/explain.ts';
import { type Family, families, type World } from '../../steering/model.ts';
import { breathe } from '../cells.ts';
import type { HostOverride, Overrides } from '../overrides.ts';
import type { Publisher } from '../publisher.ts';
import { HostListWriter } from './host-list.ts';
import { Problem, type ProblemDetail } from './problem.ts';
import type { PerFamilyGroup, Side, Transition } from './record.ts';
import { hostName, type Selection } from './selection.ts';
import { Tuples } from './tuples.ts';

/** Transitions are numbered in 16 bits. */
const MOST_TRANSITIONS = 0xffff;
const MOST_TOLD = 100;
const PIECE = 16_384;
/** Places of transitions that are none. */
const LEFT_OUT = -1;
const REFUSED = -2;
/** Stands for the move that is planned, which has no number before it is executed. */
const NOT_NUMBERED = -1;

/** Hosts that a change treats alike. */
interface Kind {
  readonly now: HostOverride;
  /** The number of the declared assignment. */
  readonly declared: number;
  /** Place in the list of transitions, or one of the above. */
  readonly transition: number;
  /** What goes into the cells now. */
  readonly cell: number;
  readonly reason: string | undefined;
  hosts: number;
}

/** What is wanted of hosts. */
export interface Want {
  /** What of a host, besides its override, decides; 0 unless told otherwise. */
  detail?(host: number): number;
  /** New groups by family, and what a revert would set, given the override now. Undefined: such hosts are left out. */
  of(now: HostOverride, detail: number): Pick<Transition, 'set' | 'setUntil' | 'restore' | 'restoreUntil'> | undefined;
}

export interface MovePlan {
  readonly transitions: readonly Transition[];
  /** The hosts with their transitions (host-list.ts). */
  readonly list: Uint8Array;
  readonly hosts: number;
  /** By host of the list: its number among overrides (0: none yet), its node, and the assignment its cell gets now. */
  readonly numbers: Uint32Array;
  readonly nodes: Int32Array;
  readonly assignments: Uint32Array;
  /** The longest TTL, in seconds, the answers before were given with. */
  readonly longestTtl: number;
  /** Until when longer ones may be in caches, because the TTL was short before an end: Unix milliseconds, or 0. */
  readonly longUntil: number;
  /** How many (host, family) each earlier move loses to new groups, and how many hosts in preparation. */
  readonly displaced: ReadonlyMap<number, number>;
  readonly unprepared: ReadonlyMap<number, number>;
  /** The moves that prepare any of the hosts until now. */
  readonly preparing: ReadonlySet<number>;
  /** The declared assignments of the hosts. */
  readonly declared: ReadonlySet<number>;
  /** Hosts that were moved too often lately, and one of them. */
  readonly damped: { readonly hosts: number; readonly example: string };
}

/**
 * @param world   for the addresses before and after
 * @param strict  refuse a host that can't be moved as wanted, instead of leaving it as it is
 * @param prepareTtl the answers stay as they are for now, with this TTL
 * @param takesBack the move that is taken back: hosts that other moves prepare stay prepared
 * @param isDamped whether a host (its number among overrides) was moved too often lately
 * @throws Problem `no-address`, naming hosts
 */
export async function planMove(
  publisher: Publisher,
  world: World,
  selection: Selection,
  want: Want,
  strict: boolean,
  prepareTtl?: number,
  takesBack?: number,
  isDamped?: (host: number) => boolean,
): Promise<MovePlan> {
  const { tables, assignments, overrides } = publisher;
  const list = new HostListWriter(Math.max(64, selection.count * 28));
  const nodes = new Int32Array(selection.count);
  const numbers = new Uint32Array(selection.count);
  const cells = new Uint32Array(selection.count);
  // Hosts declared, answered and overridden alike change alike, so each such kind is worked out once.
  const kinds = new Tuples();
  const found: Kind[] = [];
  const transitions = new Map<string, number>();
  const told: (Omit<Transition, 'hosts'> & { hosts: number })[] = [];
  const problems: ProblemDetail[] = [];
  const damped = { hosts: 0, example: '' };
  let refused = 0;
  for (let i = 0; i < selection.count; i++) {
    if (i % PIECE === PIECE - 1) await breathe();
    const node = selection.nodes[i];
    const names = tables.names(node);
    const at = tables.nameAt(node);
    const end = tables.nameEnd(node);
    const host = overrides.find(names, at, end);
    const detail = want.detail?.(host) ?? 0;
    const number = kinds.number(tables.declared(node), tables.assignment(node), overrides.state(host), detail);
    if (number === found.length) found.push(kindOf(node, overrides.get(host), detail));
    const kind = found[number];
    if (kind.transition === LEFT_OUT) continue;
    if (kind.reason !== undefined) {
      refused++;
      if (problems.length < MOST_TOLD) {
        const name = hostName(names.subarray(at, end));
        problems.push({ about: name, message: `${name}: ${kind.reason}` });
      }
      continue;
    }
    if (host !== 0 && isDamped?.(host) === true) {
      if (damped.hosts === 0) damped.example = hostName(names.subarray(at, end));
      damped.hosts++;
    }
    kind.hosts++;
    told[kind.transition].hosts++;
    nodes[list.count] = node;
    numbers[list.count] = host;
    cells[list.count] = kind.cell;
    list.add(kind.transition, names, at, end);
  }
  if (problems.length > 0) {
    const more = refused > 1 ? ` (and ${refused - 1} more)` : '';
    throw new Problem('no-address', `${problems[0].message}${more}`, problems);
  }
  const displaced = new Map<number, number>();
  const unprepared = new Map<number, number>();
  const preparing = new Set<number>();
  const declared = new Set<number>();
  let longestTtl = 0;
  let longUntil = 0;
  for (const kind of found) {
    if (kind.hosts === 0) continue;
    const { set, before, keepsPrepared = false } = told[kind.transition];
    if (set.ipv4 !== undefined) countUp(displaced, kind.now.move4, kind.hosts);
    if (set.ipv6 !== undefined) countUp(displaced, kind.now.move6, kind.hosts);
    if (kind.now.prepare !== 0) preparing.add(kind.now.prepare);
    if (!keepsPrepared) countUp(unprepared, kind.now.prepare, kind.hosts);
    declared.add(kind.declared);
    longestTtl = Math.max(longestTtl, before.ttl);
    longUntil = Math.max(longUntil, overrides.longUntil(kind.now));
  }
  const { count } = list;
  return {
    transitions: told,
    list: list.octets,
    hosts: count,
    nodes: nodes.subarray(0, count),
    numbers: numbers.subarray(0, count),
    assignments: cells.subarray(0, count),
    longestTtl,
    longUntil,
    displaced,
    unprepared,
    preparing,
    declared,
    damped,
  };

  function kindOf(node: number, now: HostOverride, detail: number): Kind {
    const declaredNumber = tables.declared(node);
    const base = { now, declared: declaredNumber, hosts: 0, cell: 0, reason: undefined };
    const wanted = want.of(now, detail);
    if (wanted === undefined) return { ...base, transition: LEFT_OUT };
    const { set, setUntil, restore, restoreUntil } = wanted;
    const key = assignments.keys[declaredNumber];
    const reason = strict && key !== undefined ? whyNot(world, key, set) : undefined;
    if (reason !== undefined) return { ...base, transition: REFUSED, reason };
    const kept = takesBack !== undefined && now.prepare !== 0 && now.prepare !== takesBack;
    // What is left to another move keeps its end, and the short TTL if that is near.
    const left = {
      ...now,
      ...(set.ipv4 === undefined ? {} : { ipv4: set.ipv4 ?? undefined, move4: 0, until4: 0 }),
      ...(set.ipv6 === undefined ? {} : { ipv6: set.ipv6 ?? undefined, move6: 0, until6: 0 }),
      ...(kept ? {} : { prepare: 0, prepareTtl: 0 }),
    };
    const after = assignments.variant(declaredNumber, overrides.variantOf(left));
    const change = {
      service: key?.service ?? '',
      policy: key?.policy ?? '',
      before: sideOf(publisher, tables.assignment(node)),
      after: sideOf(publisher, after),
      set,
      ...(setUntil === undefined ? {} : { setUntil }),
      ...(kept ? { keepsPrepared: true } : {}),
      restore,
      ...(restoreUntil === undefined ? {} : { restoreUntil }),
    };
    // Kinds may differ in what operators don't see: which move holds a host.
    const text = JSON.stringify(change);
    let transition = transitions.get(text);
    if (transition === undefined) {
      transition = told.length;
      if (transition === MOST_TRANSITIONS)
        throw new Problem(
          'too-many-kinds',
          `these hosts differ in more than ${MOST_TRANSITIONS} ways; move them in parts`,
        );
      told.push({ ...change, hosts: 0 });
      transitions.set(text, transition);
    }
    if (prepareTtl === undefined) return { ...base, transition, cell: after };
    const prepared = overrides.variantOf({ ...now, prepare: NOT_NUMBERED, prepareTtl });
    return { ...base, transition, cell: assignments.variant(declaredNumber, prepared) };
  }
}

/** The plan that takes the overrides of hosts that are no longer served. */
export function planForgetting(overrides: Overrides, hosts: readonly number[]): MovePlan {
  const list = new HostListWriter();
  const displaced = new Map<number, number>();
  const unprepared = new Map<number, number>();
  for (const host of hosts) {
    const { move4, move6, prepare } = overrides.get(host);
    countUp(displaced, move4, 1);
    countUp(displaced, move6, 1);
    countUp(unprepared, prepare, 1);
    const name = overrides.name(host);
    list.add(0, name, 0, name.length);
  }
  const nowhere = { ipv4: { group: '' }, ipv6: { group: '' }, ttl: 0 };
  const set = { ipv4: null, ipv6: null };
  return {
    transitions: [{ service: '', policy: '', before: nowhere, after: nowhere, set, restore: {}, hosts: hosts.length }],
    list: list.octets,
    hosts: hosts.length,
    numbers: Uint32Array.from(hosts),
    nodes: new Int32Array(0),
    assignments: new Uint32Array(0),
    longestTtl: 0,
    longUntil: 0,
    displaced,
    unprepared,
    preparing: new Set(),
    declared: new Set(),
    damped: { hosts: 0, example: '' },
  };
}

function countUp(counts: Map<number, number>, move: number, hosts: number): void {
  if (move !== 0) counts.set(move, (counts.get(move) ?? 0) + hosts);
}

/** Why a host of this declaration can't be moved so: an address it has would be lost. */
function whyNot(
  { network }: World,
  key: { service: string; policy: string; ipv4: string; ipv6: string },
  set: PerFamilyGroup,
): string | undefined {
  const has = (group: string, family: Family): boolean => namesHaveFamily(network, key, group, family);
  const wanted = families.filter((family) => typeof set[family] === 'string');
  if (wanted.length === 0) return undefined;
  const movable = wanted.filter((family) => has(key[family], family));
  if (movable.length === 0) return `it has no ${wanted.map(label).join(' or ')} record to move`;
  const lost = movable.filter((family) => !has(set[family] as string, family));
  if (lost.length === 0) return undefined;
  const rest = movable.filter((family) => !lost.includes(family));
  const fix =
    rest.length === 0 ? 'choose another group' : `move only ${rest.join(', ')} (families: [${rest.join(', ')}])`;
  return `service ${key.service} has no ${lost.map(label).join(' or ')} address in ${set[lost[0]]} nor in a group it falls back to, so the host would lose a record; ${fix}`;
}

function label(family: Family): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

/** What an assignment's hosts answer now. */
export function sideOf(publisher: Publisher, number: number): Side {
  const world = publisher.world(Date.now());
  const assignment = publisher.assignments.resolved[number];
  const key = publisher.assignments.keys[number];
  const of = (family: Family): Side['ipv4'] => {
    if (world === undefined || assignment === undefined || key === undefined) return { group: '' };
    const { group, address } = explain(world, assignment, 0, family);
    if (address === undefined) return { group: key[family] };
    return { group: key[family], answers: group, address: formatAddress(address) };
  };
  return { ipv4: of('ipv4'), ipv6: of('ipv6'), ttl: assignment?.ttl ?? 0 };
}
