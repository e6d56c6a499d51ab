/** What packet workers sign with: the keys of each signed zone, made when it has none. */
import type { SignedZonesConfig } from '../answer/signed-zones.ts';
import type { SignedZone } from '../config/settings.ts';
import { Algorithm } from '../dnssec/algorithm.ts';
import { isActive } from '../dnssec/key.ts';
import { makeKeys, readKeys, type StoredKey } from '../dnssec/key-directory.ts';
import { KeyFileError } from '../dnssec/key-file.ts';
import { makeSignatureCache } from '../dnssec/signature-cache.ts';
import { formatName } from '../wire/name.ts';
import { StateError } from './state-dir.ts';

export interface DnssecConfig {
  readonly keyDir: string;
  /** Signatures kept. */
  readonly signatures: number;
  /** Threads that make them for UDP; 1 unless told otherwise. */
  readonly signers?: number;
  readonly zones: readonly SignedZone[];
}

/**
 * Reads the keys of all signed zones.
 *
 * @param now  Unix seconds
 * @param made called for a zone whose keys were made
 * @returns undefined when no zone is signed
 * @throws StateError
 */
export function openSigning(
  { keyDir, signatures, zones }: DnssecConfig,
  now: number,
  made: (zone: string, keys: readonly StoredKey[]) => void,
): SignedZonesConfig | undefined {
  if (zones.length === 0) return undefined;
  const signed = zones.map(({ apex, algorithm, keys: roles, denial }) => {
    try {
      const stored = readKeys(keyDir, apex);
      if (stored.length === 0) {
        stored.push(...makeKeys(keyDir, apex, ALGORITHMS[algorithm], roles, now));
        made(formatName(apex), stored);
      }
      if (stored.some(({ key }) => isActive(key, now))) return { keys: stored.map(({ key }) => key), denial };
      throw new KeyFileError(`no key of ${formatName(apex)} in ${keyDir} signs now; see steerd dnssec status`);
    } catch (error) {
      if (error instanceof KeyFileError) throw new StateError(`dnssec: ${error.message}`);
      throw error;
    }
  });
  return { zones: signed, cache: makeSignatureCache(signatures) };
}

/** Algorithms by their names in settings. */
export const ALGORITHMS = { ecdsap256sha256: Algorithm.ECDSAP256SHA256, ed25519: Algorithm.ED25519 } as const;
