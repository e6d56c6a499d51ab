/** Where clients are, as far as it is known. */
import type { Runs } from './runs.ts';

export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly asn?: number;
  /** Latitude and longitude in degrees. */
  readonly location?: readonly [number, number];
}

/** What one database says: networks of places. */
export interface GeoNetworks {
  /** The runs' values are indexes into it; the first is that of networks it knows nothing of. */
  readonly places: readonly Place[];
  readonly ipv4: Runs;
  readonly ipv6: Runs;
}

/** Gives equal places one number. */
export class PlaceTable {
  readonly places: Place[] = [{}];
  readonly #numbers = new Map<string, number>([['', 0]]);

  number(place: Place): number {
    const { country, asn, location } = place;
    if (country === undefined && asn === undefined && location === undefined) return 0;
    const key = `${country ?? ''} ${asn ?? ''} ${location?.join() ?? ''}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.places.length;
      this.places.push(place);
      this.#numbers.set(key, number);
    }
    return number;
  }
}
