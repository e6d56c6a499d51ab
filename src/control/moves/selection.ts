/** Which hosts are meant: listed by name, or selected by zone, service, group and a glob on the name. */

import type { TableReader } from '../../tables/table-reader.ts';
import { formatName, lowerCase, parseName } from '../../wire/name.ts';
import { hashName } from '../../zone/suffixes.ts';
import type { Assignments } from '../assignments.ts';
import { breathe, forEachHost, NO_PLACE } from '../cells.ts';
import { findHost } from '../find-host.ts';
import { globMatches } from '../glob.ts';
import { Problem } from './problem.ts';
import type { Selector } from './record.ts';

/** Problems told at most: enough to see what is wrong. */
const MOST_TOLD = 100;
/** Hosts visited before others may run. */
const PIECE = 16_384;
const NEAR = 512;

/** Where hosts are looked for. */
export interface HostTables {
  readonly tables: TableReader;
  readonly seed: number;
  readonly assignments: Pick<Assignments, 'network' | 'keys'>;
}

/** Hosts of the tables that are served. Valid until the next load is installed. */
export interface Selection {
  /** There are so many at most. */
  readonly most: number;
  /** Calls `visit` for some at a time, until all have been visited. Others run in between. */
  each(visit: (some: HostPiece) => void): Promise<void>;
}

/** Some hosts: of each its node and, where that is at hand, its place among the hosts of the base, else NO_PLACE. */
export interface HostPiece {
  readonly nodes: Int32Array;
  readonly places: Int32Array;
  readonly count: number;
}

/** Hosts that were found one by one. */
export class FoundHosts implements Selection {
  readonly nodes: Int32Array;
  readonly #places: Int32Array;
  count = 0;

  /** @param most room for so many */
  constructor(most: number) {
    this.nodes = new Int32Array(most);
    this.#places = new Int32Array(most);
  }

  get most(): number {
    return this.count;
  }

  add(node: number, place = NO_PLACE): void {
    this.#places[this.count] = place;
    this.nodes[this.count++] = node;
  }

  async each(visit: (some: HostPiece) => void): Promise<void> {
    for (let i = 0; i < this.count; i += PIECE) {
      if (i > 0) await breathe();
      const end = Math.min(i + PIECE, this.count);
      visit({ nodes: this.nodes.subarray(i, end), places: this.#places.subarray(i, end), count: end - i });
    }
  }
}

/** The listed hosts. @throws Problem, when one isn't a host that is served */
export function selectListed(where: HostTables, names: readonly string[]): Selection {
  const found = new FoundHosts(names.length);
  const seen = new Set<number>();
  const missing: { about: string; message: string }[] = [];
  for (const text of names) {
    const name = wireName(text);
    const node = name === undefined ? 0 : findHost(where.tables, name, where.seed);
    if (node === 0) {
      const why = name === undefined ? 'is no domain name' : 'is no steered host that is served here';
      if (missing.length < MOST_TOLD) missing.push({ about: text, message: `${text} ${why}` });
    } else if (!seen.has(node)) {
      seen.add(node);
      found.add(node);
    }
  }
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
    throw new Problem('not-found', `${missing[0].message}${more}`, missing);
  }
  return found;
}

/** The hosts a selector matches when they are visited. @throws Problem for names the network does not have */
export function selectMatching(where: HostTables, select: Selector): Selection {
  const { tables, seed } = where;
  const matches = hostTest(where, select);
  const { base, overlay } = tables.counts;
  return {
    most: base + overlay,
    async each(visit) {
      // So few that what was read of them is still near when they are visited.
      const piece = { nodes: new Int32Array(NEAR), places: new Int32Array(NEAR), count: 0 };
      await forEachHost(tables, seed, (node, place) => {
        if (!matches(node)) return;
        piece.places[piece.count] = place;
        piece.nodes[piece.count++] = node;
        if (piece.count < NEAR) return;
        visit(piece);
        piece.count = 0;
      });
      visit(piece);
    },
  };
}

/** Whether a host's node matches. The group is the one assigned now, to either family. @throws Problem for names the network does not have */
export function hostTest(where: HostTables, { zone, service, group, glob }: Selector): (node: number) => boolean {
  const { tables, assignments } = where;
  const { network } = assignments;
  if (group !== undefined && !network?.groups.some(({ id }) => id === group)) throw unknownGroup(where, group);
  if (service !== undefined && !network?.services.some(({ id }) => id === service)) {
    const known = network?.services.map(({ id }) => id).join(', ');
    throw new Problem('unknown-service', `there is no service ${service}; known: ${known}`);
  }
  const number = zone === undefined ? undefined : zoneNumber(where, zone);
  const pattern = glob?.replace(/(?<=.)\.$/, '').toLowerCase();
  // Assignments are few and hosts are many: judge each assignment once.
  const verdicts = new Map<number, boolean>();
  let last = -1;
  let lastVerdict = false;
  const assigned = (assignment: number): boolean => {
    if (assignment === last) return lastVerdict;
    let verdict = verdicts.get(assignment);
    if (verdict === undefined) {
      const key = assignments.keys[assignment];
      verdict =
        key !== undefined &&
        (service === undefined || key.service === service) &&
        (group === undefined || key.ipv4 === group || key.ipv6 === group);
      verdicts.set(assignment, verdict);
    }
    last = assignment;
    lastVerdict = verdict;
    return verdict;
  };
  return (node) =>
    (number === undefined || tables.zoneOf(node) === number) &&
    assigned(tables.written(node)) &&
    (pattern === undefined || globMatches(pattern, hostName(tables.name(node))));
}

/** @param code `not-found` where the group is what is asked for, not what is asked with */
export function unknownGroup(
  where: HostTables,
  group: string,
  code: 'unknown-group' | 'not-found' = 'unknown-group',
): Problem {
  const known = where.assignments.network?.groups.map(({ id }) => id).join(', ');
  return new Problem(code, `there is no group ${group}; known: ${known}`);
}

/** A host's name as operators write it: without the last dot. */
export function hostName(name: Uint8Array): string {
  return formatName(name).replace(/(?<=.)\.$/, '');
}

/** The wire form, lower case, of a name with or without the last dot; undefined when it is none. */
export function wireName(text: string): Uint8Array | undefined {
  try {
    const parsed = parseName(text.endsWith('.') ? text : `${text}.`);
    const name = Uint8Array.from(parsed);
    lowerCase(name);
    return name;
  } catch {
    return undefined;
  }
}

function zoneNumber({ tables, seed }: HostTables, text: string): number {
  const apex = wireName(text);
  const zone = apex === undefined ? 0 : tables.findZone(hashName(seed, apex, 0, apex.length), apex, 0, apex.length);
  if (zone === 0) throw new Problem('not-found', `there is no zone ${text}`);
  return zone;
}
