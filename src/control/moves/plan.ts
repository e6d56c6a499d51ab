/**
 * What a change of overrides would do, worked out against what is served now and without doing it: a dry run and the real thing are the same up to here.
 */
import { formatAddress } from '../../net/address.ts';
import { hasFamily } from '../../steering/assignment.ts';
import { explain } from '../../steering/explain.ts';
import { type Family, families, type World } from '../../steering/model.ts';
import { breathe } from '../cells.ts';
import type { HostOverride, Overrides } from '../overrides.ts';
import type { Publisher } from '../publisher.ts';
import { HostListWriter } from './host-list.ts';
import { Problem, type ProblemDetail } from './problem.ts';
import type { PerFamilyGroup, Side, Transition } from './record.ts';
import { hostName, type Selection } from './selection.ts';

/** Transitions are numbered in 16 bits. */
const MOST_TRANSITIONS = 0xffff;
const MOST_TOLD = 100;
const PIECE = 4096;

/** What is wanted of one host, given its override now: new groups by family, and what a revert would set. Undefined: this host is left out. */
export type Want = (
  host: number,
  now: HostOverride,
) => Pick<Transition, 'set' | 'setUntil' | 'restore' | 'restoreUntil'> | undefined;

export interface MovePlan {
  readonly transitions: readonly Transition[];
  /** The hosts with their transitions (host-list.ts). */
  readonly list: Uint8Array;
  readonly hosts: number;
  /** By host of the list: its node, and the assignment its cell gets now. */
  readonly nodes: Int32Array;
  readonly assignments: Uint32Array;
  /** The longest TTL, in seconds, the answers before were given with. */
  readonly longestTtl: number;
  /** How many (host, family) each earlier move loses to new groups, and how many hosts in preparation. */
  readonly displaced: ReadonlyMap<number, number>;
  readonly unprepared: ReadonlyMap<number, number>;
  /** The moves that prepare any of the hosts until now. */
  readonly preparing: ReadonlySet<number>;
  /** The declared assignments of the hosts. */
  readonly declared: ReadonlySet<number>;
}

