import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputOf, record, steer, type TestRecord, TestZone } from '../../test/support/records.ts';
import { SEED } from '../../test/support/tables.ts';
import { Arenas } from '../tables/arena.ts';
import { Zone } from '../tables/layout.ts';
import { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, parseName } from '../wire/name.ts';
import { mnemonicOf } from '../wire/rdata/index.ts';
import { forEachNode } from './compare.ts';
import { Compiler, type LoadSuccess, type Target } from './compiler.ts';
import type { ZoneInput } from './input.ts';
import type { LayerChange, UpdatedSet } from './update-layers.ts';

const APEX = parseName('example.net.');

/** A server's loads, one after another. */
class Loads {
  readonly tables = new TableReader();
  readonly #arenas = new Arenas();
  #compiler = new Compiler(this.#arenas, SEED);
  #served: Target | undefined;
  #last: LoadSuccess | undefined;

  /** Another compiler takes this one's place, as when it has ended. @param updates all that is answered of them */
  anew(updates: readonly LayerChange[]): void {
    const { last, served } = { last: this.#last, served: this.#served };
    if (last === undefined || served === undefined) throw new Error('nothing is loaded');
    const keys = Array.from({ length: this.#compiler.assignments.size }, (_, n) => this.#compiler.assignments.key(n));
    this.#compiler = new Compiler(this.#arenas, SEED, keys, { ...last, served, updates });
  }

  /** @param zones undefined to look at no file */
  load(zones: readonly ZoneInput[] | undefined, updates: readonly LayerChange[] = []): LoadSuccess {
    const input = zones === undefined ? this.#compiler.unchanged : inputOf(zones);
    if (input === undefined) throw new Error('nothing is loaded');
    const target = { base: this.#served?.base === 0 ? 1 : 0, head: this.#served?.head === 0 ? 1 : 0 };
    const result = this.#compiler.load({
      input,
      served: this.#served,
      target,
      now: 1000,
      remembered: new Map(),
      updates,
    });
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
    this.#served = result.use;
    this.#last = result;
    this.tables.use(this.#arenas.bases[result.use.base], this.#arenas.heads[result.use.head]);
    return result;
  }

  /** Everything the tables say, serials apart. */
  content(): string[] {
    const { tables } = this;
    const lines: string[] = [];
    for (let zone = 1; zone < tables.zoneEnd; zone++) {
      if (tables.apex(zone) === 0) continue;
      const counts = [Zone.NODES, Zone.HOSTS, Zone.RECORDS].map((word) => tables.zoneWord(zone, word));
      lines.push(`zone ${formatName(tables.name(tables.apex(zone)))} ${counts}`);
      forEachNode(tables, zone, SEED, (node) => {
        const sets = Array.from({ length: tables.rrsetCount(node) }, (_, i) => {
          const set = tables.rrsetAt(node, i);
          const isSoa = tables.rrsetType(set) === RRType.SOA;
          const octets = isSoa ? '' : tables.rrBytes(set).slice(tables.rrAt(set), tables.rrEnd(set));
          return `${mnemonicOf(tables.rrsetType(set))}/${tables.rrsetTtl(set)}/${octets}`;
        });
        lines.push(`${formatName(tables.name(node))} ${tables.flags(node)} ${tables.declared(node) !== 0} ${sets}`);
      });
    }
    return lines.sort();
  }
}

function hiddenOf({ hidden }: LoadSuccess): string[] {
  return hidden
    .map(({ owner, type, by, at }) => `${formatName(owner)} ${mnemonicOf(type)} by ${formatName(at)} ${mnemonicOf(by)}`)
    .sort();
}

function set(owner: string, type: number, ...records: readonly (readonly number[])[]): UpdatedSet {
  return { owner: parseName(owner), type, ttl: 60, records: records.map((octets) => Uint8Array.from(octets)) };
}

let stamp = 0;
function change(sets: readonly UpdatedSet[], isWhole = false): LayerChange {
  return { apex: APEX, stamp: String(++stamp), isWhole, sets };
}

const ns = record('example.net.', RRType.NS, parseName('ns.other.example.'));
const A = (last: number): Uint8Array => Uint8Array.of(192, 0, 2, last);
const TXT = [3, 0x6f, 0x6e, 0x65];

/** RDATA of a SOA with serial 7. */
const soa = [...parseName('ns.other.example.'), ...parseName('x.other.example.'), 0, 0, 0, 7, ...Array(16).fill(0)];

/** A zone without a file: its SOA and name servers lie in a layer. */
function transferred(): ZoneInput {
  return {
    file: 'transferred',
    apex: APEX,
    isUnchanged: () => true,
    read: () => new Map(),
    under: [
      {
        from: 'its primary',
        stamp: '7',
        read(sink) {
          sink.record(APEX, APEX.length, RRType.SOA, 300, Uint8Array.from(soa), soa.length, 0);
          sink.record(APEX, APEX.length, RRType.NS, 300, ns.rdata, ns.rdata.length, 0);
        },
      },
    ],
  };
}

describe('layers', () => {
  it('answers what updates have made beside the file, which wins', () => {
    const loads = new Loads();
    const zone = new TestZone('example.net.', [ns, record('www.example.net.', RRType.A, A(1))]);
    loads.load([zone]);
    const made = loads.load(undefined, [
      change([
        set('www.example.net.', RRType.A, [192, 0, 2, 9]),
        set('_acme-challenge.www.example.net.', RRType.TXT, TXT),
      ]),
    ]);
    expect(hiddenOf(made)).toEqual(['www.example.net. A by www.example.net. A']);
    expect(loads.content()).toContain(`_acme-challenge.www.example.net. 64 false TXT/60/0,4,${TXT}`);
    expect(loads.content()).toContain('www.example.net. 64 false A/300/0,4,192,0,2,1');

    // The file's record goes, and what it hid is answered.
    zone.set([ns]);
    expect(hiddenOf(loads.load([zone]))).toEqual([]);
    expect(loads.content()).toContain('www.example.net. 64 false A/60/0,4,192,0,2,9');
    // A file that comes to have the name again is told where it hides something.
    zone.set([ns, record('www.example.net.', RRType.CNAME, parseName('example.org.'))]);
    const again = loads.load([zone]);
    expect(again.warnings).toMatchObject([
      {
        code: 'hides-layer',
        line: 2,
        message: 'www.example.net. CNAME hides www.example.net. A of dynamic updates',
      },
    ]);
    expect(loads.content().filter((line) => line.startsWith('www.'))).toEqual([
      `www.example.net. ${64 | 32} false CNAME/300/0,13,${parseName('example.org.')}`,
    ]);
  });

  it('grows the serial of a changed zone, from the one its file gives', () => {
    const loads = new Loads();
    const zone = new TestZone('example.net.', [ns, record('example.net.', RRType.SOA, Uint8Array.from(soa))]);
    expect(loads.load([zone]).zones[0].serial).toBe(7);
    expect(loads.load(undefined, [change([set('a.example.net.', RRType.TXT, TXT)])]).zones[0].serial).toBe(8);
    expect(loads.load(undefined, [change([set('a.example.net.', RRType.TXT, TXT)])]).zones[0].serial).toBe(8);
    expect(loads.load(undefined, [change([set('a.example.net.', RRType.TXT)])]).zones[0].serial).toBe(9);
  });

  it('takes SOA and name servers of a zone without a file from a layer', () => {
    const loads = new Loads();
    const zone = transferred();
    const made = loads.load([zone]);
    expect(made.zones[0].serial).toBe(7);
    expect(made.warnings).toEqual([]);
  });

  it('keeps what updates had made in a zone that comes from another server by now, told and not answered', () => {
    const loads = new Loads();
    const file = new TestZone('example.net.', [ns, record('www.example.net.', RRType.A, A(1))]);
    loads.load([file]);
    loads.load(undefined, [
      change([set('new.example.net.', RRType.TXT, TXT), set('www.example.net.', RRType.TXT, TXT)]),
    ]);
    const is = (name: string): boolean => loads.content().some((line) => line.startsWith(`${name}.example.net. `));
    expect(is('new')).toBe(true);
    const from: ZoneInput = { ...transferred(), secondary: 'answered' };
    const hidden = ['new.example.net. TXT by example.net. TYPE0', 'www.example.net. TXT by example.net. TYPE0'];
    const turned = loads.load([from]);
    expect(hiddenOf(turned)).toEqual(hidden);
    expect(turned.warnings).toMatchObject([
      {
        code: 'hides-layer',
        message: 'example.net. comes from another server, which hides what it had before of dynamic updates (2 RRsets)',
      },
    ]);
    expect([is('new'), is('www')]).toEqual([false, false]);
    // What is removed of them is no longer told of, and nothing else changes. It was told once that they are there.
    const removed = loads.load(undefined, [change([set('www.example.net.', RRType.TXT)])]);
    expect([hiddenOf(removed), removed.warnings, removed.zones[0].serial]).toEqual([
      hidden.slice(0, 1),
      [],
      turned.zones[0].serial,
    ]);
    loads.anew([change([set('new.example.net.', RRType.TXT, TXT)], true)]);
    expect(hiddenOf(loads.load(undefined))).toEqual(hidden.slice(0, 1));
    // Its own again.
    expect(hiddenOf(loads.load([file]))).toEqual([]);
    expect([is('new'), is('www')]).toEqual([true, true]);
  });

  it('makes a new base when many names have come, without looking at a file', () => {
    const loads = new Loads();
    loads.load([new TestZone('example.net.', [ns, steer('www.example.net.', 'anycast')])]);
    const [first] = [loads.load(undefined, [change([set('first.example.net.', RRType.TXT, TXT)])])];
    for (let piece = 0; piece < 5; piece++) {
      const sets = Array.from({ length: 300 }, (_, i) => set(`n${i}.p${piece}.example.net.`, RRType.TXT, TXT));
      loads.load(undefined, [change(sets)]);
    }
    const last = loads.load(undefined, [change([set('first.example.net.', RRType.TXT)])]);
    expect(last.zones[0].records).toBe(first.zones[0].records + 1499);
    expect(loads.content().filter((line) => line.startsWith('n')).length).toBe(1500);
    expect(loads.content().some((line) => line.startsWith('first'))).toBe(false);
    expect(loads.content()).toContain('www.example.net. 64 true ');
  });
});

const NAMES = ['', 'a.', 'b.', 'a.b.', 'c.a.b.', '*.', '*.b.', 'low.', 'x.low.', 'del.', 'x.del.', 'd.c.a.b.'];
/** A name has an alias or something else, as updates keep it. */
const ALIASES = ['b.', 'c.a.b.', '*.b.'];

function rdataOf(type: number, n: number): number[] {
  if (type === RRType.A) return [192, 0, 2, n];
  if (type === RRType.TXT) return [1, 0x61 + n];
  return [...parseName(`t${n}.other.example.`)];
}

const updated = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(RRType.A, RRType.TXT), fc.integer({ min: 0, max: 2 }))
  .map(([name, other, count]) => {
    const type = ALIASES.includes(name) ? RRType.CNAME : other;
    const records = Array.from({ length: type === RRType.CNAME ? Math.min(1, count) : count }, (_, i) =>
      rdataOf(type, i),
    );
    return set(`${name}example.net.`, type, ...records);
  });

/** A file's records: one thing a name, so that nothing is wrong. */
const files = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(...NAMES.filter((name) => name !== '')),
    fc.constantFrom('host', 'A', 'CNAME', 'NS', 'DNAME'),
  ),
  { selector: ([name]) => name, maxLength: 6 },
);

