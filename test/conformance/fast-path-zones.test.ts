/** The fast path answers as the complete path does whatever zones there are: awkward ones, nested, before and after an edit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { queryMessage } from '../support/ask.ts';
import { type Asked, nameUnder, ownersAndNeighbours, scenario, zoneRecords } from '../support/awkward-zones.ts';
import { BothPaths } from '../support/both-paths.ts';
import { inputOf, steer, TestZone } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';

const TYPES = [1, 28, 16, 2, 5, 6, 15, 39, 43, 65, 255];

/** MNAME and RNAME that share nothing with the questions, the apex, more than it, or all of them. */
const names = fc.constantFrom(
  '.',
  'ns.elsewhere.',
  'example.',
  'a.example.',
  'b.a.example.',
  'c.sub.example.',
  'a.other.',
);

const way = fc.record(
  {
    edns: fc.constantFrom(0, 512, 900, 1232, 4096),
    dnssecOk: fc.boolean(),
    ecs: fc.record({ address: fc.uint8Array({ minLength: 4, maxLength: 4 }), source: fc.nat(32) }),
  },
  { requiredKeys: ['edns'] },
);

/** Capital letters where the bits of a number say so. */
function capitals(name: string, bits: number): string {
  return [...name].map((c, i) => (((bits >>> (i & 15)) & 1) === 1 ? c.toUpperCase() : c)).join('');
}

describe('fast path over awkward zones', () => {
  it('equals the complete path, before and after an edit', () => {
    // How many answers of the fast path had which RCODE and records.
    const reached = new Map<string, number>();
    const compare = (paths: BothPaths, queries: Asked, options: { edns: number }, bits: number): void => {
      for (const [labels, base] of queries) {
        const asked = capitals(nameUnder(labels, base), bits);
        for (const type of TYPES) {
          for (const how of [{}, options]) {
            const { batch, complete, fast } = paths.ask(queryMessage(bits, asked, type, how), Channel.UDP_IPV4);
            expect(`${asked} ${type}: ${batch}`).toBe(`${asked} ${type}: ${complete}`);
            const key = `${batch[7]} ${batch.slice(12, 20)}`;
            if (fast) reached.set(key, (reached.get(key) ?? 0) + 1);
          }
        }
      }
    };
    fc.assert(
      fc.property(
        scenario,
        names,
        names,
        way,
        fc.nat(0xffff),
        ({ outer, inner, edited, queries }, mname, rname, options, bits) => {
          const tables = new TestTables();
          const soa = { mname, rname };
          const zones = [new TestZone('example.', zoneRecords('example.', outer, soa))];
          if (inner !== undefined) zones.push(new TestZone('sub.example.', zoneRecords('sub.example.', inner, soa)));
          tables.load(inputOf(zones));
          const paths = new BothPaths(tables);
          // Owners too, and neighbours of theirs, which wildcards may stand for.
          const asked = [
            ...queries,
            ...ownersAndNeighbours('example.', [...outer, ...edited]),
            ...ownersAndNeighbours('sub.example.', inner ?? []),
          ];
          compare(paths, asked, options, bits);
          zones[0].set(zoneRecords('example.', edited, { mname: rname, rname: mname }));
          tables.load(inputOf(zones));
          compare(paths, asked, options, bits);
        },
      ),
      { numRuns: 80 },
    );
    // RCODE, then counts of answers and authority: records, one and two; no such type; no such name; not ours.
    for (const key of ['0 00010000', '0 00020000', '0 00000001', '3 00000001', '5 00000000'])
      expect([key, (reached.get(key) ?? 0) > 20]).toEqual([key, true]);
  });

  it('takes a negative answer of any name it can, however long', () => {
    const tables = new TestTables();
    const records = zoneRecords('example.', [[['a'], 'a']], { mname: 'ns.a.example.', rname: 'admin.ns.a.example.' });
    tables.load(
      inputOf([
        new TestZone('example.', records),
        new TestZone('.', [...zoneRecords('.', []), steer('ns.elsewhere.', 'anycast')]),
      ]),
    );
    const paths = new BothPaths(tables);
    const long = (labels: number): string => new Array(labels).fill('x').join('.');
    for (const [asked, taken] of [
      ['nope.example', true],
      ['x.y.z.example', true],
      [`${long(38)}.example`, true],
      [`${long(100)}.example`, false],
      // Compressed with more than the apex.
      ['nope.a.example', false],
      ['nope', true],
      [long(30), true],
      ['.', true],
    ] as const) {
      for (const type of [1, 16]) {
        const { batch, complete, fast } = paths.ask(queryMessage(7, asked, type, { edns: 1232 }));
        expect(batch).toBe(complete);
        expect([asked, fast]).toEqual([asked, taken]);
      }
    }
  });

  it('goes by the SOA of the newest zones', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.', zoneRecords('example.', [], { mname: 'ns.elsewhere.' }));
    tables.load(inputOf([zone]));
    const paths = new BothPaths(tables);
    const query = queryMessage(7, 'nope.example', 1);
    const before = paths.ask(query);
    zone.set(zoneRecords('example.', [], { mname: 'other.elsewhere.' }));
    tables.load(inputOf([zone]));
    const after = paths.ask(query);
    expect([before.fast, after.fast]).toEqual([true, true]);
    expect(after.batch).not.toBe(before.batch);
    expect(after.batch).toBe(after.complete);
  });
});
