/**
 * LOC: where something is (RFC 1876 §2).
 *
 *     | VERSION (8) = 0 | SIZE (8) | HORIZ PRE (8) | VERT PRE (8) | LATITUDE (32) | LONGITUDE (32) | ALTITUDE (32) |
 *
 * Angles are thousandths of a second of arc around 2^31; altitude is centimetres above 100 km below the WGS 84 ellipsoid; sizes are mantissa and power of ten,
 * four bits each, in centimetres. All arithmetic is in whole numbers.
 */
import { RRType } from '../constants.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import { scalarText } from './field-codec.ts';
import { mappingOf, refuseUnknownKeys } from './keys.ts';
import type { RdataWriter } from './writer.ts';

const SIZE = 16;
const EQUATOR = 2 ** 31;
const BELOW = 10_000_000;
const KEYS: readonly string[] = [
  ...['lat_degrees', 'lat_minutes', 'lat_seconds', 'lat_direction'],
  ...['long_degrees', 'long_minutes', 'long_seconds', 'long_direction'],
  ...['altitude', 'size', 'precision_horz', 'precision_vert'],
];
/** RFC 1876 §3: 1 m, 10 km, 10 m. */
const DEFAULTS = { size: 100, horizontal: 1_000_000, vertical: 1000 } as const;

interface Place {
  latitude: number;
  longitude: number;
  altitude: number;
  size: number;
  horizontal: number;
  vertical: number;
}

/** A number with at most `places` decimals, times 10^places. @throws RdataError */
function scaled(text: string, places: number, what: string): number {
  const match = /^(-?)(\d{1,9})(?:\.(\d+))?$/.exec(text);
  if (match === null || (match[3] ?? '').length > places)
    throw new RdataError(`${what} "${text}" is no number with at most ${places} decimals`);
  const value = Number(match[2]) * 10 ** places + Number((match[3] ?? '').padEnd(places, '0'));
  return match[1] === '-' ? -value : value;
}

/** Thousandths of a second, negative to the south and west. @throws RdataError */
function angle(degrees: string, minutes: string, seconds: string, direction: string, most: number): number {
  const what = most === 90 ? 'latitude' : 'longitude';
  const d = scaled(degrees, 0, `${what}: degrees`);
  const m = scaled(minutes, 0, `${what}: minutes`);
  const s = scaled(seconds, 3, `${what}: seconds`);
  const value = (d * 60 + m) * 60_000 + s;
  if (d < 0 || m < 0 || m > 59 || s < 0 || s > 59_999 || value > most * 3_600_000)
    throw new RdataError(
      `${what} "${degrees} ${minutes} ${seconds}" is no angle up to ${most} degrees; write degrees, minutes to 59, seconds to 59.999`,
    );
  return direction === 'S' || direction === 'W' ? -value : value;
}

/** Centimetres as mantissa and exponent, rounded down to one digit. @throws RdataError */
function precision(text: string, what: string): number {
  const value = scaled(text, 2, what);
  if (value < 0 || value > 9e9) throw new RdataError(`${what} "${text}" must be from 0 to 90000000 metres`);
  return value;
}

function encodePrecision(centimetres: number): number {
  let mantissa = centimetres;
  let exponent = 0;
  for (; mantissa > 9; exponent++) mantissa = Math.floor(mantissa / 10);
  return (mantissa << 4) | exponent;
}

function altitudeOf(text: string): number {
  const value = scaled(text, 2, 'altitude');
  if (value + BELOW < 0 || value + BELOW > 0xffffffff)
    throw new RdataError(`altitude "${text}" must be from -100000 to 42849672.95 metres`);
  return value;
}

function write(place: Place, out: RdataWriter): void {
  out.u8(0);
  for (const value of [place.size, place.horizontal, place.vertical]) out.u8(encodePrecision(value));
  out.u32(EQUATOR + place.latitude);
  out.u32(EQUATOR + place.longitude);
  out.u32(place.altitude + BELOW);
}

function read(rdata: Uint8Array): Place {
  const u32 = (at: number): number =>
    ((rdata[at] << 24) | (rdata[at + 1] << 16) | (rdata[at + 2] << 8) | rdata[at + 3]) >>> 0;
  const size = (at: number): number => (rdata[at] >>> 4) * 10 ** (rdata[at] & 15);
  return {
    size: size(1),
    horizontal: size(2),
    vertical: size(3),
    latitude: u32(4) - EQUATOR,
    longitude: u32(8) - EQUATOR,
    altitude: u32(12) - BELOW,
  };
}

