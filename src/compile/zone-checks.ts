/**
 * What makes a zone wrong as a whole, though each record is right. Source of each rule at its line.
 */
import { Node } from '../tables/layout.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, lowerCase, suffixOffset } from '../wire/name.ts';
import { mnemonicOf } from '../wire/rdata/index.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { ZoneBuilder } from './zone-builder.ts';

/** Types of which an owner has at most one record (RFC 2181 §10.1, RFC 6672 §2.4, RFC 1035 §6.1.1). */
const SINGLETONS: readonly number[] = [RRType.CNAME, RRType.DNAME, RRType.SOA];

/**
 * Checks the records of one node, sorted by type and RDATA.
 *
 * @param order record numbers; duplicates are taken out in place
 * @returns how many are left
 */
export function checkNode(zone: ZoneBuilder, node: number, order: Uint32Array, steered: boolean): number {
  const { records, diagnostics } = zone;
  const owner = (): string => formatName(zone.nameOf(node));
  const isApex = zone.parent(node) === 0;
  const wildcard = isWildcard(zone, node);
  let count = 0;
  let cname = 0;
  for (let i = 0; i < order.length; i++) {
    const record = order[i];
    const type = records.type(record);
    const line = records.line(record);
    const before = count === 0 ? 0 : order[count - 1];
    if (before !== 0 && records.type(before) === type) {
      if (records.compare(before, record) === 0) {
        diagnostics.error(
          'duplicate-record',
          line,
          `${owner()} ${mnemonicOf(type)} is there twice with the same data`,
          'remove one',
          mnemonicOf(type),
        );
        continue;
      }
      if (records.ttl(before) !== records.ttl(record)) {
        // RFC 2181 §5.2
        diagnostics.error(
          'ttl-mismatch',
          line,
          `the records of ${owner()} ${mnemonicOf(type)} have TTLs ${records.ttl(before)} and ${records.ttl(record)}`,
          'give all records of one name and type the same TTL',
          records.ttl(record).toString(),
        );
      }
      if (SINGLETONS.includes(type)) {
        diagnostics.error(
          'not-single',
          line,
          `${owner()} has more than one ${mnemonicOf(type)}`,
          'keep one',
          mnemonicOf(type),
        );
      }
    }
    if (type === RRType.CNAME) cname = record;
    if (type === RRType.SOA && !isApex) {
      diagnostics.error(
        'soa-below-apex',
        line,
        `${owner()} has a SOA below the apex`,
        'put it at the apex, or make a zone of its own',
        'SOA',
      );
    }
    if (type === RRType.NS) zone.nameServers.push(node, record);
    if (type === RRType.DNAME || (type === RRType.NS && !isApex)) zone.hiding.set(node, record);
    if (type === RRType.NS && !isApex) {
      if (wildcard) {
        // RFC 4592 §4.2 leaves its meaning open
        diagnostics.error(
          'wildcard-delegation',
          line,
          `${owner()} is a wildcard and can't be delegated`,
          'name what you delegate',
          'NS',
        );
      }
      if (steered)
        diagnostics.error(
          'steered-delegation',
          line,
          `${owner()} is steered and delegated at once`,
          'keep one of STEER and NS',
          'NS',
        );
    }
    if (type === RRType.DNAME && wildcard) {
      // RFC 4592 §4.4
      diagnostics.error(
        'wildcard-dname',
        line,
        `${owner()} is a wildcard and can't own a DNAME`,
        'name what you redirect',
        'DNAME',
      );
    }
    if (steered && (type === RRType.A || type === RRType.AAAA)) {
      diagnostics.error(
        'steered-address',
        line,
        `${owner()} is steered, so it can't have ${mnemonicOf(type)} records of its own`,
        `remove STEER or the ${mnemonicOf(type)} record`,
        mnemonicOf(type),
      );
    }
    if (type === RRType.DS && isApex) {
      diagnostics.error(
        'ds-at-apex',
        line,
        `${owner()} is the apex; its DS belongs in the parent zone`,
        'move it there',
        'DS',
      );
    }
    order[count++] = record;
  }
  if (cname !== 0 && (count > 1 || steered)) {
    // RFC 1034 §3.6.2, RFC 2181 §10.1. DNSSEC's own records are made by the server and do not count.
    const beside = steered ? 'STEER' : mnemonicOf(records.type(order[0] === cname ? order[1] : order[0]));
    if (steered || records.type(order[0] === cname ? order[1] : order[0]) !== RRType.CNAME) {
      diagnostics.error(
        'cname-and-other',
        records.line(cname),
        `${owner()} has a CNAME beside ${beside}`,
        'a name with a CNAME can have nothing else',
        'CNAME',
      );
    }
  }
  return count;
}

