/** Changes to try, as operators and programs write them, put to a network. */
import { covers, formatPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import type { Family, Network } from '../model.ts';
import {
  type ChangeProblem,
  type GroupThing,
  invalid,
  isProblem,
  parseGroup,
  parseThing,
  type Thing,
  unknown,
} from './thing.ts';

/** One change in words: what the API takes, and the command line makes of its options. */
export type ChangeSpec =
  | { readonly fail: string }
  /** How many times as much, of everything or of a link or group. */
  | { readonly load: number; readonly of?: string }
  | { readonly move: MoveSpec }
  /** `europe`, `europe/ipv4`: its prefix becomes RPKI-invalid. */
  | { readonly invalid: string }
  /** Its prefix is announced nowhere any more. */
  | { readonly withdraw: string }
  /** A group gets an IPv4 prefix, and a VIP in it of each service that has an IPv6 one there. */
  | { readonly add_ipv4: string; readonly prefix?: string };

export interface MoveSpec {
  readonly hosts?: readonly string[];
  readonly select?: {
    readonly zone?: string;
    readonly service?: string;
    readonly group?: string;
    readonly glob?: string;
  };
  readonly to: string;
  readonly families?: readonly Family[];
  /** Though guards refuse it. */
  readonly force?: boolean;
}

/** The same, put to a network. */
export type Change =
  | { readonly kind: 'fail'; readonly thing: Thing }
  | { readonly kind: 'load'; readonly factor: number; readonly of?: Extract<Thing, { kind: 'link' | 'group' }> }
  | MoveChange
  | { readonly kind: 'invalid' | 'withdraw'; readonly of: GroupThing }
  | { readonly kind: 'add-ipv4'; readonly group: number; readonly prefix?: Prefix };

export interface MoveChange {
  readonly kind: 'move';
  /** How many hosts of each assignment move. */
  readonly hosts: readonly number[];
  readonly to: number;
  readonly families: readonly Family[];
  readonly force: boolean;
}

const MOST_LOAD = 1000;

/**
 * @param hostsOf how many hosts of each assignment of the world a move is about
 * @returns the change, or what is wrong with it
 */
export function resolveChange(
  network: Network,
  spec: ChangeSpec,
  hostsOf: (move: MoveSpec) => readonly number[],
): Change | ChangeProblem {
  if ('fail' in spec) {
    const thing = parseThing(network, spec.fail);
    return isProblem(thing) ? thing : { kind: 'fail', thing };
  }
  if ('load' in spec) return loadChange(network, spec);
  if ('move' in spec) return moveChange(network, spec.move, hostsOf);
  if ('add_ipv4' in spec) return ipv4Change(network, spec);
  const kind = 'invalid' in spec ? 'invalid' : 'withdraw';
  const of = parseGroup(network, 'invalid' in spec ? spec.invalid : spec.withdraw);
  if (isProblem(of)) return of;
  const { id, prefixes } = network.groups[of.group];
  const has = of.family === undefined ? (prefixes.ipv4 ?? prefixes.ipv6) : prefixes[of.family];
  if (has === undefined)
    return { code: 'not-found', message: `group ${id} has no ${of.family ?? ''} prefix`.replace('  ', ' ') };
  return { kind, of };
}

function loadChange(network: Network, { load: factor, of }: { load: number; of?: string }): Change | ChangeProblem {
  if (!Number.isFinite(factor) || factor < 0 || factor > MOST_LOAD)
    return invalid(`load ${factor}: write how many times as much, 0 to ${MOST_LOAD}, as in 1.5`);
  if (of === undefined) return { kind: 'load', factor };
  const thing = parseThing(network, of);
  if (isProblem(thing)) return thing;
  if (thing.kind !== 'link' && thing.kind !== 'group')
    return invalid(`load of "${of}": write link:ID or group:ID, or name nothing for all there is`);
  return { kind: 'load', factor, of: thing };
}

function moveChange(
  network: Network,
  move: MoveSpec,
  hostsOf: (move: MoveSpec) => readonly number[],
): Change | ChangeProblem {
  const to = network.groups.findIndex(({ id }) => id === move.to);
  if (to < 0) return unknown('group', move.to, network.groups);
  const families = move.families ?? ['ipv4', 'ipv6'];
  return { kind: 'move', hosts: hostsOf(move), to, families, force: move.force ?? false };
}

function ipv4Change(
  network: Network,
  { add_ipv4: name, prefix: text }: { add_ipv4: string; prefix?: string },
): Change | ChangeProblem {
  const group = network.groups.findIndex(({ id }) => id === name);
  if (group < 0) return unknown('group', name, network.groups);
  const { prefixes } = network.groups[group];
  if (prefixes.ipv4 !== undefined)
    return invalid(`group ${name} has an IPv4 prefix already, ${formatPrefix(prefixes.ipv4)}`);
  if (text === undefined) return { kind: 'add-ipv4', group };
  const prefix = parsePrefix(text);
  if (prefix?.family !== 'ipv4') return invalid(`"${text}" is no IPv4 prefix: write one as 203.0.113.0/24`);
  const other = network.groups.find(
    ({ prefixes: { ipv4 } }) =>
      ipv4 !== undefined && ipv4.length !== prefix.length && (covers(ipv4, prefix) || covers(prefix, ipv4)),
  );
  if (other !== undefined)
    return invalid(`${text} overlaps ${formatPrefix(other.prefixes.ipv4!)} of group ${other.id}`);
  return { kind: 'add-ipv4', group, prefix };
}
