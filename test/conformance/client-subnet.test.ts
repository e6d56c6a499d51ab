/** EDNS Client Subnet (RFC 7871): whose network an answer is for, and how far it says it holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';
import { parseAddress } from '../../src/net/address.ts';
import type { Network } from '../../src/steering/model.ts';
import { plainPolicy } from '../../src/steering/policy.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { type ClientSubnet, queryMessage, readReply, scopeOf } from '../support/ask.ts';
import { answerOne, ROOM } from '../support/batch.ts';
import {
  arbitraryAsns,
  arbitraryKnown,
  arbitraryNetwork,
  contains,
  edges,
  effect,
  networksOf,
  prefixesIn,
  prefixOf,
  servingGroups,
} from '../support/client-oracle.ts';
import { exampleNetwork, inputOf, record, steerRdata, TestZone } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';

const EDNS = 1232;

interface Asked {
  readonly rcode: number;
  readonly addresses: readonly string[];
  readonly scope: number | undefined;
  /** The whole response, its scope and ID left out. */
  readonly content: string;
}

/** Asks by UDP from an address. */
function ask(responder: Responder, name: string, type: number, from: string | Uint8Array, ecs?: ClientSubnet): Asked {
  const client = typeof from === 'string' ? parseAddress(from)! : from;
  const message = queryMessage(1, name, type, { edns: EDNS, ...(ecs === undefined ? {} : { ecs }) });
  const reply = Buffer.from(answerOne(responder, message, { client }));
  const { rcode, addresses } = readReply(reply);
  const end = reply.length - (ecs === undefined ? 0 : 8 + ((ecs.source + 7) >>> 3));
  return { rcode, addresses, scope: scopeOf(reply), content: reply.subarray(0, end).toString('hex') };
}

const subnet = (text: string): ClientSubnet => {
  const [address, source] = text.split('/');
  return { address: parseAddress(address)!, source: Number(source) };
};

const europe = { kind: 'geo', continent: 'EU' } as const;
const serves = [
  [],
  [europe],
  [{ ...europe, country: 'CH' }],
  [{ kind: 'network', prefix: prefixOf('ipv4', [10, 1], 16) } as const],
];
const network: Network = {
  ...exampleNetwork,
  groups: exampleNetwork.groups.map((group, i) => ({ ...group, serves: serves[i] })),
  policies: [
    ...exampleNetwork.policies,
    { ...plainPolicy('near', 60), choice: { kind: 'nearest' } },
    { ...plainPolicy('no4', 60), choice: { kind: 'nearest' }, ipv4: 'none' },
    {
      ...plainPolicy('shared', 60),
      choice: { kind: 'weighted', shares: [1, 2, 3].map((group) => ({ group, weight: 1 })), by: 'client' },
    },
  ],
};
const databases = [
  networksOf([
    { prefix: prefixOf('ipv4', [10], 8), place: { country: 'DE' } },
    { prefix: prefixOf('ipv4', [10, 0], 12), place: { country: 'CH' } },
    { prefix: prefixOf('ipv6', [0x20, 0x01, 0x0d, 0xb8], 32), place: { country: 'CH' } },
  ]),
];
const host = (owner: string, policy: string) =>
  record(owner, RRType.STEER, steerRdata('web', 'anycast', 'anycast', policy), 60);
const zone = new TestZone('example.net.', [
  record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
  host('near.example.net.', 'near'),
  host('no4.example.net.', 'no4'),
  host('shared.example.net.', 'shared'),
  host('plain.example.net.', 'default'),
  record('alias.example.net.', RRType.CNAME, parseName('near.example.net.')),
  record('alias2.example.net.', RRType.CNAME, parseName('alias.example.net.')),
  record('mail.example.net.', RRType.MX, Uint8Array.from([0, 10, ...parseName('near.example.net.')])),
  record('lab.example.net.', RRType.NS, parseName('ns.elsewhere.')),
]);
const tables = new TestTables();
tables.load(inputOf([zone], network), [], databases);
const responder = tables.responder();

const ANYCAST = '192.0.2.64';
const EUROPE = '198.51.100.64';
const SWITZERLAND = '203.0.113.64';
/** Nobody knows where it is. */
const RESOLVER = '192.0.2.53';

