/** The tables answer every look-up as the plain Maps do, on zones made to be awkward. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { formatName, parseName } from '../../src/wire/name.ts';
import { Found, Lookup } from '../../src/zone/lookup.ts';
import { Suffixes } from '../../src/zone/suffixes.ts';
import { MapReader } from '../support/map-reader.ts';
import { inputOf, record, steer, type TestRecord, TestZone } from '../support/records.ts';
import { SEED, TestTables } from '../support/tables.ts';

const label = fc.constantFrom('a', 'b', 'c', '*', 'x', 'sub');
const relative = fc.array(label, { minLength: 0, maxLength: 4 });
const address = Uint8Array.from([192, 0, 2, 1]);
const soa = Uint8Array.from([0, 0, ...new Array(20).fill(1)]);

/** One owner's records: each kind is legal where it stands. */
const kind = fc.constantFrom('a', 'txt', 'cname', 'dname', 'ns', 'steer', 'steer+mx');

function zoneRecords(apex: string, owners: readonly (readonly [readonly string[], string])[]): TestRecord[] {
  const seen = new Set<string>();
  const records: TestRecord[] = [record(apex, RRType.SOA, soa), record(apex, RRType.NS, parseName('ns.elsewhere.'))];
  const cuts: string[] = [];
  for (const [labels, what] of owners) {
    const owner = [...labels, apex].join('.').replace(/\.\.$/, '.');
    if (owner === apex || seen.has(owner)) continue;
    seen.add(owner);
    const wildcard = labels[0] === '*';
    const hidden = cuts.some((cut) => owner.endsWith(`.${cut}`));
    if (what === 'a' || hidden || (wildcard && (what === 'dname' || what === 'ns')))
      records.push(record(owner, RRType.A, address));
    else if (what === 'txt') records.push(record(owner, RRType.TXT, Uint8Array.from([1, 65])));
    else if (what === 'cname') records.push(record(owner, RRType.CNAME, parseName('a.elsewhere.')));
    else if (what === 'dname') {
      records.push(record(owner, RRType.DNAME, parseName('b.elsewhere.')));
      cuts.push(owner);
    } else if (what === 'ns') {
      records.push(record(owner, RRType.NS, parseName('ns.elsewhere.')));
      cuts.push(owner);
    } else {
      records.push(steer(owner, 'anycast'));
      if (what === 'steer+mx') records.push(record(owner, RRType.MX, Uint8Array.from([0, 1, 0])));
    }
  }
  // A host below a cut is a mistake the loader refuses; such owners were made plain above only if the cut came first.
  return records.filter((r) => r.type !== RRType.STEER || !cuts.some((cut) => r.owner.endsWith(`.${cut}`)));
}

const scenario = fc.record({
  outer: fc.array(fc.tuple(relative, kind), { maxLength: 12 }),
  inner: fc.option(fc.array(fc.tuple(relative, kind), { maxLength: 8 }), { nil: undefined }),
  edited: fc.array(fc.tuple(relative, kind), { maxLength: 12 }),
  queries: fc.array(fc.tuple(relative, fc.constantFrom('example.', 'sub.example.', 'other.', '.')), {
    minLength: 1,
    maxLength: 30,
  }),
});

const TYPES = [RRType.A, RRType.CNAME, RRType.DS, RRType.NS, RRType.ANY, RRType.TXT];

function describeResult(found: Found, lookup: Lookup, zoneName: string, nodeName: string, flags: number): string {
  if (found === Found.REFUSED) return 'refused';
  return `${found} ${zoneName} ${nodeName} ${lookup.apexLabel} ${lookup.label} ${lookup.wildcard} ${flags}`;
}

describe('look-up', () => {
  it('over tables equals look-up over plain Maps, before and after an edit', () => {
    fc.assert(
      fc.property(scenario, ({ outer, inner, edited, queries }) => {
        const tables = new TestTables();
        const zones = [new TestZone('example.', zoneRecords('example.', outer))];
        if (inner !== undefined) zones.push(new TestZone('sub.example.', zoneRecords('sub.example.', inner)));
        tables.load(inputOf(zones));
        compare(tables, zones, queries);
        zones[0].set(zoneRecords('example.', edited));
        tables.load(inputOf(zones));
        compare(tables, zones, queries);
      }),
      { numRuns: 300 },
    );
  });
});

function compare(
  tables: TestTables,
  zones: readonly TestZone[],
  queries: readonly (readonly [readonly string[], string])[],
): void {
  const oracle = new MapReader();
  for (const zone of zones) oracle.addZone(formatName(zone.apex), zone.records);
  const own = new Lookup();
  const other = new Lookup();
  const suffixes = new Suffixes(SEED);
  for (const [labels, base] of queries) {
    const text = [...labels, base].join('.').replace(/\.\.$/, '.');
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
    }
  }
}
