/**
 * A MaxMind DB file (MaxMind DB format 2.0) as runs of places. Its tree can only be asked for one address, so it is walked: ask for an address, and go on behind
 * the network that answered. Takes a second for a million networks: for a worker thread.
 */
import { Reader as MmdbReader, type Reader, type Response } from 'maxmind';
import { type GeoNetworks, type Place, PlaceTable } from './places.ts';
import { behind, everywhere, Runs } from './runs.ts';

/** Records kept decoded: more than there are countries, and few enough where there are cities. */
const RECENT = 8192;

/** A file that can't be used. */
export class GeoDatabaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GeoDatabaseError';
  }
}

/**
 * Reads a whole database.
 * @param octets the file
 * @throws GeoDatabaseError when it is no such file, is damaged, or says nothing of countries, AS numbers or coordinates
 */
export function readMmdb(octets: Buffer): GeoNetworks {
  try {
    const reader = new MmdbReader<Response>(octets, { cache: new Recent() });
    const places = new PlaceNumbers();
    const ipv4 = walkIpv4(reader, places);
    const ipv6 = reader.metadata.ipVersion === 6 ? walkIpv6(reader, places) : everywhere(0);
    if (places.table.places.length === 1)
      throw new GeoDatabaseError('it says nothing of countries, AS numbers or coordinates');
    return { places: places.table.places, ipv4, ipv6 };
  } catch (error) {
    if (error instanceof GeoDatabaseError) throw error;
    throw new GeoDatabaseError(`it is no MaxMind DB file, or a damaged one (${(error as Error).message})`);
  }
}

/** Decoded records by their place in the file: neighbours often share one. Emptied when it is full, which costs less than to know what is oldest. */
class Recent extends Map<string | number, unknown> {
  override set(key: string | number, value: unknown): this {
    if (this.size >= RECENT) this.clear();
    return super.set(key, value);
  }
}

/** Numbers of records: the reader gives one object again for what it has decoded lately. */
class PlaceNumbers {
  readonly table = new PlaceTable();
  readonly #known = new WeakMap<object, number>();

  of(record: unknown): number {
    if (typeof record !== 'object' || record === null) return 0;
    let number = this.#known.get(record);
    if (number === undefined) {
      number = this.table.number(placeIn(record as Record<string, unknown>));
      this.#known.set(record, number);
    }
    return number;
  }
}

/** What a record says of a place, in the words of GeoIP2 and GeoLite2, DB-IP, IPinfo and ip-location-db. */
export function placeIn(record: Readonly<Record<string, unknown>>): Place {
  const inner = (value: unknown): Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const country = [record.country_code, record.country, inner(record.country).iso_code].find(
    (value) => typeof value === 'string' && /^[A-Z]{2}$/.test(value),
  );
  const asnText = record.autonomous_system_number ?? record.asn;
  const asn = Number(typeof asnText === 'string' ? asnText.replace(/^AS/, '') : asnText);
  const { latitude, longitude } = 'latitude' in record ? record : inner(record.location);
  const coordinates = [latitude, longitude].map((value) =>
    value === undefined || value === null ? Number.NaN : Number(value),
  );
  return {
    ...(country === undefined ? {} : { country: country as string }),
    ...(Number.isInteger(asn) && asn > 0 ? { asn } : {}),
    ...(coordinates.every(Number.isFinite) ? { location: [coordinates[0], coordinates[1]] as const } : {}),
  };
}

function walkIpv4(reader: Reader<Response>, places: PlaceNumbers): Runs {
  const runs = new Runs();
  for (let hi = 0; hi < 2 ** 32; ) {
    const [record, length] = reader.getWithPrefixLength(
      `${hi >>> 24}.${(hi >>> 16) & 0xff}.${(hi >>> 8) & 0xff}.${hi & 0xff}`,
    );
    runs.push(hi, 0, places.of(record));
    hi = behind({ hi, lo: 0 }, length, 'ipv4').hi;
  }
  return runs;
}

function walkIpv6(reader: Reader<Response>, places: PlaceNumbers): Runs {
  const runs = new Runs();
  const group = (value: number): string => (value & 0xffff).toString(16);
  for (let at = { hi: 0, lo: 0 }; at.hi < 2 ** 32; ) {
    const { hi, lo } = at;
    const [record, length] = reader.getWithPrefixLength(
      `${group(hi >>> 16)}:${group(hi)}:${group(lo >>> 16)}:${group(lo)}::`,
    );
    runs.push(hi, lo, places.of(record));
    at = behind(at, length, 'ipv6');
  }
  return runs;
}
