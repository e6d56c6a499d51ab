/** What dynamic updates have made, in words: for the API, and for `steerd export`. */
import type { HiddenSet } from '../../compile/compiler.ts';
import { BY_PRIMARY, hiderName } from '../../compile/layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import { formatName } from '../../wire/name.ts';
import { codecOf, mnemonicOf } from '../../wire/rdata/index.ts';
import type { StoredUpdates } from './stored-updates.ts';

export interface UpdateView {
  readonly zone: string;
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  /** Presentation form. */
  readonly records: readonly string[];
  readonly key: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly hidden?: { readonly by: string; readonly file: string; readonly line: number };
}

/**
 * All RRsets by zone, owner and type.
 * @param zones zones that are served, by name
 * @param zone  only of this one (wire form, lower case)
 */
export function listUpdates(
  stored: StoredUpdates,
  hidden: readonly HiddenSet[],
  zones: readonly string[],
  zone?: Uint8Array,
): UpdateView[] {
  const hiders = new Map(hidden.map((one) => [idOf(one.apex, one.owner, one.type), one]));
  const views: UpdateView[] = [];
  for (const { apex, ...updated } of zonesOf(stored, zone)) {
    const isServed = zones.includes(formatName(apex));
    for (const { owner, type, ttl, records, key, at } of updated.sets) {
      const hider = hiders.get(idOf(apex, owner, type));
      views.push({
        zone: formatName(apex),
        owner: formatName(owner),
        type: mnemonicOf(type),
        ttl,
        records: records.map((rdata) => codecOf(type).toText(rdata)),
        key,
        at,
        ...(isServed ? {} : { hidden: { by: 'no file has the zone', file: '', line: 0 } }),
        ...(hider === undefined ? {} : { hidden: hiddenView(hider) }),
      });
    }
  }
  return views.sort((a, b) => (viewKey(a) < viewKey(b) ? -1 : 1));
}

function hiddenView({ by, at, file, line }: HiddenSet): NonNullable<UpdateView['hidden']> {
  if (by === BY_PRIMARY) return { by: 'the zone comes from another server', file: '', line: 0 };
  return { by: `${formatName(at)} ${hiderName(by)}`, file, line };
}

/** By which views are sorted, and where a page goes on. */
export function viewKey({ zone, owner, type }: Pick<UpdateView, 'zone' | 'owner' | 'type'>): string {
  return `${zone} ${owner} ${type}`;
}

function zonesOf(
  stored: StoredUpdates,
  only: Uint8Array | undefined,
): { apex: Uint8Array; sets: ReturnType<NonNullable<ReturnType<StoredUpdates['zones']['get']>>['all']> }[] {
  const zones = only === undefined ? [...stored.zones.values()] : [stored.zones.get(nameKey(only))];
  return zones.flatMap((zone) => (zone === undefined ? [] : [{ apex: zone.apex, sets: zone.all() }]));
}

function idOf(apex: Uint8Array, owner: Uint8Array, type: number): string {
  return `${type} ${nameKey(apex)} ${nameKey(owner)}`;
}
