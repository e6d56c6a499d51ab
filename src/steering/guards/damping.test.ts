/** Damping: what comes and goes is left, and hosts come back when it has been well for long. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, OFF, SECOND, Walk } from '../../../test/support/guards.ts';
import { plainDamping, plainGuards } from './rules.ts';

const HOUR = 60 * MINUTE;
const ZURICH = 'web/zurich/ipv6';

describe('a target that fails and recovers once a minute', () => {
  it('causes at most three changes in an hour, whenever it begins and however long it is down', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 59 }),
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 60, maxLength: 60 }),
        (down, jitter) => {
          const walk = new Walk();
          jitter.forEach((late, i) => {
            // With a second of chance at either end, as checks have.
            walk.at(i * MINUTE + 1000 + late).see(ZURICH, 'down');
            walk.at(i * MINUTE + 1000 + late + down * SECOND - 500).see(ZURICH, 'up');
          });
          walk.at(HOUR);
          expect(walk.changes.length).toBeLessThanOrEqual(3);
          // Where it is safest.
          expect(walk.answers('zurich')).toBe('switzerland');
        },
      ),
    );
  });

  it('is used again when the penalty is low enough, and no later than the longest wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 200 }), (failures) => {
        const walk = new Walk();
        for (let i = 0; i < failures; i++) {
          walk.at(i * MINUTE).see(ZURICH, 'down');
          walk.at(i * MINUTE + 20 * SECOND).see(ZURICH, 'up');
        }
        expect(walk.answers('zurich')).toBe('switzerland');
        const last = (failures - 1) * MINUTE;
        walk.at(last + plainDamping.maximum + SECOND);
        expect(walk.answers('zurich')).toBe('zurich');
        expect(walk.changes.length).toBe(4);
      }),
    );
  });
});

describe('damping', () => {
  it('lets a failure or two within a day come back at once', () => {
    const walk = new Walk();
    for (const from of [0, 3 * HOUR, 9 * HOUR]) {
      walk.at(from).see(ZURICH, 'down');
      expect(walk.answers('zurich')).toBe('switzerland');
      walk.at(from + MINUTE).see(ZURICH, 'up');
      expect(walk.answers('zurich')).toBe('zurich');
    }
  });

  it('never keeps hosts at a target that is dead', () => {
    const walk = new Walk();
    flap(walk);
    walk.see('web/switzerland/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('europe');
    walk.see('web/europe/ipv6', 'down');
    expect(walk.answers('zurich')).toBe('anycast');
    walk.see('web/anycast/ipv6', 'down');
    // Held is better than dead.
    expect(walk.answers('zurich')).toBe('zurich');
  });

  it('counts for the target that flaps alone', () => {
    const walk = new Walk();
    flap(walk);
    walk.see('web/switzerland/ipv6', 'down');
    walk.at(walk.now + MINUTE).see('web/switzerland/ipv6', 'up');
    expect(walk.answers('switzerland')).toBe('switzerland');
    expect(walk.answers('zurich', 'ipv4')).toBe('switzerland');
  });

  it('holds hosts that are called back again and again by several targets', () => {
    const walk = new Walk({ ...OFF, dwell: 0, damping: { ...plainDamping, suppress: 2500 } });
    // Zurich and Switzerland fail in turn: none often enough by itself.
    for (const target of ['zurich', 'switzerland', 'zurich', 'switzerland']) {
      walk.see('web/zurich/ipv6', 'down');
      walk.see(`web/${target}/ipv6`, 'down');
      walk.at(walk.now + MINUTE).see(`web/${target}/ipv6`, 'up');
      walk.at(walk.now + MINUTE).see('web/zurich/ipv6', 'up');
      walk.at(walk.now + 30 * SECOND);
    }
    expect(walk.holds().length).toBeGreaterThan(0);
    expect(walk.answers('zurich')).not.toBe('zurich');
  });

  it('gives way to an operator', () => {
    const walk = new Walk();
    flap(walk);
    walk.force({ zurich: 'up' });
    expect(walk.answers('zurich')).toBe('zurich');
    walk.force({});
    expect(walk.answers('zurich')).toBe('switzerland');
  });

  it('says why', () => {
    const walk = new Walk();
    flap(walk);
    expect(walk.explained('zurich')).toMatch(
      /^zurich: ipv6 up, but counted down by damping until 00:\d\d:\d\d \(it comes and goes: penalty \d+, to be 750\) -> switzerland: up$/,
    );
    expect(walk.reasons('zurich')).toEqual(['held', 'chosen', 'not-needed', 'not-needed']);
  });

  it('holds shares of a policy that weighs, too', () => {
    const walk = new Walk(plainGuards, {
      kind: 'weighted',
      by: 'host',
      shares: [1, 3].map((group) => ({ group, weight: 1 })),
    });
    expect(walk.groups('zurich')).toEqual(['europe', 'zurich']);
    flap(walk);
    expect(walk.groups('zurich')).toEqual(['europe']);
    walk.at(walk.now + HOUR);
    expect(walk.groups('zurich')).toEqual(['europe', 'zurich']);
  });

  it('can be off', () => {
    const walk = new Walk({ ...OFF, dwell: 0 });
    for (let i = 0; i < 10; i++) flap(walk);
    expect(walk.answers('zurich')).toBe('zurich');
  });

  it('is not fooled by a clock that is set back', () => {
    const walk = new Walk();
    walk.at(48 * HOUR);
    flap(walk);
    expect(walk.answers('zurich')).toBe('switzerland');
    walk.at(HOUR);
    walk.at(HOUR + plainDamping.maximum);
    expect(walk.answers('zurich')).toBe('zurich');
  });
});

/** Three short failures, a minute apart. */
function flap(walk: Walk): void {
  for (let i = 0; i < 3; i++) {
    walk.at(walk.now + 30 * SECOND).see(ZURICH, 'down');
    walk.at(walk.now + 30 * SECOND).see(ZURICH, 'up');
  }
}
