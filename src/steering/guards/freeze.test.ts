/** Freeze: an operator stops automatic changes. */
import { describe, expect, it } from 'vitest';
import { MINUTE, Walk } from '../../../test/support/guards.ts';

const ZURICH = 'web/zurich/ipv6';
const until = 60 * MINUTE;

describe('a freeze', () => {
  it('keeps all as it is, whatever fails or recovers, and what waited happens when it ends', () => {
    const walk = new Walk();
    walk.see('web/europe/ipv6', 'down');
    walk.freeze([{ until, leaveDead: false }]);
    walk.at(MINUTE).see(ZURICH, 'down');
    walk.see('web/europe/ipv6', 'up');
    expect(walk.answers('zurich')).toBe('zurich');
    expect(walk.answers('europe')).toBe('anycast');
    expect(walk.explained('zurich')).toBe(
      'zurich: down, but counted up by freeze until 01:00:00 (an operator froze automatic changes)',
    );
    walk.at(until);
    expect(walk.answers('zurich')).toBe('switzerland');
    expect(walk.answers('europe')).toBe('europe');
    expect(walk.holds()).toEqual([]);
  });

  it('may be of one group', () => {
    const walk = new Walk();
    walk.freeze([{ group: 'zurich', until, leaveDead: false }]);
    walk.see(ZURICH, 'down');
    walk.see('web/europe/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('zurich');
    expect(walk.answers('europe')).toBe('anycast');
  });

  it('may let hosts leave what is dead', () => {
    const walk = new Walk();
    walk.freeze([{ until, leaveDead: true }]);
    walk.see(ZURICH, 'down');
    expect(walk.answers('zurich')).toBe('switzerland');
    walk.see(ZURICH, 'up');
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('may be taken back', () => {
    const walk = new Walk();
    walk.freeze([{ until, leaveDead: false }]);
    walk.see(ZURICH, 'down');
    walk.freeze([]);
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('stops no operator', () => {
    const walk = new Walk();
    walk.freeze([{ until, leaveDead: false }]);
    walk.force({ zurich: 'down' });
    expect(walk.answers('zurich')).toBe('switzerland');
  });
});
