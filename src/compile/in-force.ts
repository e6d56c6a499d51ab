/**
 * What a compiler knows of what is answered, worked out again from the tables, for one that takes another's place. No file is looked at: a mistake in one, or a fault while one was read, holds
 * up nothing that files have no part in.
 */
import type { FeedsModel } from '../feeds/model.ts';
import type { HealthModel } from '../health/check.ts';
import type { Network } from '../steering/model.ts';
import type { Arenas } from '../tables/arena.ts';
import { Zone } from '../tables/layout.ts';
import { TableReader } from '../tables/table-reader.ts';
import { parseName } from '../wire/name.ts';
import { hashName } from '../zone/suffixes.ts';
import { forEachNode } from './compare.ts';
import type { HiddenSet, Target, ZoneSummary } from './compiler.ts';
import { LayerNames } from './layer-names.ts';
import { layersStamp } from './layers.ts';
import { type LayerChange, UpdateLayer, type UpdateLayers } from './update-layers.ts';
import { type LoadedZone, nameKey, zonesBelow } from './zone-set.ts';

/** What is answered, as the main thread has it. */
export interface InForce {
  readonly served: Target;
  readonly network: Network;
  readonly health: HealthModel;
  readonly feeds: FeedsModel;
  readonly zones: readonly ZoneSummary[];
  readonly hidden: readonly HiddenSet[];
  /** All that dynamic updates have in what is answered, hidden or not. */
  readonly updates: readonly LayerChange[];
}

/** No file looks like this, so the next load that looks at files reads them. */
export const UNSEEN = 'unseen';

/** @param layers what dynamic updates have, taken from `updates` */
export function zonesInForce(
  { served, zones, hidden }: InForce,
  arenas: Arenas,
  seed: number,
  layers: UpdateLayers,
): Map<string, LoadedZone> {
  const tables = new TableReader();
  tables.use(arenas.bases[served.base], arenas.heads[served.head]);
  const apexes = zones.map(({ name }) => parseName(name));
  const below = zonesBelow(apexes);
  const hiddenOf = Map.groupBy(hidden, (one) => nameKey(one.apex));
  const isUpdates = ({ from }: HiddenSet): boolean => from === UpdateLayer.from;
  return new Map(
    zones.map(({ file, digest, givenSerial, secondary }, i): [string, LoadedZone] => {
      const apex = apexes[i];
      const key = nameKey(apex);
      const number = tables.findZone(hashName(seed, apex, 0, apex.length), apex, 0, apex.length);
      const layer = secondary === undefined ? layers.of(key) : undefined;
      const own = hiddenOf.get(key) ?? [];
      return [
        key,
        {
          number,
          file,
          apex,
          below: (below.get(key) ?? []).join('\0'),
          stamps: new Map([[file, UNSEEN]]),
          under: [],
          layers: layersStamp(layer && [layer]),
          names: layer && namesOf(tables, seed, number, apex, layer, own.filter(isUpdates)),
          // Those of updates are in `names`, or follow from where the zone comes from.
          hidden: own.filter((one) => !isUpdates(one)),
          secondary,
          serial: tables.zoneWord(number, Zone.SERIAL),
          givenSerial,
          negativeTtl: tables.zoneWord(number, Zone.NEGATIVE_TTL),
          digest,
          nodes: tables.zoneWord(number, Zone.NODES),
          hosts: tables.zoneWord(number, Zone.HOSTS),
          records: tables.zoneWord(number, Zone.RECORDS),
        },
      ];
    }),
  );
}

/** Which names dynamic updates have in a zone, and which are there because of them alone. */
function namesOf(
  tables: TableReader,
  seed: number,
  zone: number,
  apex: Uint8Array,
  layer: UpdateLayer,
  hidden: readonly HiddenSet[],
): LayerNames {
  const names = new LayerNames(apex);
  const setKey = (owner: Uint8Array, type: number): string => `${type} ${nameKey(owner)}`;
  const isHidden = new Set(hidden.map(({ owner, type }) => setKey(owner, type)));
  for (const one of hidden) names.hide(one);
  for (const { owner, type } of layer.all()) {
    if (isHidden.has(setKey(owner, type))) continue;
    names.show(owner, type);
    for (let at = 0; owner.length - at > apex.length; at += owner[at] + 1) names.own.add(nameKey(owner, at));
  }
  if (names.own.size === 0) return names;
  // A name is there because of updates alone unless something of the file is at it, or below.
  forEachNode(tables, zone, seed, (node) => {
    const name = tables.name(node);
    const shown = names.shownAt(nameKey(name));
    const count = tables.rrsetCount(node);
    let isOfFile = tables.declared(node) !== 0;
    for (let i = 0; i < count && !isOfFile; i++) isOfFile = !shown.has(tables.rrsetType(tables.rrsetAt(node, i)));
    if (!isOfFile) return;
    for (let at = 0; name.length - at > apex.length; at += name[at] + 1) names.own.delete(nameKey(name, at));
  });
  return names;
}
