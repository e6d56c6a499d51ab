/** Dwell: after an automatic change nothing calls hosts back for a while. */
import { describe, expect, it } from 'vitest';
import { MINUTE, OFF, SECOND, Walk } from '../../../test/support/guards.ts';
import { plainDamping } from './rules.ts';

const ZURICH = 'web/zurich/ipv6';

describe('dwell', () => {
  it('keeps hosts where they went, and ends', () => {
    const walk = new Walk({ ...OFF, dwell: 5 * MINUTE });
    walk.at(0).see(ZURICH, 'down');
    walk.at(30 * SECOND).see(ZURICH, 'up');
    expect(walk.answers('zurich')).toBe('switzerland');
    expect(walk.holds()).toEqual([[ZURICH, 'dwell', 5 * MINUTE]]);
    walk.at(5 * MINUTE - 1);
    expect(walk.answers('zurich')).toBe('switzerland');
    walk.at(5 * MINUTE);
    expect(walk.answers('zurich')).toBe('zurich');
    expect(walk.holds()).toEqual([]);
  });

  it('does not keep hosts at a dead target', () => {
    const walk = new Walk({ ...OFF, dwell: 5 * MINUTE });
    walk.at(0).see(ZURICH, 'down');
    walk.at(SECOND).see('web/switzerland/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
  });

  it('is about hosts that moved, not about others', () => {
    const walk = new Walk({ ...OFF, dwell: 5 * MINUTE });
    walk.at(0).see(ZURICH, 'down');
    walk.at(4 * MINUTE).see('web/europe/ipv6', 'down');
    walk.at(6 * MINUTE).see(ZURICH, 'up');
    expect(walk.answers('zurich')).toBe('zurich');
    walk.at(6 * MINUTE).see('web/europe/ipv6', 'up');
    expect(walk.answers('europe')).toBe('anycast');
  });

  it('begins anew with the next change', () => {
    const walk = new Walk({ ...OFF, dwell: 5 * MINUTE });
    walk.at(0).see(ZURICH, 'down');
    walk.at(4 * MINUTE).see('web/switzerland/ipv6', 'down');
    walk.at(5 * MINUTE).see(ZURICH, 'up');
    expect(walk.answers('zurich')).toBe('europe');
    walk.at(9 * MINUTE);
    expect(walk.answers('zurich')).toBe('zurich');
  });

  it('leaves what flaps to damping', () => {
    const walk = new Walk({ ...OFF, dwell: 30 * SECOND, damping: plainDamping });
    for (let i = 0; i < 3; i++) {
      walk.at(walk.now + MINUTE).see(ZURICH, 'down');
      walk.at(walk.now + MINUTE).see(ZURICH, 'up');
    }
    expect(walk.holds().map(([, guard]) => guard)).toEqual(['damping']);
  });
});
