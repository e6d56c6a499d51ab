/** Each rule of a policy, on the example network: what is answered, and why. */
import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { formatAddress } from '../net/address.ts';
import { resolveAssignment } from './assignment.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';
import { parseForces } from './forces.ts';
import {
  type AnswerSet,
  type ClientClass,
  type Family,
  type Policy,
  planSet,
  targetKey,
  type Verdict,
  type World,
} from './model.ts';
import { plainPolicy } from './policy.ts';

const [ANYCAST, EUROPE, SWITZERLAND, ZURICH] = [0, 1, 2, 3];
const NOW = Date.UTC(2026, 0, 1, 12);
const IPV4 = ['192.0.2.64', '198.51.100.64', '203.0.113.64'];
const IPV6 = ['2001:db8:16::64', '2001:db8:17::64', '2001:db8:18::64', '2001:db8:19::64'];

interface Given {
  readonly policy?: Partial<Policy>;
  readonly group?: number;
  readonly ttl?: number;
  readonly forces?: Readonly<Record<string, string>>;
  /** By group and family: `zurich/ipv6`. */
  readonly verdicts?: Readonly<Record<string, Partial<Verdict>>>;
  readonly classes?: readonly ClientClass[];
  readonly moved?: boolean;
}

function world(given: Given): World {
  const { policy = {}, group = ZURICH, ttl = 60, forces = {}, verdicts = {}, classes = [], moved = false } = given;
  const network = { ...exampleNetwork, policies: [{ ...plainPolicy('p', 60), ...policy }] };
  const pinned = { ipv4: moved, ipv6: moved };
  const told = Object.entries(verdicts).map(([key, verdict]): [string, Verdict] => {
    const [where, family] = key.split('/');
    return [targetKey('web', where, family as Family), { state: 'up', since: NOW, cause: 'test', ...verdict }];
  });
  return {
    network,
    assignments: [{ service: 0, ipv4: group, ipv6: group, policy: 0, ttl, pinned }],
    forces: parseForces(forces, network).forces,
    verdicts: new Map(told),
    classes: [[{ groups: [] }, ...classes]],
    now: NOW,
  };
}

function set(given: Given, family: Family, clientClass = 0): AnswerSet {
  return planSet(decide(world(given)), 0, clientClass, family);
}

/** The one address that is answered. */
function address(given: Given, family: Family, clientClass = 0): string {
  const { answers, failure } = set(given, family, clientClass);
  if (failure === true) return 'SERVFAIL';
  return answers.length === 0 ? 'none' : formatAddress(answers[0].address);
}

const chain = (given: Given, family: Family, clientClass = 0): string => {
  const w = world(given);
  return explain(w, w.assignments[0], clientClass, family).chain;
};

const down = (since = NOW): Partial<Verdict> => ({ state: 'down', since, cause: 'http: status 503' });
const allDown = {
  'zurich/ipv6': down(NOW - 3000),
  'switzerland/ipv6': down(NOW - 1000),
  'europe/ipv6': down(NOW - 4000),
  'anycast/ipv6': down(NOW - 2000),
};

describe('verdicts', () => {
  it.each<[string, Given, string]>([
    ['a target found down is left', { verdicts: { 'zurich/ipv6': down() } }, IPV6[SWITZERLAND]],
    ['of the other family nothing follows', { verdicts: { 'zurich/ipv4': down() } }, IPV6[ZURICH]],
    ['one found up is used', { verdicts: { 'zurich/ipv6': {} } }, IPV6[ZURICH]],
    ["an operator's up counts more", { verdicts: { 'zurich/ipv6': down() }, forces: { zurich: 'up' } }, IPV6[ZURICH]],
    [
      "an operator's down counts more",
      { verdicts: { 'zurich/ipv6': {} }, forces: { zurich: 'down' } },
      IPV6[SWITZERLAND],
    ],
    ['drained is better than down', { verdicts: allDown, forces: { europe: 'drained' } }, IPV6[EUROPE]],
  ])('%s', (_rule, given, expected) => expect(address(given, 'ipv6')).toBe(expected));

  it('are told with their evidence', () => {
    expect(chain({ verdicts: { 'zurich/ipv6': down() } }, 'ipv6')).toBe(
      'zurich: ipv6 down since 12:00:00 (http: status 503) -> switzerland: up (served by the failed site too)',
    );
  });
});

