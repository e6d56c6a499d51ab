import type { TableReader } from '../tables/table-reader.ts';
import { hashName } from '../zone/suffixes.ts';

/** The node of a steered host, in the most specific zone that holds its name (wire form, lower case); 0 when there is none. */
export function findHost(tables: TableReader, name: Uint8Array, seed: number): number {
  const zone = zoneFor(tables, name, seed);
  if (zone === 0) return 0;
  const node = tables.find(zone, hashName(seed, name, 0, name.length), name, 0, name.length);
  return node !== 0 && tables.declared(node) !== 0 ? node : 0;
}

/** The base's own node of a name in that zone, whatever it is and whether or not the overlay stands before it; 0 when there is none. */
export function findInBase(tables: TableReader, name: Uint8Array, seed: number): number {
  const zone = zoneFor(tables, name, seed);
  return zone === 0 ? 0 : tables.findInBase(zone, hashName(seed, name, 0, name.length), name, 0, name.length);
}

function zoneFor(tables: TableReader, name: Uint8Array, seed: number): number {
  for (let at = 0; ; at += name[at] + 1) {
    const zone = tables.findZone(hashName(seed, name, at, name.length), name, at, name.length);
    if (zone !== 0 || name[at] === 0) return zone;
  }
}