function decimal(value: number, places: number): string {
  const digits = String(Math.abs(value)).padStart(places + 1, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

function parts(value: number): { degrees: number; minutes: number; seconds: string } {
  const all = Math.abs(value);
  return {
    degrees: Math.floor(all / 3_600_000),
    minutes: Math.floor(all / 60_000) % 60,
    seconds: decimal(all % 60_000, 3),
  };
}

/** Degrees, and minutes and seconds if given, up to the direction. */
function textAngle(
  texts: readonly string[],
  at: number,
  directions: string,
  most: number,
): { value: number; next: number } {
  const end = texts.findIndex(
    (t, i) => i >= at && i <= at + 3 && t.length === 1 && directions.includes(t.toUpperCase()),
  );
  if (end <= at) throw new RdataError(`write degrees [minutes [seconds]] and ${directions[0]} or ${directions[1]}`);
  const [degrees, minutes = '0', seconds = '0'] = texts.slice(at, end);
  return { value: angle(degrees, minutes, seconds, texts[end].toUpperCase(), most), next: end + 1 };
}

export const loc: RdataCodec = {
  type: RRType.LOC,
  mnemonic: 'LOC',
  fromText(fields, _origin, out) {
    const texts = fields.map((f) => f.text);
    const latitude = textAngle(texts, 0, 'NS', 90);
    const longitude = textAngle(texts, latitude.next, 'EW', 180);
    const rest = texts.slice(longitude.next).map((t) => t.replace(/m$/, ''));
    if (rest.length < 1 || rest.length > 4)
      throw new RdataError(
        'write an altitude, and perhaps size and precisions, behind the coordinates: 47 22 N 8 32 E 400m',
      );
    write(
      {
        latitude: latitude.value,
        longitude: longitude.value,
        altitude: altitudeOf(rest[0]),
        size: rest[1] === undefined ? DEFAULTS.size : precision(rest[1], 'size'),
        horizontal: rest[2] === undefined ? DEFAULTS.horizontal : precision(rest[2], 'horizontal precision'),
        vertical: rest[3] === undefined ? DEFAULTS.vertical : precision(rest[3], 'vertical precision'),
      },
      out,
    );
  },
  toText(rdata) {
    const place = read(rdata);
    const [lat, long] = [parts(place.latitude), parts(place.longitude)];
    const sizes = [place.size, place.horizontal, place.vertical].map((v) => `${decimal(v, 2)}m`);
    return [
      `${lat.degrees} ${lat.minutes} ${lat.seconds} ${place.latitude < 0 ? 'S' : 'N'}`,
      `${long.degrees} ${long.minutes} ${long.seconds} ${place.longitude < 0 ? 'W' : 'E'}`,
      `${decimal(place.altitude, 2)}m`,
      ...sizes,
    ].join(' ');
  },
  fromValue(value, _origin, out) {
    const given = mappingOf(
      value,
      '{lat_degrees: …, lat_direction: N, long_degrees: …, long_direction: E, altitude: …}',
    );
    refuseUnknownKeys(given, KEYS, 'LOC');
    const text = (key: string, preset?: string): string => {
      const own = given[key] ?? preset;
      if (own === undefined) throw new RdataError(`${key} is missing`);
      return scalarText(own, key);
    };
    const side = (axis: 'lat' | 'long', directions: string, most: number): number => {
      const direction = text(`${axis}_direction`).toUpperCase();
      if (direction.length !== 1 || !directions.includes(direction))
        throw new RdataError(`${axis}_direction "${direction}" is neither ${directions[0]} nor ${directions[1]}`);
      return angle(
        text(`${axis}_degrees`),
        text(`${axis}_minutes`, '0'),
        text(`${axis}_seconds`, '0'),
        direction,
        most,
      );
    };
    write(
      {
        latitude: side('lat', 'NS', 90),
        longitude: side('long', 'EW', 180),
        altitude: altitudeOf(text('altitude')),
        size: precision(text('size', '1'), 'size'),
        horizontal: precision(text('precision_horz', '10000'), 'precision_horz'),
        vertical: precision(text('precision_vert', '10'), 'precision_vert'),
      },
      out,
    );
  },
  toValue(rdata) {
    const place = read(rdata);
    const [lat, long] = [parts(place.latitude), parts(place.longitude)];
    return {
      lat_degrees: lat.degrees,
      lat_minutes: lat.minutes,
      lat_seconds: Number(lat.seconds),
      lat_direction: place.latitude < 0 ? 'S' : 'N',
      long_degrees: long.degrees,
      long_minutes: long.minutes,
      long_seconds: Number(long.seconds),
      long_direction: place.longitude < 0 ? 'W' : 'E',
      altitude: place.altitude / 100,
      size: place.size / 100,
      precision_horz: place.horizontal / 100,
      precision_vert: place.vertical / 100,
    };
  },
  check(rdata) {
    if (rdata.length !== SIZE) return `LOC has ${rdata.length} octets instead of ${SIZE}`;
    if (rdata[0] !== 0) return `LOC version ${rdata[0]} is not known`;
    for (let i = 1; i < 4; i++) {
      const [base, exponent] = [rdata[i] >>> 4, rdata[i] & 15];
      // RFC 1876 §2: digits over 9 are undefined, and so is nothing times a power of ten.
      if (base > 9 || exponent > 9 || (base === 0 && exponent !== 0)) return 'LOC: a size or precision is malformed';
    }
    const { latitude, longitude } = read(rdata);
    if (Math.abs(latitude) > 90 * 3_600_000 || Math.abs(longitude) > 180 * 3_600_000)
      return 'LOC: a coordinate is out of range';
    return undefined;
  },
};
