import type { TableReader } from '../tables/table-reader.ts';
import { hashName } from '../zone/suffixes.ts';

/** The node of a steered host, in the most specific zone that holds its name (wire form, lower case); 0 when there is none. */
export function findHost(tables: TableReader, name: Uint8Array, seed: number): number {
  for (let at = 0; ; at += name[at] + 1) {
    const zone = tables.findZone(hashName(seed, name, at, name.length), name, at, name.length);
    if (zone !== 0) {
      const node = tables.find(zone, hashName(seed, name, 0, name.length), name, 0, name.length);
      return node !== 0 && tables.declared(node) !== 0 ? node : 0;
    }
    if (name[at] === 0) return 0;
  }
}
