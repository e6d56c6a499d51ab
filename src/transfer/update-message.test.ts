import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRClass, RRType } from '../wire/constants.ts';
import { formatName, parseName } from '../wire/name.ts';
import { readUpdate } from './update-message.ts';

const ZONE = [...parseName('example.net.'), 0, RRType.SOA, 0, RRClass.IN];

function message(prerequisites: number[][], updates: number[][]): Uint8Array {
  const head = [0, 1, 0x28, 0, 0, 1, 0, prerequisites.length, 0, updates.length, 0, 0];
  return Uint8Array.from([...head, ...ZONE, ...prerequisites.flat(), ...updates.flat()]);
}

/** @param owner octets */
function rr(owner: readonly number[], type: number, rrclass: number, rdata: readonly number[]): number[] {
  return [...owner, 0, type, 0, rrclass, 0, 0, 0, 60, 0, rdata.length, ...rdata];
}

/** A pointer to the zone's name. */
const APEX = [0xc0, 12];

describe('an update as a message', () => {
  it('has its names whole, compressed or not, owners in lower case', () => {
    const mx = [0, 10, 4, 0x6d, 0x61, 0x69, 0x6c, ...APEX];
    const owner = [3, 0x57, 0x77, 0x57, ...APEX];
    const read = readUpdate(message([rr(owner, RRType.ANY, RRClass.ANY, [])], [rr(owner, RRType.MX, RRClass.IN, mx)]));
    expect(formatName(read!.apex)).toBe('example.net.');
    expect(read!.prerequisites.map(({ owner, class: of }) => [formatName(owner), of])).toEqual([
      ['www.example.net.', RRClass.ANY],
    ]);
    const [{ rdata, ttl }] = read!.updates;
    expect([...rdata]).toEqual([0, 10, ...parseName('mail.example.net.')]);
    expect(ttl).toBe(60);
  });

  it.each<[string, number[]]>([
    ['an address of three octets', rr(APEX, RRType.A, RRClass.IN, [192, 0, 2])],
    ['a pointer forwards', rr([0xc0, 200], RRType.A, RRClass.IN, [192, 0, 2, 1])],
    ['a pointer to itself', rr([0xc0, 29], RRType.A, RRClass.IN, [192, 0, 2, 1])],
    ['RDATA that is cut off', rr(APEX, RRType.TXT, RRClass.IN, [1, 0x61]).slice(0, -1)],
    ['a name in RDATA that is cut off', rr(APEX, RRType.CNAME, RRClass.IN, [3, 0x77])],
  ])('is malformed with %s', (_, record) => {
    expect(readUpdate(message([], [record]))).toBeUndefined();
  });

  it('takes any octets without harm', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 80 }), fc.nat(3), fc.nat(3), (junk, p, u) => {
        const m = Uint8Array.from([0, 1, 0x28, 0, 0, 1, 0, p, 0, u, 0, 0, ...ZONE, ...junk]);
        expect(() => readUpdate(m)).not.toThrow();
      }),
    );
  });
});
