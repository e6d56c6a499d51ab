/** What no zone of ours holds is refused by the fast path, from the last two labels alone, and nothing else is, whatever zones there are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endingHash } from '../../src/tables/zone-filter.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { hashName } from '../../src/zone/suffixes.ts';
import { queryMessage } from '../support/ask.ts';
import { BothPaths } from '../support/both-paths.ts';
import { inputOf, record, steer, TestZone } from '../support/records.ts';
import { SEED, TestTables } from '../support/tables.ts';

const REFUSED = 5;

function zone(apex: string): TestZone {
  return new TestZone(apex, [
    record(apex, RRType.NS, parseName('ns.elsewhere.')),
    steer(`www.${apex === '.' ? '' : apex}`, 'anycast'),
  ]);
}

function ask(paths: BothPaths, name: string): { rcode: number; fast: boolean } {
  const { batch, complete, fast } = paths.ask(queryMessage(7, name, RRType.A));
  expect(batch, name).toBe(complete);
  return { rcode: Number.parseInt(batch[7], 16), fast };
}

const label = fc.constantFrom('a', 'b', 'A', 'www', 'co');
const name = fc.array(label, { maxLength: 5 }).map((labels) => `${labels.join('.')}.`.replace(/^\.$/, '.'));
const apexes = (least: number): fc.Arbitrary<string[]> =>
  fc
    .array(fc.array(label, { minLength: least, maxLength: 4 }), { minLength: 1, maxLength: 6 })
    .map((all) => [...new Set(all.map((labels) => `${labels.join('.')}.`.toLowerCase()))]);

/** Whether one of the zones is at or above a name. */
function isOurs(zones: readonly string[], asked: string): boolean {
  const dotted = `.${asked === '.' ? '' : asked.toLowerCase()}`;
  return zones.some((apex) => apex === '.' || dotted.endsWith(`.${apex}`));
}

describe('a name', () => {
  it('is refused exactly if no zone holds it, by both paths', () => {
    fc.assert(
      fc.property(fc.oneof(apexes(2), apexes(1)), fc.array(name, { minLength: 1, maxLength: 20 }), (zones, names) => {
        const tables = new TestTables();
        tables.load(inputOf(zones.map(zone)));
        const paths = new BothPaths(tables);
        for (const asked of names) {
          const { rcode, fast } = ask(paths, asked);
          expect(rcode === REFUSED, `${asked} of ${zones.join(' ')}`).toBe(!isOurs(zones, asked));
          if (rcode === REFUSED) expect(fast, asked).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is refused no more once its zone is there, and again when it is gone', () => {
    const tables = new TestTables();
    const paths = new BothPaths(tables);
    const [net, lab, org] = ['example.net.', 'lab.example.net.', 'example.org.'].map(zone);
    tables.load(inputOf([net]));
    expect(ask(paths, 'www.example.org.').rcode).toBe(REFUSED);
    tables.load(inputOf([net, lab, org]));
    expect(ask(paths, 'www.example.org.').rcode).toBe(0);
    expect(ask(paths, 'www.LAB.example.net.').rcode).toBe(0);
    tables.load(inputOf([lab]));
    for (const asked of ['www.example.org.', 'www.example.net.', 'net.', '.'])
      expect(ask(paths, asked).rcode).toBe(REFUSED);
    expect(ask(paths, 'www.lab.example.net.').rcode).toBe(0);
    // A zone of one label holds whatever ends so.
    tables.load(inputOf([zone('all.')]));
    expect(ask(paths, 'anything.at.all.').rcode).toBe(3);
    expect(ask(paths, 'www.all.').rcode).toBe(0);
    expect(ask(paths, 'www.example.net.').rcode).toBe(REFUSED);
  });
});

describe('the last two labels', () => {
  it('are hashed as names are', () => {
    const whole = parseName('example.net.');
    const hash = hashName(SEED, whole, 0, whole.length);
    expect(endingHash(SEED, whole)).toBe(hash);
    expect(endingHash(SEED, parseName('a.b.example.net.'))).toBe(hash);
    expect(endingHash(SEED, parseName('net.'))).toBeUndefined();
    expect(endingHash(SEED, parseName('.'))).toBeUndefined();
  });

  it('of ten thousand zones let few strangers by', () => {
    const tables = new TestTables();
    tables.load(inputOf(Array.from({ length: 10_000 }, (_, i) => zone(`zone${i}.example.`))));
    let passed = 0;
    for (let i = 0; i < 10_000; i++) {
      const stranger = parseName(`other${i}.example.`);
      if (tables.tables.mayHold(hashName(SEED, stranger, 0, stranger.length))) passed++;
    }
    expect(passed).toBeLessThan(500);
    for (let i = 0; i < 10_000; i++) {
      const ours = parseName(`zone${i}.example.`);
      expect(tables.tables.mayHold(hashName(SEED, ours, 0, ours.length))).toBe(true);
    }
  });
});
