import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostRunWriter, RUN_WORDS, readRuns } from './host-runs.ts';

function read(octets: Uint8Array) {
  const { runs, others } = readRuns(octets);
  const list = Array.from({ length: runs.length / RUN_WORDS }, (_, i) => {
    const [first, count, transition] = runs.subarray(i * RUN_WORDS);
    return { first, count, transition };
  });
  return { runs: list, others };
}

describe('runs of hosts', () => {
  it('are the hosts that were added, with their transitions', () => {
    const host = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(fc.array(host), fc.uint8Array(), (hosts, others) => {
        const sorted = [...new Map(hosts)].sort(([a], [b]) => a - b);
        const writer = new HostRunWriter();
        for (const [place, transition] of sorted) writer.add(place, 1, transition);
        const found = read(writer.end(others));
        const all = found.runs.flatMap(({ first, count, transition }) =>
          Array.from({ length: count }, (_, i) => [first + i, transition]),
        );
        expect(all).toEqual(sorted);
        expect([...found.others]).toEqual([...others]);
        // Neighbours of a kind are one run.
        for (const [i, { first, transition }] of found.runs.entries()) {
          const before = found.runs[i - 1];
          if (before?.transition === transition) expect(first).toBeGreaterThan(before.first + before.count);
        }
      }),
      { seed: 1 },
    );
  });

  it('of a million neighbours are a few octets', () => {
    const writer = new HostRunWriter();
    for (let i = 0; i < 1_000_000; i += 10) writer.add(i, 10, 7);
    const octets = writer.end(new Uint8Array(0));
    expect(octets.length).toBe(8);
    expect(read(octets).runs).toEqual([{ first: 0, count: 1_000_000, transition: 7 }]);
  });

  it('are refused when they break off', () => {
    const writer = new HostRunWriter();
    writer.add(1000, 1, 1);
    const octets = writer.end(new Uint8Array(0));
    for (let end = 0; end < octets.length; end++)
      expect(() => readRuns(octets.subarray(0, end))).toThrow("runs of hosts can't be read");
    expect(() => readRuns(new Uint8Array(20).fill(0xff))).toThrow("runs of hosts can't be read");
  });
});
