/** Keys made for a test, and what a responder signs with them. */
import type { SignedZonesConfig } from '../../src/answer/signed-zones.ts';
import { type Algorithm, generatePair } from '../../src/dnssec/algorithm.ts';
import { type DnssecKey, dnskeyRdata, type KeyTimes } from '../../src/dnssec/key.ts';
import { makeSignatureCache } from '../../src/dnssec/signature-cache.ts';
import type { Denial } from '../../src/dnssec/zone-keys.ts';
import { parseName } from '../../src/wire/name.ts';
import type { PublicKeys } from './verify-signed.ts';

export function keyOf(zone: string, algorithm: Algorithm, flags = 257, times: KeyTimes = {}): DnssecKey {
  return { zone: parseName(zone), algorithm, flags, ...generatePair(algorithm), times };
}

/** @param keys by zone */
export function signingOf(
  keys: readonly (readonly DnssecKey[])[],
  denial: Denial = 'compact',
): { signing: SignedZonesConfig; keys: PublicKeys } {
  const hex = (zone: Uint8Array): string => Buffer.from(zone).toString('hex');
  return {
    signing: { zones: keys.map((ofZone) => ({ keys: ofZone, denial })), cache: makeSignatureCache(4096) },
    keys: new Map(keys.map((ofZone) => [hex(ofZone[0].zone), ofZone.map((key) => dnskeyRdata(key))])),
  };
}

/** A name in wire form, as hexadecimal digits. */
export const hexName = (name: string): string => Buffer.from(parseName(name)).toString('hex');
