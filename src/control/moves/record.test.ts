import { describe, expect, it } from 'vitest';
import { isFolded, type MoveRecord, moveKey, moveRecordSchema, statusOf, type Transition } from './record.ts';

const NOWHERE = { ipv4: { group: '' }, ipv6: { group: '' }, ttl: 0 };
const MOVE: MoveRecord = {
  id: 7,
  kind: 'move',
  families: ['ipv4', 'ipv6'],
  reason: 'x',
  author: 'a',
  created: 0,
  hold: 10,
  hosts: 1,
  transitions: [],
};
const STARTED = { ...MOVE, started: 1000, order: 1, switchAt: 2000 };
const SWITCHED = { ...STARTED, switched: 2000, settlesAt: 5000 };

function setting(set: Transition['set']): Pick<MoveRecord, 'transitions'> {
  const { service, policy } = { service: 'web', policy: 'default' };
  return { transitions: [{ service, policy, before: NOWHERE, after: NOWHERE, set, restore: {}, hosts: 1 }] };
}

describe('the status of a move', () => {
  it.each([
    ['noted for later', { ...MOVE, at: 9000 }, 9_999_999, 'pending'],
    ['prepared', STARTED, 1000, 'pending'],
    ['whose time has come but is not switched yet', STARTED, 2000, 'pending'],
    ['switched', SWITCHED, 2000, 'moving'],
    ['before old answers run out', SWITCHED, 4999, 'moving'],
    ['when they have', SWITCHED, 5000, 'settling'],
    ['before the hold is over', SWITCHED, 14_999, 'settling'],
    ['when it is', SWITCHED, 15_000, 'done'],
    ['without a hold', { ...SWITCHED, hold: 0 }, 5000, 'done'],
    ['cancelled', { ...MOVE, ended: { how: 'cancelled', at: 1 } }, 2, 'reverted'],
    ['reverted', { ...SWITCHED, ended: { how: 'reverted', at: 3000 } }, 3000, 'reverted'],
    ['superseded', { ...SWITCHED, ended: { how: 'superseded', at: 3000, by: 8 } }, 99_999, 'superseded'],
    ['expired', { ...SWITCHED, ended: { how: 'expired', at: 3000 } }, 3000, 'expired'],
  ] as const)('%s', (_, move, now, status) => {
    expect(statusOf(move as MoveRecord, now)).toBe(status);
  });
});

describe('a record', () => {
  it.each([
    ['that never began does not', MOVE, false],
    ['in force does', STARTED, true],
    ['that ended does not', { ...SWITCHED, ...setting({ ipv4: 'zurich' }), ended: { how: 'reverted', at: 1 } }, false],
    [
      'that ended but freed hosts does',
      { ...SWITCHED, ...setting({ ipv6: null }), ended: { how: 'superseded', at: 1 } },
      true,
    ],
  ] as const)('%s count at the start', (_, move, counts) => {
    expect(isFolded(move as MoveRecord)).toBe(counts);
  });

  it('is what its schema reads back', () => {
    const full = { ...SWITCHED, ...setting({ ipv4: 'zurich', ipv6: null }), expiresAt: 9000, select: { glob: '*' } };
    expect(moveRecordSchema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
  });

  it('has keys that sort as numbers do', () => {
    const keys = [1, 9, 10, 999_999, 1_000_000].map(moveKey);
    expect([...keys].sort()).toEqual(keys);
  });
});
