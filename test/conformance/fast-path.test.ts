/** The fast path answers, octet for octet, what the complete path answers, and leaves everything else alone. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { Network } from '../../src/steering/model.ts';
import { plainPolicy } from '../../src/steering/policy.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage } from '../support/ask.ts';
import { answerOne, makeBatch, messageOf, ROOM } from '../support/batch.ts';
import { BothPaths } from '../support/both-paths.ts';
import { arbitraryPrefix, networksOf, prefixOf } from '../support/client-oracle.ts';
import { exampleNetwork, inputOf, record, steer, steerRdata, TestZone } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';

/** Groups serve by country, and policies look at clients in every way there is. */
const network: Network = (() => {
  const europe = { kind: 'geo', continent: 'EU' } as const;
  const serves = [[], [europe], [{ ...europe, country: 'CH' }], [{ kind: 'asn', asn: 64500 } as const]];
  const shares = [1, 2].map((group) => ({ group, weight: 1 }));
  const near = { kind: 'nearest' } as const;
  const choices = {
    near,
    shared: { kind: 'weighted', shares, by: 'client' },
    'by-host': { kind: 'weighted', shares, by: 'host' },
    mixed: { kind: 'split', to: 1, percent: 50, by: 'client', rest: near },
  } as const;
  return {
    ...exampleNetwork,
    groups: exampleNetwork.groups.map((group, i) => ({ ...group, serves: serves[i] })),
    policies: [
      ...exampleNetwork.policies,
      ...Object.entries(choices).map(([id, choice]) => ({ ...plainPolicy(id, 60), choice })),
    ],
  };
})();
const databases = [
  networksOf([
    { prefix: prefixOf('ipv4', [0], 1), place: { country: 'DE' } },
    { prefix: prefixOf('ipv4', [1, 2], 16), place: { country: 'CH' } },
    { prefix: prefixOf('ipv6', [0x80], 1), place: { country: 'CH' } },
  ]),
  networksOf([
    { prefix: prefixOf('ipv4', [1, 2, 192], 18), place: { asn: 64500 } },
    { prefix: prefixOf('ipv6', [0x80, 1, 2], 20), place: { asn: 64500 } },
  ]),
];
const under = (owner: string, policy: string) =>
  record(owner, RRType.STEER, steerRdata('web', 'anycast', 'anycast', policy), 60);

let tables: TestTables;
let paths: BothPaths;
const both: BothPaths['ask'] = (...asked) => paths.ask(...asked);

beforeAll(() => {
  tables = new TestTables();
  const outer = new TestZone('example.net.', [
    record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
    steer('example.net.', 'europe'),
    steer('www.example.net.', 'anycast'),
    steer('shop.example.net.', 'zurich'),
    steer('*.apps.example.net.', 'switzerland'),
    steer('a.sub.example.net.', 'anycast'),
    record('plain.example.net.', RRType.A, Uint8Array.from([192, 0, 2, 1])),
    record('plain.example.net.', RRType.TXT, Uint8Array.from([2, 104, 105])),
    record('plain.example.net.', RRType.TXT, Uint8Array.from([2, 104, 111])),
    record('plain.example.net.', RRType.CAA, Uint8Array.from([0, 5, 105, 115, 115, 117, 101, 97])),
    record('*.deep.er.example.net.', RRType.A, Uint8Array.from([192, 0, 2, 2])),
    record('lab.example.net.', RRType.NS, parseName('ns.elsewhere.')),
    record('old.example.net.', RRType.DNAME, parseName('new.elsewhere.')),
    record('gone.example.net.', RRType.A, Uint8Array.from([192, 0, 2, 3])),
    under('near.example.net.', 'near'),
    under('shared.example.net.', 'shared'),
    under('by-host.example.net.', 'by-host'),
    under('mixed.example.net.', 'mixed'),
    record('alias.example.net.', RRType.CNAME, parseName('near.example.net.')),
    record('mail.example.net.', RRType.MX, Uint8Array.from([0, 10, ...parseName('near.example.net.')])),
  ]);
  const input = () =>
    inputOf([outer, new TestZone('sub.example.net.', [steer('b.sub.example.net.', 'zurich')])], network);
  tables.load(input(), [], databases);
  // An edit, so that base and overlay both answer.
  outer.set([
    ...outer.records.filter(({ owner }) => owner !== 'gone.example.net.'),
    steer('new.example.net.', 'europe'),
    record('*.fresh.example.net.', RRType.TXT, Uint8Array.from([1, 97])),
  ]);
  tables.load(input(), [], databases);
  const ecsTrust = [prefixOf('ipv4', [0], 1), prefixOf('ipv6', [0x80], 1)];
  paths = new BothPaths(tables, { ecsTrust });
});

