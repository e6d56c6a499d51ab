/**
 * Whether a group's routes may be withdrawn: names first, routes later. Not while an answer points at its VIPs, nor while one that did may be in caches, nor
 * while its prefix carries another group.
 */
import { formatAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import { type Family, families, type Group, type Network } from '../steering/model.ts';
import { TableReader } from '../tables/table-reader.ts';
import { RRType, SvcParam } from '../wire/constants.ts';
import { mnemonicOf } from '../wire/rdata/index.ts';
import { NodeFlag } from '../zone/reader.ts';
import { breathe } from './cells.ts';
import type { Marks } from './marks.ts';
import { Problem } from './moves/problem.ts';
import { hostName, unknownGroup } from './moves/selection.ts';
import { Pointing } from './pointing.ts';
import type { Publisher } from './publisher.ts';

export interface Blocker {
  readonly family: Family;
  readonly kind: 'answers' | 'fallback' | 'record' | 'recent' | 'shared-prefix';
  readonly detail: string;
  readonly hosts?: number;
  /** Unix milliseconds. */
  readonly until?: number;
}

const PIECE = 16_384;
/** Records told by name. */
const MOST_RECORDS = 100;
const VIA_HINT: Readonly<Record<Family, number>> = { ipv4: SvcParam.IPV4HINT, ipv6: SvcParam.IPV6HINT };

/** What keeps a group's routes from being withdrawn; empty when nothing does. @throws Problem */
export async function withdrawalBlockers(publisher: Publisher, marks: Marks, group: string): Promise<Blocker[]> {
  const now = Date.now();
  const world = publisher.world(now);
  const index = world?.network.groups.findIndex(({ id }) => id === group) ?? -1;
  if (world === undefined || index < 0) throw unknownGroup(publisher, group, 'not-found');
  const pointing = Pointing.in(world, await publisher.counts.all());
  const { network } = world;
  const blockers: Blocker[] = [];
  for (const family of families) {
    const { hosts, fallbacks } = pointing.at(group, family);
    const own = hosts - fallbacks;
    if (own > 0) blockers.push({ family, kind: 'answers', hosts: own, detail: `${count(own)} answered with its VIPs` });
    if (fallbacks > 0) {
      const detail = `${count(fallbacks)} answered with its VIPs as a fallback from other groups`;
      blockers.push({ family, kind: 'fallback', hosts: fallbacks, detail });
    }
    const until = marks.until(group, family);
    if (until > now) {
      const detail = 'answers pointed at its VIPs lately: old ones may be in caches, and some clients keep them longer';
      blockers.push({ family, kind: 'recent', detail, until });
    }
    for (const other of sharing(network, index, family)) {
      const { hosts: theirs } = pointing.at(other.id, family);
      const busy = theirs > 0 || marks.until(other.id, family) > now;
      if (!busy) continue;
      const detail = `group ${other.id} shares its prefix and is in use: withdraw host routes, not the prefix`;
      blockers.push({ family, kind: 'shared-prefix', hosts: theirs, detail });
    }
  }
  return [...blockers, ...(await recordBlockers(publisher, network, index))];
}

function count(hosts: number): string {
  return hosts === 1 ? '1 host is' : `${hosts} hosts are`;
}

/** Other groups whose prefix overlaps. */
function sharing({ groups }: Network, index: number, family: Family): Group[] {
  const own = groups[index].prefixes[family];
  return groups.filter((group, i) => {
    const other = group.prefixes[family];
    if (i === index || own === undefined || other === undefined) return false;
    return own.length <= other.length ? holds(own, other.address) : holds(other, own.address);
  });
}

function holds({ address, length }: Prefix, other: Uint8Array): boolean {
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : 0xff << (8 - (length - bit));
    if (((address[bit >> 3] ^ other[bit >> 3]) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** Records of zone files with addresses in the group's prefix: no move takes them along. VIPs of other groups that share the prefix are theirs. */
async function recordBlockers(publisher: Publisher, network: Network, index: number): Promise<Blocker[]> {
  const { prefixes } = network.groups[index];
  const others = new Set<string>();
  for (const { vips } of network.services)
    vips.forEach((vip, g) => {
      if (g !== index) for (const family of families) others.add(formatted(vip[family]));
    });
  const blockers: Blocker[] = [];
  const look = (name: string, type: number, family: Family, address: Uint8Array): void => {
    const prefix = prefixes[family];
    if (prefix === undefined || !holds(prefix, address) || others.has(formatAddress(address))) return;
    if (blockers.length < MOST_RECORDS)
      blockers.push({
        family,
        kind: 'record',
        detail: `${name} ${mnemonicOf(type)} ${formatAddress(address)} in its zone file`,
      });
  };
  await forEachAddress(publisher, look);
  return blockers;
}

function formatted(address: Uint8Array | undefined): string {
  return address === undefined ? '' : formatAddress(address);
}

/** Calls `visit` for every address in A, AAAA, HTTPS and SVCB records of zone files. */
async function forEachAddress(
  publisher: Publisher,
  visit: (name: string, type: number, family: Family, address: Uint8Array) => void,
): Promise<void> {
  const { served } = publisher;
  if (served === undefined) return;
  const tables = new TableReader();
  tables.use(publisher.arenas.bases[served.base], publisher.arenas.heads[served.head]);
  let seen = 0;
  const breath = async (): Promise<void> => {
    await breathe();
    const now = publisher.served;
    if (now?.base !== served.base || now.head !== served.head)
      throw new Problem('conflict', 'the zone data changed while it was looked through; ask again');
  };
  const look = (node: number): void => {
    if ((tables.flags(node) & NodeFlag.HIDDEN) !== 0) return;
    for (let i = 0; i < tables.rrsetCount(node); i++) {
      const set = tables.rrsetAt(node, i);
      const type = tables.rrsetType(set);
      if (type !== RRType.A && type !== RRType.AAAA && type !== RRType.HTTPS && type !== RRType.SVCB) continue;
      for (const { family, address } of addressesIn(tables, set, type))
        visit(hostName(tables.name(node)), type, family, address);
    }
  };
  const hidden = new Set<number>();
  for (let node = tables.overlayFirst; node > tables.overlayEnd; node = tables.after(node)) {
    const under = tables.underneath(node, publisher.seed);
    if (under !== 0) hidden.add(under);
    look(node);
    if (++seen % PIECE === 0) await breath();
  }
  for (let node = tables.baseFirst; node < tables.baseEnd; node = tables.after(node)) {
    if (++seen % PIECE === 0) await breath();
    if (!hidden.has(node) && tables.apex(tables.zoneOf(node)) !== 0) look(node);
  }
}

function* addressesIn(
  tables: TableReader,
  set: number,
  type: number,
): Generator<{ family: Family; address: Uint8Array }> {
  const bytes = tables.rrBytes(set);
  for (let p = tables.rrAt(set); p < tables.rrEnd(set); ) {
    const at = p + 2;
    p = at + (bytes[p] << 8) + bytes[p + 1];
    if (type === RRType.A || type === RRType.AAAA) {
      yield { family: type === RRType.A ? 'ipv4' : 'ipv6', address: bytes.slice(at, p) };
      continue;
    }
    // SvcPriority, TargetName, then {key, length, value} (RFC 9460 §2.2).
    let q = at + 2;
    while (bytes[q] !== 0) q += bytes[q] + 1;
    for (q++; q + 4 <= p; q += 4 + ((bytes[q + 2] << 8) | bytes[q + 3])) {
      const key = (bytes[q] << 8) | bytes[q + 1];
      const end = q + 4 + ((bytes[q + 2] << 8) | bytes[q + 3]);
      for (const family of families) {
        if (key !== VIA_HINT[family]) continue;
        const size = family === 'ipv4' ? 4 : 16;
        for (let v = q + 4; v + size <= end; v += size) yield { family, address: bytes.slice(v, v + size) };
      }
    }
  }
}
