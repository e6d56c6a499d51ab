/**
 * Which names a layer has in a zone, kept with what is served, so that a change of the layer is made into nodes without reading the rest of the zone
 * (patch.ts).
 */
import type { Hidden } from './layers.ts';
import { nameKey } from './zone-set.ts';

export class LayerNames {
  /** RRsets that are not answered, by owner's key and type. */
  readonly #hidden = new Map<string, Map<number, Hidden>>();
  /** Types that are answered, by owner's key. */
  readonly #shown = new Map<string, Set<number>>();
  /** How many owners with answered records are at or below a name; the apex is left out. */
  readonly #below = new Map<string, number>();
  /** Keys of names that are there because of this layer alone. */
  readonly own: Set<string>;
  readonly #apexLength: number;

  constructor(apex: Uint8Array | number, own: Iterable<string> = []) {
    this.#apexLength = typeof apex === 'number' ? apex : apex.length;
    this.own = new Set(own);
  }

  /** A copy that can be changed. */
  copy(): LayerNames {
    const copy = new LayerNames(this.#apexLength, this.own);
    for (const [key, hidden] of this.#hidden) copy.#hidden.set(key, new Map(hidden));
    for (const [key, types] of this.#shown) copy.#shown.set(key, new Set(types));
    for (const [key, count] of this.#below) copy.#below.set(key, count);
    return copy;
  }

  show(owner: Uint8Array, type: number): void {
    const key = nameKey(owner);
    const types = this.#shown.get(key);
    if (types !== undefined) types.add(type);
    else {
      this.#shown.set(key, new Set([type]));
      this.#count(owner, 1);
    }
  }

  hide(hidden: Hidden): void {
    const key = nameKey(hidden.owner);
    const at = this.#hidden.get(key) ?? new Map<number, Hidden>();
    at.set(hidden.type, hidden);
    this.#hidden.set(key, at);
  }

  /** Forgets what the layer has at a name. */
  forget(owner: Uint8Array): void {
    const key = nameKey(owner);
    this.#hidden.delete(key);
    if (this.#shown.delete(key)) this.#count(owner, -1);
  }

  /** Types that are answered at a name (by key). */
  shownAt(key: string): ReadonlySet<number> {
    return this.#shown.get(key) ?? NONE;
  }

  /** Whether answered records are at a name (by key) or below it. */
  isAbove(key: string): boolean {
    return this.#below.has(key);
  }

  /** Whether the layer has anything, answered or not, at a name (by key), or something answered below it. */
  touches(key: string): boolean {
    return this.#below.has(key) || this.#hidden.has(key);
  }

  get hidden(): Hidden[] {
    return [...this.#hidden.values()].flatMap((at) => [...at.values()]);
  }

  #count(owner: Uint8Array, by: 1 | -1): void {
    for (let at = 0; owner.length - at > this.#apexLength; at += owner[at] + 1) {
      const key = nameKey(owner, at);
      const count = (this.#below.get(key) ?? 0) + by;
      if (count > 0) this.#below.set(key, count);
      else this.#below.delete(key);
    }
  }
}

const NONE: ReadonlySet<number> = new Set();