describe('unknown', () => {
  const unknown = (last?: 'up' | 'down'): Given['verdicts'] => ({ 'zurich/ipv6': { state: 'unknown', last } });
  it.each<[Policy['unknown'], 'up' | 'down' | undefined, string]>([
    ['last', undefined, IPV6[ZURICH]],
    ['last', 'up', IPV6[ZURICH]],
    ['last', 'down', IPV6[SWITZERLAND]],
    ['up', 'down', IPV6[ZURICH]],
    ['down', 'up', IPV6[SWITZERLAND]],
    ['unknown', 'up', IPV6[SWITZERLAND]],
  ])('%s, where it was %s before', (rule, last, expected) => {
    expect(address({ policy: { unknown: rule }, verdicts: unknown(last) }, 'ipv6')).toBe(expected);
  });

  it('is better than drained', () => {
    const given = { policy: { unknown: 'unknown' as const }, verdicts: { ...allDown, ...unknown() } };
    expect(address({ ...given, forces: { switzerland: 'drained' } }, 'ipv6')).toBe(IPV6[ZURICH]);
  });
});

describe('failback', () => {
  const latched = { 'zurich/ipv6': { state: 'up' as const, latched: true } };
  it('by hand waits for an operator', () => {
    const policy = { failback: 'manual' as const };
    expect(address({ policy, verdicts: latched }, 'ipv6')).toBe(IPV6[SWITZERLAND]);
    expect(address({ policy, verdicts: latched, forces: { zurich: 'up' } }, 'ipv6')).toBe(IPV6[ZURICH]);
    expect(chain({ policy, verdicts: latched }, 'ipv6')).toMatch(
      /^zurich: ipv6 up since 12:00:00, but an operator must let it come back -> switzerland: up/,
    );
  });
  it('is by itself otherwise', () => expect(address({ verdicts: latched }, 'ipv6')).toBe(IPV6[ZURICH]));
});

describe('last resort', () => {
  it.each<[string, Given, string]>([
    ['the one that went down last', {}, IPV6[SWITZERLAND]],
    ['the declared one', { policy: { lastResort: 'declared' } }, IPV6[ZURICH]],
    ['a failure', { policy: { lastResort: 'servfail' } }, 'SERVFAIL'],
    ['no AAAA', { policy: { lastResortIpv6: 'nodata' } }, 'none'],
    ['not what an operator forced down', { forces: { switzerland: 'down' } }, IPV6[ANYCAST]],
    [
      'the declared one when operators forced all',
      { forces: { zurich: 'down', switzerland: 'down', europe: 'down', anycast: 'down' } },
      IPV6[ZURICH],
    ],
  ])('is %s', (_what, given, expected) => {
    expect(address({ verdicts: allDown, ...given }, 'ipv6')).toBe(expected);
    if (expected.includes(':')) expect(set({ verdicts: allDown, ...given }, 'ipv6').answers[0].lastResort).toBe(true);
  });

  it('is what is seen up, then what was up before it was unknown, before anything down', () => {
    const latched = { state: 'up' as const, latched: true };
    const waiting: Given = {
      policy: { failback: 'manual' },
      verdicts: { ...allDown, 'zurich/ipv6': { ...latched, since: NOW - 9000 }, 'switzerland/ipv6': latched },
    };
    expect(address(waiting, 'ipv6')).toBe(IPV6[ZURICH]);
    expect(chain(waiting, 'ipv6')).toMatch(
      /^zurich: up since 11:59:51, but an operator must let it come back; nothing is usable/,
    );
    const unknown = { state: 'unknown' as const, since: NOW };
    const restarted: Given = {
      policy: { unknown: 'down' },
      verdicts: {
        'zurich/ipv6': { ...unknown, last: 'down' },
        'switzerland/ipv6': { ...unknown, last: 'up' },
        'europe/ipv6': { ...unknown, last: 'up' },
        'anycast/ipv6': down(),
      },
    };
    expect(address(restarted, 'ipv6')).toBe(IPV6[SWITZERLAND]);
  });

  it('says so', () => {
    expect(chain({ verdicts: allDown }, 'ipv6')).toMatch(
      /switzerland: down since 11:59:59 \(http: status 503\); nothing is usable, and it was until last, so it answers as a last resort/,
    );
    expect(chain({ verdicts: allDown, policy: { lastResort: 'servfail' } }, 'ipv6')).toMatch(
      /-> nothing is usable, so the policy answers SERVFAIL$/,
    );
    expect(chain({ verdicts: allDown, policy: { lastResortIpv6: 'nodata' } }, 'ipv6')).toMatch(
      /so the policy leaves IPv6 out$/,
    );
  });

  it('leaves IPv4 alone when only IPv6 is all down', () => {
    expect(address({ verdicts: allDown, policy: { lastResortIpv6: 'nodata' } }, 'ipv4')).toBe(IPV4[SWITZERLAND]);
  });
});

