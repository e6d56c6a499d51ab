/** Which sites are lost, as far as checks and loads tell. Pure. */
import { families, type World } from '../model.ts';
import { directions, isStale, loadKey } from '../network-data.ts';
import { stateOf } from '../state.ts';

/** A link that carries less of its capacity carries nothing but the talk of routers. */
const NOTHING = 0.001;

type Seen = Pick<World, 'network' | 'forces' | 'verdicts' | 'history'>;

/** Sites at which all is dead that is served there alone: nothing enters there any more, or soon. */
export function deadSites(world: Seen): ReadonlySet<number> {
  const { services, groups, sites } = world.network;
  const dead = sites.flatMap((_, site) => {
    const states = groups.flatMap(({ instances }, group) =>
      instances.length !== 1 || instances[0] !== site
        ? []
        : services.flatMap(({ vips }, service) =>
            families.flatMap((family) =>
              vips[group]?.[family] === undefined ? [] : [stateOf(world, service, group, family).state],
            ),
          ),
    );
    return states.length > 0 && states.every((state) => state === 'down') ? [site] : [];
  });
  return new Set(dead);
}

/**
 * Of those, sites of which nothing is measured any more but, at the most, links that carry nothing: who looked is lost with the site. What their links said last is where traffic was; by
 * now it has been led to other sites, and is measured there.
 */
export function goneSites(world: Seen & Pick<World, 'data' | 'now'>): ReadonlySet<number> {
  const { network, data, now } = world;
  const isCarrying = ({ id, capacity }: (typeof network.links)[number]): boolean =>
    directions.some((direction) => {
      const reading = data?.loads?.get(loadKey(id, direction));
      return reading !== undefined && !isStale(reading, now) && reading.value > capacity[direction] * NOTHING;
    });
  const dead = deadSites(world);
  if (dead.size === 0) return dead;
  const used = new Set(network.links.filter(isCarrying).map(({ site }) => site));
  return new Set([...dead].filter((site) => !used.has(site)));
}
