/**
 * The same networks of clients for steerd, gdnsd (geoip, `nets`) and Knot (mod-geoip, mode subnet): the same groups, and scopes side by side. Where theirs is another,
 * ours must be the wider one that still holds, or the difference is in `EXPLAINED`.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import type { Responder } from '../../src/answer/responder.ts';
import type { Family, Network } from '../../src/steering/model.ts';
import { plainPolicy } from '../../src/steering/policy.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { type ClientSubnet, queryMessage, readReply, scopeOf, UdpClient } from '../support/ask.ts';
import { contains, edges, networksOf, OCTETS, prefixOf } from '../support/client-oracle.ts';
import { type GeoService, type ServedNetwork, startGdnsd, startKnotGeo } from '../support/geo-peers.ts';
import { itNeeds, missing, type Need } from '../support/needs.ts';
import type { Peer } from '../support/peers.ts';
import { exampleNetwork, inputOf, record, steerRdata, TestZone } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { generator } from './zones.ts';

const GROUPS = 4;
const vips = Array.from({ length: GROUPS }, (_, g) => ({
  ipv4: Uint8Array.of(192, 0, 2, 10 + g),
  ipv6: Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 10 + g]),
}));

/** Networks that nest and touch; none longer than is told apart, and each once. */
function randomNetworks(seed: number): ServedNetwork[] {
  const random = generator(seed);
  const found = new Map<string, ServedNetwork>();
  for (let i = 0; i < 60; i++) {
    const family: Family = random(2) === 0 ? 'ipv4' : 'ipv6';
    // Within 11.0.0.0/8 and 2a00::/8: gdnsd has opinions of its own on some of the rest (6to4, Teredo).
    const octets =
      family === 'ipv4'
        ? [11, random(4) * 64, random(8) * 32]
        : [0x2a, random(3), random(4) * 64, random(3), 0, random(3), random(2) * 128];
    const prefix = prefixOf(family, octets, family === 'ipv4' ? 8 + random(17) : 8 + random(49));
    found.set(prefix.address.join() + prefix.length, { prefix, group: 1 + random(GROUPS - 1) });
  }
  return [...found.values()];
}

/** Ours: networks of AS numbers, and groups beside each other that serve one each. */
function ours(networks: readonly ServedNetwork[]): Responder {
  const network: Network = {
    ...exampleNetwork,
    groups: vips.map((_, g) => ({
      ...exampleNetwork.groups[0],
      id: `g${g}`,
      parent: g === 0 ? -1 : 0,
      fallback: g === 0 ? [] : [0],
      serves: g === 0 ? [] : [{ kind: 'asn' as const, asn: g }],
    })),
    services: [{ id: 'web', vips }],
    policies: [...exampleNetwork.policies, { ...plainPolicy('near', 60), choice: { kind: 'nearest' } }],
  };
  const zone = new TestZone('example.net.', [
    record('example.net.', RRType.NS, parseName('ns.elsewhere.')),
    record('www.example.net.', RRType.STEER, steerRdata('web', 'g0', 'g0', 'near'), 60),
  ]);
  const tables = new TestTables();
  const known = networks.map(({ prefix, group }) => ({ prefix, place: { asn: group } }));
  tables.load(inputOf([zone], network), [], [networksOf(known)]);
  return tables.responder();
}

interface Answer {
  readonly address: string;
  readonly scope: number | undefined;
}

interface Difference {
  readonly peer: 'gdnsd' | 'knot';
  readonly asked: ClientSubnet;
  readonly ours: Answer;
  readonly theirs: Answer;
  /** What clients in the network told, cut to a scope, are answered. */
  inside(asked: ClientSubnet, scope: number): string[];
}