describe('the client', () => {
  it('is whom the resolver tells, else the resolver', () => {
    const near = (from: string, ecs?: string) =>
      ask(responder, 'near.example.net', RRType.A, from, ecs === undefined ? undefined : subnet(ecs));
    expect(near(RESOLVER)).toMatchObject({ addresses: [ANYCAST], scope: undefined });
    expect(near('10.2.3.4')).toMatchObject({ addresses: [SWITZERLAND], scope: undefined });
    expect(near('10.99.3.4')).toMatchObject({ addresses: [EUROPE], scope: undefined });
    expect(near('2001:db8::1')).toMatchObject({ addresses: [SWITZERLAND], scope: undefined });
    expect(near(RESOLVER, '10.2.3.0/24')).toMatchObject({ addresses: [SWITZERLAND], scope: 15 });
    expect(near('10.2.3.4', '10.99.3.0/24')).toMatchObject({ addresses: [EUROPE], scope: 10 });
    expect(near(RESOLVER, '2001:db8:1::/48')).toMatchObject({ addresses: [SWITZERLAND], scope: 32 });
    expect(near('10.2.3.4', '192.0.2.0/24')).toMatchObject({ addresses: [ANYCAST], scope: 1 });
  });

  it('is the resolver where the client asks not to be told of, or the resolver is not trusted: then the answer holds for all of its clients', () => {
    expect(ask(responder, 'near.example.net', RRType.A, '10.2.3.4', subnet('0.0.0.0/0'))).toMatchObject({
      addresses: [SWITZERLAND],
      scope: 0,
    });
    const wary = tables.responder({ ecsTrust: [prefixOf('ipv4', [10, 2], 16)] });
    expect(ask(wary, 'near.example.net', RRType.A, '10.99.3.4', subnet('10.2.3.0/24'))).toMatchObject({
      addresses: [EUROPE],
      scope: 0,
    });
    expect(ask(wary, 'near.example.net', RRType.A, '10.2.3.4', subnet('10.99.3.0/24'))).toMatchObject({
      addresses: [EUROPE],
      scope: 10,
    });
    const nobody = tables.responder({ ecsTrust: [] });
    expect(ask(nobody, 'near.example.net', RRType.A, '2001:db8::1', subnet('10.99.3.0/24'))).toMatchObject({
      addresses: [SWITZERLAND],
      scope: 0,
    });
  });

  it('may be told in less than it takes: the answer is for the first of the network, and the scope says how much more it takes', () => {
    expect(ask(responder, 'near.example.net', RRType.A, RESOLVER, subnet('10.0.0.0/8'))).toMatchObject({
      addresses: [SWITZERLAND],
      scope: 16,
    });
    // More than a /24 is not looked at.
    expect(ask(responder, 'near.example.net', RRType.A, RESOLVER, subnet('10.2.3.4/32'))).toMatchObject({ scope: 15 });
  });

  it('is found over TCP and in the complete path alike', () => {
    const message = queryMessage(1, 'alias.example.net', RRType.A, { edns: EDNS, ecs: subnet('10.99.3.0/24') });
    const buffer = new Uint8Array(ROOM);
    buffer.set(message);
    const length = responder.respond(buffer, 0, message.length, 65535, Channel.TCP_IPV6, parseAddress('2001:db8::1'));
    const reply = Buffer.from(buffer.slice(0, length));
    expect([readReply(reply).addresses, scopeOf(reply)]).toEqual([[EUROPE], 10]);
  });

  it('is the same whether its address is given as octets or as text', () => {
    for (const from of ['10.1.2.3', '10.99.3.0', '192.0.2.1', '2001:db8::1']) {
      const channel = from.includes(':') ? Channel.UDP_IPV6 : Channel.UDP_IPV4;
      const [octets, text] = [parseAddress(from)!, from].map((client) => {
        const buffer = new Uint8Array(ROOM);
        const message = queryMessage(1, 'near.example.net', RRType.A, { edns: EDNS });
        buffer.set(message);
        return buffer.slice(0, responder.respond(buffer, 0, message.length, ROOM, channel, client));
      });
      expect(text).toEqual(octets);
    }
  });
});

