import type { TableReader } from '../tables/table-reader.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { hashName } from '../zone/suffixes.ts';
import { UsageError } from './command.ts';
import { OFFLINE_SEED } from './offline.ts';

/** A name from the command line in wire form, lower case. @throws UsageError */
export function nameArgument(text: string): Uint8Array {
  try {
    const name = parseName(text);
    lowerCase(name);
    return name;
  } catch (error) {
    if (error instanceof NameError) throw new UsageError(error.message);
    throw error;
  }
}

/** The number of the zone with this apex; 0 when it isn't loaded. */
export function zoneNumber(tables: TableReader, apex: Uint8Array): number {
  return tables.findZone(hashName(OFFLINE_SEED, apex, 0, apex.length), apex, 0, apex.length);
}
