import { Node } from '../tables/layout.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { hashName } from '../zone/suffixes.ts';
import type { PartWriter } from './part-writer.ts';

/** Copies a node, its declaration and its RRsets into another part. The cell is left to the declaration. @returns its index there */
export function copyNode(from: TableReader, node: number, to: PartWriter, seed: number): number {
  const names = from.names(node);
  const at = from.nameAt(node);
  const end = from.nameEnd(node);
  const copy = to.add(from.zoneOf(node), hashName(seed, names, at, end), names, at, end);
  const declared = from.declared(node);
  to.setWord(copy, Node.CELL, declared);
  to.setWord(copy, Node.DECLARED, declared);
  to.flag(copy, from.flags(node));
  const rrsets = from.rrsetCount(node);
  if (rrsets === 0) return copy;
  const list = to.beginList(rrsets);
  for (let i = 0; i < rrsets; i++) {
    const set = from.rrsetAt(node, i);
    const bytes = from.rrBytes(set);
    const rrset = to.beginRRset(list, i, from.rrsetType(set), from.rrsetTtl(set));
    for (let p = from.rrAt(set), last = from.rrEnd(set); p < last; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      to.record(rrset, bytes, rdata, p);
    }
    to.endRRset(rrset);
  }
  to.setWord(copy, Node.RRSETS, list);
  return copy;
}

/** Adds a node that says its name does not exist, whatever the base has. */
export function hideNode(from: TableReader, node: number, to: PartWriter, seed: number, hidden: number): void {
  const names = from.names(node);
  const at = from.nameAt(node);
  const end = from.nameEnd(node);
  to.flag(to.add(from.zoneOf(node), hashName(seed, names, at, end), names, at, end), hidden);
}
