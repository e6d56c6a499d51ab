/**
 * A change of answers that reaches hosts part by part: while a guard lets only some buckets see it (`freed` of a hold or of a closed route), these are answered as in the world
 * after it, the others as before.
 */
import { type AnswerSet, BUCKETS, type Family, type World } from './model.ts';

/** Of a family, the world in which the change that is under way counts, and the buckets below `freed` that it counts for. */
export interface Part {
  readonly freed: number;
  readonly world: World;
  /** Id of the service whose targets it is about; undefined for all. */
  readonly service: string | undefined;
}

/** What is under way in a world: one change of a family at most. */
export function partOf(world: World, family: Family): Part | undefined {
  const { history } = world;
  if (history === undefined) return undefined;
  for (const [key, target] of history.targets) {
    const [service, , of] = key.split('/');
    const { freed } = target.hold ?? {};
    if (of !== family || freed === undefined) continue;
    const targets = new Map(history.targets);
    targets.set(key, { penalty: target.penalty });
    return { freed, service, world: { ...world, history: { ...history, targets } } };
  }
  for (const [key, { freed }] of history.routes) {
    if (freed === undefined || key.split('/')[1] !== family) continue;
    const routes = new Map(history.routes);
    routes.delete(key);
    return { freed, service: undefined, world: { ...world, history: { ...history, routes } } };
  }
  return undefined;
}

/** One set of two: the buckets below `freed` have what the second says. @param salt of the hash where neither has one */
export function joined(rest: AnswerSet, part: AnswerSet, freed: number, salt: number): AnswerSet {
  // What has no answer can't be shared out.
  if (rest.answers.length === 0 || part.answers.length === 0) return rest;
  const answers = [...rest.answers];
  const places = part.answers.map((answer) => {
    const known = answers.findIndex(
      ({ group, ttl, lastResort }) => group === answer.group && ttl === answer.ttl && lastResort === answer.lastResort,
    );
    return known >= 0 ? known : answers.push(answer) - 1;
  });
  if (places.every((place, i) => place === i) && rest.spread?.map === part.spread?.map) return rest;
  const { by, salt: of } = rest.spread ?? part.spread ?? { by: 'host' as const, salt };
  return { answers, spread: { by, salt: of, map: joinedMap(rest.spread?.map, part.spread?.map, places, freed) } };
}

/** Maps are made once each, as those of shares are: who compares plans compares maps by their identity. */
const maps = new Map<string, Uint8Array>();
const MOST_MAPS = 256;
const ids = new WeakMap<Uint8Array, number>();
let nextId = 1;

function joinedMap(
  rest: Uint8Array | undefined,
  part: Uint8Array | undefined,
  places: readonly number[],
  freed: number,
): Uint8Array {
  const key = `${idOf(rest)} ${idOf(part)} ${places} ${freed}`;
  let map = maps.get(key);
  if (map === undefined) {
    if (maps.size >= MOST_MAPS) maps.clear();
    map = rest === undefined ? new Uint8Array(BUCKETS) : rest.slice();
    for (let bucket = 0; bucket < freed; bucket++) map[bucket] = places[part === undefined ? 0 : part[bucket]];
    maps.set(key, map);
  }
  return map;
}

/** A number for a map, by its identity; 0 for none. */
export function idOf(map: Uint8Array | undefined): number {
  if (map === undefined) return 0;
  let id = ids.get(map);
  if (id === undefined) ids.set(map, (id = nextId++));
  return id;
}
