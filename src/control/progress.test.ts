import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeResolverSample, type ResolverSample, ResolverTable, setClock } from '../transport/resolver-sample.ts';
import { MoveProgress } from './progress.ts';

const START = 1_700_000_000;
const HOST = 0x51ed270b;
const OTHER = 0x2545f491;

/** A sample of a few workers that tests ask as resolvers. */
class Asked {
  readonly sample: ResolverSample;
  readonly progress: MoveProgress;
  readonly #tables: ResolverTable[];

  constructor(workers = 2) {
    this.sample = makeResolverSample(workers, 1);
    setClock(this.sample, START);
    this.#tables = Array.from({ length: workers }, (_, w) => new ResolverTable(this.sample, w));
    this.progress = new MoveProgress(this.sample);
  }

  at(second: number): void {
    setClock(this.sample, START + second);
  }

  ask(resolver: number, times = 1, worker = resolver % this.#tables.length, name = HOST): void {
    const address = Uint8Array.of(10, resolver >>> 16, resolver >>> 8, resolver);
    for (let i = 0; i < times; i++) this.#tables[worker].noteAddress(address, name);
  }

  share(move = 1): number | undefined {
    return this.progress.askedAgain(move).share;
  }
}

describe('askedAgain', () => {
  it('is the share of the rate whose resolvers have come back, by any worker, and only grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.boolean(), fc.nat({ max: 2 }), fc.nat({ max: 2 })), {
          minLength: 1,
          maxLength: 60,
        }),
        (resolvers) => {
          const asked = new Asked(3);
          resolvers.forEach(([times, , before], r) => {
            asked.ask(r, times, before);
          });
          asked.at(10);
          asked.progress.begin(1, new Set([HOST]));
          const all = resolvers.reduce((total, [times]) => total + times, 0);
          expect(asked.progress.askedAgain(1)).toEqual({ share: 0, sampled: resolvers.length });
          let returned = 0;
          resolvers.forEach(([times, returns, , after], r) => {
            if (!returns) return;
            asked.at(20 + r);
            asked.ask(r, 1, after);
            returned += times;
            expect(asked.share()).toBeCloseTo(returned / all, 10);
          });
        },
      ),
    );
  });

  it('knows nothing of a move whose hosts nobody asked for, nor of one not followed', () => {
    const asked = new Asked();
    asked.ask(1, 5, 0, OTHER);
    asked.progress.begin(1, new Set([HOST]));
    expect(asked.progress.askedAgain(1)).toEqual({ share: undefined, sampled: 0 });
    expect(asked.progress.askedAgain(2)).toEqual({ share: undefined, sampled: 0 });
  });

  it('takes the moved hosts from a predicate too, and looks at no others', () => {
    const asked = new Asked();
    asked.ask(1, 1, 0);
    asked.ask(1, 9, 0, OTHER);
    asked.progress.begin(1, (hash) => hash === HOST);
    asked.progress.begin(2, () => true);
    asked.at(1);
    asked.ask(1, 1, 1);
    expect([asked.share(1), asked.share(2)]).toEqual([1, 0.1]);
  });

  it('does not take queries in the second of the switch for later ones', () => {
    const asked = new Asked();
    asked.ask(1);
    asked.progress.begin(1, new Set([HOST]));
    asked.ask(1);
    expect(asked.share()).toBe(0);
    asked.at(1);
    asked.ask(1);
    expect(asked.share()).toBe(1);
  });

  it('weighs resolvers by what they asked in the last half an hour, not by how briefly they were seen', () => {
    const asked = new Asked();
    for (let second = 0; second < 600; second += 2) {
      asked.at(second);
      asked.ask(0);
    }
    // Resolvers that ask once in a long while.
    for (let r = 1; r <= 100; r++) asked.ask(r);
    asked.progress.begin(1, new Set([HOST]));
    asked.at(605);
    asked.ask(0);
    expect(asked.share()).toBe(0.75);
  });

  it('adds up what a resolver asked of several workers', () => {
    const asked = new Asked(2);
    asked.ask(1, 6, 0);
    asked.ask(1, 3, 1);
    asked.ask(2, 1, 0);
    asked.progress.begin(1, new Set([HOST]));
    asked.at(1);
    asked.ask(1, 1, 1);
    expect(asked.progress.askedAgain(1)).toEqual({ share: 0.9, sampled: 2 });
  });

  it('remembers who came back when the sample forgets them', () => {
    const asked = new Asked(1);
    asked.ask(1);
    asked.progress.begin(1, new Set([HOST]));
    asked.at(5);
    asked.ask(1);
    expect(asked.share()).toBe(1);
    asked.at(9000);
    asked.ask(2);
    expect(asked.share()).toBe(1);
  });

  it('is right, with fewer pairs, when a flood makes one worker coarser', () => {
    const asked = new Asked(2);
    for (let r = 0; r < 1000; r++) asked.ask(r, 2);
    asked.at(10);
    asked.progress.begin(1, new Set([HOST]));
    asked.at(11);
    for (let r = 100_000; r < 105_000; r++) asked.ask(r, 1, 1, OTHER);
    // The half that comes back is spread over both workers.
    for (let r = 0; r < 500; r++) asked.ask(r);
    const { share, sampled } = asked.progress.askedAgain(1);
    expect(sampled).toBeLessThan(500);
    expect(sampled).toBeGreaterThan(50);
    expect(Math.abs(share! - 0.5)).toBeLessThan(0.12);
  });

  it('is estimated from at most 4096 pairs', () => {
    const asked = new Asked(4);
    for (let r = 0; r < 5600; r++) asked.ask(r);
    asked.progress.begin(1, new Set([HOST]));
    asked.at(1);
    for (let r = 0; r < 2800; r++) asked.ask(r);
    const { share, sampled } = asked.progress.askedAgain(1);
    expect(sampled).toBeLessThanOrEqual(4096);
    expect(sampled).toBeGreaterThan(2000);
    expect(Math.abs(share! - 0.5)).toBeLessThan(0.05);
  });
});

describe('moves', () => {
  it('are followed 32 at once, the oldest gives way', () => {
    const asked = new Asked();
    asked.ask(1);
    for (let move = 1; move <= 32; move++) asked.progress.begin(move, new Set([HOST]));
    // Begun anew, the first is the youngest.
    asked.progress.begin(1, new Set([HOST]));
    asked.progress.begin(33, new Set([HOST]));
    expect([1, 2, 3, 33].map((move) => asked.share(move))).toEqual([0, undefined, 0, 0]);
  });

  it('have every query noted until the last of them ends', () => {
    const sample = makeResolverSample(1);
    const table = new ResolverTable(sample, 0);
    const progress = new MoveProgress(sample);
    const noted = (): number => Array.from({ length: 16 }, () => table.due()).filter(Boolean).length;
    const counts = [noted()];
    for (const step of [
      () => progress.begin(1, new Set()),
      () => progress.begin(2, new Set()),
      () => progress.end(1),
      () => progress.end(2),
    ]) {
      step();
      counts.push(noted());
    }
    expect(counts).toEqual([2, 16, 16, 16, 2]);
  });
});