/** Why another scope, or another answer, is right as it is. The first that applies counts. gdnsd needs none: it says what we say. */
const EXPLAINED: readonly { readonly why: string; readonly applies: (d: Difference) => boolean }[] = [
  {
    why: 'Knot tells the length of the network in its file, though its neighbours are answered alike: a narrower scope than would hold, cached more often than it must be',
    applies: ({ peer, ours, theirs }) =>
      peer === 'knot' && ours.address === theirs.address && theirs.scope! > ours.scope!,
  },
  {
    why: 'Knot tells the length of the network in its file though a longer one of another group lies in it: clients in that one get the wrong answer from a cache (RFC 7871 §7.2.1: prefixes MUST NOT overlap)',
    applies: ({ peer, asked, ours, theirs, inside }) =>
      peer === 'knot' &&
      ours.address === theirs.address &&
      theirs.scope! < ours.scope! &&
      inside(asked, theirs.scope!).some((address) => address !== ours.address),
  },
];

const sets = [1, 2, 3];
const start = { gdnsd: startGdnsd, knot: startKnotGeo };

describe.each(['gdnsd', 'knot'] as const)('clients of networks are answered as by %s', (kind) => {
  const needs: readonly Need[] = kind === 'knot' ? ['knotd', 'mod-geoip'] : ['gdnsd'];
  describe.each(sets)('random networks %i', (seed) => {
    const networks = randomNetworks(seed);
    let peer: Peer | undefined;
    let client: UdpClient;
    beforeAll(async () => {
      if (missing(...needs).length > 0) return;
      client = await UdpClient.open();
      const service: GeoService = { networks, vips };
      peer = await start[kind](service);
    });
    afterAll(async () => {
      client?.close();
      await peer?.stop();
    });

    itNeeds(...needs)('with the same groups and scopes that hold', async () => {
      const responder = ours(networks);
      const buffer = new Uint8Array(4096);
      const differences: Difference[] = [];
      const prefixes = networks.map(({ prefix }) => prefix);
      let id = 0;
      let asked = 0;
      for (const family of ['ipv4', 'ipv6'] as const) {
        const points = edges(prefixes, family).filter(({ 0: first }) => first === (family === 'ipv4' ? 11 : 0x2a));
        const own: { address: Uint8Array; answer: Answer }[] = [];
        for (const address of points) {
          for (const source of family === 'ipv4' ? [24, 32, 20, 9] : [56, 64, 128, 40, 20]) {
            const ecs = { address, source };
            const message = queryMessage(++id & 0xffff, 'www.example.net', RRType.AAAA, { edns: 1232, ecs });
            buffer.set(message);
            const length = responder.respond(buffer, 0, message.length, 4096, Channel.UDP_IPV4);
            const answer = answerIn(Buffer.from(buffer.slice(0, length)));
            const theirs = answerIn((await client.send(peer!.address, message)).message);
            asked++;
            if (source === OCTETS[family] * 8) own.push({ address, answer });
            if (answer.address === theirs.address && answer.scope === theirs.scope) continue;
            const inside = ({ address, source }: ClientSubnet, length: number): string[] => {
              const first = prefixOf(family, [...address], Math.min(source, length)).address;
              const within = own.filter((other) => contains({ family, address: first, length }, other.address));
              return within.map((other) => other.answer.address);
            };
            differences.push({ peer: kind, asked: ecs, ours: answer, theirs, inside });
          }
        }
        for (const { address, answer } of own) {
          for (const other of own) {
            if (contains({ family, address, length: answer.scope! }, other.address))
              expect(other.answer.address).toBe(answer.address);
          }
        }
      }
      expect(asked).toBeGreaterThan(500);
      const unexplained = differences.filter((one) => !EXPLAINED.some(({ applies }) => applies(one)));
      const text = unexplained.map(
        ({ asked: { address, source }, ours, theirs }) =>
          `${address.join('.')}/${source} ours ${ours.address} /${ours.scope} theirs ${theirs.address} /${theirs.scope}`,
      );
      expect(text.slice(0, 20).join('\n'), `${text.length} of ${asked} differ`).toBe('');
    });
  });
});

function answerIn(reply: Buffer): Answer {
  return { address: readReply(reply).addresses[0], scope: scopeOf(reply) };
}
