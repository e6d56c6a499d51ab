import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashName } from '../zone/suffixes.ts';
import { type HostOverride, Overrides } from './overrides.ts';

const NOTHING: HostOverride = {
  ipv4: undefined,
  ipv6: undefined,
  move4: 0,
  move6: 0,
  until4: 0,
  until6: 0,
  prepare: 0,
  prepareTtl: 0,
};
const SEED = 7;

/** `host<i>.` */
function name(i: number): Uint8Array {
  const label = new TextEncoder().encode(`host${i}`);
  return Uint8Array.from([label.length, ...label, 0]);
}

describe('overrides', () => {
  it('are what was set last, as in a Map', () => {
    const move = fc.integer({ min: 0, max: 3 });
    const group = fc.constantFrom(undefined, 'zurich', 'europe');
    const override = fc.record({ ipv4: group, ipv6: group, move4: move, move6: move, prepare: move });
    const step = fc.record({ host: fc.integer({ min: 0, max: 5 }), override });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const overrides = new Overrides(SEED);
        const model = new Map<number, HostOverride>();
        for (const { host, override: partial } of steps) {
          const { move4, move6, prepare } = partial;
          // A group is there by a move.
          const ipv4 = move4 === 0 ? undefined : partial.ipv4;
          const ipv6 = move6 === 0 ? undefined : partial.ipv6;
          const to = { ...NOTHING, ...partial, ipv4, ipv6, until4: move4 * 1e12, prepareTtl: prepare };
          const wire = name(host);
          overrides.set(overrides.intern(wire, 0, wire.length), to);
          model.set(host, to);
        }
        for (let host = 0; host < 6; host++)
          expect(overrides.get(overrides.find(name(host), 0, name(host).length))).toEqual(model.get(host) ?? NOTHING);
        const held = [...model.values()].filter((o) => o.move4 !== 0 || o.move6 !== 0 || o.prepare !== 0);
        expect(overrides.inForce).toBe(held.length);
        expect([...overrides.all()].length).toBe(held.length);
      }),
      { seed: 1 },
    );
  });

  it('of many thousand hosts stay found as the columns grow', () => {
    const overrides = new Overrides(SEED);
    const count = 20_000;
    for (let i = 1; i <= count; i++) {
      const wire = name(i);
      expect(overrides.intern(wire, 0, wire.length)).toBe(i);
      overrides.set(i, { ...NOTHING, ipv4: `g${i % 5}`, move4: i, until4: 1.8e12 + i });
    }
    expect(overrides.inForce).toBe(count);
    for (let i = 1; i <= count; i++) {
      const wire = name(i);
      expect(overrides.find(wire, 0, wire.length)).toBe(i);
      expect(overrides.intern(wire, 0, wire.length)).toBe(i);
      expect(overrides.name(i)).toEqual(wire);
      expect(overrides.get(i)).toEqual({ ...NOTHING, ipv4: `g${i % 5}`, move4: i, until4: 1.8e12 + i });
    }
    expect(overrides.find(name(count + 1), 0, name(count + 1).length)).toBe(0);
  });

  it('of names with one hash are told apart', () => {
    // 32 bits of hash and a hundred thousand names: some pair has the same.
    const byHash = new Map<number, number>();
    let pair: [number, number] | undefined;
    for (let i = 0; pair === undefined; i++) {
      const wire = name(i);
      const hash = hashName(SEED, wire, 0, wire.length);
      const other = byHash.get(hash);
      if (other !== undefined) pair = [other, i];
      byHash.set(hash, i);
    }
    const overrides = new Overrides(SEED);
    const [first, second] = pair.map(name);
    expect(overrides.intern(first, 0, first.length)).toBe(1);
    expect(overrides.find(second, 0, second.length)).toBe(0);
    expect(overrides.intern(second, 0, second.length)).toBe(2);
    expect([overrides.find(first, 0, first.length), overrides.find(second, 0, second.length)]).toEqual([1, 2]);
  });

  it('mean a variant: none without a move, a TTL while prepared', () => {
    const overrides = new Overrides(SEED);
    const wire = name(1);
    const host = overrides.intern(wire, 0, wire.length);
    expect(overrides.variant(host)).toEqual({});
    overrides.set(host, { ...NOTHING, prepare: 3, prepareTtl: 5 });
    expect(overrides.variant(host)).toEqual({ ipv4: undefined, ipv6: undefined, ttl: 5 });
    overrides.set(host, { ...NOTHING, ipv6: 'zurich', move6: 3 });
    expect(overrides.variant(host)).toEqual({ ipv4: undefined, ipv6: 'zurich', ttl: undefined });
    expect([overrides.moveOf(host, 'ipv4'), overrides.moveOf(host, 'ipv6')]).toEqual([0, 3]);
  });

  it('have a short TTL while an end of them is near: of that move, and up to that time', () => {
    const overrides = new Overrides(SEED);
    const wire = name(1);
    const host = overrides.intern(wire, 0, wire.length);
    const ttl = (of: Partial<HostOverride>): number | undefined => {
      overrides.set(host, { ...NOTHING, ...of });
      expect(overrides.endsSoon(host)).toBe(overrides.variantOf({ ...overrides.get(host), prepare: 0 }).ttl === 10);
      return overrides.variant(host).ttl;
    };
    overrides.endSoon(3, 900, 1200);
    overrides.endSoon(3, 1000, 1100);
    expect(overrides.endingUntil(3)).toBe(1000);
    expect(ttl({ ipv6: 'zurich', move6: 3, until6: 1000 })).toBe(10);
    expect(ttl({ ipv4: 'zurich', move4: 3, until4: 999, move6: 4, until6: 9000 })).toBe(10);
    expect(ttl({ ipv4: 'zurich', move4: 3, until4: 1001 })).toBe(undefined);
    expect(ttl({ ipv4: 'zurich', move4: 3 })).toBe(undefined);
    expect(ttl({ ipv4: 'zurich', move4: 4, until4: 900 })).toBe(undefined);
    const ends = { ipv4: 'zurich', move4: 3, until4: 1000 };
    expect([ttl({ ...ends, prepare: 5, prepareTtl: 2 }), ttl({ ...ends, prepare: 5, prepareTtl: 60 })]).toEqual([
      2, 10,
    ]);
    expect([ends, { ...ends, until4: 1001 }].map((of) => overrides.longUntil({ ...NOTHING, ...of }))).toEqual([
      1200, 0,
    ]);
    overrides.forgetEnds(3);
    expect([ttl(ends), overrides.endingUntil(3)]).toEqual([undefined, 0]);
  });
});
