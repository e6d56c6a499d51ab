/** What zones are signed with: the keys of each, made when it has none, and followed while their files change. */
import type { SignedZonesConfig } from '../answer/signed-zones.ts';
import type { SignedZone } from '../config/settings.ts';
import { Algorithm } from '../dnssec/algorithm.ts';
import { isActive } from '../dnssec/key.ts';
import { makeKeys, readCds, readKeys, type StoredKey } from '../dnssec/key-directory.ts';
import { KeyFileError } from '../dnssec/key-file.ts';
import { makeSharedZones, writeSharedZones } from '../dnssec/shared-zones.ts';
import { makeSignatureCache } from '../dnssec/signature-cache.ts';
import { publicZone, type ZoneSigning } from '../dnssec/zone-keys.ts';
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

export interface ZoneSigningEvents {
  /** Keys were made for a zone that had none. */
  keysMade(zone: string, keys: readonly StoredKey[]): void;
  /** A zone's key files have changed, and are used as they are now. */
  keysChanged(zone: string, keys: readonly StoredKey[]): void;
  warning(message: string): void;
}

/** The key files of all signed zones: read at the start, and again when they change. */
export class SigningFiles {
  /** For those who answer. */
  readonly config: SignedZonesConfig;
  readonly #config: DnssecConfig;
  readonly #events: ZoneSigningEvents;
  readonly #changes = makeSharedZones();
  readonly #publicChanges = makeSharedZones();
  /** By place in the settings. */
  #zones: readonly ZoneSigning[];

  /**
   * Reads the keys, and makes those of zones that have none.
   * @param now Unix seconds
   * @throws StateError
   */
  constructor(config: DnssecConfig, now: number, events: ZoneSigningEvents) {
    this.#config = config;
    this.#events = events;
    this.#zones = config.zones.map((zone) => {
      try {
        return this.#read(zone, now, true).signing;
      } catch (error) {
        if (error instanceof KeyFileError) throw new StateError(`dnssec: ${error.message}`);
        throw error;
      }
    });
    this.config = {
      zones: this.#zones,
      changes: this.#changes,
      publicChanges: this.#publicChanges,
      cache: makeSignatureCache(config.signatures),
    };
  }

  /** The zones as they are signed now. */
  get zones(): readonly ZoneSigning[] {
    return this.#zones;
  }

  /**
   * Reads all again. A zone whose files can't be used, or would leave it unsigned, is signed on as before, and that is told.
   * @param now Unix seconds
   * @returns whether anything has changed
   */
  reload(now: number): boolean {
    const changed: [string, readonly StoredKey[]][] = [];
    const zones = this.#config.zones.map((zone, i) => {
      const before = this.#zones[i];
      try {
        const { signing, stored } = this.#read(zone, now, false);
        if (JSON.stringify(signing) === JSON.stringify(before)) return before;
        changed.push([formatName(zone.apex), stored]);
        return signing;
      } catch (error) {
        if (!(error instanceof KeyFileError)) throw error;
        this.#events.warning(`dnssec: ${error.message}; ${formatName(zone.apex)} is signed on as before`);
        return before;
      }
    });
    if (changed.length === 0) return false;
    this.#zones = zones;
    // Those who are asked to sign know a key before those who ask.
    writeSharedZones(this.#changes, zones);
    writeSharedZones(this.#publicChanges, zones.map(publicZone));
    for (const [zone, keys] of changed) this.#events.keysChanged(zone, keys);
    return true;
  }

  /** @throws KeyFileError */
  #read(
    { apex, algorithm, keys: roles, denial }: SignedZone,
    now: number,
    mayMake: boolean,
  ): { signing: ZoneSigning; stored: readonly StoredKey[] } {
    const { keyDir } = this.#config;
    const stored = readKeys(keyDir, apex);
    if (stored.length === 0 && mayMake) {
      stored.push(...makeKeys(keyDir, apex, ALGORITHMS[algorithm], roles, now));
      this.#events.keysMade(formatName(apex), stored);
    }
    if (!stored.some(({ key }) => isActive(key, now)))
      throw new KeyFileError(`no key of ${formatName(apex)} in ${keyDir} signs now; see steerd dnssec status`);
    const cds = readCds(keyDir, apex);
    return { signing: { keys: stored.map(({ key }) => key), denial, ...(cds === undefined ? {} : { cds }) }, stored };
  }
}

/** Algorithms by their names in settings. */
export const ALGORITHMS = { ecdsap256sha256: Algorithm.ECDSAP256SHA256, ed25519: Algorithm.ED25519 } as const;
