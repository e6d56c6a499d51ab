/** RFC 2136 §3, rule by rule; and what is ours beyond it. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { record, steer } from '../../../test/support/records.ts';
import { add, TestUpdates, wire } from '../../../test/support/updated-zone.ts';
import type { UpdateRecord } from '../../transfer/update-message.ts';
import { Rcode, RRClass, RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import { rcodeText } from '../../wire/rcode-text.ts';

const { A, AAAA, CNAME, TXT, SOA, NS, ANY, MX, DNAME, DS } = RRType;
const { IN, NONE, ANY: CLASS_ANY, CH } = RRClass;
const FILE = [
  record('example.net.', NS, parseName('ns.other.example.')),
  record('file.example.net.', A, Uint8Array.of(192, 0, 2, 1)),
  record('file.example.net.', A, Uint8Array.of(192, 0, 2, 2)),
  record('alias.example.net.', CNAME, parseName('File.example.net.')),
  record('cut.example.net.', NS, parseName('ns.other.example.')),
  record('deep.er.example.net.', TXT, Uint8Array.of(1, 0x78)),
  steer('www.example.net.', 'anycast'),
];
const text = (letter: string): number[] => [1, letter.charCodeAt(0)];
const address = (last: number): number[] => [192, 0, 2, last];
const name = (of: string): number[] => [...parseName(of)];

let zone: TestUpdates;
beforeEach(() => {
  zone = new TestUpdates(FILE);
});
const send = (updates: readonly UpdateRecord[], prerequisites: readonly UpdateRecord[] = []): string =>
  rcodeText(zone.send(updates, prerequisites).rcode);

describe('prerequisites (RFC 2136 §3.2)', () => {
  const rows: [string, UpdateRecord[], string][] = [
    // §3.2.1, §2.4: form
    ['TTL', [wire('file.example.net.', A, CLASS_ANY, [], 1)], 'FORMERR'],
    ['RDATA of class ANY', [wire('file.example.net.', A, CLASS_ANY, address(1))], 'FORMERR'],
    ['RDATA of class NONE', [wire('file.example.net.', A, NONE, address(1))], 'FORMERR'],
    ['another class', [wire('file.example.net.', A, CH)], 'FORMERR'],
    ['outside of the zone', [wire('example.org.', A, CLASS_ANY)], 'NOTZONE'],
    // §2.4.1: RRset exists (value independent)
    ['RRset exists, and does', [wire('file.example.net.', A, CLASS_ANY)], 'NOERROR'],
    ['RRset exists, steered', [wire('www.example.net.', AAAA, CLASS_ANY)], 'NOERROR'],
    ['RRset exists, and does not', [wire('file.example.net.', TXT, CLASS_ANY)], 'NXRRSET'],
    // §2.4.2: RRset exists (value dependent)
    [
      'RRset is this, in any order',
      [wire('file.example.net.', A, IN, address(2)), wire('file.example.net.', A, IN, address(1))],
      'NOERROR',
    ],
    ['RRset is part of this', [wire('file.example.net.', A, IN, address(1))], 'NXRRSET'],
    ['RRset is more than this', [1, 2, 3].map((last) => wire('file.example.net.', A, IN, address(last))), 'NXRRSET'],
    [
      'RRset with a name of another case',
      [wire('alias.example.net.', CNAME, IN, name('fIlE.example.net.'))],
      'NOERROR',
    ],
    [
      'RRset is this, said twice',
      [1, 2, 1, 2].map((last) => wire('file.example.net.', A, IN, address(last))),
      'NOERROR',
    ],
    [
      'RRset is far from this',
      Array.from({ length: 3000 }, (_, i) => wire('file.example.net.', A, IN, [192, 0, i >> 8, i & 255])),
      'NXRRSET',
    ],
    ['RRset that is not there', [wire('nope.example.net.', A, IN, address(1))], 'NXRRSET'],
    // §2.4.3: RRset does not exist
    ['RRset exists not, but does', [wire('file.example.net.', A, NONE)], 'YXRRSET'],
    ['RRset exists not, and does not', [wire('file.example.net.', TXT, NONE)], 'NOERROR'],
    // §2.4.4: name is in use
    ['name in use', [wire('file.example.net.', ANY, CLASS_ANY)], 'NOERROR'],
    ['name in use, steered', [wire('www.example.net.', ANY, CLASS_ANY)], 'NOERROR'],
    ['name in use, an empty non-terminal', [wire('er.example.net.', ANY, CLASS_ANY)], 'NXDOMAIN'],
    ['name in use, and is not', [wire('nope.example.net.', ANY, CLASS_ANY)], 'NXDOMAIN'],
    // §2.4.5: name is not in use
    ['name not in use, but is', [wire('file.example.net.', ANY, NONE)], 'YXDOMAIN'],
    ['name not in use, an empty non-terminal', [wire('er.example.net.', ANY, NONE)], 'NOERROR'],
    ['name not in use, and is not', [wire('nope.example.net.', ANY, NONE)], 'NOERROR'],
  ];
  it.each(rows)('%s', (_, prerequisites, rcode) => {
    expect(send([add('new.example.net.', TXT, text('x'))], prerequisites)).toBe(rcode);
    expect(zone.rrset('new.example.net.', TXT)).toEqual(rcode === 'NOERROR' ? [text('x').join('.')] : undefined);
  });

  it('see what updates before have made', () => {
    send([add('new.example.net.', TXT, text('x'))]);
    expect(send([], [wire('new.example.net.', TXT, IN, text('x'))])).toBe('NOERROR');
    expect(send([], [wire('new.example.net.', ANY, NONE)])).toBe('YXDOMAIN');
  });
});

describe('the prescan (§3.4.1)', () => {
  it.each<[string, UpdateRecord, string]>([
    ['outside of the zone', add('example.org.', A, address(1)), 'NOTZONE'],
    ['ANY of the zone’s class', add('x.example.net.', ANY, []), 'FORMERR'],
    ['AXFR of the zone’s class', add('x.example.net.', RRType.AXFR, []), 'FORMERR'],
    ['TTL of class ANY', wire('x.example.net.', A, CLASS_ANY, [], 1), 'FORMERR'],
    ['RDATA of class ANY', wire('x.example.net.', A, CLASS_ANY, address(1)), 'FORMERR'],
    ['MAILA of class ANY', wire('x.example.net.', RRType.MAILA, CLASS_ANY), 'FORMERR'],
    ['TTL of class NONE', wire('x.example.net.', A, NONE, address(1), 1), 'FORMERR'],
    ['ANY of class NONE', wire('x.example.net.', ANY, NONE), 'FORMERR'],
    ['another class', wire('x.example.net.', A, CH, address(1)), 'FORMERR'],
  ])('%s', (_, bad, rcode) => {
    const good = add('good.example.net.', TXT, text('x'));
    expect(send([good, bad])).toBe(rcode);
    // All or nothing.
    expect(zone.rrset('good.example.net.', TXT)).toBeUndefined();
  });
});

describe('what is changed (§3.4.2)', () => {
  it('adds to an RRset, once, with the TTL given last', () => {
    send([add('new.example.net.', TXT, text('a'), 60), add('new.example.net.', TXT, text('b'), 60)]);
    expect(send([add('new.example.net.', TXT, text('a'), 30)])).toBe('NOERROR');
    expect(zone.rrset('new.example.net.', TXT)).toEqual([text('a').join('.'), text('b').join('.')]);
    expect(zone.ttl('new.example.net.', TXT)).toBe(30);
  });

  it('takes a CNAME for one that is there, and passes over one beside other records, and others beside it', () => {
    send([add('c.example.net.', CNAME, name('one.example.'))]);
    send([add('c.example.net.', CNAME, name('two.example.'))]);
    expect(zone.rrset('c.example.net.', CNAME)).toEqual([name('two.example.').join('.')]);
    expect(send([add('c.example.net.', TXT, text('x'))])).toBe('NOERROR');
    expect(zone.rrset('c.example.net.', TXT)).toBeUndefined();
    send([add('t.example.net.', TXT, text('x'))]);
    expect(send([add('t.example.net.', CNAME, name('one.example.'))])).toBe('NOERROR');
    expect(zone.rrset('t.example.net.', CNAME)).toBeUndefined();
    // Within one update what stands before counts.
    expect(send([wire('t.example.net.', ANY, CLASS_ANY), add('t.example.net.', CNAME, name('one.example.'))])).toBe(
      'NOERROR',
    );
    expect(zone.rrset('t.example.net.', CNAME)).toHaveLength(1);
  });

  it('deletes a record, an RRset, a name, and is content where there is none', () => {
    const all = [
      add('d.example.net.', TXT, text('a')),
      add('d.example.net.', TXT, text('b')),
      add('d.example.net.', A, address(9)),
      add('d.example.net.', MX, [0, 10, ...name('Mail.example.')]),
    ];
    send(all);
    expect(send([wire('d.example.net.', TXT, NONE, text('a')), wire('d.example.net.', TXT, NONE, text('z'))])).toBe(
      'NOERROR',
    );
    expect(zone.rrset('d.example.net.', TXT)).toEqual([text('b').join('.')]);
    send([wire('d.example.net.', MX, NONE, [0, 10, ...name('mail.EXAMPLE.')])]);
    expect(zone.rrset('d.example.net.', MX)).toBeUndefined();
    send([wire('d.example.net.', TXT, CLASS_ANY)]);
    expect(zone.rrset('d.example.net.', TXT)).toBeUndefined();
    send([wire('d.example.net.', ANY, CLASS_ANY)]);
    expect(zone.rrset('d.example.net.', A)).toBeUndefined();
    expect(send([wire('d.example.net.', ANY, CLASS_ANY), wire('d.example.net.', A, NONE, address(9))])).toBe('NOERROR');
  });

  it('passes over deletions of SOA and of the apex’s name servers', () => {
    send([add('example.net.', TXT, text('x'))]);
    expect(send([wire('example.net.', ANY, CLASS_ANY), wire('example.net.', SOA, CLASS_ANY)])).toBe('NOERROR');
    expect(send([wire('example.net.', NS, CLASS_ANY)])).toBe('NOERROR');
    expect(send([wire('example.net.', NS, NONE, name('ns.other.example.'))])).toBe('NOERROR');
    expect(zone.rrset('example.net.', TXT)).toBeUndefined();
    expect(zone.rrset('example.net.', NS)).toHaveLength(1);
    expect(zone.rrset('example.net.', SOA)).toHaveLength(1);
  });
});

describe('what the file has', () => {
  it.each<[string, UpdateRecord, string]>([
    ['an RRset', add('file.example.net.', A, address(3)), 'the zone file has file.example.net. A'],
    [
      'what an alias keeps out',
      add('alias.example.net.', TXT, text('x')),
      'the zone file has alias.example.net. CNAME',
    ],
    [
      'what keeps an alias out',
      add('file.example.net.', CNAME, name('x.example.')),
      'the zone file has file.example.net. A',
    ],
    ['a steered host', add('www.example.net.', A, address(3)), 'the zone file has www.example.net. STEER'],
    ['a name below a zone cut', add('x.cut.example.net.', A, address(3)), 'the zone file has cut.example.net. NS'],
    ['an RRset, deleted', wire('file.example.net.', A, CLASS_ANY), 'the zone file has file.example.net. A'],
    ['a record, deleted', wire('file.example.net.', A, NONE, address(2)), 'the zone file has file.example.net. A'],
    ['a name, deleted', wire('file.example.net.', ANY, CLASS_ANY), 'the zone file has file.example.net. A'],
    ['a steered host, deleted', wire('www.example.net.', ANY, CLASS_ANY), 'the zone file has www.example.net. STEER'],
  ])('is not changed: %s', (_, bad, why) => {
    const good = add('good.example.net.', TXT, text('x'));
    expect(zone.send([good, bad])).toMatchObject({ rcode: Rcode.REFUSED, text: why });
    expect(zone.rrset('good.example.net.', TXT)).toBeUndefined();
    expect(zone.rrset('file.example.net.', A)).toHaveLength(2);
  });

  it('leaves room beside: other types of its names, records it does not have', () => {
    expect(send([add('file.example.net.', TXT, text('x')), add('www.example.net.', TXT, text('y'))])).toBe('NOERROR');
    expect(send([wire('file.example.net.', A, NONE, address(9))])).toBe('NOERROR');
    expect(zone.rrset('www.example.net.', TXT)).toHaveLength(1);
  });
});

describe('what updates never have', () => {
  it.each([SOA, NS, DS, DNAME, RRType.DNSKEY, RRType.RRSIG, RRType.NSEC, RRType.STEER])('type %i', (type) => {
    expect(send([add('x.example.net.', type, name('x.example.'))])).toBe('REFUSED');
  });
});

describe('who may change what', () => {
  const rule = { zones: undefined, networks: undefined, keys: [parseName('key')], names: undefined, types: undefined };
  it.each<[string, object, boolean, boolean]>([
    ['all', {}, true, true],
    ['another key', { keys: [parseName('other')] }, false, false],
    ['another zone', { zones: [parseName('example.org')] }, false, false],
    ['another type', { types: [A] }, false, false],
    ['its type', { types: [TXT] }, true, true],
    ['a pattern', { names: [{ labels: ['_acme-challenge', '*'], isAbsolute: false }] }, true, false],
    ['an absolute pattern', { names: [{ labels: ['*', 'www', 'example', 'net'], isAbsolute: true }] }, true, false],
    ['the key’s name', { names: ['self'] }, false, false],
    ['another network', { networks: [{ address: Uint8Array.of(198, 51, 100, 0), length: 24 }] }, false, false],
  ])('%s', (_, more, deep, other) => {
    zone = new TestUpdates(FILE, [{ ...rule, ...more }]);
    expect(send([add('_acme-challenge.www.example.net.', TXT, text('x'))])).toBe(deep ? 'NOERROR' : 'REFUSED');
    expect(send([add('other.example.net.', TXT, text('x'))])).toBe(other ? 'NOERROR' : 'REFUSED');
  });

  it('a name is deleted only by who may delete all it has', () => {
    zone = new TestUpdates(FILE, [{ ...rule, types: [TXT] }]);
    send([add('x.example.net.', TXT, text('x'))]);
    expect(send([wire('x.example.net.', ANY, CLASS_ANY)])).toBe('NOERROR');
    expect(zone.rrset('x.example.net.', TXT)).toBeUndefined();
  });
});

it('keeps to its limits, and lets what is too much become less', () => {
  zone = new TestUpdates(FILE, undefined, { perName: 2, perZone: 3 });
  const three = ['a', 'b', 'c'].map((letter) => add('x.example.net.', TXT, text(letter)));
  expect(send(three)).toBe('REFUSED');
  expect(send(three.slice(0, 2))).toBe('NOERROR');
  expect(send([add('y.example.net.', TXT, text('a')), add('z.example.net.', TXT, text('a'))])).toBe('REFUSED');
  expect(send([add('y.example.net.', TXT, text('a'))])).toBe('NOERROR');
  expect(send([wire('x.example.net.', TXT, NONE, text('a'))])).toBe('NOERROR');
  const long = Array.from({ length: 17 }, () => [255, ...new Array<number>(255).fill(97)]).flat();
  expect(send([add('y.example.net.', TXT, long)])).toBe('REFUSED');
  expect(send([add('y.example.net.', TXT, long.slice(0, 16 * 256))])).toBe('NOERROR');
  // Of far too much no more is looked at, whatever would become of it.
  const many = Array.from({ length: 9 }, (_, i) => add('x.example.net.', A, address(i)));
  expect(send([...many, wire('x.example.net.', A, CLASS_ANY)])).toBe('REFUSED');
});

describe('a zone under any updates', () => {
  const names = ['a', 'b', 'a.b', '*.b', 'file', 'www'];
  const one = fc
    .record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom(A, TXT, CNAME),
      value: fc.integer({ min: 0, max: 2 }),
      what: fc.constantFrom('add', 'delete', 'set', 'name'),
    })
    .map((of) => ({ ...of, owner: `${of.name}.example.net.` }));
  const rdata = (type: number, value: number): number[] =>
    type === A ? address(10 + value) : type === TXT ? text('abc'[value]) : name(`t${value}.example.`);

  it('is what a Map would be', () => {
    fc.assert(
      fc.property(fc.array(fc.array(one, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (updates) => {
        const real = new TestUpdates(FILE);
        let model = new Map<string, Set<string>>();
        for (const update of updates) {
          const next = new Map([...model].map(([key, set]) => [key, new Set(set)]));
          let refused = false;
          for (const { owner, type, value, what } of update) {
            const isFile = owner.startsWith('file.');
            const isSteered = owner.startsWith('www.');
            const ofFile = (isFile && type === A) || (isSteered && type === A);
            const at = (t: number): string => `${owner} ${t}`;
            const data = rdata(type, value).join('.');
            if (what === 'add') {
              if (ofFile || ((isFile || isSteered) && type === CNAME)) refused = true;
              else if (type === CNAME ? next.has(at(A)) || next.has(at(TXT)) : next.has(at(CNAME))) continue;
              else next.set(at(type), new Set(type === CNAME ? [data] : [...(next.get(at(type)) ?? []), data]));
            } else if (what === 'name') {
              if (isFile || isSteered) refused = true;
              else for (const t of [A, TXT, CNAME]) next.delete(at(t));
            } else if (what === 'set') {
              if (ofFile) refused = true;
              else next.delete(at(type));
            } else {
              // The file's address is none of these.
              if (isSteered && type === A) refused = true;
              const set = next.get(at(type));
              set?.delete(data);
              if (set?.size === 0) next.delete(at(type));
            }
          }
          const sent = real.send(
            update.map(({ owner, type, value, what }) => {
              if (what === 'add') return add(owner, type, rdata(type, value));
              if (what === 'name') return wire(owner, ANY, CLASS_ANY);
              if (what === 'set') return wire(owner, type, CLASS_ANY);
              return wire(owner, type, NONE, rdata(type, value));
            }),
          );
          expect(rcodeText(sent.rcode)).toBe(refused ? 'REFUSED' : 'NOERROR');
          if (!refused) model = next;
          for (const of of names) {
            const owner = `${of}.example.net.`;
            for (const type of [A, TXT, CNAME]) {
              if (of === 'file' && type === A) continue;
              const want = model.get(`${owner} ${type}`);
              expect(real.rrset(owner, type)?.sort()).toEqual(want && [...want].sort());
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
