import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCAL, proxyHeader as made } from '../../test/support/proxy.ts';
import {
  INCOMPLETE,
  LONGEST_HEADER,
  MALFORMED,
  NOT_TOLD,
  proxiedAt,
  proxiedSize,
  proxyHeader,
} from './proxy-header.ts';

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => octets.with(0, octets[0] | 0x20));
const client = fc.oneof(ipv4, ipv6);
const some = fc.uint8Array({ maxLength: 80 });

/** The client told by a header that is there. */
function told(header: Uint8Array): number[] | undefined {
  const at = proxiedAt(header, 0);
  return at === NOT_TOLD ? undefined : [...header.subarray(at, at + proxiedSize(header, 0))];
}

describe('a PROXY header', () => {
  it('tells the client, wherever it lies and whatever follows, TLVs too', () => {
    fc.assert(
      fc.property(client, some, some, some, (source, tlvs, before, after) => {
        const header = made({ source, tlvs });
        const m = Buffer.concat([before, header, after]);
        expect(proxyHeader(m, before.length, m.length)).toBe(header.length);
        const at = proxiedAt(m, before.length);
        expect([...m.subarray(at, at + proxiedSize(m, before.length))]).toEqual([...source]);
      }),
    );
  });

  it('is not whole before its last octet', () => {
    fc.assert(
      fc.property(client, some, (source, tlvs) => {
        const header = made({ source, tlvs });
        for (let end = 0; end < header.length; end++) expect(proxyHeader(header, 0, end)).toBe(INCOMPLETE);
      }),
      { numRuns: 20 },
    );
  });

  it('is none with any octet of its signature, or its version, changed', () => {
    const header = made({ source: Uint8Array.of(192, 0, 2, 1) });
    for (let i = 0; i <= 12; i++) {
      const other = Buffer.from(header);
      other[i] ^= 0x40;
      expect(proxyHeader(other, 0, other.length), `${i}`).toBe(MALFORMED);
      // Told at once, before the rest is there.
      if (i < 12) expect(proxyHeader(other, 0, i + 1), `${i}`).toBe(MALFORMED);
    }
  });

  it('of the proxy for itself, or that does not tell, leaves the peer as it is', () => {
    for (const header of [
      made({ command: LOCAL }),
      made({ command: LOCAL, source: Uint8Array.of(192, 0, 2, 1) }),
      // §2.2: the family of LOCAL is ignored.
      made({ command: LOCAL, family: 0xff }),
      made({ family: 0x00 }),
      made({ family: 0x00, tlvs: new Uint8Array(30) }),
      made({ family: 0x31, tlvs: new Uint8Array(216) }),
    ]) {
      expect(proxyHeader(header, 0, header.length)).toBe(header.length);
      expect(told(header)).toBeUndefined();
    }
  });

  it('is none with what the specification has not, or without room for its addresses', () => {
    for (const header of [
      made({ command: 0x22 }),
      made({ command: 0x11 }),
      made({ family: 0x41, tlvs: new Uint8Array(300) }),
      made({ family: 0x13, tlvs: new Uint8Array(12) }),
      made({ family: 0x12, tlvs: new Uint8Array(11) }),
      made({ family: 0x21, tlvs: new Uint8Array(35) }),
      made({ family: 0x32, tlvs: new Uint8Array(215) }),
    ])
      expect(proxyHeader(header, 0, header.length), header.toString('hex')).toBe(MALFORMED);
  });

  it('is no longer than so much, which its first octets tell', () => {
    const room = LONGEST_HEADER - 16 - 12;
    const source = Uint8Array.of(192, 0, 2, 1);
    const longest = made({ source, tlvs: new Uint8Array(room) });
    expect(proxyHeader(longest, 0, longest.length)).toBe(LONGEST_HEADER);
    expect(proxyHeader(made({ source, tlvs: new Uint8Array(room + 1) }), 0, 16)).toBe(MALFORMED);
    expect(proxyHeader(made({ command: LOCAL, tlvs: new Uint8Array(65_000) }), 0, 16)).toBe(MALFORMED);
  });

  it('gives IPv4 in IPv6 as IPv4', () => {
    const source = Uint8Array.from([...new Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 9]);
    const header = made({ source });
    expect(proxyHeader(header, 0, header.length)).toBe(header.length);
    expect(told(header)).toEqual([192, 0, 2, 9]);
  });

  it('of any octets is none, or lies within them', () => {
    const header = made({ source: Uint8Array.of(192, 0, 2, 1), tlvs: new Uint8Array(20) });
    const spoiled = fc.array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
      const m = Buffer.from(header);
      for (const [at, octet] of changes) m[at] = octet;
      return m;
    });
    fc.assert(
      fc.property(fc.oneof(spoiled, fc.uint8Array({ maxLength: 600 })), fc.nat(600), (m, cut) => {
        const end = Math.min(m.length, cut);
        const octets = proxyHeader(m, 0, end);
        if (octets <= 0) return;
        expect(octets).toBeLessThanOrEqual(end);
        const at = proxiedAt(m, 0);
        if (at !== NOT_TOLD) expect(at + proxiedSize(m, 0)).toBeLessThanOrEqual(octets);
      }),
      { numRuns: 3000 },
    );
  });
});
