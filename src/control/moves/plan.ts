/**
 * What a change of overrides would do, worked out against what is served now and without doing it: a dry run and the real thing are the same up to here.
 */
import { formatAddress } from '../../net/address.ts';
import { namesHaveFamily } from '../../steering/assignment.ts';
import { explain } from '../../steering/explain.ts';
import { type Family, families, type World } from '../../steering/model.ts';
import type { HostOverride, Overrides } from '../overrides.ts';
import type { Publisher } from '../publisher.ts';
import { Problem, type ProblemDetail } from './problem.ts';
import type { PerFamilyGroup, Side, Transition } from './record.ts';
import { hostName, type Selection } from './selection.ts';
import { Tuples } from './tuples.ts';

/** Transitions are numbered in 16 bits. */
const MOST_TRANSITIONS = 0xffff;
const MOST_TOLD = 100;
/** Transitions that are none. */
const LEFT_OUT = -1;
const REFUSED = -2;
/** Stands for the move that is planned, which has no number before it is executed. */
const NOT_NUMBERED = -1;

/** Hosts that a change treats alike. */
export interface PlannedKind {
  /** Place in the list of transitions. */
  readonly transition: number;
  /** What is in the cells, and what goes into them now. */
  readonly cellBefore: number;
  readonly cell: number;
  readonly hosts: number;
}

interface Kind extends PlannedKind {
  readonly now: HostOverride;
  /** The number of the declared assignment. */
  readonly declared: number;
  /** Place in the list of transitions, or LEFT_OUT or REFUSED. */
  readonly transition: number;
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
  readonly hosts: number;
  readonly kinds: readonly PlannedKind[];
  /** By host: its kind, and its node; of hosts that are no more the numbers they have among overrides. */
  readonly kindOf: Uint32Array;
  readonly nodes: Int32Array;
  readonly gone?: readonly number[];
  /** By host: its place among the hosts of the base, or NO_PLACE where that is not at hand. */
  readonly places: Int32Array;
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
  const nodes = new Int32Array(selection.most);
  const places = new Int32Array(selection.most);
  const kindOf = new Uint32Array(selection.most);
  let count = 0;
  // Hosts declared, answered and overridden alike change alike, so each such kind is worked out once.
  const kinds = new Tuples();
  const found: Kind[] = [];
  const transitions = new Map<string, number>();
  const told: (Omit<Transition, 'hosts'> & { hosts: number })[] = [];
  const problems: ProblemDetail[] = [];
  const damped = { hosts: 0, example: '' };
  let refused = 0;
  await selection.each((some) => {
    for (let i = 0; i < some.count; i++) {
      const node = some.nodes[i];
      const host = overrides.at(node);
      const detail = want.detail === undefined ? 0 : want.detail(host);
      const number = kinds.number(tables.declared(node), tables.written(node), overrides.state(host), detail);
      if (number === found.length) found.push(newKind(node, overrides.get(host), detail));
      const kind = found[number];
      if (kind.transition >= 0) {
        if (isDamped?.(host) === true) {
          if (damped.hosts === 0) damped.example = hostName(tables.name(node));
          damped.hosts++;
        }
        kind.hosts++;
        nodes[count] = node;
        places[count] = some.places[i];
        kindOf[count++] = number;
      } else if (kind.reason !== undefined) {
        refused++;
        if (problems.length === MOST_TOLD) continue;
        const name = hostName(tables.name(node));
        problems.push({ about: name, message: `${name}: ${kind.reason}` });
      }
    }
  });
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
    told[kind.transition].hosts += kind.hosts;
    const { set, before, keepsPrepared = false } = told[kind.transition];
    if (set.ipv4 !== undefined) countUp(displaced, kind.now.move4, kind.hosts);
    if (set.ipv6 !== undefined) countUp(displaced, kind.now.move6, kind.hosts);
    if (kind.now.prepare !== 0) preparing.add(kind.now.prepare);
    if (!keepsPrepared) countUp(unprepared, kind.now.prepare, kind.hosts);
    declared.add(kind.declared);
    longestTtl = Math.max(longestTtl, before.ttl);
    longUntil = Math.max(longUntil, overrides.longUntil(kind.now));
  }
  return {
    transitions: told,
    hosts: count,
    kinds: found,
    kindOf: kindOf.subarray(0, count),
    nodes: nodes.subarray(0, count),
    places: places.subarray(0, count),
    longestTtl,
    longUntil,
    displaced,
    unprepared,
    preparing,
    declared,
    damped,
  };

  function newKind(node: number, now: HostOverride, detail: number): Kind {
    const declaredNumber = tables.declared(node);
    const cellBefore = tables.assignment(node);
    const base = { now, declared: declaredNumber, hosts: 0, cellBefore, cell: cellBefore, reason: undefined };
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
  const displaced = new Map<number, number>();
  const unprepared = new Map<number, number>();
  for (const host of hosts) {
    const { move4, move6, prepare } = overrides.get(host);
    countUp(displaced, move4, 1);
    countUp(displaced, move6, 1);
    countUp(unprepared, prepare, 1);
  }
  const nowhere = { ipv4: { group: '' }, ipv6: { group: '' }, ttl: 0 };
  const set = { ipv4: null, ipv6: null };
  return {
    transitions: [{ service: '', policy: '', before: nowhere, after: nowhere, set, restore: {}, hosts: hosts.length }],
    hosts: hosts.length,
    kinds: [{ transition: 0, cellBefore: 0, cell: 0, hosts: 0 }],
    kindOf: new Uint32Array(hosts.length),
    nodes: new Int32Array(0),
    places: new Int32Array(0),
    gone: hosts,
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
