/** What follows from each kind of change, worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  flowTexts,
  groundOf,
  loadsAfter,
  NETWORK,
  NOW,
  PLAIN,
  type Setup,
  whatIf,
  worldOf,
} from '../../../test/support/whatif.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { problemsOf } from './problems.ts';
import { FAIL_AFTER_MS, run } from './run.ts';

/** All hosts in Zurich but some; what they are asked for, and what all of it weighs. IPv4 of Zurich is Switzerland's. */
const SETUP: Setup = {
  hosts: { zurich: 600, switzerland: 200, europe: 100, anycast: 100 },
  queries: {
    'web/zurich/ipv6': 60,
    'web/switzerland/ipv6': 20,
    'web/switzerland/ipv4': 80,
    'web/europe/ipv6': 10,
    'web/europe/ipv4': 10,
    'web/anycast/ipv6': 10,
    'web/anycast/ipv4': 10,
  },
  loads: { 'zrh-a': 4, 'zrh-b': 4, 'gva-a': 2, 'gva-b': 2, 'fra-a': 4, 'fra-b': 4, 'iad-a': 1 },
};
const WITHOUT_LOADS: Setup = { hosts: SETUP.hosts };

describe('a failure', () => {
  it('of nothing changes nothing', () => {
    const result = whatIf(SETUP, []);
    expect(result).toMatchObject({ settled: true, lasted: 0, flows: [], findings: [] });
    expect(result.steps).toHaveLength(1);
    expect(loadsAfter(result)).toEqual(SETUP.loads);
  });

  it('of a target leads its hosts on, and their part of the traffic', () => {
    const result = whatIf(SETUP, [{ fail: 'target:web/zurich/ipv6' }]);
    // Switzerland is served at the failed site too, and Europe is not.
    expect(flowTexts(result)).toEqual(['web ipv6 zurich -> europe: 600 hosts, 60 queries']);
    expect(result).toMatchObject({ settled: true, lasted: 0, after: { unserved: { hosts: 0 }, lost: { in: 0 } } });
    const [{ changes }] = result.steps;
    expect(changes).toMatchObject([{ before: 'zurich', after: 'europe', family: 'ipv6' }]);
    expect(changes[0].cause).toContain('zurich: ipv6 down since 00:00:00 (target:web/zurich/ipv6 fails)');
    const all = Object.values(SETUP.loads!).reduce((sum, load) => sum + load, 0);
    const after = loadsAfter(result);
    expect(Object.values(after).reduce((sum, load) => sum + load, 0)).toBeCloseTo(all, 2);
    // Of Zurich's 8 Gbit/s its target has 60 of 60 + 50 + 5 weights; half of it enters in Geneva then, half in Frankfurt.
    const left = (8 * 60) / 115;
    expect(after['zrh-a']).toBeCloseTo((8 - left) / 2, 2);
    expect(after['fra-a']).toBeCloseTo((8 + left / 2) / 2, 2);
  });

  it('of a group is one of all its targets', () => {
    const result = whatIf(SETUP, [{ fail: 'group:switzerland' }]);
    expect(flowTexts(result)).toEqual([
      // Nobody else of the ladder avoids both of its sites.
      'web ipv4 switzerland -> europe: 800 hosts, 80 queries',
      'web ipv6 switzerland -> europe: 200 hosts, 20 queries',
    ]);
    expect([...result.dead.keys()].sort()).toEqual([
      'mail/switzerland/ipv4',
      'mail/switzerland/ipv6',
      'web/switzerland/ipv4',
      'web/switzerland/ipv6',
    ]);
    expect(flowTexts(whatIf(SETUP, [{ fail: 'group:switzerland/ipv6' }]))).toHaveLength(1);
  });

  it('of a site takes what is served there alone, and leads the rest of its traffic to other sites', () => {
    const result = whatIf(SETUP, [{ fail: 'site:zrh' }]);
    expect(flowTexts(result)).toEqual(['web ipv6 zurich -> europe: 600 hosts, 60 queries']);
    expect(result.dead.get('web/zurich/ipv6')).toBe('no instance is left: zrh lost');
    const after = loadsAfter(result);
    expect(after).toMatchObject({ 'zrh-a': 0, 'zrh-b': 0 });
    expect(Object.values(after).reduce((sum, load) => sum + load, 0)).toBeCloseTo(21, 2);
  });

  it('of a link leads its traffic to the others of its site; of the last one it is that of the site', () => {
    const one = whatIf(SETUP, [{ fail: 'link:zrh-a' }]);
    expect(flowTexts(one)).toEqual([]);
    expect(loadsAfter(one)).toMatchObject({ 'zrh-a': 0, 'zrh-b': 8, 'gva-a': 2 });
    const both = whatIf(SETUP, [{ fail: 'link:zrh-a' }, { fail: 'link:zrh-b' }]);
    expect(flowTexts(both)).toEqual(['web ipv6 zurich -> europe: 600 hosts, 60 queries']);
    expect(loadsAfter(both)).toEqual(loadsAfter(whatIf(SETUP, [{ fail: 'site:zrh' }])));
  });

  it('of all there is leaves hosts with a last resort', () => {
    const result = whatIf(
      WITHOUT_LOADS,
      ['anycast', 'europe', 'switzerland', 'zurich'].map((id) => ({ fail: `group:${id}` })),
    );
    expect(result.after.lastResort.hosts).toBe(2000);
    expect(result.after.unserved).toEqual(result.after.dead);
    expect(result.before.unserved.hosts).toBe(0);
  });

  it('of what an operator holds up leaves its hosts there', () => {
    const world = { ...worldOf(SETUP), forces: [{ group: 3, state: 'up' as const }] };
    const result = run(groundOf(world, [{ fail: 'site:zrh' }]), PLAIN);
    expect(flowTexts(result)).toEqual([]);
    expect(result.after).toMatchObject({ dead: { hosts: 600, queries: 60 }, lastResort: { hosts: 0 } });
  });

  it('under a freeze trips it, by name', () => {
    const freezes = [{ until: NOW + 24 * 3600_000, leaveDead: false }];
    const result = run(groundOf({ ...worldOf(SETUP), freezes }, [{ fail: 'group:zurich' }]), PLAIN);
    expect(result.trips.map(({ about, at, guard }) => [about, at, guard])).toEqual(
      [
        ['web/zurich/ipv6', 0, 'freeze'],
        ['mail/zurich/ipv6', 0, 'freeze'],
      ].sort(),
    );
    expect(result).toMatchObject({ settled: true, flows: [], after: { dead: { hosts: 600 } } });
  });

  it('of more than the blast radius allows goes part by part', () => {
    const world = worldOf({ hosts: SETUP.hosts });
    const blastRadius = { hosts: 0.25, queries: 1, interval: 600_000, leaveDead: false };
    const network = { ...world.network, guards: { ...world.network.guards, blastRadius } };
    const result = run(groundOf({ ...world, network }, [{ fail: 'group:zurich' }]), PLAIN);
    expect(result.trips.map(({ guard, about }) => `${guard} ${about}`)).toContain('blast-radius web/zurich/ipv6');
    // 600 of 1000 hosts, 250 in ten minutes.
    expect(result.steps.map(({ at, flows }) => [at / 60_000, Math.round(flows[0].hosts / 50) * 50])).toEqual([
      [0, 250],
      [10, 250],
      [20, 100],
    ]);
    expect(result).toMatchObject({ settled: true, after: { dead: { hosts: 0 } } });
  });

  it('of what a freeze that ends soon holds is followed when it has ended', () => {
    const freezes = [{ until: NOW + 15 * 60_000, leaveDead: false }];
    const result = run(groundOf({ ...worldOf(SETUP), freezes }, [{ fail: 'group:zurich' }]), PLAIN);
    expect(result.steps.map(({ at, flows }) => [at, flows.length])).toEqual([
      [0, 0],
      [15 * 60_000, 1],
    ]);
    expect(result).toMatchObject({ settled: true, lasted: 15 * 60_000 });
    const short = run(groundOf({ ...worldOf(SETUP), freezes }, [{ fail: 'group:zurich' }]), {
      ...PLAIN,
      horizon: 60_000,
    });
    expect(short.flows).toEqual([]);
  });
});

