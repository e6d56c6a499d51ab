import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../answer/batch.ts';
import { Channel } from '../answer/counters.ts';
import {
  follow,
  makeResolverSample,
  type ResolverPair,
  type ResolverSample,
  ResolverTable,
  readResolvers,
  sampleMask,
  setClock,
} from './resolver-sample.ts';

const START = 1_700_000_000;
/** Of one period: a period is 1024 s. */
const PERIOD = 1024;
const NAME = 0x9e3779b9;

function make(workers = 1, every = 1): ResolverSample {
  const sample = makeResolverSample(workers, every);
  setClock(sample, START);
  return sample;
}

/** IPv4 address number `n`. */
function address(n: number): Uint8Array {
  return Uint8Array.of(10 + (n >>> 24), n >>> 16, n >>> 8, n);
}

function noteAll(table: ResolverTable, from: number, count: number, name = NAME): void {
  for (let n = from; n < from + count; n++) table.noteAddress(address(n), name);
}

function pairs(sample: ResolverSample): ResolverPair[] {
  return [...readResolvers(sample)];
}

function sum(sample: ResolverSample, of: (pair: ResolverPair) => number): number {
  return pairs(sample).reduce((total, pair) => total + of(pair), 0);
}

/** Not more than 15 % off. */
function expectNear(estimate: number, truth: number): void {
  expect(Math.abs(estimate / truth - 1)).toBeLessThan(0.15);
}

describe('pairs', () => {
  it('are counted with their first and last second', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    table.noteAddress(address(1), NAME);
    setClock(sample, START + 5);
    noteAll(table, 1, 2);
    expect(pairs(sample).sort((a, b) => b.count - a.count)).toEqual([
      { name: NAME, resolver: expect.any(Number), count: 2, firstSeen: START, lastSeen: START + 5, weight: 1 },
      { name: NAME, resolver: expect.any(Number), count: 1, firstSeen: START + 5, lastSeen: START + 5, weight: 1 },
    ]);
  });

  it('of one client are different for each host, and none for an answer of no host', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    for (const name of [7, 8, 0, 7]) table.noteAddress(address(1), name);
    expect(
      pairs(sample)
        .map(({ name, count }) => [name, count])
        .sort(),
    ).toEqual([
      [7, 2],
      [8, 1],
    ]);
  });

  it('are the same from a batch of sockaddrs and from addresses', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 3 })), { maxLength: 64 }),
        (ipv6, messages) => {
          // Other octets before and behind, as in sockaddrs.
          const clients = new Uint8Array(64 * 32).fill(0xa5);
          const batch = new Batch(clients, 0, ipv6 ? Channel.UDP_IPV6 : Channel.UDP_IPV4, clients);
          batch.count = messages.length;
          const hosts = new Uint32Array(64);
          const [batched, single] = [make(), make()];
          const table = new ResolverTable(single, 0);
          messages.forEach(([whole, host], i) => {
            const client = ipv6 ? whole : whole.subarray(0, 4);
            batch.clientAt[i] = i * 32 + 4;
            clients.set(client, batch.clientAt[i]);
            hosts[i] = host;
            table.noteAddress(client, host);
          });
          new ResolverTable(batched, 0).noteBatch(batch, hosts);
          expect(pairs(batched)).toEqual(pairs(single));
          expect(sum(single, (p) => p.count)).toBe(messages.filter(([, host]) => host !== 0).length);
        },
      ),
    );
  });

  it('are counted over this period and the last', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    const counts = [3, 2, 0, 1, 0, 0].map((queries, period) => {
      setClock(sample, START + period * PERIOD);
      for (let q = 0; q < queries; q++) table.noteAddress(address(1), NAME);
      return pairs(sample)[0].count;
    });
    expect(counts).toEqual([3, 5, 2, 1, 1, 0]);
  });

  it('stay when a worker is replaced, even one that died while it rearranged its row', () => {
    const sample = make(2);
    noteAll(new ResolverTable(sample, 1), 0, 100);
    const before = pairs(sample);
    // The version word of row 1, odd: a rearrangement had begun.
    const words = new Uint32Array(sample);
    const version = 16 + (words.length - 16) / 2 + 3;
    words[version]++;
    const table = new ResolverTable(sample, 1);
    expect(words[version] % 2).toBe(0);
    expect(pairs(sample)).toEqual(before);
    noteAll(table, 0, 100);
    expect(pairs(sample).map((p) => p.count)).toEqual(Array(100).fill(2));
  });
});

