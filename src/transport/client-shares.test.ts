import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientShares } from './client-shares.ts';

const MOST = 20;

/** Few clients, so that they meet: IPv4, IPv6 of two /64 with several hosts each, and ::/64. */
const client = fc.oneof(
  fc.integer({ min: 0, max: 15 }).map((n) => Uint8Array.from([198, 51, 100, n])),
  fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 255 }))
    .map(([net, host]) => Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, net, 0, 0, 0, 0, 0, 0, 0, host])),
);

const key = (address: Uint8Array): string => address.subarray(0, address.length === 4 ? 4 : 8).join('.');

describe('ClientShares', () => {
  it('counts as a plain map does, by address or /64, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(client, fc.boolean()), { maxLength: 300 }), fc.integer(), (steps, seed) => {
        const shares = new ClientShares(MOST, seed);
        const open: Uint8Array[] = [];
        for (const [address, opens] of steps) {
          if (opens && open.length < MOST) {
            shares.add(address);
            open.push(address);
          } else if (!opens && open.length > 0) {
            const [gone] = open.splice(address[3] % open.length, 1);
            shares.remove(gone);
          }
          for (const each of [...open, address])
            expect(shares.of(each)).toBe(open.filter((other) => key(other) === key(each)).length);
        }
      }),
    );
  });
});