function recordsOf(file: readonly (readonly [string, string])[]): TestRecord[] {
  const cuts = file.filter(([name, what]) => (what === 'NS' || what === 'DNAME') && !name.includes('*'));
  return [
    ns,
    ...file.flatMap(([name, what]): TestRecord[] => {
      const owner = `${name}example.net.`;
      const isBelow = cuts.some(([above]) => above !== name && name.endsWith(`.${above}`));
      if (what === 'host') return isBelow ? [] : [steer(owner, 'anycast')];
      if (what === 'A') return [record(owner, RRType.A, A(77))];
      if (what === 'CNAME') return [record(owner, RRType.CNAME, parseName('file.other.example.'))];
      if (name.includes('*')) return [];
      const type = what === 'NS' ? RRType.NS : RRType.DNAME;
      return [record(owner, type, parseName('cut.other.example.'))];
    }),
  ];
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ sets: fc.array(updated, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ file: files }) },
  { weight: 1, arbitrary: fc.constant('anew' as const) },
);

describe('a change of updates', () => {
  it('makes what reading everything makes, also by a compiler that took the place of another', () => {
    fc.assert(
      fc.property(files, fc.array(step, { maxLength: 8 }), (begin, steps) => {
        const loads = new Loads();
        const zone = new TestZone('example.net.', recordsOf(begin));
        loads.load([zone]);
        const all = new Map<string, UpdatedSet>();
        const layer = (): LayerChange =>
          change(
            [...all.values()].filter((s) => s.records.length > 0),
            true,
          );
        for (const one of steps) {
          if (one === 'anew') {
            loads.anew([layer()]);
            continue;
          }
          let result: LoadSuccess;
          if ('file' in one) {
            zone.set(recordsOf(one.file));
            result = loads.load([zone]);
          } else {
            // The last of each set counts, as in a group of updates.
            const sets = [...new Map(one.sets.map((s) => [`${formatName(s.owner)} ${s.type}`, s])).values()];
            for (const s of sets) all.set(`${formatName(s.owner)} ${s.type}`, s);
            result = loads.load(undefined, [change(sets)]);
          }
          const whole = new Loads();
          const expected = whole.load([zone], [layer()]);
          expect(loads.content()).toEqual(whole.content());
          expect(hiddenOf(result)).toEqual(hiddenOf(expected));
          expect(result.zones[0].digest).toBe(expected.zones[0].digest);
        }
      }),
      { numRuns: 150 },
    );
  });
});