describe('the scope', () => {
  const scope = (name: string, type: number = RRType.A, ecs = '10.2.3.0/24') =>
    ask(responder, name, type, RESOLVER, subnet(ecs)).scope;

  it('is that of the longest along a chain of aliases', () => {
    expect(scope('alias.example.net')).toBe(15);
    expect(scope('alias2.example.net')).toBe(15);
  });

  it('is 0 for what holds for everybody: other policies, negative answers, referrals, records whose addresses come along', () => {
    expect(scope('plain.example.net')).toBe(0);
    expect(scope('nope.example.net')).toBe(0);
    expect(scope('near.example.net', RRType.TXT)).toBe(0);
    expect(scope('no4.example.net')).toBe(0);
    expect(scope('x.lab.example.net')).toBe(0);
    expect(scope('mail.example.net', RRType.MX)).toBe(0);
    expect(scope('alias.example.net', RRType.TXT)).toBe(0);
    expect(scope('example.org')).toBe(0);
    // Additional addresses are for everybody: those of a client nobody knows (RFC 7871 §7.4).
    const near = ask(responder, 'near.example.net', RRType.A, '10.2.3.4');
    const mail = ask(responder, 'mail.example.net', RRType.MX, '10.2.3.4');
    expect(mail.content).toContain('c0000240');
    expect(near.content).not.toContain('c0000240');
  });

  it('is the whole network where clients are shared out, whatever its answer is', () => {
    expect(scope('shared.example.net')).toBe(24);
    expect(scope('shared.example.net', RRType.AAAA, '2001:db8:1::/56')).toBe(56);
    expect(scope('shared.example.net', RRType.AAAA, '10.0.0.0/8')).toBe(24);
    const answers = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const ecs = { address: Uint8Array.of(11, i >> 8, i & 0xff, 0), source: 24 };
      const [address] = ask(responder, 'shared.example.net', RRType.AAAA, RESOLVER, ecs).addresses;
      answers.set(address, (answers.get(address) ?? 0) + 1);
    }
    expect(answers.size).toBe(3);
    for (const count of answers.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('does not depend on what is up', () => {
    const down = new TestTables();
    down.load(
      inputOf([zone], network),
      [
        { group: 2, state: 'down' },
        { group: 1, state: 'down' },
      ],
      databases,
    );
    const other = down.responder();
    for (const ecs of ['10.2.3.0/24', '10.99.3.0/24', '192.0.2.0/24']) {
      const [is, was] = [other, responder].map((one) =>
        ask(one, 'near.example.net', RRType.AAAA, RESOLVER, subnet(ecs)),
      );
      expect(is.scope).toBe(was.scope);
    }
  });

  it('is told with SERVFAIL as 0', () => {
    const failing = new TestTables();
    const policies = network.policies.map((policy) => ({ ...policy, lastResort: 'servfail' as const }));
    failing.load(
      inputOf([zone], { ...network, policies }),
      [0, 1, 2, 3].map((group) => ({ group, state: 'down' as const })),
      databases,
    );
    expect(ask(failing.responder(), 'near.example.net', RRType.A, RESOLVER, subnet('10.2.3.0/24'))).toMatchObject({
      rcode: Rcode.SERVFAIL,
      scope: 0,
    });
  });
});

describe('in any network', () => {
  const choice = fc.constantFrom(
    { kind: 'nearest' } as const,
    { kind: 'split', to: 0, percent: 30, by: 'client', rest: { kind: 'nearest' } } as const,
    { kind: 'split', to: 0, percent: 30, by: 'host', rest: { kind: 'nearest' } } as const,
    { kind: 'ladder' } as const,
  );

  it('no address inside the scope gets another answer', () => {
    const world = fc.tuple(arbitraryNetwork, arbitraryKnown, arbitraryAsns, choice, fc.nat(5));
    fc.assert(
      fc.property(world, ([made, countries, asns, choice, group]) => {
        const assigned = made.groups[group % made.groups.length].id;
        const has = made.services.findIndex(({ vips }) => vips.every(({ ipv6 }) => ipv6 !== undefined));
        fc.pre(has >= 0);
        const { id } = made.services[has];
        const net: Network = { ...made, policies: [made.policies[0], { ...made.policies[1], choice }] };
        const rdata = steerRdata(id, assigned, assigned, 'near');
        const hosts = new TestZone('example.net.', [
          record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
          record('www.example.net.', RRType.STEER, rdata, 60),
        ]);
        const tables = new TestTables();
        tables.load(inputOf([hosts], net), [], [countries, asns].map(networksOf));
        const responder = tables.responder();
        const prefixes = prefixesIn(net, [countries, asns]);
        for (const family of ['ipv4', 'ipv6'] as const) {
          const points = edges(prefixes, family).slice(0, 60);
          const answers = points.map((address) =>
            ask(responder, 'www.example.net', RRType.AAAA, RESOLVER, { address, source: address.length * 8 }),
          );
          points.forEach((address, i) => {
            const { scope, content } = answers[i];
            points.forEach((other, j) => {
              if (contains({ family, address, length: scope! }, other)) expect(answers[j].content).toBe(content);
            });
            // And it is the slow way's answer.
            if (choice.kind !== 'nearest') return;
            const own = effect(net, servingGroups(net, [countries, asns], address)).split(' ')[
              group % made.groups.length
            ];
            const expected = Number(own.split(',')[has]);
            expect(answers[i].addresses).toEqual([(expected + 1).toString(16).padStart(2, '0').repeat(16)]);
          });
        }
      }),
      { numRuns: 150 },
    );
  });
});
