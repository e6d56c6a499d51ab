/** Every single failure: each as if it were asked for by itself, and the worst first. */
import { describe, expect, it } from 'vitest';
import { groundOf, PLAIN, type Setup, whatIf, worldOf } from '../../../test/support/whatif.ts';
import { singleFailureRanks } from './n-1.ts';
import { singleFailures } from './outage.ts';
import { leftOutProblems } from './problems.ts';
import { thingText } from './thing.ts';

const SETUP: Setup = {
  hosts: { zurich: 600, switzerland: 200, anycast: 200 },
  queries: {
    'web/zurich/ipv6': 60,
    'web/switzerland/ipv6': 20,
    'web/switzerland/ipv4': 80,
    'web/anycast/ipv6': 20,
    'web/anycast/ipv4': 20,
  },
  loads: { 'zrh-a': 6, 'zrh-b': 6, 'gva-a': 2, 'gva-b': 2, 'fra-a': 4, 'fra-b': 4, 'iad-a': 1 },
};

function ranksOf(setup: Setup, load = 1) {
  const world = worldOf(setup);
  const { ranks } = singleFailureRanks(groundOf(world, load === 1 ? [] : [{ load }]), PLAIN);
  return ranks.map((rank) => ({ ...rank, text: thingText(world.network, rank.thing) }));
}

describe('n-1', () => {
  it('ranks every failure there is, as what-if of it alone says', () => {
    const ranks = ranksOf(SETUP);
    const { network } = worldOf(SETUP);
    expect(ranks.map(({ text }) => text).sort()).toEqual(
      singleFailures(network)
        .map((thing) => thingText(network, thing))
        .sort(),
    );
    for (const { text, moved, unserved, cascades, worst } of ranks) {
      const alone = whatIf(SETUP, [{ fail: text }]);
      expect(moved, text).toBeCloseTo(alone.flows.reduce((sum, { queries }) => sum + queries, 0) / 200, 9);
      expect(unserved, text).toBeCloseTo(alone.after.unserved.queries / 200, 9);
      expect(cascades, text).toEqual(alone.steps.flatMap((step) => step.cascades.map(({ link }) => link)));
      expect(worst!.ratio, text).toBe(Math.max(...alone.peaks.flatMap((load) => [load.in.ratio, load.out.ratio])));
    }
  });

  it('has the worst first: who is left without an answer, what fails next, what is overloaded, what moves', () => {
    const ranks = ranksOf(SETUP);
    // The only group above Switzerland and Europe: what it has, nobody else can take.
    expect(ranks[0]).toMatchObject({ text: 'group:anycast', unserved: 0.2 });
    expect(
      ranks
        .slice(1, 3)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(['target:web/anycast/ipv4', 'target:web/anycast/ipv6']);
    const [, , , next] = ranks;
    expect(next.unserved).toBe(0);
    // 12 Gbit/s on the 10 Gbit/s that is left; what then enters at Geneva is more than its links bear.
    expect(next).toMatchObject({ text: expect.stringMatching(/^link:zrh-/), cascades: [expect.any(Number), 3, 2] });
    const rest = ranks.filter(({ unserved, cascades, lost }) => unserved === 0 && cascades.length === 0 && lost === 0);
    const ratios = rest.map(({ worst }) => worst!.ratio);
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    expect(ranks[ranks.length - 1].moved).toBe(0);
  });

  it('is on top of what else is changed, and goes by hosts where nobody counts queries', () => {
    const { hosts } = SETUP;
    const ranks = ranksOf({ hosts });
    expect(ranks[0]).toMatchObject({ text: 'group:anycast', unserved: 0.2 });
    expect(ranks[0].worst).toBeUndefined();
    const [light, heavy] = [1, 1.5].map(
      (load) => ranksOf(SETUP, load).filter(({ cascades }) => cascades.length > 0).length,
    );
    expect(heavy).toBeGreaterThan(light);
  });

  it('takes what matters most first when the time may not do for all', () => {
    let left = 4 + 7 + 4 + 1;
    const { ranks, leftOut } = singleFailureRanks(groundOf(worldOf(SETUP), []), PLAIN, () => left-- === 0);
    const { network } = worldOf(SETUP);
    expect(leftOut.length).toBe(singleFailures(network).length - ranks.length);
    const hosts = leftOut.map(({ hosts: of }) => of ?? Number.NaN);
    expect(hosts).toEqual([...hosts].sort((a, b) => b - a));
    const [problem] = leftOutProblems(groundOf(worldOf(SETUP), []), leftOut, ranks.length + leftOut.length);
    expect(problem.kind).toBe('left-out');
    expect(problem.message).toMatch(
      new RegExp(
        `^there was no time for ${leftOut.length} of \\d+ single failures: targets with 600 hosts at the most \\(target:web/zurich/ipv6\\)`,
      ),
    );
    const targets = ranks.filter(({ thing }) => thing.kind === 'target');
    expect(targets.map(({ thing }) => thingText(network, thing))).toEqual(['target:web/switzerland/ipv4']);
  });
});
