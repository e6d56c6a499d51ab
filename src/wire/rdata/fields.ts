/**
 * The kinds of fields RDATA is made of. A type that is a plain sequence of them is a list (`field-codec.ts`), so that its file says what the
 * RFC's diagram says and nothing more.
 */
import { formatName, isWireName, NameError, parseName } from '../name.ts';
import { RdataError } from './codec.ts';
import {
  base64Octets,
  base64Text,
  escapeText,
  hexOctets,
  hexText,
  integer,
  quoteText,
  unescapeText,
  writeString,
} from './text-form.ts';
import type { RdataWriter } from './writer.ts';

export interface Field {
  /** The key in an OctoDNS value, and what messages call the field. */
  readonly key: string;
  /** Another key OctoDNS took in earlier versions. */
  readonly alias?: string;
  /** What stands for a key left out of a value. */
  readonly preset?: string;
  /** In text, takes all fields that are left: long hexadecimal and base64 may be broken into several (RFC 4034 §5.3). */
  readonly rest: boolean;
  readonly isName: boolean;
  /** Reads text into wire form. @throws RdataError | NameError */
  read(text: string, origin: Uint8Array, out: RdataWriter): void;
  /** Octets of the field at `at`, or -1 when it is malformed or cut off. */
  size(rdata: Uint8Array, at: number): number;
  text(rdata: Uint8Array, at: number, end: number): string;
  value(rdata: Uint8Array, at: number, end: number): unknown;
}

interface Options {
  readonly alias?: string;
  readonly preset?: string;
}

function numberField(key: string, octets: 1 | 2 | 4, options: Options): Field {
  const most = 2 ** (octets * 8) - 1;
  const at = (rdata: Uint8Array, from: number): number => {
    let value = 0;
    for (let i = 0; i < octets; i++) value = value * 256 + rdata[from + i];
    return value;
  };
  return {
    key,
    ...options,
    rest: false,
    isName: false,
    read(text, _origin, out) {
      const value = integer(text, most, key);
      if (octets === 1) out.u8(value);
      else if (octets === 2) out.u16(value);
      else out.u32(value);
    },
    size: (rdata, from) => (from + octets <= rdata.length ? octets : -1),
    text: (rdata, from) => String(at(rdata, from)),
    value: (rdata, from) => at(rdata, from),
  };
}

export const u8 = (key: string, options: Options = {}): Field => numberField(key, 1, options);
export const u16 = (key: string, options: Options = {}): Field => numberField(key, 2, options);
export const u32 = (key: string, options: Options = {}): Field => numberField(key, 4, options);

/** A domain name, relative to the origin without a final dot; `@` is the origin. */
export function domainName(key: string, options: Options = {}): Field {
  return {
    key,
    ...options,
    rest: false,
    isName: true,
    read: (text, origin, out) => out.octets(text === '@' ? origin : nameOctets(text, origin, key)),
    size(rdata, from) {
      for (let p = from; p < rdata.length; p += rdata[p] + 1) {
        if (rdata[p] === 0) return isWireName(rdata, from, p + 1) ? p + 1 - from : -1;
        if (rdata[p] > 63) return -1;
      }
      return -1;
    },
    text: (rdata, from) => formatName(rdata, from),
    value: (rdata, from) => formatName(rdata, from),
  };
}

/** A name's octets; a mistake says which field it is in. @throws NameError */
function nameOctets(text: string, origin: Uint8Array, key: string): Uint8Array {
  try {
    return parseName(text, origin);
  } catch (error) {
    if (error instanceof NameError) throw new NameError(error.code, `${key}: ${error.message}`, error.offset);
    throw error;
  }
}

/** A <character-string> (RFC 1035 §3.3). */
export function characterString(key: string, options: Options = {}): Field {
  return {
    key,
    ...options,
    rest: false,
    isName: false,
    read: (text, _origin, out) => writeString(unescapeText(text, key), key, out),
    size: (rdata, from) => (from < rdata.length && from + 1 + rdata[from] <= rdata.length ? 1 + rdata[from] : -1),
    text: (rdata, from, end) => quoteText(rdata.subarray(from + 1, end)),
    value: (rdata, from, end) => escapeText(rdata.subarray(from + 1, end)),
  };
}

/** Text without a length octet, to the end of the RDATA. One field in text: joined, two would lose what stood between them. */
export function textToEnd(key: string): Field {
  return {
    key,
    rest: false,
    isName: false,
    read: (text, _origin, out) => out.octets(unescapeText(text, key)),
    size: (rdata, from) => rdata.length - from,
    text: (rdata, from, end) => quoteText(rdata.subarray(from, end)),
    value: (rdata, from, end) => escapeText(rdata.subarray(from, end)),
  };
}

/** Octets to the end of the RDATA, written in hexadecimal or base64. */
function octetsToEnd(
  key: string,
  read: (text: string, what: string) => Uint8Array,
  write: (octets: Uint8Array) => string,
): Field {
  return {
    key,
    rest: true,
    isName: false,
    read(text, _origin, out) {
      const octets = read(text, key);
      if (octets.length === 0) throw new RdataError(`${key} is empty`);
      out.octets(octets);
    },
    size: (rdata, from) => (from < rdata.length ? rdata.length - from : -1),
    text: (rdata, from, end) => write(rdata.subarray(from, end)),
    value: (rdata, from, end) => write(rdata.subarray(from, end)),
  };
}

export const hexToEnd = (key: string): Field => octetsToEnd(key, hexOctets, hexText);
export const base64ToEnd = (key: string): Field => octetsToEnd(key, base64Octets, base64Text);
