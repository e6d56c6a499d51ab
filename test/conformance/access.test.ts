/** Zones that not everybody may ask for: by network and by key, on both paths, and nothing of them anywhere else. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { ResponderConfig } from '../../src/answer/responder-config.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { PrefixSet } from '../../src/net/prefix-set.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage } from '../support/ask.ts';
import { answerOne, makeBatch, messageOf, ROOM } from '../support/batch.ts';
import { BothPaths } from '../support/both-paths.ts';
import { optOf } from '../support/edns.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const REFUSED = 5;
const EDE = 15;
const PROHIBITED = '0012';
const INSIDE = Uint8Array.of(192, 0, 2, 7);
const OUTSIDE = Uint8Array.of(198, 51, 100, 7);
const SECONDARY = Uint8Array.of(203, 0, 113, 53);

const open = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
@ MX 10 mail.inner
ns1 A 192.0.2.1
www STEER web anycast
alias CNAME host.inner
old DNAME inner
service HTTPS 1 www.inner alpn=h2
srv SRV 0 0 443 host.inner
`,
);
const inner = new TextZone(
  'inner.example.',
  `$ORIGIN inner.example.
$TTL 300
@ SOA ns1.example. hostmaster.example. 1 7200 1800 1209600 60
@ NS ns1.example.
host A 192.0.2.2
mail A 192.0.2.3
www STEER web anycast
*.wild STEER web anycast
alias CNAME www
text TXT secret
lab NS ns.lab
ns.lab A 192.0.2.4
up CNAME www.example.
`,
);

const access: ResponderConfig['access'] = [
  { zones: [parseName('inner.example.')], networks: [parsePrefix('192.0.2.0/24')!], keys: undefined },
];
const transfers: ResponderConfig['transfers'] = [
  { zones: undefined, networks: [parsePrefix('203.0.113.53/32')!], keys: undefined, view: 'steered' },
];

let tables: TestTables;
let paths: BothPaths;
let unlimited: BothPaths;

beforeAll(() => {
  tables = new TestTables();
  tables.load(inputOf([open, inner]));
  paths = new BothPaths(tables, { access, transfers });
  unlimited = new BothPaths(tables);
});

function ask(of: BothPaths, name: string, type: number, from: Uint8Array, edns?: number): Buffer {
  const options = edns === undefined ? {} : { edns };
  const { batch, complete } = of.ask(queryMessage(7, name, type, options), Channel.UDP_IPV4, from);
  expect(batch).toBe(complete);
  return Buffer.from(batch, 'hex');
}

const NAMES = ['', 'host.', 'mail.', 'www.', 'x.wild.', 'alias.', 'text.', 'x.lab.', 'up.', 'nope.', 'WWW.'].map(
  (label) => `${label}inner.example.`,
);
const TYPES = [1, 28, 15, 16, 2, 6, 65, 255];

describe('a zone with rules', () => {
  it('answers whom one is true of as ever', () => {
    for (const name of NAMES)
      for (const type of TYPES)
        for (const edns of [undefined, 1232])
          expect(ask(paths, name, type, INSIDE, edns), `${name} ${type}`).toEqual(
            ask(unlimited, name, type, INSIDE, edns),
          );
  });

  it('is refused to all others, with the reason, and nothing else is said', () => {
    for (const name of NAMES) {
      for (const type of TYPES) {
        const reply = ask(paths, name, type, OUTSIDE, 1232);
        expect([reply[3] & 15, reply[2] & 4, ...reply.subarray(6, 10)], `${name} ${type}`).toEqual([
          REFUSED,
          0,
          0,
          0,
          0,
          0,
        ]);
        expect(optOf(reply)?.options.get(EDE)).toBe(PROHIBITED);
        const plain = ask(paths, name, type, OUTSIDE);
        expect([plain[3] & 15, plain.length]).toEqual([REFUSED, queryMessage(7, name, type).length]);
      }
    }
  });

  it('is asked by whoever gets it as a whole', () => {
    expect(ask(paths, 'inner.example.', RRType.SOA, SECONDARY)[7]).toBe(1);
    expect(ask(paths, 'inner.example.', RRType.SOA, OUTSIDE)[7]).toBe(0);
  });

  it('keeps no other zone from answering', () => {
    for (const name of ['example.', 'www.example.', 'nope.example.'])
      for (const type of TYPES)
        for (const from of [INSIDE, OUTSIDE])
          expect(ask(paths, name, type, from)).toEqual(ask(unlimited, name, type, from));
    expect(paths.ask(queryMessage(7, 'www.example.', 1), Channel.UDP_IPV4, OUTSIDE).fast).toBe(true);
  });

  it('says nothing through zones that are open: chains end before it, addresses of it are not added', () => {
    const secret = [Buffer.from([192, 0, 2, 2]), Buffer.from([192, 0, 2, 3]), Buffer.from([192, 0, 2, 64])];
    for (const [name, type] of [
      ['alias.example.', RRType.A],
      ['host.old.example.', RRType.A],
      ['nope.old.example.', RRType.A],
      ['example.', RRType.MX],
      ['srv.example.', RRType.SRV],
      ['service.example.', RRType.HTTPS],
    ] as const) {
      const reply = ask(paths, name, type, OUTSIDE, 1232);
      expect([reply[3] & 15, reply.readUInt16BE(8)], name).toEqual([0, 0]);
      expect(reply.readUInt16BE(6), name).toBeGreaterThan(0);
      for (const octets of secret) expect(reply.includes(octets), name).toBe(false);
    }
    expect(ask(paths, 'alias.example.', RRType.A, INSIDE).includes(secret[0])).toBe(true);
  });

  it('that is nobody but those with a key is refused without one', () => {
    const keyed = new BothPaths(tables, {
      access: [{ zones: [parseName('inner.example.')], networks: undefined, keys: [parseName('k.')] }],
    });
    for (const from of [INSIDE, OUTSIDE]) expect(ask(keyed, 'host.inner.example.', 1, from)[3] & 15).toBe(REFUSED);
  });

  it('may be every zone', () => {
    const all = new BothPaths(tables, {
      access: [{ zones: undefined, networks: [parsePrefix('192.0.2.0/24')!], keys: undefined }],
    });
    for (const name of ['www.example.', 'host.inner.example.']) {
      expect(ask(all, name, 1, INSIDE)[7]).toBe(1);
      expect(ask(all, name, 1, OUTSIDE)[3] & 15).toBe(REFUSED);
    }
    // What is nobody's is refused for that reason, to whomever.
    expect(optOf(ask(all, 'www.invalid.', 1, OUTSIDE, 1232))?.options.get(EDE)).toBe('0014');
  });

  it('is the same by both paths, whoever asks for whatever', () => {
    const name = fc.constantFrom(...NAMES, 'alias.example.', 'x.old.example.', 'www.example.', 'www.invalid.');
    const from = fc.constantFrom(INSIDE, OUTSIDE, SECONDARY);
    fc.assert(
      fc.property(name, fc.constantFrom(...TYPES), from, fc.constantFrom(undefined, 512, 1232), (...asked) => {
        ask(paths, ...asked);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a listener that answers some only', () => {
  const allow = new PrefixSet([parsePrefix('192.0.2.0/24')!]);
  const messages = [
    ...NAMES.slice(0, 4).map((name) => queryMessage(7, name, 1, { edns: 1232 })),
    queryMessage(7, 'www.example.', 1, { edns: 1232 }),
    queryMessage(7, 'www.example.', 1),
    queryMessage(7, 'version.bind', 16, { rclass: 3, edns: 1232 }),
    queryMessage(7, 'www.invalid.', 1, { edns: 1232 }),
    Buffer.from('000700000000000000000000', 'hex'),
  ];

  it('refuses all others whatever they ask, by both paths, in the midst of those it answers', () => {
    const froms = messages.flatMap(() => [INSIDE, OUTSIDE]);
    const batch = makeBatch(
      messages.flatMap((message) => [message, message]),
      froms,
    );
    batch.allow = allow;
    // What everybody gets at another listener.
    const answers = messages.map((message) => Buffer.from(answerOne(unlimited.responder, message, { client: INSIDE })));
    unlimited.resetCounters();
    unlimited.responder.respondBatch(batch);
    froms.forEach((from, i) => {
      const message = messages[i >> 1];
      const reply = Buffer.from(messageOf(batch, i));
      const m = new Uint8Array(ROOM);
      m.set(message);
      const length = unlimited.complete.respond(m, 0, message.length, ROOM, Channel.UDP_IPV4, from, 0, allow);
      expect(reply.toString('hex'), `${i}`).toBe(Buffer.from(m.subarray(0, length)).toString('hex'));
      if (from === INSIDE) {
        expect(reply).toEqual(answers[i >> 1]);
        return;
      }
      expect([reply[3] & 15, reply[2] & 4, ...reply.subarray(6, 10)], `${i}`).toEqual([REFUSED, 0, 0, 0, 0, 0]);
      if (message[11] === 1) expect(optOf(reply)?.options.get(EDE)).toBe(PROHIBITED);
    });
    unlimited.expectSameCounters();
  });
});

it('holds for the zone as it is after a reload', () => {
  const fresh = new TestTables();
  fresh.load(inputOf([open]));
  const of = new BothPaths(fresh, { access });
  expect(ask(of, 'host.inner.example.', 1, OUTSIDE)[3] & 15).toBe(3);
  fresh.load(inputOf([open, inner]));
  expect(ask(of, 'host.inner.example.', 1, OUTSIDE)[3] & 15).toBe(REFUSED);
  expect(ask(of, 'host.inner.example.', 1, INSIDE)[7]).toBe(1);
  fresh.load(inputOf([open]));
  expect(ask(of, 'host.inner.example.', 1, OUTSIDE)[3] & 15).toBe(3);
});
