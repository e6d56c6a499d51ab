/** Blast radius: only so much changes its group by itself within an interval. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, OFF, SECOND, Walk } from '../../../test/support/guards.ts';
import { BUCKETS, planSet } from '../model.ts';
import { isChanged } from './moved.ts';
import type { BlastRadiusRules, GuardRules } from './rules.ts';

const INTERVAL = 10 * MINUTE;
const RULES: BlastRadiusRules = { hosts: 0.25, queries: 1, interval: INTERVAL, leaveDead: true };
const GUARDS: GuardRules = { ...OFF, blastRadius: RULES };
const target = (group: string): string => `web/${group}/ipv6`;

/** Hosts in anycast, Europe, Switzerland, Zurich. */
function walkOf(hosts: readonly number[], rules: Partial<BlastRadiusRules> = {}): Walk {
  return new Walk({ ...GUARDS, blastRadius: { ...RULES, ...rules } }).count(hosts);
}

/** One bucket of so many is looked at: parts are chosen by hash, so what is found is off by less than this (five standard deviations of 8,192 of them). */
const SAMPLE = 8;
const UNSURE = 0.025;

describe('the blast radius', () => {
  it('lets hosts leave a dead target at once, and come back part by part', () => {
    const walk = walkOf([50, 0, 0, 50]);
    walk.see(target('zurich'), 'down');
    expect(walk.parts('zurich')).toEqual({ switzerland: 1 });
    walk.at(MINUTE).see(target('zurich'), 'up');
    // Half of all hosts are Zurich's, and a quarter may move.
    expect(walk.parts('zurich').zurich).toBeCloseTo(0.5, 4);
    expect(walk.holds()).toEqual([[target('zurich'), 'blast-radius', MINUTE + INTERVAL]]);
    walk.at(5 * MINUTE);
    expect(walk.parts('zurich').zurich).toBeCloseTo(0.5, 4);
    walk.at(MINUTE + INTERVAL);
    expect(walk.parts('zurich').zurich).toBeCloseTo(1, 4);
    walk.at(MINUTE + 2 * INTERVAL);
    expect(walk.parts('zurich')).toEqual({ zurich: 1 });
    expect(walk.holds()).toEqual([]);
  });

  it('lets small changes go before large ones', () => {
    const walk = walkOf([60, 10, 0, 30]);
    for (const group of ['zurich', 'europe']) walk.see(target(group), 'down');
    walk.freeze([{ until: MINUTE, leaveDead: true }]);
    for (const group of ['zurich', 'europe']) walk.see(target(group), 'up');
    walk.at(MINUTE);
    // Europe's 10 at once; of Zurich's 30 as many as make up 25.
    expect(walk.parts('europe')).toEqual({ europe: 1 });
    expect(walk.parts('zurich').zurich).toBeCloseTo(0.5, 4);
    walk.at(MINUTE + INTERVAL);
    expect(walk.parts('zurich')).toEqual({ zurich: 1 });
  });

  it('goes by queries too', () => {
    const walk = walkOf([90, 0, 0, 10], { queries: 0.2 }).count([90, 0, 0, 10], {
      [target('switzerland')]: 80,
      [target('anycast')]: 20,
    });
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    expect(walk.parts('zurich').zurich).toBeCloseTo(0.25, 2);
  });

  it('keeps what is there when the target fails again, damped, or is frozen half way', () => {
    const walk = walkOf([50, 0, 0, 50]);
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    walk.freeze([{ until: 60 * MINUTE, leaveDead: true }]).at(30 * MINUTE);
    expect(walk.parts('zurich').zurich).toBeCloseTo(0.5, 4);
    walk.see(target('zurich'), 'down');
    expect(walk.parts('zurich')).toEqual({ switzerland: 1 });
  });

  it('remembers over a restart', () => {
    const walk = walkOf([50, 0, 0, 50]);
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    const before = walk.parts('zurich');
    walk.at(2 * MINUTE).restart();
    expect(walk.parts('zurich')).toEqual(before);
    walk.at(9 * MINUTE);
    expect(walk.parts('zurich')).toEqual(before);
  });

  it('waits until hosts are counted', () => {
    const walk = new Walk(GUARDS);
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    expect(walk.parts('zurich')).toEqual({ switzerland: 1 });
    walk.count([100, 0, 0, 10]).at(MINUTE + SECOND);
    expect(walk.parts('zurich')).toEqual({ zurich: 1 });
  });

  it('limits leaving what is dead where the operator wants that', () => {
    const walk = walkOf([50, 0, 0, 50], { leaveDead: false });
    walk.see(target('zurich'), 'down');
    expect(walk.parts('zurich').switzerland).toBeCloseTo(0.5, 4);
    walk.at(INTERVAL);
    expect(walk.parts('zurich').switzerland).toBeCloseTo(1, 4);
  });

  it('gives way to an operator', () => {
    const walk = walkOf([50, 0, 0, 50]);
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    walk.force({ zurich: 'up' });
    expect(walk.parts('zurich')).toEqual({ zurich: 1 });
  });

  it('limits hosts that come to a group that is reached again', () => {
    const open = walkOf([50, 0, 0, 50]);
    const invalid = { value: { state: 'invalid' as const, cause: '' }, observedAt: 0, staleAt: 1e15 };
    const valid = { ...invalid, value: { state: 'valid' as const, cause: '' } };
    open.inform({ feeds: [], validity: new Map([['switzerland/ipv6', invalid]]) }).see(target('zurich'), 'down');
    expect(open.parts('zurich')).toEqual({ europe: 1 });
    open.at(MINUTE).inform({ feeds: [], validity: new Map([['switzerland/ipv6', valid]]) });
    expect(open.parts('zurich').switzerland).toBeCloseTo(0.5, 4);
    expect(open.explained('zurich')).toMatch(/; under way: 50 % of names so far, by blast-radius$/);
    open.at(MINUTE + 2 * INTERVAL);
    expect(open.parts('zurich')).toEqual({ switzerland: 1 });
    expect(open.decided.world.history?.routes.size).toBe(0);
  });

  it('says why', () => {
    const walk = walkOf([50, 0, 0, 50]);
    walk.see(target('zurich'), 'down').at(MINUTE).see(target('zurich'), 'up');
    const [hold] = [...walk.decided.world.history!.targets.values()].flatMap((each) => each.hold ?? []);
    expect(hold.cause).toBe('50 % of hosts and 0 % of queries would move; within 600 s 25 % and 100 % may');
    expect(walk.explained('zurich')).toBe('zurich: up; under way: 50 % of names so far, by blast-radius');
  });

  it('is kept, whatever fails and recovers', () => {
    const groups = ['anycast', 'europe', 'switzerland', 'zurich'];
    const event = fc.record({
      group: fc.constantFrom(...groups),
      state: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
      after: fc.integer({ min: 0, max: 4 * MINUTE }),
    });
    const limit = fc.double({ min: 0.15, max: 0.6, noNaN: true });
    const counts = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 4, maxLength: 4 });
    const kinds = fc.constantFrom(
      { kind: 'ladder' as const },
      { kind: 'weighted' as const, by: 'host' as const, shares: [1, 2, 3].map((group) => ({ group, weight: group })) },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), counts, limit, kinds, (events, hosts, most, choice) => {
        fc.pre(hosts.some((count) => count > 0));
        const walk = new Walk({ ...OFF, blastRadius: { ...RULES, hosts: most } }, choice).count(hosts);
        const moved: { at: number; share: number }[] = [];
        const all = hosts.reduce((sum, count) => sum + count, 0);
        let before = walk.decided;
        walk.stepped = (after) => {
          const { history, verdicts, now, network } = after.world;
          let sum = 0;
          groups.forEach((_, a) => {
            const [from, to] = [planSet(before.plan, a, 0, 'ipv6'), planSet(after.plan, a, 0, 'ipv6')];
            // Independently of the guard: by what checks see of the group that was left.
            const left = from.answers.map(
              ({ group, lastResort }) => lastResort || verdicts.get(target(network.groups[group].id))?.state === 'down',
            );
            let changed = 0;
            for (let bucket = 0; bucket < BUCKETS; bucket += SAMPLE) if (isChanged(from, to, bucket, left)) changed++;
            sum += (hosts[a] * changed) / (BUCKETS / SAMPLE);
          });
          if (sum > 0) moved.push({ at: now, share: sum / all });
          const recent = moved.filter(({ at }) => now < at + INTERVAL).reduce((total, { share }) => total + share, 0);
          expect(recent).toBeLessThanOrEqual(most + UNSURE);
          for (const { hold } of history!.targets.values())
            if (hold !== undefined) expect(hold.guard).toBe('blast-radius');
          before = after;
        };
        for (const { group, state, after } of events) walk.at(walk.now + after).see(target(group), state);
        // In the end all is as it would be without: nothing waits for ever.
        for (const group of groups) walk.see(target(group), 'up');
        walk.at(walk.now + 30 * INTERVAL);
        expect(walk.holds()).toEqual([]);
        if (choice.kind === 'ladder') for (const group of groups) expect(walk.parts(group)).toEqual({ [group]: 1 });
      }),
      { numRuns: 10 },
    );
  });
});
