/** Writes a head's zone table (tables/layout.ts `Zone`). */
import type { Head } from '../tables/arena.ts';
import { Header, SLOT_WORDS, Zone } from '../tables/layout.ts';
import { addEnding, endingHash, filterWords } from '../tables/zone-filter.ts';
import { hashName } from '../zone/suffixes.ts';

export interface ZoneRow {
  readonly number: number;
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Reference of the apex node. */
  readonly apexNode: number;
  readonly negativeTtl: number;
  readonly serial: number;
  readonly baseFirst: number;
  readonly baseEnd: number;
  readonly nodes: number;
  readonly hosts: number;
  readonly records: number;
  /** Whether nothing of it may be answered. */
  readonly isWithheld: boolean;
}

export function writeZoneTable(head: Head, rows: readonly ZoneRow[], seed: number): void {
  const highest = rows.reduce((most, row) => Math.max(most, row.number), 0);
  const words = (highest + 1) * Zone.WORDS;
  let slots = 8;
  while (slots < rows.length * 2) slots *= 2;
  head.zones.ensure(words * 4);
  const endings = rows.flatMap(({ apex }) => endingHash(seed, apex) ?? []);
  const filter = endings.length < rows.length ? 0 : filterWords(rows.length);
  const filterAt = slots * SLOT_WORDS;
  head.zoneSlots.ensure((filterAt + filter) * 4);
  const zones = head.zones.u32;
  const table = head.zoneSlots.u32;
  zones.fill(0, 0, words);
  table.fill(0, 0, filterAt + filter);
  zones[Header.SLOTS] = slots;
  zones[Header.COUNT] = rows.length;
  zones[Header.END] = words;
  zones[Header.FILTER] = filter;
  for (const hash of filter === 0 ? [] : endings) addEnding(table, filterAt, filter - 1, hash);
  zones[Header.APEX_LABELS] = rows.reduce((most, { apex }) => Math.max(most, labelsOf(apex)), 0);
  zones[Header.WITHHELD] = rows.filter(({ isWithheld }) => isWithheld).length;
  for (const row of rows) {
    const z = row.number * Zone.WORDS;
    zones[z + Zone.APEX] = row.apexNode;
    zones[z + Zone.NEGATIVE_TTL] = row.negativeTtl;
    zones[z + Zone.SERIAL] = row.serial;
    zones[z + Zone.BASE_FIRST] = row.baseFirst;
    zones[z + Zone.BASE_END] = row.baseEnd;
    zones[z + Zone.NODES] = row.nodes;
    zones[z + Zone.HOSTS] = row.hosts;
    zones[z + Zone.RECORDS] = row.records;
    zones[z + Zone.WITHHELD] = row.isWithheld ? 1 : 0;
    const hash = hashName(seed, row.apex, 0, row.apex.length);
    let s = hash & (slots - 1);
    while (table[s * SLOT_WORDS + 1] !== 0) s = (s + 1) & (slots - 1);
    table[s * SLOT_WORDS] = hash;
    table[s * SLOT_WORDS + 1] = row.number;
  }
}

/** Labels of a name in wire form, the root not counted. */
function labelsOf(name: Uint8Array): number {
  let labels = 0;
  for (let p = 0; name[p] !== 0; p += name[p] + 1) labels++;
  return labels;
}
