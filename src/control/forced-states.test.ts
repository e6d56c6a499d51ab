import { describe, expect, it } from 'vitest';
import { exampleNetwork } from '../../test/support/records.ts';
import type { ForcedState } from '../steering/model.ts';
import { stateOf } from '../steering/state.ts';
import { FORCES, type ForcedByOperator, ForcedStates } from './forced-states.ts';

const ZURICH = 3;

function to(state: ForcedState, expiresAt?: number): ForcedByOperator {
  return { state, reason: 'x', author: 'a', since: 1, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** @returns what is stored */
function force(states: ForcedStates, key: string, by: ForcedByOperator): string {
  const { changes, apply } = states.change(key, by, exampleNetwork);
  apply();
  return changes.map((change) => ('put' in change ? 'put' : 'delete')).join();
}

const zurich = (states: ForcedStates, family: 'ipv4' | 'ipv6' = 'ipv6'): string =>
  stateOf({ network: exampleNetwork, forces: states.in(exampleNetwork).forces, verdicts: new Map() }, 0, ZURICH, family)
    .state;

describe('forced states', () => {
  it('of operators go before those of settings, and `auto` takes these back', () => {
    const states = new ForcedStates({ zurich: 'drained' });
    expect([zurich(states), states.get('zurich')]).toEqual(['drained', { state: 'drained' }]);
    expect(force(states, 'zurich', to('down'))).toBe('put');
    expect(zurich(states)).toBe('down');
    expect(force(states, 'zurich', to('auto'))).toBe('put');
    expect([zurich(states), states.get('zurich')?.state]).toEqual(['up', 'auto']);
  });

  it('`auto` with nothing broader forgets, with something broader it is an exception', () => {
    const states = new ForcedStates({});
    force(states, 'zurich', to('down'));
    expect(force(states, 'web/zurich/ipv6', to('auto'))).toBe('put');
    expect([zurich(states), zurich(states, 'ipv4')]).toEqual(['up', 'down']);
    expect(force(states, 'zurich', to('auto'))).toBe('delete');
    expect(states.get('zurich')).toBeUndefined();
    expect(force(states, 'web/zurich/ipv6', to('auto'))).toBe('delete');
    expect(states.in(exampleNetwork).forces).toEqual([]);
  });

  it.each([
    ['web/zurich', 'zurich', true],
    ['web/zurich', 'web/zurich/ipv6', false],
    ['zurich/ipv6', 'zurich', true],
    ['web/zurich/ipv6', 'zurich/ipv6', true],
    ['web/zurich/ipv6', 'zurich/ipv4', false],
    ['zurich', 'europe', false],
  ])('%s is within %s: %s', (key, other, within) => {
    const states = new ForcedStates({ [other]: 'down' });
    expect(force(states, key, to('auto'))).toBe(within ? 'put' : 'delete');
  });

  it('expire on the millisecond, to what the settings say', () => {
    const states = new ForcedStates({ zurich: 'drained' });
    force(states, 'zurich', to('down', 1000));
    expect([states.expired(999), states.expired(1000)]).toEqual([[], ['zurich']]);
    const { changes, apply } = states.expiry('zurich');
    expect(changes).toEqual([{ delete: { collection: FORCES, key: 'zurich' } }]);
    expect(zurich(states)).toBe('down');
    apply();
    expect([zurich(states), states.expired(9999)]).toEqual(['drained', []]);
  });

  it('are read back from the store, those a network lacks are told of', () => {
    const states = new ForcedStates({ nowhere: 'down' });
    const entry = { revision: 1, value: to('down', 5) };
    states.load([
      { ...entry, collection: FORCES, key: 'gone' },
      { ...entry, collection: FORCES, key: 'zurich' },
      { ...entry, collection: 'moves', key: 'europe' },
    ]);
    const { forces, problems } = states.in(exampleNetwork);
    expect(forces).toEqual([{ group: ZURICH, state: 'down' }]);
    expect(problems.map(({ key, ofSettings }) => [key, ofSettings])).toEqual([
      ['nowhere', true],
      ['gone', false],
    ]);
  });

  it('of what the network has not are refused', () => {
    const states = new ForcedStates({});
    for (const key of ['nowhere', 'mail/zurich', 'web/zurich/ipv5', 'a/b/c/d'])
      expect(() => states.change(key, to('down'), exampleNetwork)).toThrow(/there is no|too many/);
  });
});