describe('more load', () => {
  it('of everything is as many times as much everywhere', () => {
    expect(loadsAfter(whatIf(SETUP, [{ load: 1.5 }]))).toMatchObject({ 'zrh-a': 6, 'iad-a': 1.5 });
  });

  it('of a link is on that link, and of a group where its traffic enters', () => {
    expect(loadsAfter(whatIf(SETUP, [{ load: 2, of: 'link:iad-a' }]))).toMatchObject({ 'iad-a': 2, 'zrh-a': 4 });
    const { 'zrh-a': zurich, 'gva-a': geneva } = loadsAfter(whatIf(SETUP, [{ load: 2, of: 'group:zurich' }]));
    expect(zurich).toBeCloseTo(4 + (4 * 60) / 115, 2);
    expect(geneva).toBe(2);
  });

  it('goes with what fails at the same time', () => {
    const after = loadsAfter(whatIf(SETUP, [{ load: 2 }, { fail: 'link:fra-a' }], { cascade: undefined }));
    expect(after).toMatchObject({ 'fra-a': 0, 'fra-b': 16 });
  });
});

describe('a cascade', () => {
  it('is a link that fails because it is over its capacity for long, and what that brings about', () => {
    const result = whatIf(SETUP, [{ load: 2 }, { fail: 'link:zrh-a' }]);
    // zrh-b has 16 of 10 Gbit/s. With it the site is lost, and its traffic is more than the others bear.
    expect(result.steps[1]).toMatchObject({ at: FAIL_AFTER_MS, cascades: [{ link: 1, ratio: 1.6 }] });
    expect(result.steps[1].flows).toHaveLength(1);
    expect(result.outage.links).toEqual(
      new Set([0, 1]).union(new Set(result.steps.flatMap(({ cascades }) => cascades.map(({ link }) => link)))),
    );
  });

  it('begins above the factor that is asked for, or not at all', () => {
    const changes = [{ load: 2 }, { fail: 'link:zrh-a' }];
    for (const cascade of [1.7, undefined]) {
      const result = whatIf(SETUP, changes, { cascade });
      expect(result.steps.flatMap(({ cascades }) => cascades)).toEqual([]);
      expect(result.peaks[1].in.ratio).toBeCloseTo(1.6, 6);
    }
  });

  it('is not begun by a link that is as loaded now', () => {
    const loads = { ...SETUP.loads, 'iad-a': 11 };
    expect(whatIf({ ...SETUP, loads }, []).outage.links.size).toBe(0);
    expect(whatIf({ ...SETUP, loads }, [{ load: 1.01 }]).outage.links).toEqual(new Set([6]));
  });
});

