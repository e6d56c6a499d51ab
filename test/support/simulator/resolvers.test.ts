/** The model of who keeps answers, held to what it must reproduce. */
import { describe, expect, it } from 'vitest';
import { MOVED, moveTtl20 } from '../../scenarios/simulate/move-ttl-20.ts';
import { answeredAt, sharesAt } from './figures.ts';
import { Population } from './population.ts';
import { Random } from './random.ts';
import { KEEPERS, OBEDIENT } from './resolvers.ts';
import { MINUTE, SECOND } from './scenario.ts';
import { simulate } from './simulate.ts';
import { Traffic } from './traffic.ts';

describe('a move at a TTL of 20 s', () => {
  const seeds = [1, 2, 3, 4, 5, 6];
  it.each(seeds)('of seed %i: 90 percent after 60 s, 98 after 15 min', (seed) => {
    const run = simulate(moveTtl20, seed);
    const left = (after: number): number => (sharesAt(run, MOVED + after).anycast ?? 0) * 100;
    console.log(
      `seed ${seed}: ${left(MINUTE).toFixed(1)} % left after 60 s, ${left(15 * MINUTE).toFixed(1)} % after 15 min`,
    );
    expect(Math.abs(left(MINUTE) - 10)).toBeLessThan(1.5);
    expect(Math.abs(left(15 * MINUTE) - 2)).toBeLessThan(1.5);
    // 1.5 points are much of 2: it must not be 0 either.
    expect(left(15 * MINUTE)).toBeGreaterThan(1);
    expect(left(-SECOND)).toBeCloseTo(100, 6);
    expect(answeredAt(run, MOVED).europe).toBeCloseTo(1, 6);
    expect(run.broken).toEqual([]);
  });

  it('is over after a TTL where all keep it', () => {
    const run = simulate({ ...moveTtl20, keepers: OBEDIENT }, 1, SECOND);
    expect(sharesAt(run, MOVED + 10 * SECOND).anycast).toBeGreaterThan(0.2);
    expect(sharesAt(run, MOVED + 21 * SECOND).anycast).toBe(0);
  });
});

describe('a population', () => {
  it('is of all keepers together', () => {
    expect(KEEPERS.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('sends as much as it should, by class of clients and family', () => {
    const traffic = new Traffic(4, 1000 * SECOND, 100 * SECOND);
    const population = new Population(
      {
        keepers: KEEPERS,
        caches: 200,
        skew: 1,
        hosts: 1,
        ipv6: 0.25,
        classes: [
          { clientClass: 0, share: 0.4 },
          { clientClass: 1, share: 0.6 },
        ],
      },
      ({ family, clientClass }) => ({ place: clientClass * 2 + family, ttl: 60 }),
      traffic,
      new Random(7),
    );
    population.advance(1000 * SECOND);
    expect(population.answered(4).map((share) => Math.round(share * 1000) / 1000)).toEqual([0.3, 0.1, 0.45, 0.15]);
    for (const slice of [2, 5, 9])
      for (const [i, share] of traffic.sharesAt(slice).entries())
        expect(share).toBeCloseTo([0.3, 0.1, 0.45, 0.15][i], 1);
    const requests = Array.from({ length: 10 }, (_, i) => traffic.at(i).reduce((sum, each) => sum + each, 0));
    // 500 a second.
    for (const each of requests) expect(Math.abs(each / 50_000 - 1)).toBeLessThan(0.05);
  });
});
