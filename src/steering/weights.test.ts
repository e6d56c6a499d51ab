import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import { decide } from './decide.ts';
import {
  type Assignment,
  type Choice,
  type ClientClass,
  type Network,
  planSet,
  targetKey,
  type World,
} from './model.ts';
import { plainPolicy } from './policy.ts';
import { type SetWeight, setWeights } from './weights.ts';

const [web] = exampleNetwork.services;
const idOf = (group: number): string => exampleNetwork.groups[group].id;

function worldOf(
  choice: Choice,
  groups: readonly number[],
  demand: World['demand'],
  classes: readonly ClientClass[] = [{ groups: [] }],
): World {
  const network: Network = { ...exampleNetwork, policies: [{ ...plainPolicy('p', 60), choice }] };
  const assignments = groups.map((group): Assignment => ({ service: 0, policy: 0, ipv4: group, ipv6: group, ttl: 60 }));
  return { network, assignments, forces: [], verdicts: new Map(), classes: [classes], demand, now: 0 };
}

function weightOf(world: World, assignment: number, clientClass = 0): SetWeight {
  const plan = decide(world);
  const set = planSet(plan, assignment, clientClass, 'ipv6');
  return setWeights(world, plan)[plan.sets.indexOf(set)];
}

const target = (group: number): string => targetKey(web.id, idOf(group), 'ipv6');

describe('what hangs on a set', () => {
  it('is nothing where nobody counted', () => {
    const world = worldOf({ kind: 'ladder' }, [3], undefined);
    expect(weightOf(world, 0)).toEqual({ hosts: 0, queries: 0 });
  });

  it('is its hosts, and the answers that name its target', () => {
    const queries = new Map([
      [target(3), 30],
      [target(1), 5],
    ]);
    const world = worldOf({ kind: 'ladder' }, [3, 1], { hosts: [10, 40], queries });
    expect(weightOf(world, 0)).toEqual({ hosts: 10, queries: 30 });
    expect(weightOf(world, 1)).toEqual({ hosts: 40, queries: 5 });
  });

  it('is a part of the answers where two sets lead to one target, by hosts', () => {
    const down = { state: 'down', since: 0, cause: 'x' } as const;
    const world = {
      ...worldOf({ kind: 'ladder' }, [3, 2], { hosts: [30, 10], queries: new Map([[target(2), 80]]) }),
      verdicts: new Map([[target(3), down]]),
    };
    expect(weightOf(world, 0).queries).toBe(60);
    expect(weightOf(world, 1).queries).toBe(20);
  });

  it('is by shares where buckets go to several groups', () => {
    const shares = [
      { group: 3, weight: 1 },
      { group: 1, weight: 1 },
    ];
    const queries = new Map([
      [target(3), 40],
      [target(1), 60],
    ]);
    const world = worldOf({ kind: 'weighted', by: 'host', shares }, [0], { hosts: [8], queries });
    const { hosts, queries: rate } = weightOf(world, 0);
    expect(hosts).toBe(8);
    expect(rate).toBeCloseTo(100, 9);
  });

  it('is shared out among classes of clients', () => {
    const classes = [{ groups: [] }, { groups: [3] }];
    const queries = new Map([
      [target(3), 12],
      [target(0), 4],
    ]);
    const world = worldOf({ kind: 'nearest' }, [0], { hosts: [8], queries }, classes);
    expect(weightOf(world, 0, 1)).toEqual({ hosts: 4, queries: 12 });
    expect(weightOf(world, 0, 0)).toEqual({ hosts: 4, queries: 4 });
  });
});
