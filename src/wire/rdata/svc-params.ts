/**
 * SvcParams (RFC 9460 §2.1, §7; RFC 9461 dohpath; RFC 9540 ohttp): keys, and each key's value between wire, text and OctoDNS value.
 *
 *     | KEY (16) | LENGTH (16) |  /  VALUE  /      in rising order of key, each once
 */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { SvcParam } from '../constants.ts';
import { RdataError } from './codec.ts';
import { base64Octets, base64Text, escapeText, integer, unescapeText } from './text-form.ts';

const NAMES: Readonly<Record<number, string>> = {
  [SvcParam.MANDATORY]: 'mandatory',
  [SvcParam.ALPN]: 'alpn',
  [SvcParam.NO_DEFAULT_ALPN]: 'no-default-alpn',
  [SvcParam.PORT]: 'port',
  [SvcParam.IPV4HINT]: 'ipv4hint',
  [SvcParam.ECH]: 'ech',
  [SvcParam.IPV6HINT]: 'ipv6hint',
  [SvcParam.DOHPATH]: 'dohpath',
  [SvcParam.OHTTP]: 'ohttp',
  [SvcParam.STEER_HINTS]: 'hints',
};

const NUMBERS = new Map(Object.entries(NAMES).map(([number, name]) => [name, Number(number)]));

/** The key's name, `key123` for one without. */
export function keyName(key: number): string {
  return NAMES[key] ?? `key${key}`;
}

/** @throws RdataError */
export function keyNumber(name: string): number {
  const known = NUMBERS.get(name);
  if (known !== undefined) return known;
  const generic = /^key(0|[1-9]\d{0,4})$/.exec(name);
  if (generic === null || Number(generic[1]) > 0xffff) {
    throw new RdataError(`"${name}" is no SvcParamKey; there are ${[...NUMBERS.keys()].join(', ')} and keyNNN`);
  }
  // 65535 is reserved (RFC 9460 §14.3.2); our own marker has a name, so that nobody writes it by accident.
  if (Number(generic[1]) === 0xffff || Number(generic[1]) === SvcParam.STEER_HINTS)
    throw new RdataError(`${name} is reserved`);
  return Number(generic[1]);
}

const FLAGS: readonly number[] = [SvcParam.NO_DEFAULT_ALPN, SvcParam.OHTTP];

/**
 * The wire form of a key's value.
 * @param value text with escapes, or a list of texts for keys that take one; true or undefined for a key without a value
 * @throws RdataError
 */
export function paramOctets(key: number, value: string | readonly string[] | undefined): Uint8Array {
  const name = keyName(key);
  if (FLAGS.includes(key)) {
    if (value !== undefined && value !== '') throw new RdataError(`${name} takes no value`);
    return new Uint8Array(0);
  }
  if (key === SvcParam.STEER_HINTS) {
    if (value !== 'steer') throw new RdataError(`hints "${String(value)}" is not known; write hints=steer`);
    return new Uint8Array(0);
  }
  if (value === undefined || value.length === 0) {
    if (NAMES[key] === undefined) return new Uint8Array(0);
    throw new RdataError(`${name} needs a value`);
  }
  switch (key) {
    case SvcParam.MANDATORY: {
      const keys = listOf(value)
        .map(keyNumber)
        .sort((a, b) => a - b);
      if (keys.includes(SvcParam.MANDATORY)) throw new RdataError('mandatory must not list itself');
      if (new Set(keys).size !== keys.length) throw new RdataError('mandatory lists a key twice');
      return Uint8Array.from(keys.flatMap((k) => [k >>> 8, k & 0xff]));
    }
    case SvcParam.ALPN:
      return Uint8Array.from(
        listOf(value, true).flatMap((text) => {
          const octets = unescapeText(text, 'alpn');
          if (octets.length === 0 || octets.length > 255)
            throw new RdataError(`alpn "${text}" must have 1 to 255 octets`);
          return [octets.length, ...octets];
        }),
      );
    case SvcParam.PORT: {
      const port = integer(String(value), 0xffff, 'port');
      return Uint8Array.of(port >>> 8, port & 0xff);
    }
    case SvcParam.IPV4HINT:
    case SvcParam.IPV6HINT:
      return Uint8Array.from(
        listOf(value).flatMap((text) => {
          const address = parseAddress(text);
          if (address?.length !== (key === SvcParam.IPV4HINT ? 4 : 16))
            throw new RdataError(`${name} "${text}" is no such address`);
          return [...address];
        }),
      );
    case SvcParam.ECH:
      return base64Octets(String(value), 'ech');
    default:
      return unescapeText(String(value), name);
  }
}

