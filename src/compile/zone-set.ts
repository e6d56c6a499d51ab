/**
 * The zones of one load: which there are, their numbers, and which lie below which. Pure bookkeeping; no file or table is touched here.
 */
import { MAX_ZONES } from '../tables/layout.ts';
import type { Pieces } from './delta.ts';
import type { ZoneInput } from './input.ts';
import type { LayerNames } from './layer-names.ts';
import type { Hidden, Layer } from './layers.ts';

/** A zone as it was loaded last. */
export interface LoadedZone {
  readonly number: number;
  readonly file: string;
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Which zones lie below it; a change makes it dirty, since names there are no longer (or again) its own. */
  readonly below: string;
  /** Files it was read from, and what they looked like. */
  readonly stamps: ReadonlyMap<string, string>;
  /** Layers below the file, dynamic updates apart. */
  readonly under: readonly Layer[];
  /** All layers below the file, and what they looked like (`layersStamp`). */
  readonly layers: string;
  /** What dynamic updates have there, and what of it is hidden; undefined where there never was one. */
  readonly names: LayerNames | undefined;
  /** RRsets of other layers that are hidden, the first of them. */
  readonly hidden: readonly Hidden[];
  /** Of a zone from another server. */
  readonly secondary: ZoneInput['secondary'];
  readonly serial: number;
  /** The serial the file gives, if it has a SOA. */
  readonly givenSerial: number | undefined;
  readonly negativeTtl: number;
  readonly digest: string;
  readonly nodes: number;
  readonly hosts: number;
  readonly records: number;
  /** Of a large file: what lets a change be read alone, as long as the base is the one it was read into. */
  readonly pieces?: Pieces | undefined;
}

/** Text key of a wire-form name. */
export function nameKey(name: Uint8Array, at = 0): string {
  let key = '';
  for (let i = at; i < name.length; i++) key += String.fromCharCode(name[i]);
  return key;
}

/** For each apex (by key) the apexes below it, sorted. Zones without any are absent. */
export function zonesBelow(apexes: readonly Uint8Array[]): Map<string, string[]> {
  const keys = new Set(apexes.map((apex) => nameKey(apex)));
  const below = new Map<string, string[]>();
  for (const apex of apexes) {
    let at = 0;
    while (apex[at] !== 0) {
      at += apex[at] + 1;
      const above = nameKey(apex, at);
      if (!keys.has(above)) continue;
      const list = below.get(above) ?? [];
      list.push(nameKey(apex));
      below.set(above, list);
    }
  }
  for (const list of below.values()) list.sort();
  return below;
}

/** Says whether a name is at or below one of the given apexes; undefined when there are none. */
export function shadowTest(apexKeys: readonly string[] | undefined): ((name: Uint8Array) => boolean) | undefined {
  if (apexKeys === undefined || apexKeys.length === 0) return undefined;
  const set = new Set(apexKeys);
  return (name) => {
    for (let at = 0; name[at] !== 0; at += name[at] + 1) if (set.has(nameKey(name, at))) return true;
    return false;
  };
}

/** Gives out numbers no zone in use has. */
export class ZoneNumbers {
  readonly #used: Set<number>;
  #next = 1;

  constructor(used: Iterable<number>) {
    this.#used = new Set(used);
  }

  take(): number {
    while (this.#used.has(this.#next)) this.#next++;
    if (this.#next > MAX_ZONES) throw new RangeError(`more than ${MAX_ZONES} zones`);
    this.#used.add(this.#next);
    return this.#next;
  }
}
