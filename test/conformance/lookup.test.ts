/** The tables answer every look-up as the plain Maps do and as RFC 1034 has it, on zones made to be awkward. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { formatName, parseName } from '../../src/wire/name.ts';
import { Found, Lookup } from '../../src/zone/lookup.ts';
import { Suffixes } from '../../src/zone/suffixes.ts';
import { type Asked, nameUnder, ownersAndNeighbours, scenario, zoneRecords } from '../support/awkward-zones.ts';
import { MapReader } from '../support/map-reader.ts';
import { inputOf, TestZone } from '../support/records.ts';
import { SEED, TestTables } from '../support/tables.ts';
import { textbookLookup } from '../support/textbook-lookup.ts';

const TYPES = [RRType.A, RRType.CNAME, RRType.DS, RRType.NS, RRType.ANY, RRType.TXT];

function describeResult(found: Found, lookup: Lookup, zoneName: string, nodeName: string, flags: number): string {
  if (found === Found.REFUSED) return 'refused';
  return `${found} ${zoneName} ${nodeName} ${lookup.apexLabel} ${lookup.label} ${lookup.wildcard} ${flags}`;
}

describe('look-up', () => {
  it('over tables equals look-up over plain Maps and by the book, before and after an edit', () => {
    fc.assert(
      fc.property(scenario, ({ outer, inner, edited, queries }) => {
        const tables = new TestTables();
        const zones = [new TestZone('example.', zoneRecords('example.', outer))];
        if (inner !== undefined) zones.push(new TestZone('sub.example.', zoneRecords('sub.example.', inner)));
        tables.load(inputOf(zones));
        const asked = [...queries, ...ownersAndNeighbours('example.', [...outer, ...edited])];
        compare(tables, zones, asked);
        zones[0].set(zoneRecords('example.', edited));
        tables.load(inputOf(zones));
        compare(tables, zones, asked);
      }),
      { numRuns: 120 },
    );
  });
});

function compare(tables: TestTables, zones: readonly TestZone[], queries: Asked): void {
  const nameOf = (node: number): string => formatName(tables.tables.name(node));
  const oracle = new MapReader();
  for (const zone of zones) oracle.addZone(formatName(zone.apex), zone.records);
  const own = new Lookup();
  const other = new Lookup();
  const suffixes = new Suffixes(SEED);
  for (const [labels, base] of queries) {
    const text = nameUnder(labels, base);
    const wire = parseName(text);
    expect(suffixes.take(wire, 0, wire.length)).toBe(wire.length);
    for (const type of TYPES) {
      const a = own.run(tables.tables, suffixes, type);
      const b = other.run(oracle, suffixes, type);
      const inTables =
        a === Found.REFUSED
          ? 'refused'
          : describeResult(
              a,
              own,
              formatName(tables.tables.name(tables.tables.apex(own.zone))),
              formatName(tables.tables.name(own.node)),
              tables.tables.flags(own.node) & 0x3f,
            );
      const inMaps =
        b === Found.REFUSED
          ? 'refused'
          : describeResult(
              b,
              other,
              oracle.zones[other.zone - 1].apex,
              oracle.node(other.node).name,
              oracle.flags(other.node) & 0x3f,
            );
      expect(`${text} ${type}: ${inTables}`).toBe(`${text} ${type}: ${inMaps}`);
      const { zone, node } = own;
      const named =
        a === Found.REFUSED ? undefined : { found: a, zone: nameOf(tables.tables.apex(zone)), node: nameOf(node) };
      expect([text, type, named]).toEqual([text, type, textbookLookup(zones, text, type)]);
    }
  }
}
