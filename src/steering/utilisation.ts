import type { Network } from './model.ts';
import { type Direction, directions, loadKey, type NetworkData, type Reading } from './network-data.ts';

/** What is known of a link in one direction. */
export interface Utilisation {
  readonly link: string;
  /** Id of its site. */
  readonly site: string;
  readonly direction: Direction;
  /** Bits per second. */
  readonly load: number;
  readonly capacity: number;
  /** The load as a part of the capacity. */
  readonly ratio: number;
  readonly reading: Reading<number>;
}

/** Links of the network of which anything was ever said, stale or not. Pure. */
export function utilisation({ links, sites }: Network, { loads }: NetworkData): Utilisation[] {
  return links.flatMap(({ id, site, capacity }) =>
    directions.flatMap((direction): Utilisation[] => {
      const reading = loads?.get(loadKey(id, direction));
      if (reading === undefined) return [];
      const ratio = reading.value / capacity[direction];
      return [
        {
          link: id,
          site: sites[site].id,
          direction,
          load: reading.value,
          capacity: capacity[direction],
          ratio,
          reading,
        },
      ];
    }),
  );
}
