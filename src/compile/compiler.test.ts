import { describe, expect, it } from 'vitest';
import { inputOf, record, steer, TestZone } from '../../test/support/records.ts';
import { SEED, TestTables } from '../../test/support/tables.ts';
import { findHost } from '../control/find-host.ts';
import { Zone } from '../tables/layout.ts';
import { RRType } from '../wire/constants.ts';
import { parseName } from '../wire/name.ts';

const A = (last: number): Uint8Array => Uint8Array.from([192, 0, 2, last]);

function host(tables: TestTables, name: string): { declared: string | undefined } | undefined {
  const node = findHost(tables.tables, parseName(name), SEED);
  return node === 0 ? undefined : { declared: tables.compiler.assignments.key(tables.tables.declared(node))?.ipv4 };
}

const ns = record('example.net.', RRType.NS, parseName('ns.other.example.'));

describe('loading', () => {
  it('serves what it loads', () => {
    const tables = new TestTables();
    const result = tables.load(inputOf([new TestZone('example.net.', [ns, steer('www.example.net.', 'anycast')])]));
    expect(result.zones).toMatchObject([{ name: 'example.net.', hosts: 1, serial: tables.now }]);
    expect(host(tables, 'www.example.net.')).toEqual({ declared: 'anycast' });
    expect(host(tables, 'nope.example.net.')).toBeUndefined();
  });

  it('puts a small change into the overlay and leaves the base alone', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [
      ns,
      steer('a.example.net.', 'anycast'),
      steer('b.example.net.', 'anycast'),
      steer('c.example.net.', 'zurich'),
    ]);
    const first = tables.load(inputOf([zone]));
    zone.set([
      ns,
      steer('b.example.net.', 'europe'),
      steer('c.example.net.', 'zurich'),
      steer('d.example.net.', 'anycast'),
    ]);
    const second = tables.load(inputOf([zone]));
    expect(second.use.base).toBe(first.use.base);
    expect(second.use.head).not.toBe(first.use.head);
    expect(second.changes).toMatchObject({ added: 1, changed: 1, removed: 1, zonesChanged: 1 });
    expect(second.changes.lines.map((l) => `${l.sign} ${l.text}`)).toEqual([
      '- a.example.net. 60 IN STEER web anycast',
      '- b.example.net. 60 IN STEER web anycast',
      '+ b.example.net. 60 IN STEER web europe',
      '+ d.example.net. 60 IN STEER web anycast',
    ]);
    expect(host(tables, 'a.example.net.')).toBeUndefined();
    expect(host(tables, 'b.example.net.')).toEqual({ declared: 'europe' });
    expect(host(tables, 'c.example.net.')).toEqual({ declared: 'zurich' });
    expect(host(tables, 'd.example.net.')).toEqual({ declared: 'anycast' });
  });

  it('keeps earlier overlay changes, and takes them back', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [
      ns,
      steer('a.example.net.', 'anycast'),
      steer('b.example.net.', 'anycast'),
    ]);
    tables.load(inputOf([zone]));
    zone.set([ns, steer('a.example.net.', 'europe')]);
    tables.load(inputOf([zone]));
    zone.set([ns, steer('a.example.net.', 'europe'), steer('e.example.net.', 'zurich')]);
    tables.load(inputOf([zone]));
    expect(host(tables, 'a.example.net.')).toEqual({ declared: 'europe' });
    expect(host(tables, 'b.example.net.')).toBeUndefined();
    expect(host(tables, 'e.example.net.')).toEqual({ declared: 'zurich' });
    zone.set([ns, steer('a.example.net.', 'anycast'), steer('b.example.net.', 'anycast')]);
    tables.load(inputOf([zone]));
    expect(host(tables, 'a.example.net.')).toEqual({ declared: 'anycast' });
    expect(host(tables, 'b.example.net.')).toEqual({ declared: 'anycast' });
    expect(host(tables, 'e.example.net.')).toBeUndefined();
  });

  it('holds each changed name once, however often it changes', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [ns, steer('a.example.net.', 'anycast')]);
    tables.load(inputOf([zone]));
    for (const group of ['europe', 'zurich', 'switzerland', 'europe']) {
      zone.set([ns, steer('a.example.net.', group)]);
      tables.load(inputOf([zone]));
    }
    // The host, and the apex with its serial.
    expect(tables.tables.counts.overlay).toBe(2);
  });

  it('makes a new base when much changes, with the other zones in it', () => {
    const tables = new TestTables();
    const big = new TestZone(
      'big.example.',
      Array.from({ length: 3000 }, (_, i) => steer(`h${i}.big.example.`, 'anycast')),
    );
    const small = new TestZone('example.net.', [ns, steer('a.example.net.', 'anycast')]);
    const first = tables.load(inputOf([big, small]));
    big.set(Array.from({ length: 3000 }, (_, i) => steer(`h${i}.big.example.`, 'europe')));
    const second = tables.load(inputOf([big, small]));
    expect(second.use.base).not.toBe(first.use.base);
    expect(second.changes).toMatchObject({ added: 0, changed: 3000, removed: 0 });
    expect(host(tables, 'h2999.big.example.')).toEqual({ declared: 'europe' });
    expect(host(tables, 'a.example.net.')).toEqual({ declared: 'anycast' });
  });

  it('forgets a zone whose file is gone, and numbers a new one afresh', () => {
    const tables = new TestTables();
    const one = new TestZone('one.example.', [steer('www.one.example.', 'anycast')]);
    const two = new TestZone('two.example.', [steer('www.two.example.', 'anycast')]);
    tables.load(inputOf([one, two]));
    const second = tables.load(inputOf([two]));
    expect(second.changes).toMatchObject({ zonesRemoved: 1 });
    expect(host(tables, 'www.one.example.')).toBeUndefined();
    expect(host(tables, 'www.two.example.')).toEqual({ declared: 'anycast' });
    const three = new TestZone('three.example.', [steer('www.three.example.', 'zurich')]);
    tables.load(inputOf([two, three, one]));
    expect(host(tables, 'www.one.example.')).toEqual({ declared: 'anycast' });
    expect(host(tables, 'www.three.example.')).toEqual({ declared: 'zurich' });
  });

  it('does nothing when nothing changed', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [ns, steer('a.example.net.', 'anycast')]);
    const first = tables.load(inputOf([zone]));
    zone.set(zone.records);
    const second = tables.load(inputOf([zone]));
    expect(second.use).toEqual(first.use);
    expect(second.zones[0].serial).toBe(first.zones[0].serial);
  });

  it('raises serials to what transfers have, without reading anything', () => {
    const tables = new TestTables();
    const zones = ['a.example.', 'b.example.'].map(
      (name) =>
        new TestZone(name, [record(name, RRType.NS, parseName('ns.other.example.')), steer(`www.${name}`, 'zurich')]),
    );
    const first = tables.load(inputOf(zones));
    const serial = first.zones[0].serial;
    tables.leastSerials = new Map([['a.example.', serial + 5]]);
    // Broken by now: nobody looks.
    zones[0].set([steer('www.a.example.', 'nowhere')]);
    const raised = tables.load(tables.compiler.unchanged!);
    expect(raised.zones.map((z) => `${z.name} ${z.serial}`).sort()).toEqual([
      `a.example. ${serial + 5}`,
      `b.example. ${serial}`,
    ]);
    expect([raised.use.base, raised.use.head]).toEqual([first.use.base, 1 - first.use.head]);
    expect(raised.changes).toMatchObject({ added: 0, changed: 0, removed: 0, zonesChanged: 0 });
    const { tables: reader } = tables;
    const soa = reader.rrset(reader.apex(1), RRType.SOA);
    expect(new DataView(reader.rrBytes(soa).slice().buffer).getUint32(reader.rrEnd(soa) - 20)).toBe(serial + 5);
    expect(host(tables, 'www.a.example.')).toEqual({ declared: 'zurich' });
    // Once they are there, nothing is to be done.
    expect(tables.load(tables.compiler.unchanged!).use).toEqual(raised.use);
  });

  it('gives what differs from a transfer another serial', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [ns, steer('www.example.net.', 'zurich')]);
    const { serial } = tables.load(inputOf([zone])).zones[0];
    tables.leastSerials = new Map([['example.net.', serial + 5]]);
    zone.set([ns, steer('www.example.net.', 'europe')]);
    expect(tables.load(inputOf([zone])).zones[0].serial).toBe(serial + 6);
  });

  it('grows the serial with content, not with the clock or with a touch', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [ns, steer('a.example.net.', 'anycast')]);
    const first = tables.load(inputOf([zone])).zones[0].serial;
    zone.set([ns, steer('a.example.net.', 'europe')]);
    expect(tables.load(inputOf([zone])).zones[0].serial).toBe(first + 1);
    tables.now += 100;
    zone.set([ns, steer('a.example.net.', 'zurich')]);
    expect(tables.load(inputOf([zone])).zones[0].serial).toBe(tables.now);
    expect(tables.tables.serial(1)).toBe(tables.now);
  });

  it('changes nothing on a mistake, and tells all of them', () => {
    const tables = new TestTables();
    const good = new TestZone('example.net.', [ns, steer('a.example.net.', 'anycast')]);
    tables.load(inputOf([good]));
    good.set([
      ns,
      steer('a.example.net.', 'anycast'),
      steer('a.example.net.', 'europe'),
      steer('b.example.net.', 'nowhere'),
      record('c.example.org.', RRType.A, A(1)),
    ]);
    expect(() => tables.load(inputOf([good]))).toThrow(/steered twice[\s\S]*nowhere[\s\S]*not in the zone/);
    expect(host(tables, 'a.example.net.')).toEqual({ declared: 'anycast' });
    good.set([ns, steer('a.example.net.', 'zurich')]);
    tables.load(inputOf([good]));
    expect(host(tables, 'a.example.net.')).toEqual({ declared: 'zurich' });
  });

  it('compares equal to a load from nothing, whatever the path of edits', () => {
    const tables = new TestTables();
    const zone = new TestZone('example.net.', [ns]);
    let state = 7;
    const random = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % n;
    };
    const groups = ['anycast', 'europe', 'switzerland', 'zurich'];
    for (let round = 0; round < 40; round++) {
      const records = [ns];
      for (let i = 0; i < 30; i++) {
        if (random(3) === 0) continue;
        records.push(
          random(4) === 0
            ? record(`h${i}.x.example.net.`, RRType.A, A(random(4)))
            : steer(`h${i}.x.example.net.`, groups[random(4)]),
        );
      }
      zone.set(records);
      tables.load(inputOf([zone]));
      const fresh = new TestTables();
      fresh.load(inputOf([zone]));
      for (let i = 0; i < 30; i++)
        expect(host(tables, `h${i}.x.example.net.`)).toEqual(host(fresh, `h${i}.x.example.net.`));
      expect(tables.tables.zoneWord(1, Zone.NODES)).toBe(fresh.tables.zoneWord(1, Zone.NODES));
    }
  });
});