const name = fc.constantFrom(
  'www.example.net',
  'WwW.eXample.NET',
  'shop.example.net',
  'example.net',
  'x.apps.example.net',
  '*.apps.example.net',
  'a.sub.example.net',
  'b.sub.example.net',
  'plain.example.net',
  'nope.example.net',
  'NoPe.www.example.net',
  'er.example.net',
  'x.y.deep.er.example.net',
  'x.fresh.example.net',
  'gone.example.net',
  'x.gone.example.net',
  'old.example.net',
  'x.old.example.net',
  'c.sub.example.net',
  'host.lab.example.net',
  'new.example.net',
  'near.example.net',
  'shared.example.net',
  'by-host.example.net',
  'mixed.example.net',
  'alias.example.net',
  'mail.example.net',
  'example.org',
  '.',
);
/** A client's address, of the family its channel has. */
const client = arbitraryPrefix().map(({ address }) => ({
  address,
  channel: address.length === 4 ? Channel.UDP_IPV4 : Channel.UDP_IPV6,
}));
/** An option, as it should be. */
const ecs = fc
  .tuple(arbitraryPrefix(), fc.nat(128))
  .map(([{ address }, source]) => ({ address, source: Math.min(source, address.length * 8) }));
const type = fc.constantFrom(1, 28, 15, 16, 255, 65, 6, 43, 257, 39, 41, 2);