/**
 * Checks that need all nodes: addresses of name servers, and hosts hidden below a delegation.
 * @param end where to end looking for these: at `first` where nothing can hide anything
 */
export function checkZone(zone: ZoneBuilder, first: number, end: number): void {
  const { writer, diagnostics } = zone;
  const { nameServers } = zone;
  for (let i = 0; i < nameServers.length; i += 2) checkNameServer(zone, nameServers[i], nameServers[i + 1]);
  // Of a file with mistakes it is not known what it leaves out.
  if (!diagnostics.hasErrors && !writer.hasType(first, RRType.NS)) {
    diagnostics.warn(
      'no-name-servers',
      0,
      `the zone ${formatName(zone.apex)} has no NS records at its apex`,
      "list the zone's name servers there; resolvers expect them",
    );
  }
  for (let node = first; node < end; node = writer.after(node)) {
    if ((writer.flags(node) & NodeFlag.OCCLUDED) === 0 || writer.word(node, Node.DECLARED) === 0) continue;
    let hider = 0;
    for (let up = zone.parent(node); up !== 0 && hider === 0; up = zone.parent(up)) hider = zone.hiding.get(up) ?? 0;
    const type = mnemonicOf(zone.records.type(hider));
    diagnostics.error(
      'steered-below-cut',
      zone.records.line(hider),
      `${formatName(zone.nameOf(node))} is steered but lies below this ${type}, so it is never answered`,
      `remove one of them`,
      type,
    );
  }
}

/** A name server inside the zone must have an address there, or nobody reaches it (RFC 1034 §4.2.1). */
function checkNameServer(zone: ZoneBuilder, owner: number, record: number): void {
  const target = zone.records.rdata(record).slice();
  lowerCase(target);
  if (suffixOffset(target, zone.apex) < 0) return;
  const node = zone.find(target);
  if (node !== 0) {
    const { writer } = zone;
    if (writer.word(node, Node.DECLARED) !== 0 || writer.hasType(node, RRType.A) || writer.hasType(node, RRType.AAAA))
      return;
  } else if (mayBeElsewhere(zone, target, owner)) return;
  const what = `the name server ${formatName(target)} has no address in the zone`;
  const fix = `add an A or AAAA record for ${formatName(target)}`;
  // It may have one again at any time, and must hold up nothing else meanwhile.
  if (zone.isLayered) zone.diagnostics.warn('missing-glue', zone.records.line(record), what, fix);
  else zone.diagnostics.error('missing-glue', zone.records.line(record), what, fix, 'NS');
}

/**
 * Whether a name that has no node may still have an address: by a wildcard, or in a zone delegated from here, unless that is the very zone
 * whose name server it is.
 */
function mayBeElsewhere(zone: ZoneBuilder, name: Uint8Array, owner: number): boolean {
  const { writer } = zone;
  for (let at = name[0] + 1; at < name.length; at += name[at] + 1) {
    let node = zone.find(name.subarray(at));
    if (node === 0) continue;
    if ((writer.flags(node) & NodeFlag.WILDCARD_CHILD) !== 0) return true;
    for (; node !== 0; node = zone.parent(node)) {
      if ((writer.flags(node) & NodeFlag.CUT) !== 0) return node !== owner;
    }
    return false;
  }
  return false;
}

function isWildcard(zone: ZoneBuilder, node: number): boolean {
  const at = zone.writer.nameAt(node);
  return zone.writer.names[at] === 1 && zone.writer.names[at + 1] === 0x2a;
}
