/** Route origin validation, beside an oracle that writes bits out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OriginValidity, type Vrp, validateOrigin, validityText } from './origin-validation.ts';
import { type Prefix, parsePrefix } from './prefix.ts';

const vrp = (prefix: string, maxLength: number, asn: number): Vrp => ({ prefix: parsePrefix(prefix)!, maxLength, asn });
const judge = (route: string, origin: number | undefined, ...vrps: Vrp[]): OriginValidity =>
  validateOrigin(parsePrefix(route)!, origin, vrps);
const said = (route: string, origin: number, ...vrps: Vrp[]): string =>
  validityText(parsePrefix(route)!, origin, judge(route, origin, ...vrps));

describe('a route', () => {
  it('is valid when one VRP allows it, whatever others say', () => {
    const own = vrp('192.0.2.0/24', 24, 64500);
    expect(judge('192.0.2.0/24', 64500, vrp('192.0.0.0/16', 24, 64999), own)).toEqual({ state: 'valid', by: own });
    expect(judge('192.0.2.0/24', 64500, vrp('192.0.0.0/16', 24, 64500)).state).toBe('valid');
  });

  it('is not found when nothing covers it, though something lies in it', () => {
    expect(judge('192.0.2.0/24', 64500).state).toBe('not-found');
    expect(judge('192.0.2.0/24', 64500, vrp('192.0.2.0/25', 25, 64500), vrp('2001:db8::/32', 48, 64500)).state).toBe(
      'not-found',
    );
    expect(said('192.0.2.0/24', 64500)).toBe('no ROA covers 192.0.2.0/24');
  });

  it('is invalid by another origin, by its length, or because nobody may originate it', () => {
    const other = vrp('192.0.2.0/24', 24, 64501);
    expect(judge('192.0.2.0/24', 64500, other)).toEqual({ state: 'invalid', why: 'wrong-origin', covering: [other] });
    const short = vrp('192.0.2.0/23', 23, 64500);
    expect(judge('192.0.2.0/24', 64500, other, short)).toMatchObject({ state: 'invalid', why: 'too-long' });
    const nobody = vrp('192.0.2.0/24', 32, 0);
    expect(judge('192.0.2.0/24', 64500, nobody)).toMatchObject({ state: 'invalid', why: 'as0' });
    // AS0 beside another's says no more than the other does.
    expect(judge('192.0.2.0/24', 64500, nobody, other)).toMatchObject({ why: 'wrong-origin' });
    expect(said('192.0.2.0/24', 64500, other)).toBe('192.0.2.0/24 is for AS64501, not for AS64500');
    expect(said('192.0.2.0/24', 64500, other, short)).toBe(
      '/24 is longer than what is signed: 192.0.2.0/23 is for AS64500',
    );
    expect(said('192.0.2.0/24', 64500, nobody)).toBe('192.0.2.0/24-32 is for nobody (AS0), not for AS64500');
  });

  it('of AS 0, or of no single origin, is never valid', () => {
    for (const origin of [0, undefined])
      expect(judge('192.0.2.0/24', origin, vrp('192.0.2.0/24', 24, 0)).state).toBe('invalid');
    expect(judge('192.0.2.0/24', undefined, vrp('192.0.2.0/24', 24, 64500))).toMatchObject({ why: 'wrong-origin' });
  });
});

/** Few addresses, so that prefixes meet. */
const prefixOf = (most: number): fc.Arbitrary<Prefix> =>
  fc
    .tuple(fc.constantFrom(4, 4, 16), fc.array(fc.constantFrom(0, 128), { minLength: 2, maxLength: 2 }), fc.nat(most))
    .map(([size, first, length]): Prefix => {
      const address = new Uint8Array(size);
      first.forEach((octet, i) => {
        address[i] = octet & (0xff00 >> Math.min(8, Math.max(0, length - i * 8)));
      });
      return { family: size === 4 ? 'ipv4' : 'ipv6', address, length };
    });
const arbitraryPrefix = prefixOf(12);
const arbitraryVrp = fc
  .tuple(prefixOf(8), fc.nat(6), fc.constantFrom(0, 1, 2))
  .map(([prefix, more, asn]): Vrp => ({ prefix, maxLength: prefix.length + more, asn }));

const bits = ({ address, length }: Prefix): string =>
  `${address.length}:${[...address]
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, length)}`;

/** RFC 6811 §2 word for word. */
function oracle(route: Prefix, origin: number | undefined, vrps: readonly Vrp[]): OriginValidity['state'] {
  const covering = vrps.filter(({ prefix }) => bits(route).startsWith(bits(prefix)));
  if (covering.length === 0) return 'not-found';
  const matched = covering.filter(
    ({ asn, maxLength }) => asn === origin && asn !== 0 && bits(route).split(':')[1].length <= maxLength,
  );
  return matched.length > 0 ? 'valid' : 'invalid';
}

describe('any route', () => {
  it('is what RFC 6811 says, in whatever order VRPs come', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(
        arbitraryPrefix,
        fc.constantFrom(0, 1, 2, undefined),
        fc.array(arbitraryVrp, { maxLength: 6 }),
        (route, origin, vrps) => {
          const found = validateOrigin(route, origin, vrps);
          seen[found.state] = (seen[found.state] ?? 0) + 1;
          expect(found.state).toBe(oracle(route, origin, vrps));
          expect(validateOrigin(route, origin, vrps.toReversed()).state).toBe(found.state);
          if (found.state !== 'invalid') return;
          // Why: somebody else's, its own but shorter, or nobody's.
          const asns = found.covering.map(({ asn }) => asn);
          const own = origin !== undefined && origin !== 0 && asns.includes(origin);
          expect(found.why === 'too-long').toBe(own);
          expect(found.why === 'as0').toBe(asns.every((asn) => asn === 0));
        },
      ),
      { numRuns: 3000 },
    );
    for (const state of ['valid', 'invalid', 'not-found']) expect(seen[state]).toBeGreaterThan(30);
  });

  it('is no worse for one more VRP of its own, and no better for one of another', () => {
    fc.assert(
      fc.property(arbitraryPrefix, fc.array(arbitraryVrp, { maxLength: 4 }), (route, vrps) => {
        const own: Vrp = { prefix: route, maxLength: route.length, asn: 1 };
        expect(validateOrigin(route, 1, [...vrps, own]).state).toBe('valid');
        const before = validateOrigin(route, 1, vrps).state;
        const after = validateOrigin(route, 1, [...vrps, { ...own, asn: 3 }]).state;
        expect(after).toBe(before === 'valid' ? 'valid' : 'invalid');
      }),
    );
  });
});