/**
 * A comma-separated list. In text, the commas of a value are escaped once for the list and once for the string (RFC 9460 appendix A.1).
 */
function listOf(value: string | readonly string[], escaped = false): string[] {
  if (typeof value !== 'string') return [...value];
  if (!escaped) return value.split(',');
  const inner = new TextDecoder('latin1').decode(unescapeText(value, 'alpn'));
  const items: string[] = [''];
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === ',') items.push('');
    else if (inner[i] === '\\' && i + 1 < inner.length) items[items.length - 1] += octetEscape(inner.charCodeAt(++i));
    else items[items.length - 1] += octetEscape(inner.charCodeAt(i));
  }
  return items;
}

function octetEscape(octet: number): string {
  return `\\${String(octet).padStart(3, '0')}`;
}

/** What is wrong with a key's value in wire form, or undefined. */
export function paramProblem(key: number, octets: Uint8Array): string | undefined {
  const name = keyName(key);
  switch (key) {
    case SvcParam.MANDATORY: {
      if (octets.length === 0 || octets.length % 2 !== 0) return 'mandatory is malformed';
      for (let p = 0; p < octets.length; p += 2) {
        const k = (octets[p] << 8) | octets[p + 1];
        if (k === 0) return 'mandatory must not list itself';
        if (p > 0 && k <= ((octets[p - 2] << 8) | octets[p - 1])) return 'mandatory must list keys in rising order';
      }
      return undefined;
    }
    case SvcParam.ALPN: {
      let p = 0;
      while (p < octets.length && octets[p] !== 0) p += octets[p] + 1;
      return octets.length > 0 && p === octets.length ? undefined : 'alpn is malformed';
    }
    case SvcParam.PORT:
      return octets.length === 2 ? undefined : 'port is malformed';
    case SvcParam.IPV4HINT:
    case SvcParam.IPV6HINT:
      return octets.length > 0 && octets.length % (key === SvcParam.IPV4HINT ? 4 : 16) === 0
        ? undefined
        : `${name} is malformed`;
    case SvcParam.ECH:
    case SvcParam.DOHPATH:
      return octets.length > 0 ? undefined : `${name} is empty`;
    case SvcParam.NO_DEFAULT_ALPN:
    case SvcParam.OHTTP:
    case SvcParam.STEER_HINTS:
      return octets.length === 0 ? undefined : `${name} takes no value`;
    default:
      return undefined;
  }
}

/** A well-formed value as a list of texts (for keys that take a list), a text, or true for a key without a value. */
export function paramValue(key: number, octets: Uint8Array): string | string[] | true {
  switch (key) {
    case SvcParam.MANDATORY:
      return chunks(octets, 2).map((c) => keyName((c[0] << 8) | c[1]));
    case SvcParam.ALPN: {
      const list: string[] = [];
      for (let p = 0; p < octets.length; p += octets[p] + 1)
        list.push(escapeText(octets.subarray(p + 1, p + 1 + octets[p])));
      return list;
    }
    case SvcParam.PORT:
      return String((octets[0] << 8) | octets[1]);
    case SvcParam.IPV4HINT:
      return chunks(octets, 4).map(formatAddress);
    case SvcParam.IPV6HINT:
      return chunks(octets, 16).map(formatAddress);
    case SvcParam.ECH:
      return base64Text(octets);
    case SvcParam.STEER_HINTS:
      return 'steer';
    default:
      return octets.length === 0 ? true : escapeText(octets);
  }
}

/** A well-formed parameter in presentation form: `alpn="h2,h3"`, `port=8443`. */
export function paramText(key: number, octets: Uint8Array): string {
  const value = paramValue(key, octets);
  if (value === true) return keyName(key);
  if (key === SvcParam.ALPN) {
    const items = (value as string[]).map((item) => escapeText(new TextEncoder().encode(item.replaceAll(',', '\\,'))));
    return `alpn="${items.join(',')}"`;
  }
  if (typeof value !== 'string') return `${keyName(key)}=${value.join(',')}`;
  return /^[A-Za-z0-9+/=_.-]+$/.test(value) ? `${keyName(key)}=${value}` : `${keyName(key)}="${value}"`;
}

function chunks(octets: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: octets.length / size }, (_, i) => octets.subarray(i * size, (i + 1) * size));
}