describe('IPv4', () => {
  it.each<[Policy['ipv4'], number, string]>([
    ['nearest', ZURICH, IPV4[SWITZERLAND]],
    ['nearest', EUROPE, IPV4[EUROPE]],
    ['shared', ZURICH, IPV4[ANYCAST]],
    ['shared', EUROPE, IPV4[ANYCAST]],
    ['specific', ZURICH, 'none'],
    ['specific', SWITZERLAND, IPV4[SWITZERLAND]],
    ['none', SWITZERLAND, 'none'],
    [{ atLeast: EUROPE }, ZURICH, IPV4[EUROPE]],
    [{ atLeast: EUROPE }, SWITZERLAND, IPV4[EUROPE]],
    [{ atLeast: EUROPE }, EUROPE, IPV4[EUROPE]],
    [{ atLeast: EUROPE }, ANYCAST, IPV4[ANYCAST]],
  ])('%j from group %i', (ipv4, group, expected) => {
    expect(address({ policy: { ipv4 }, group }, 'ipv4')).toBe(expected);
    expect(address({ policy: { ipv4 }, group }, 'ipv6')).toBe(IPV6[group]);
  });

  it('goes up the ladder where it is specific and its target is down', () => {
    const given: Given = { policy: { ipv4: 'specific' }, group: SWITZERLAND, verdicts: { 'switzerland/ipv4': down() } };
    expect(address(given, 'ipv4')).toBe(IPV4[EUROPE]);
  });

  it('says which rule moved it', () => {
    expect(chain({ policy: { ipv4: { atLeast: EUROPE } } }, 'ipv4')).toBe(
      'zurich -> europe (ipv4 by policy p) -> europe: up',
    );
    expect(chain({ policy: { ipv4: 'none' } }, 'ipv4')).toBe('ipv4: none by policy p: the host has no such record');
    expect(chain({ policy: { ipv4: 'specific' } }, 'ipv4')).toBe('ipv4: none in zurich: the host has no such record');
  });
});