describe('which queries are noted', () => {
  const due = (table: ResolverTable, times: number): number =>
    Array.from({ length: times }, () => table.due()).filter(Boolean).length;

  it('one in eight, and all while a move is followed', () => {
    const sample = makeResolverSample(1);
    const table = new ResolverTable(sample, 0);
    expect(due(table, 80)).toBe(10);
    follow(sample, true);
    expect(due(table, 80)).toBe(80);
    follow(sample, false);
    expect(due(table, 80)).toBe(10);
  });
});

describe('a row that fills up', () => {
  it('estimates how many pairs there are, and their queries, whatever their rates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), (name) => {
        const sample = make();
        const table = new ResolverTable(sample, 0);
        let queries = 0;
        // Every tenth resolver asks ten times as often, and they come in turn, as k rises.
        for (let round = 0; round < 10; round++) {
          for (let n = 0; n < 100_000; n++) {
            if (round > 0 && n % 10 !== 0) continue;
            table.noteAddress(address(n), name);
            queries++;
          }
        }
        expectNear(
          sum(sample, (p) => p.weight),
          100_000,
        );
        expectNear(
          sum(sample, (p) => p.weight * p.count),
          queries,
        );
        const often = pairs(sample).filter((p) => p.count === 10);
        // A tenth of the pairs, so fewer to judge by.
        expect(often.length / pairs(sample).length).toBeGreaterThan(0.05);
        expect(often.length / pairs(sample).length).toBeLessThan(0.15);
      }),
      { numRuns: 5, seed: 1 },
    );
  });

  it('gets coarser step by step, and never fuller than three quarters', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    noteAll(table, 0, 1536);
    expect(sampleMask(sample)).toBe(0);
    expect(pairs(sample)).toHaveLength(1536);
    noteAll(table, 1536, 1);
    expect(sampleMask(sample)).toBe(1);
    for (let n = 0, last = 1; n < 100; n++) {
      noteAll(table, n * 1000, 1000);
      expect(sampleMask(sample)).toBeGreaterThanOrEqual(last);
      expect(pairs(sample).length).toBeLessThanOrEqual(1536);
      last = sampleMask(sample);
      for (const { resolver, weight } of pairs(sample)) expect([resolver & last, weight]).toEqual([0, last + 1]);
    }
  });

  it('forgets pairs unseen for an hour before it gets coarser', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    noteAll(table, 0, 1000);
    setClock(sample, START + 3700);
    noteAll(table, 1000, 1000);
    expect(sampleMask(sample)).toBe(0);
    expect(pairs(sample)).toHaveLength(1000);
  });

  it('gets finer again after a flood, but not for readers until all has been counted', () => {
    const sample = make();
    const table = new ResolverTable(sample, 0);
    noteAll(table, 0, 200_000);
    const flooded = sampleMask(sample);
    expect(flooded).toBeGreaterThan(63);
    // From now on only forty ask; after an hour the others are forgotten.
    let now = START;
    const masks = Array.from({ length: 6 }, () => {
      setClock(sample, (now += PERIOD));
      noteAll(table, 0, 40);
      return sampleMask(sample);
    });
    expect(masks.slice(0, 4)).toEqual(Array(4).fill(flooded));
    expect(masks[5]).toBe(0);
    expect(pairs(sample)).toHaveLength(40);
    expect(sum(sample, (p) => p.count)).toBe(80);
  });
});

it('the coarsest row decides which pairs every worker has looked for', () => {
  const sample = make(3);
  noteAll(new ResolverTable(sample, 1), 0, 10_000);
  noteAll(new ResolverTable(sample, 2), 0, 100);
  expect(sampleMask(sample)).toBeGreaterThan(0);
  expect(new Set(pairs(sample).map((p) => p.weight))).toEqual(new Set([1, sampleMask(sample) + 1]));
});