describe('load steering', () => {
  const world = worldOf({ ...SETUP, loads: { ...SETUP.loads, 'zrh-a': 4.5, 'zrh-b': 4.5 } });
  const loadSteering = { step: 0.1, interval: 5 * 60_000 };
  const steered = { ...world, network: { ...world.network, loadSteering } };

  it('acts step by step on what the steps before brought about, until links are relieved', () => {
    const [still, acting] = [world, steered].map((each) => run(groundOf(each, [{ fail: 'link:zrh-a' }]), PLAIN));
    expect(still.flows).toEqual([]);
    expect(still.after.links[1].in.ratio).toBeCloseTo(0.9, 6);
    const ratios = acting.steps.map(({ links }) => links[1].in.ratio);
    expect(ratios.length).toBeGreaterThan(2);
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    // Of 80 % and 60 % the middle, to which a link is relieved.
    expect(acting.after.links[1].in.ratio).toBeLessThan(0.72);
    expect(acting).toMatchObject({ settled: true, after: { unserved: { hosts: 0 } } });
    expect(acting.after.links.every((load, link) => link === 1 || load.in.ratio <= 0.8)).toBe(true);
    const { changes } = acting.steps.find((each) => each.changes.length > 0)!;
    expect(changes[0].cause).toContain('zrh-b');
  });

  it('that finds no room says so by name', () => {
    const full = worldOf({
      ...SETUP,
      loads: { 'zrh-a': 4.5, 'zrh-b': 4.5, 'gva-a': 8, 'gva-b': 4, 'fra-a': 16, 'fra-b': 16, 'iad-a': 8 },
    });
    const result = run(groundOf({ ...full, network: steered.network }, [{ fail: 'link:zrh-a' }]), PLAIN);
    expect(result.trips.map(({ guard, about }) => `${guard} ${about}`)).toContain('capacity zrh-b/in');
  });
});

