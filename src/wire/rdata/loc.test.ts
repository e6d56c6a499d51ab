/** LOC: the examples of RFC 1876 §4, its limits, and what §2 leaves undefined. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec, fromText, fromValue, hex, octets } from './testing.ts';

const { check, toText, toValue } = codec('LOC');

/** The octets of a whole number of 32 bits. */
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe('RFC 1876 §4', () => {
  it.each([
    ['42 21 54 N 71 06 18 W -24m 30m', '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m'],
    ['42 21 43.952 N 71 5 6.344 W -24m 1m 200m', '42 21 43.952 N 71 5 6.344 W -24.00m 1.00m 200.00m 10.00m'],
    ['52 14 05 N 00 08 50 E 10m', '52 14 5.000 N 0 8 50.000 E 10.00m 1.00m 10000.00m 10.00m'],
    ['32 7 19 S 116 2 25 E 10m', '32 7 19.000 S 116 2 25.000 E 10.00m 1.00m 10000.00m 10.00m'],
    ['42 21 28.764 N 71 00 51.617 W -44m 2000m', '42 21 28.764 N 71 0 51.617 W -44.00m 2000.00m 10000.00m 10.00m'],
  ])('%s', (text, canonical) => {
    const rdata = fromText('LOC', text);
    expect(toText(rdata)).toBe(canonical);
    expect(hex(fromText('LOC', canonical))).toBe(hex(rdata));
    expect(hex(fromValue('LOC', toValue(rdata)))).toBe(hex(rdata));
  });
});

describe('limits', () => {
  it.each([
    ['90 N 180 E 42849672.95m 90000000m', '00991613 934fd900 a69fb200 ffffffff'],
    ['90 S 180 W -100000m 0m 0.01m 0.09', '00001090 6cb02700 59604e00 00000000'],
  ])('%s', (text, wire) => {
    const rdata = fromText('LOC', text);
    expect(hex(rdata)).toBe(wire.replaceAll(' ', ''));
    expect(check(rdata)).toBeUndefined();
  });
  it.each([
    ['90 0 0.001 N 0 E 0m', 'latitude "90 0 0.001" is no angle up to 90 degrees'],
    ['0 N 180 0 0.001 E 0m', 'longitude "180 0 0.001" is no angle up to 180 degrees'],
    ['0 N x 0 0 E 0m', 'longitude: degrees "x" is no number'],
    ['47 N 8 E 42849672.96m', 'altitude "42849672.96"'],
    ['47 N 8 E -100000.01m', 'altitude "-100000.01"'],
    ['47 N 8 E 0m 90000000.01m', 'size "90000000.01"'],
    ['47 N 8 E 0m 1m -1m', 'horizontal precision "-1" must be from 0'],
    ['47 0 0.0001 N 8 E 0m', 'seconds "0.0001" is no number with at most 3 decimals'],
    ['47 0 60 N 8 E 0m', 'no angle'],
    ['47 22 1 1 N 8 E 0m', 'write degrees [minutes [seconds]] and N or S'],
    ['47 N 8 N 0m', 'write degrees [minutes [seconds]] and E or W'],
    ['47 N 8 E 0m 1m 1m 1m 1m', 'write an altitude'],
  ])('%s', (text, message) => expect(() => fromText('LOC', text)).toThrow(message));
});

describe('values', () => {
  const place = { lat_degrees: 47, lat_direction: 'N', long_degrees: 8, long_direction: 'E', altitude: 400 };
  it('minutes, seconds and sizes may be left out', () =>
    expect(toText(fromValue('LOC', place))).toBe('47 0 0.000 N 8 0 0.000 E 400.00m 1.00m 10000.00m 10.00m'));
  it.each<[unknown, string]>([
    [{ ...place, long_minute: 3 }, '"long_minute" is no key of LOC; did you mean long_minutes?'],
    [{ ...place, lat_direction: 'E' }, 'lat_direction "E" is neither N nor S'],
    [{ ...place, altitude: undefined }, 'altitude is missing'],
    [[], 'the value must be a mapping'],
  ])('%j', (value, message) => expect(() => fromValue('LOC', value)).toThrow(message));
});

describe('check', () => {
  const rest = '89172dd0 70be15f0 00988d20';
  it.each([
    [`00 33 16 13 ${rest}`, undefined],
    [`00 00 16 13 ${rest}`, undefined],
    [`01 33 16 13 ${rest}`, 'version 1 is not known'],
    [`00 33 16 ${rest}`, '15 octets instead of 16'],
    // §2: "values with a base of zero and a non-zero exponent" are undefined, as are digits over nine.
    [`00 05 16 13 ${rest}`, 'a size or precision is malformed'],
    [`00 33 a6 13 ${rest}`, 'a size or precision is malformed'],
    [`00 33 16 1a ${rest}`, 'a size or precision is malformed'],
    ['00 33 16 13 934fd901 70be15f0 00988d20', 'a coordinate is out of range'],
    ['00 33 16 13 89172dd0 a69fb201 00988d20', 'a coordinate is out of range'],
  ])('%s', (digits, message) => {
    const wrong = check(octets(digits));
    if (message === undefined) expect(wrong).toBeUndefined();
    else expect(wrong).toContain(message);
  });
});

describe('every place', () => {
  // Decimals in binary lose thousandths somewhere on Earth; whole numbers must not (RFC 1876 §2).
  it('survives text and value to the thousandth of a second and the centimetre', () => {
    const size = fc.tuple(fc.nat(9), fc.nat(9)).map(([base, exponent]) => (base === 0 ? 0 : (base << 4) | exponent));
    const angle = (degrees: number): fc.Arbitrary<number> =>
      fc.integer({ min: -degrees * 3_600_000, max: degrees * 3_600_000 }).map((value) => 2 ** 31 + value);
    const place = fc.tuple(size, size, size, angle(90), angle(180), fc.nat(0xffffffff));
    fc.assert(
      fc.property(place, ([a, b, c, latitude, longitude, altitude]) => {
        const rdata = Uint8Array.from([0, a, b, c, ...u32(latitude), ...u32(longitude), ...u32(altitude)]);
        expect(check(rdata)).toBeUndefined();
        expect(hex(fromText('LOC', toText(rdata)))).toBe(hex(rdata));
        expect(hex(fromValue('LOC', toValue(rdata)))).toBe(hex(rdata));
      }),
      { numRuns: 1000 },
    );
  });
});
