/**
 * Changes that are stored and not answered yet: for the moment that takes, and for longer where it failed and they could not be taken back. What is answered is then told from what is stored.
 */
import type { LayerChange, UpdatedSet } from '../../compile/update-layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import { type SetChange, type StoredSet, type StoredUpdates, wholeLayer } from './stored-updates.ts';

/** An RRset that is to be another one. */
interface Owed {
  readonly owner: Uint8Array;
  readonly type: number;
  /** As it is answered; undefined for none. */
  readonly answered: StoredSet | undefined;
}

export class OwedUpdates {
  readonly #stored: StoredUpdates;
  /** By the apex's key, then by RRset. */
  readonly #zones = new Map<string, Map<string, Owed>>();

  constructor(stored: StoredUpdates) {
    this.#stored = stored;
  }

  get isNone(): boolean {
    return this.#zones.size === 0;
  }

  /** Takes a change into what is stored. */
  take(apex: Uint8Array, change: SetChange): void {
    const { owner, type } = change;
    const zone = this.#stored.of(apex);
    const owed = this.#zones.get(nameKey(apex)) ?? new Map<string, Owed>();
    const key = setKey(owner, type);
    if (!owed.has(key)) owed.set(key, { owner, type, answered: zone.at(owner).get(type) });
    this.#zones.set(nameKey(apex), owed);
    zone.take(change);
  }

  /** What is to be answered. @param stamp of the layers from then on */
  changes(stamp: string): LayerChange[] {
    return [...this.#zones].flatMap(([key, owed]) => {
      const zone = this.#stored.zones.get(key);
      if (zone === undefined) return [];
      const sets = [...owed.values()].map(({ owner, type }): UpdatedSet => {
        const set = zone.at(owner).get(type);
        return { owner, type, ttl: set?.ttl ?? 0, records: set?.records ?? [] };
      });
      return [{ apex: zone.apex, stamp, isWhole: false, sets }];
    });
  }

  /** All that is answered by now. */
  answered(): void {
    this.#zones.clear();
  }

  /** What makes of what is stored what is answered. */
  get backwards(): { readonly apex: Uint8Array; readonly change: SetChange }[] {
    return [...this.#zones].flatMap(([key, owed]) => {
      const apex = this.#stored.zones.get(key)?.apex;
      if (apex === undefined) return [];
      return [...owed.values()].map(({ owner, type, answered: set }) => ({
        apex,
        change: { owner, type, set, by: '' },
      }));
    });
  }

  /** What was owed is so no longer: `backwards` is stored. */
  takenBack(): void {
    for (const { apex, change } of this.backwards) this.#stored.of(apex).take(change);
    this.#zones.clear();
  }

  /** All there is in what is answered, for a compiler that knows nothing of it yet. @param stamp of the layers */
  layers(stamp: string): LayerChange[] {
    return [...this.#stored.zones].map(([key, zone]) => {
      const owed = this.#zones.get(key);
      const stored = [...zone.all()].filter(({ owner, type }) => owed?.has(setKey(owner, type)) !== true);
      const before = [...(owed?.values() ?? [])].flatMap(({ answered }) => answered ?? []);
      return wholeLayer(zone.apex, [...stored, ...before], stamp);
    });
  }
}

function setKey(owner: Uint8Array, type: number): string {
  return `${type} ${nameKey(owner)}`;
}