describe('a move', () => {
  it('that would fill a link is refused by the capacity guard', () => {
    const setup = { ...SETUP, loads: { ...SETUP.loads, 'iad-a': 7.9 } };
    const ground = groundOf(worldOf(setup), [{ move: { to: 'anycast' } }], [600, 0, 0, 0]);
    expect(ground.scenario.guards).toContainEqual({
      guard: 'capacity',
      refuses: true,
      message: expect.stringContaining('iad-a in'),
    });
    expect(run(ground, PLAIN).flows).toEqual([]);
  });

  it('moves so many hosts of each assignment, and their part of the queries', () => {
    const result = whatIf(SETUP, [{ move: { to: 'anycast', families: ['ipv6'] } }], {}, [150, 0, 0, 0]);
    expect(flowTexts(result)).toEqual(['web ipv6 zurich -> anycast: 150 hosts, 15 queries']);
    const both = whatIf(SETUP, [{ move: { to: 'anycast' } }], {}, [150, 50, 0, 0]);
    expect(flowTexts(both)).toEqual([
      'web ipv4 switzerland -> anycast: 200 hosts, 20 queries',
      'web ipv6 zurich -> anycast: 150 hosts, 15 queries',
      'web ipv6 switzerland -> anycast: 50 hosts, 5 queries',
    ]);
  });

  it('is followed by what fails with it', () => {
    const result = whatIf(SETUP, [{ move: { to: 'zurich' } }, { fail: 'group:zurich' }], {}, [0, 0, 100, 0]);
    expect(flowTexts(result)).toEqual([
      'web ipv6 zurich -> europe: 600 hosts, 60 queries',
      'web ipv4 europe -> switzerland: 100 hosts, 10 queries',
    ]);
  });

  const invalid = new Map([
    ['europe/ipv4', { value: { state: 'invalid' as const, cause: 'x' }, observedAt: NOW, staleAt: NOW + 1 }],
  ]);

  it('that a guard refuses is not made, unless it is forced', () => {
    const setup = { ...SETUP, data: { validity: invalid } };
    const ground = groundOf(worldOf(setup), [{ move: { to: 'europe' } }], [0, 0, 0, 40]);
    const refused = run(ground, PLAIN);
    expect(refused.flows).toEqual([]);
    expect(problemsOf(ground, refused, 1)).toMatchObject([
      { kind: 'guarded', message: expect.stringMatching(/^rpki: /) },
    ]);
    const forced = whatIf(setup, [{ move: { to: 'europe', force: true } }], {}, [0, 0, 0, 40]);
    expect(flowTexts(forced)).toHaveLength(2);
  });

  it('of hosts that would lose a record, or of the same hosts twice, is a mistake', () => {
    expect(() => whatIf(SETUP, [{ move: { to: 'europe' } }, { move: { to: 'anycast' } }], {}, [400, 0, 0, 0])).toThrow(
      'two moves are about the same hosts',
    );
    const network =
      'services: { web: { vip: 64 }, mail: { vips: { zurich: { ipv6: 2001:db8:19::65 }, switzerland: { ipv4: 203.0.113.65 } } } }\n';
    const text = NETWORK.replace(/^services: .*\n/m, network);
    expect(() => whatIf({ network: text, hosts: { 'mail zurich': 3 } }, [{ move: { to: 'europe' } }])).toThrow(
      'service mail has no ipv4 address in europe nor in a group it falls back to',
    );
  });
});

describe('a prefix', () => {
  it('that turns invalid is found so, and no prefix else', () => {
    const result = whatIf(SETUP, [{ invalid: 'europe/ipv4' }]);
    expect(result.findings.map(({ kind, group, family }) => `${kind} ${group}/${family}`)).toEqual([
      'invalid europe/ipv4',
    ]);
  });

  it('that is withdrawn lets no traffic in', () => {
    const result = whatIf(SETUP, [{ withdraw: 'zurich' }]);
    expect(result.findings.map(({ kind, site }) => [kind, site])).toEqual([['unannounced', 'zrh']]);
    const gone = (8 * 60) / 115;
    const { in: lost } = result.after.lost;
    const { 'zrh-a': load } = loadsAfter(result);
    // Checks may see it well, but its hosts are not reached.
    expect(result.after.dead).toEqual({ hosts: 600, queries: 60 });
    expect(lost / 1e9 + load * 2).toBeCloseTo(8, 2);
    expect(lost / 1e9).toBeCloseTo(gone, 2);
  });

  it('that is withdrawn is heard on where another one covers it', () => {
    const announcements = new Map(
      ['zrh', 'gva', 'fra', 'iad'].map((site) => [
        site,
        { value: { prefixes: [parsePrefix('2001:db8::/32')!], hosts: [] }, observedAt: NOW, staleAt: NOW + 1 },
      ]),
    );
    const result = whatIf({ ...SETUP, data: { announcements } }, [{ withdraw: 'zurich' }]);
    expect(result.after.lost).toEqual({ in: 0, out: 0 });
  });

  it('more that a session has no room for is refused by name', () => {
    const network = NETWORK.replace(
      'zrh: { country: CH }',
      'zrh: { country: CH, prefix_limits: { transit: { ipv4: { maximum: 2 } } } }',
    );
    const guardsOf = (prefix?: string) =>
      groundOf(worldOf({ ...SETUP, network }), [{ add_ipv4: 'zurich', ...(prefix === undefined ? {} : { prefix }) }])
        .scenario.guards;
    expect(guardsOf('203.0.114.0/24')).toMatchObject([{ guard: 'prefix-limit', refuses: true }]);
    expect(guardsOf()).toEqual([]);
  });

  it('more is of no use where its group is dead', () => {
    const result = whatIf(SETUP, [{ add_ipv4: 'zurich' }, { fail: 'site:zrh' }]);
    expect(flowTexts(result)).toContain('web ipv4 switzerland -> europe: 600 hosts, 60 queries');
    expect(result.after.unserved.hosts).toBe(0);
  });

  it('more gives hosts their own group also in IPv4', () => {
    for (const prefix of [undefined, '203.0.114.0/24']) {
      const result = whatIf(SETUP, [{ add_ipv4: 'zurich', ...(prefix === undefined ? {} : { prefix }) }]);
      expect(flowTexts(result)).toEqual(['web ipv4 switzerland -> zurich: 600 hosts, 60 queries']);
      expect(result.findings).toEqual([]);
    }
  });
});