describe('nearest', () => {
  const policy: Partial<Policy> = { choice: { kind: 'nearest' } };
  const classes = [{ groups: [ZURICH, SWITZERLAND, EUROPE] }, { groups: [EUROPE] }];
  it.each<[string, Given, number, number]>([
    ['the most specific group that serves the client', {}, 1, ZURICH],
    ['another client, another group', {}, 2, EUROPE],
    ['a client nobody serves has the group of the host', {}, 0, ANYCAST],
    ['no group above or beside that of the host', { group: SWITZERLAND }, 2, SWITZERLAND],
    ['the ladder of that group when it is down', { verdicts: { 'zurich/ipv6': down() } }, 1, SWITZERLAND],
    ['where an operator moved the host, whoever asks', { group: EUROPE, moved: true }, 1, EUROPE],
  ])('%s', (_rule, given, clientClass, expected) => {
    expect(address({ policy, classes, group: ANYCAST, ...given }, 'ipv6', clientClass)).toBe(IPV6[expected]);
  });

  it('has IPv4 of the ladder of that group, and of the host where that has none', () => {
    expect(address({ policy, classes, group: ANYCAST }, 'ipv4', 1)).toBe(IPV4[SWITZERLAND]);
    const vips = exampleNetwork.services[0].vips.map((vip, g) => (g === ANYCAST ? vip : { ipv6: vip.ipv6 }));
    const w = world({ policy, classes, group: ANYCAST });
    const groups = w.network.groups.map((group) => ({ ...group, fallback: [] }));
    const plan = decide({ ...w, network: { ...w.network, groups, services: [{ id: 'web', vips }] } });
    expect(formatAddress(planSet(plan, 0, 1, 'ipv4').answers[0].address)).toBe(IPV4[ANYCAST]);
  });

  it('tells the tables that the class counts, but not for moved hosts', () => {
    expect(decide(world({ policy, classes })).clients).toEqual([{ policy: 0, bucket: false }]);
    expect(decide(world({ policy, classes, moved: true })).clients).toEqual([undefined]);
    expect(decide(world({})).clients).toEqual([undefined]);
  });

  it('says so', () => {
    expect(chain({ policy, classes, group: ANYCAST }, 'ipv6', 1)).toBe(
      'anycast -> zurich (nearest to the client by policy p) -> zurich: up',
    );
  });
});

describe('shares', () => {
  const shares = (w: World, family: Family): [number, number][] => {
    const { answers, spread } = planSet(decide(w), 0, 0, family);
    const counts = answers.map(({ group }, i): [number, number] => [
      group,
      spread?.map.filter((m) => m === i).length ?? 65536,
    ]);
    return counts
      .filter(([, buckets]) => buckets > 0)
      .map(([group, buckets]) => [group, Math.round((buckets * 100) / 65536)]);
  };
  const weighted = (by: 'host' | 'client' = 'host'): Partial<Policy> => ({
    choice: {
      kind: 'weighted',
      by,
      shares: [
        { group: EUROPE, weight: 3 },
        { group: ZURICH, weight: 1 },
      ],
    },
  });

  it('follow the weights', () => {
    expect(shares(world({ policy: weighted() }), 'ipv6')).toEqual([
      [EUROPE, 75],
      [ZURICH, 25],
    ]);
    // Zurich has no IPv4.
    expect(shares(world({ policy: weighted() }), 'ipv4')).toEqual([
      [EUROPE, 75],
      [SWITZERLAND, 25],
    ]);
  });

  it('of one that fails go to the others, and of all to the ladder of the host', () => {
    const one = { 'zurich/ipv6': down() };
    expect(shares(world({ policy: weighted(), verdicts: one }), 'ipv6')).toEqual([[EUROPE, 100]]);
    const both = { ...one, 'europe/ipv6': down() };
    expect(shares(world({ policy: weighted(), verdicts: both, group: SWITZERLAND }), 'ipv6')).toEqual([
      [SWITZERLAND, 100],
    ]);
  });

  it('change only where they must when one fails', () => {
    const policy: Partial<Policy> = {
      choice: {
        kind: 'weighted',
        by: 'host',
        shares: [ANYCAST, EUROPE, ZURICH].map((group) => ({ group, weight: 1 })),
      },
    };
    const before = set({ policy }, 'ipv6');
    const after = set({ policy, verdicts: { 'europe/ipv6': down() } }, 'ipv6');
    const groupAt = ({ answers, spread }: AnswerSet, bucket: number): number => answers[spread!.map[bucket]].group;
    for (let bucket = 0; bucket < 65536; bucket++) {
      const was = groupAt(before, bucket);
      if (was !== EUROPE) expect(groupAt(after, bucket)).toBe(was);
      else expect(groupAt(after, bucket)).not.toBe(EUROPE);
    }
  });

  it('of a split are as large as it says, and what it has it keeps', () => {
    const policy = (percent: number): Partial<Policy> => ({
      choice: { kind: 'split', to: EUROPE, percent, by: 'host', rest: { kind: 'ladder' } },
    });
    expect(shares(world({ policy: policy(10) }), 'ipv6')).toEqual([
      [ZURICH, 90],
      [EUROPE, 10],
    ]);
    const small = set({ policy: policy(10) }, 'ipv6').spread!.map;
    const large = set({ policy: policy(30) }, 'ipv6').spread!.map;
    expect(small.every((member, bucket) => member === 0 || large[bucket] === 1)).toBe(true);
    expect(shares(world({ policy: policy(10), verdicts: { 'europe/ipv6': down() } }), 'ipv6')).toEqual([[ZURICH, 100]]);
    expect(shares(world({ policy: policy(10), verdicts: { 'zurich/ipv6': down() } }), 'ipv6')).toEqual([[EUROPE, 100]]);
    expect(shares(world({ policy: policy(0) }), 'ipv6')).toEqual([[ZURICH, 100]]);
    expect(shares(world({ policy: policy(100) }), 'ipv6')).toEqual([[EUROPE, 100]]);
  });

  it('of clients tell the tables so', () => {
    expect(decide(world({ policy: weighted('client') })).clients).toEqual([{ policy: -1, bucket: true }]);
    expect(set({ policy: weighted('client') }, 'ipv6').spread?.by).toBe('client');
  });

  it('are explained', () => {
    const w = world({ policy: weighted() });
    const explained = explain(w, w.assignments[0], 0, 'ipv6', () => 0);
    expect(explained.shares.map(({ start, percent }) => [start, Math.round(percent)])).toEqual([
      ['europe', 75],
      ['zurich', 25],
    ]);
    expect(explained.shares.map(({ why }) => why)).toEqual(['europe: ipv6 up', 'zurich: ipv6 up']);
    expect(explained.chain).toMatch(/^zurich -> europe \(its share by policy p\) -> europe: up$|^zurich: up$/);
  });
});

