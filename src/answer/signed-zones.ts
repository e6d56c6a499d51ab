/** Which zones are signed, with which keys, and the time signatures are made for. */
import { SharedZones } from '../dnssec/shared-zones.ts';
import { SignatureCache } from '../dnssec/signature-cache.ts';
import { ZoneKeys, type ZoneSigning } from '../dnssec/zone-keys.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { ByZone } from './by-zone.ts';

/** What a worker signs with; can be cloned. */
export interface SignedZonesConfig {
  readonly zones: readonly ZoneSigning[];
  /** Memory in which zones are that changed since (dnssec/shared-zones.ts). */
  readonly changes?: SharedArrayBuffer;
  /** The same without private halves, for workers that make no signature. */
  readonly publicChanges?: SharedArrayBuffer;
  /** Memory all workers share (dnssec/signature-cache.ts). */
  readonly cache: SharedArrayBuffer;
}

export class SignedZones {
  readonly cache: SignatureCache;
  #now = 0;
  readonly #changes: SharedZones | undefined;
  readonly #byApex = new Map<string, ZoneKeys>();
  readonly #keys: ByZone<ZoneKeys | undefined>;

  constructor({ zones, cache, changes }: SignedZonesConfig, tables: TableReader) {
    this.cache = new SignatureCache(cache);
    this.#keys = new ByZone(tables, (zone) => {
      const apex = tables.apex(zone);
      return this.#byApex.get(textOf(tables.names(apex), tables.nameAt(apex), tables.nameEnd(apex)));
    });
    this.#changes = changes && new SharedZones(changes);
    this.#take(zones);
  }

  /** Takes keys that have changed. */
  renew(): void {
    const zones = this.#changes?.changed();
    if (zones === undefined) return;
    this.#take(zones);
    this.#keys.forget();
  }

  #take(zones: readonly ZoneSigning[]): void {
    for (const zone of zones) {
      const ofZone = new ZoneKeys(zone);
      this.#byApex.set(textOf(ofZone.apex, 0, ofZone.apex.length), ofZone);
    }
  }

  /** Unix seconds, as the transport said last. */
  get now(): number {
    return this.#now;
  }

  set now(seconds: number) {
    if (seconds === this.#now) return;
    this.#now = seconds;
    this.cache.now = seconds;
  }

  /** The keys of a zone, as they are used now; undefined for one that is not signed. */
  keysOf(zone: number): ZoneKeys | undefined {
    return this.#keys.get(zone);
  }
}

function textOf(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