describe('fast path', () => {
  it('takes the queries it is for', () => {
    for (const [asked, edns] of [
      ['www.example.net', undefined],
      ['sHop.example.net', 1232],
      ['new.example.net', 4096],
      ['example.net', undefined],
    ] as const) {
      expect(both(queryMessage(7, asked, 28, { edns })).fast).toBe(true);
    }
    // Zurich has no IPv4; Switzerland's is the answer, and the fast path knows.
    expect(both(queryMessage(7, 'shop.example.net', 1)).fast).toBe(true);
    // The child zone hides what the parent has there.
    expect(both(queryMessage(7, 'a.sub.example.net', 1)).fast).toBe(false);
  });

  it.each<[string, string, number]>([
    ['a steered wildcard', 'x.Apps.example.net', RRType.A],
    ['a name that does not exist', 'nope.example.net', RRType.A],
    ['a name below a host', 'a.b.www.example.net', RRType.HTTPS],
    ['a name that an edit took away', 'x.gone.example.net', RRType.A],
    ['a type that a host does not have', 'www.example.net', RRType.TXT],
    ['a type that the apex does not have', 'example.net', RRType.TXT],
    ['an empty non-terminal', 'er.example.net', RRType.A],
    ['a type that a wildcard does not have', 'x.fresh.example.net', RRType.A],
    ['records of a wildcard in the overlay', 'x.y.fresh.example.net', RRType.TXT],
    ['records of a wildcard', 'x.y.deep.er.example.net', RRType.A],
    ['two records', 'plain.example.net', RRType.TXT],
    ['one record', 'plain.example.net', RRType.CAA],
    ['an address', 'plain.example.net', RRType.A],
    ['a name of the zone inside', 'c.sub.example.net', RRType.A],
    ['a DNAME itself', 'old.example.net', RRType.DNAME],
    ['shares by host', 'by-host.example.net', RRType.A],
    ['shares by client', 'shared.example.net', RRType.A],
    ['a name of nobody', 'example.org', RRType.A],
    ['the root', '.', RRType.NS],
  ])('takes %s, with and without EDNS', (_what, asked, rrtype) => {
    const address = Uint8Array.of(1, 2, 3, 4);
    for (const options of [
      {},
      { edns: 1232 },
      { edns: 512, dnssecOk: true },
      { edns: 4096, ecs: { address, source: 24 } },
    ]) {
      const { batch, complete, fast } = both(queryMessage(7, asked, rrtype, options));
      expect(fast).toBe(true);
      expect(batch).toBe(complete);
    }
  });

  it.each<[string, string, number]>([
    ['an alias', 'alias.example.net', RRType.A],
    ['a referral', 'host.lab.example.net', RRType.A],
    ['a name below a DNAME', 'x.old.example.net', RRType.A],
    ['records with names in them', 'mail.example.net', RRType.MX],
    ['DS, which the zone above may hold', 'sub.example.net', RRType.DS],
    ['ANY', 'www.example.net', RRType.ANY],
    ['a transfer', 'example.net', RRType.AXFR],
  ])('leaves %s to the complete path', (_what, asked, rrtype) => {
    const { batch, complete, fast } = both(queryMessage(7, asked, rrtype));
    expect(fast).toBe(false);
    expect(batch).toBe(complete);
  });

  it('takes queries with options that change nothing, and leaves those that do', () => {
    const withOption = (code: number, data: readonly number[]): Buffer => {
      const query = queryMessage(7, 'www.example.net', 1, { edns: 1232 });
      query[query.length - 1] = 4 + data.length;
      return Buffer.concat([query, Buffer.from([0, code, 0, data.length, ...data])]);
    };
    for (const [code, data, taken] of [
      [10, [1, 2, 3, 4, 5, 6, 7, 8], true],
      [12, new Array(100).fill(0), true],
      [11, [], true],
      [3, [], false],
    ] as const) {
      const { batch, complete, fast } = both(withOption(code, data));
      expect([code, fast]).toEqual([code, taken]);
      expect(batch).toBe(complete);
    }
  });

  it('equals the complete path on queries', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        name,
        type,
        fc.option(fc.nat(0xffff), { nil: undefined }),
        (id, asked, rrtype, edns) => {
          const { batch, complete } = both(queryMessage(id, asked, rrtype, { edns }));
          expect(batch).toBe(complete);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes queries whose answer depends on the client, with an address told or without', () => {
    const swiss = Uint8Array.of(1, 2, 3, 4);
    for (const source of [0, 8, 24, 32]) {
      const plain = both(queryMessage(7, 'near.example.net', 28, { edns: 1232 }), Channel.UDP_IPV4, swiss);
      const told = queryMessage(7, 'near.example.net', 28, { edns: 1232, ecs: { address: swiss, source } });
      expect([plain.fast, both(told, Channel.UDP_IPV4, swiss).fast]).toEqual([true, true]);
      expect(both(queryMessage(7, 'www.example.net', 1, { edns: 1232, ecs: { address: swiss, source } })).fast).toBe(
        true,
      );
    }
  });

  it('equals the complete path for all clients, told by trusted resolvers and others', () => {
    fc.assert(
      fc.property(name, type, client, fc.option(ecs, { nil: undefined }), (asked, rrtype, from, told) => {
        const message = queryMessage(5, asked, rrtype, { edns: 1232, ...(told === undefined ? {} : { ecs: told }) });
        const { batch, complete } = both(message, from.channel, from.address);
        expect(batch).toBe(complete);
      }),
      { numRuns: 5000 },
    );
  });

  it('equals the complete path on options with octets changed, added and cut', () => {
    const mutation = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(name, client, ecs, mutation, fc.integer({ min: -6, max: 6 }), (asked, from, told, changes, more) => {
        let message = queryMessage(1, asked, 28, { edns: 1232, ecs: told });
        // From the end: that is where the option is.
        for (const [back, value] of changes) message[Math.max(0, message.length - 1 - back)] = value;
        message = more < 0 ? message.subarray(0, message.length + more) : Buffer.concat([message, Buffer.alloc(more)]);
        const { batch, complete } = both(message, from.channel, from.address);
        expect(batch).toBe(complete);
      }),
      { numRuns: 5000 },
    );
  });

  it('equals the complete path on queries with octets changed, added and cut', () => {
    const mutation = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(
        name,
        type,
        fc.option(fc.constant(1232), { nil: undefined }),
        mutation,
        fc.integer({ min: -6, max: 6 }),
        (asked, rrtype, edns, changes, more) => {
          let message = queryMessage(1, asked, rrtype, { edns });
          for (const [at, value] of changes) if (at < message.length) message[at] = value;
          message =
            more < 0 ? message.subarray(0, message.length + more) : Buffer.concat([message, Buffer.alloc(more)]);
          const { batch, complete } = both(message);
          expect(batch).toBe(complete);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('neither throws nor writes out of bounds on arbitrary octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const { batch, complete } = both(octets);
        expect(batch).toBe(complete);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads nothing beyond a message: what lies behind it in the buffer changes no answer', () => {
    const filled = (message: Uint8Array, octet: number, path: 'batch' | 'complete'): string => {
      if (path === 'batch') return Buffer.from(answerOne(paths.responder, message, { fill: octet })).toString('hex');
      const m = new Uint8Array(ROOM).fill(octet);
      m.set(message);
      const length = paths.responder.respond(m, 0, message.length, ROOM, Channel.UDP_IPV4);
      return Buffer.from(m.subarray(0, length)).toString('hex');
    };
    const cut = fc.tuple(name, type, fc.boolean(), fc.nat(60)).map(([asked, rrtype, opt, length]) => {
      const message = queryMessage(3, asked, rrtype, opt ? { edns: 1232 } : {});
      return message.subarray(0, Math.max(0, message.length - (length % 20)));
    });
    fc.assert(
      fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 80 })), (message) => {
        for (const path of ['batch', 'complete'] as const) {
          expect(filled(message, 0xff, path)).toBe(filled(message, 0, path));
          expect(filled(message, 1, path)).toBe(filled(message, 0, path));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('answers and counts a batch message by message, whatever is beside it', () => {
    const address = arbitraryPrefix(['ipv6']).map((prefix) => prefix.address);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, type, address), { minLength: 1, maxLength: 64 }), (queries) => {
        paths.resetCounters();
        const messages = queries.map(([asked, rrtype], i) => queryMessage(i, asked, rrtype));
        const batch = makeBatch(
          messages,
          queries.map(([, , octets]) => octets),
          { channel: Channel.UDP_IPV6 },
        );
        paths.responder.respondBatch(batch);
        messages.forEach((message, i) => {
          const again = new Uint8Array(ROOM);
          again.set(message);
          paths.complete.respond(again, 0, message.length, ROOM, Channel.UDP_IPV6, queries[i][2]);
          expect(paths.responder.hosts[i]).toBe(paths.complete.host);
        });
        paths.expectSameCounters();
        messages.forEach((message, i) => {
          expect(Buffer.from(messageOf(batch, i)).toString('hex')).toBe(
            both(message, Channel.UDP_IPV6, queries[i][2]).complete,
          );
        });
      }),
      { numRuns: 200 },
    );
  });
});