describe('TTL', () => {
  const near = (milliseconds: number): Given['verdicts'] => ({ 'zurich/ipv6': { changeAt: NOW + milliseconds } });
  const ttl = (given: Given): number => set(given, 'ipv6').answers[0].ttl;
  it.each<[string, Given, number]>([
    ["the assignment's", {}, 60],
    ['until a change that is near', { verdicts: near(25_000) }, 25],
    ['not below 10 s', { verdicts: near(2000) }, 10],
    ['not below the least of the policy', { policy: { ttlMin: 3 }, verdicts: near(2000) }, 3],
    ['not longer for a change that is far', { verdicts: near(600_000) }, 60],
    ['not lengthened to 10 s', { ttl: 5, verdicts: near(2000) }, 5],
    [
      'of a preferred target that may come back',
      { verdicts: { 'zurich/ipv6': { ...down(), changeAt: NOW + 20_000 } } },
      20,
    ],
    ['whatever happens to those that are not needed', { verdicts: { 'europe/ipv6': { changeAt: NOW + 1000 } } }, 60],
    ['whatever checks say of a forced one', { verdicts: near(2000), forces: { zurich: 'up' } }, 60],
  ])('is %s', (_what, given, expected) => expect(ttl(given)).toBe(expected));

  it.each([
    [5, 10],
    [60, 60],
    [900, 300],
  ])('of %i s is %i s within the bounds of its policy', (own, expected) => {
    const network = { ...exampleNetwork, policies: [{ ...plainPolicy('default', 60), ttlMin: 10, ttlMax: 300 }] };
    const names = { service: 'web', ipv4: 'europe', ipv6: 'europe', policy: 'default', ttl: own };
    expect(resolveAssignment(network, names)).toMatchObject({ assignment: { ttl: expected } });
  });
});