/**
 * @param world   for the addresses before and after
 * @param strict  refuse a host that can't be moved as wanted, instead of leaving it as it is
 * @param prepareTtl the answers stay as they are for now, with this TTL
 * @param takesBack the move that is taken back: hosts that other moves prepare stay prepared
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
): Promise<MovePlan> {
  const { tables, assignments, overrides } = publisher;
  const list = new HostListWriter(Math.max(64, selection.count * 28));
  const nodes = new Int32Array(selection.count);
  const numbers = new Uint32Array(selection.count);
  const kinds = new Map<string, number>();
  const transitions: (Omit<Transition, 'hosts'> & { hosts: number })[] = [];
  const cells: number[] = [];
  const displaced = new Map<number, number>();
  const unprepared = new Map<number, number>();
  const preparing = new Set<number>();
  const allDeclared = new Set<number>();
  const problems: ProblemDetail[] = [];
  let refused = 0;
  let longestTtl = 0;
  for (let i = 0; i < selection.count; i++) {
    if (i % PIECE === PIECE - 1) await breathe();
    const node = selection.nodes[i];
    const name = tables.name(node);
    const host = overrides.find(name, 0, name.length);
    const now = overrides.get(host);
    const wanted = want(host, now);
    if (wanted === undefined) continue;
    const declared = tables.declared(node);
    const before = tables.assignment(node);
    const { set, setUntil, restore, restoreUntil } = wanted;
    const kept = takesBack !== undefined && now.prepare !== 0 && now.prepare !== takesBack;
    const ends = `${restoreUntil?.ipv4} ${restoreUntil?.ipv6} ${setUntil?.ipv4} ${setUntil?.ipv6}`;
    const kind = `${declared} ${before} ${set.ipv4} ${set.ipv6} ${restore.ipv4} ${restore.ipv6} ${ends} ${now.ipv4} ${now.ipv6} ${kept}`;
    let transition = kinds.get(kind);
    if (transition === undefined) {
      const key = assignments.keys[declared];
      const reason = key === undefined ? undefined : whyNot(world, key, set);
      if (reason !== undefined && strict) {
        transition = -1;
        if (problems.length < MOST_TOLD)
          problems.push({ about: hostName(name), message: `${hostName(name)}: ${reason}` });
      } else {
        if (transitions.length === MOST_TRANSITIONS)
          throw new Problem(
            'too-many-kinds',
            `these hosts differ in more than ${MOST_TRANSITIONS} ways; move them in parts`,
          );
        const after = assignments.variant(declared, {
          ipv4: set.ipv4 === undefined ? now.ipv4 : (set.ipv4 ?? undefined),
          ipv6: set.ipv6 === undefined ? now.ipv6 : (set.ipv6 ?? undefined),
          ttl: kept ? now.prepareTtl : undefined,
        });
        transition = transitions.length;
        transitions.push({
          service: key?.service ?? '',
          policy: key?.policy ?? '',
          before: sideOf(publisher, before),
          after: sideOf(publisher, after),
          set,
          ...(setUntil === undefined ? {} : { setUntil }),
          ...(kept ? { keepsPrepared: true } : {}),
          restore,
          ...(restoreUntil === undefined ? {} : { restoreUntil }),
          hosts: 0,
        });
        cells.push(
          prepareTtl === undefined
            ? after
            : assignments.variant(declared, { ipv4: now.ipv4, ipv6: now.ipv6, ttl: prepareTtl }),
        );
        allDeclared.add(declared);
        longestTtl = Math.max(longestTtl, transitions[transition].before.ttl);
      }
      kinds.set(kind, transition);
    }
    if (transition < 0) {
      refused++;
      continue;
    }
    for (const family of families) {
      const holder = family === 'ipv4' ? now.move4 : now.move6;
      if (set[family] !== undefined) countUp(displaced, holder);
    }
    if (now.prepare !== 0) preparing.add(now.prepare);
    if (!kept) countUp(unprepared, now.prepare);
    nodes[list.count] = node;
    numbers[list.count] = cells[transition];
    transitions[transition].hosts++;
    list.add(transition, name);
  }
  if (problems.length > 0) {
    const more = refused > 1 ? ` (and ${refused - 1} more)` : '';
    throw new Problem('no-address', `${problems[0].message}${more}`, problems);
  }
  const { count } = list;
  return {
    transitions,
    list: list.octets,
    hosts: count,
    nodes: nodes.subarray(0, count),
    assignments: numbers.subarray(0, count),
    longestTtl,
    displaced,
    unprepared,
    preparing,
    declared: allDeclared,
  };
}

/** The plan that takes the overrides of hosts that are no longer served. */
export function planForgetting(overrides: Overrides, hosts: readonly number[]): MovePlan {
  const list = new HostListWriter();
  const displaced = new Map<number, number>();
  const unprepared = new Map<number, number>();
  for (const host of hosts) {
    const { move4, move6, prepare } = overrides.get(host);
    countUp(displaced, move4);
    countUp(displaced, move6);
    countUp(unprepared, prepare);
    list.add(0, overrides.name(host));
  }
  const nowhere = { ipv4: { group: '' }, ipv6: { group: '' }, ttl: 0 };
  const set = { ipv4: null, ipv6: null };
  return {
    transitions: [{ service: '', policy: '', before: nowhere, after: nowhere, set, restore: {}, hosts: hosts.length }],
    list: list.octets,
    hosts: hosts.length,
    nodes: new Int32Array(0),
    assignments: new Uint32Array(0),
    longestTtl: 0,
    displaced,
    unprepared,
    preparing: new Set(),
    declared: new Set(),
  };
}

function countUp(counts: Map<number, number>, move: number): void {
  if (move !== 0) counts.set(move, (counts.get(move) ?? 0) + 1);
}

/** Why a host of this declaration can't be moved so: an address it has would be lost. */
function whyNot(
  { network }: World,
  key: { service: string; ipv4: string; ipv6: string },
  set: PerFamilyGroup,
): string | undefined {
  const has = (group: string, family: Family): boolean => hasFamily(network, key.service, group, family);
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
