/**
 * SvcParams (RFC 9460 §2.1, §7): each key's value between wire, text and OctoDNS value.
 *
 *     | KEY (16) | LENGTH (16) |  /  VALUE  /      in rising order of key, each once
 */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { SvcParam } from '../constants.ts';
import { RdataError } from './codec.ts';
import { INVALID_KEY, isGenericKey, keyName, keyNumber } from './svc-keys.ts';
import { base64Octets, base64Text, escapeText, integer, quoteText, unescapeText } from './text-form.ts';

export interface Param {
  readonly key: number;
  /** The value in wire form. */
  readonly octets: Uint8Array;
}

/** Text with escapes, a list of such texts, or undefined for a key without a value. */
export type ParamText = string | readonly string[] | undefined;

const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** Keys whose value is a list; their text is separated by commas. */
const LISTS: readonly number[] = [SvcParam.MANDATORY, SvcParam.ALPN, SvcParam.IPV4HINT, SvcParam.IPV6HINT];
const FLAGS: readonly number[] = [SvcParam.NO_DEFAULT_ALPN, SvcParam.OHTTP];

/**
 * Reads a parameter. Whether a key written by its number has a well-formed value is for `paramProblem` to say.
 * @throws RdataError
 */
export function readParam(name: string, value: ParamText): Param {
  const key = keyNumber(name);
  if (isGenericKey(name)) return { key, octets: unescapeText(single(value ?? '', name), name) };
  return { key, octets: FLAGS.includes(key) ? flagOctets(name, value) : valueOctets(key, name, value) };
}

function flagOctets(name: string, value: ParamText): Uint8Array {
  if (value !== undefined && value !== '')
    throw new RdataError(`${name} takes no value: write it alone, or as "${name}: true" in YAML`);
  return new Uint8Array(0);
}

function valueOctets(key: number, name: string, value: ParamText): Uint8Array {
  if (key === SvcParam.STEER_HINTS) {
    if (value !== 'steer') throw new RdataError(`hints "${String(value)}" is not known; write hints=steer`);
    return new Uint8Array(0);
  }
  if (value === undefined || value.length === 0) throw new RdataError(`${name} needs a value`);
  if (LISTS.includes(key)) return listOctets(key, name, value);
  const text = single(value, name);
  if (key === SvcParam.PORT) {
    const port = integer(text, 0xffff, name);
    return Uint8Array.of(port >>> 8, port & 0xff);
  }
  return key === SvcParam.ECH ? base64Octets(text, name) : unescapeText(text, name);
}

function single(value: string | readonly string[], name: string): string {
  if (typeof value !== 'string') throw new RdataError(`${name} takes one value, not a list`);
  return value;
}

function listOctets(key: number, name: string, value: string | readonly string[]): Uint8Array {
  if (key === SvcParam.ALPN) {
    const ids =
      typeof value === 'string' ? splitList(unescapeText(value, name)) : value.map((text) => unescapeText(text, name));
    return Uint8Array.from(ids.flatMap((id) => [idLength(id), ...id]));
  }
  const items = typeof value === 'string' ? value.split(',') : value;
  if (key === SvcParam.MANDATORY) {
    const keys = items.map(keyNumber).sort((a, b) => a - b);
    if (new Set(keys).size !== keys.length) throw new RdataError('mandatory lists a key twice');
    return Uint8Array.from(keys.flatMap((k) => [k >>> 8, k & 0xff]));
  }
  return Uint8Array.from(items.flatMap((text) => addressOctets(key, name, text)));
}

/** RFC 7301 §3.1: a protocol's name has 1 to 255 octets. */
function idLength(id: Uint8Array): number {
  if (id.length === 0 || id.length > 255)
    throw new RdataError(`alpn "${escapeText(id)}" must have 1 to 255 octets; write e.g. h2,h3`);
  return id.length;
}

function addressOctets(key: number, name: string, text: string): number[] {
  const ipv4 = key === SvcParam.IPV4HINT;
  const address = parseAddress(text);
  if (address?.length !== (ipv4 ? 4 : 16))
    throw new RdataError(
      `${name} "${text}" is no ${ipv4 ? 'IPv4' : 'IPv6'} address; write one like ${ipv4 ? '192.0.2.1' : '2001:db8::1'}`,
    );
  return [...address];
}

/** Items between commas; a backslash makes a comma or backslash behind it a part of the item (RFC 9460 appendix A.1). @throws RdataError */
function splitList(octets: Uint8Array): Uint8Array[] {
  const items: number[][] = [[]];
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] === COMMA) {
      items.push([]);
      continue;
    }
    // escaped-item has no other escapes, so another reader of the zone file may take them otherwise.
    if (octets[i] === BACKSLASH && octets[++i] !== COMMA && octets[i] !== BACKSLASH)
      throw new RdataError(
        `alpn "${escapeText(octets)}" has a backslash before neither comma nor backslash; write \\\\, for a comma in a name and \\\\\\\\ for a backslash`,
      );
    items[items.length - 1].push(octets[i]);
  }
  return items.map((item) => Uint8Array.from(item));
}

/** What is wrong with a key's value in wire form, or undefined. Never throws. */
export function paramProblem(key: number, octets: Uint8Array): string | undefined {
  const name = keyName(key);
  switch (key) {
    case SvcParam.MANDATORY:
      return mandatoryProblem(octets);
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
      return octets.length > 0 ? undefined : `${name} is empty`;
    case SvcParam.DOHPATH:
      return dohpathProblem(octets);
    case SvcParam.NO_DEFAULT_ALPN:
    case SvcParam.OHTTP:
    case SvcParam.STEER_HINTS:
      return octets.length === 0 ? undefined : `${name} takes no value`;
    case INVALID_KEY:
      return `${name} is reserved`;
    default:
      return undefined;
  }
}

/** A variable `dns`, alone or in a list, in an expression of any operator (RFC 6570 §2). */
const DNS_VARIABLE = /\{[+#./;?&]?(?:[^{},]+,)*dns(?:\*|:\d{1,4})?(?:,[^{},]+)*\}/;

/** RFC 9461 §5: a URI template in UTF-8, relative, whose expansion is a `:path`, with the variable that takes the query. */
function dohpathProblem(octets: Uint8Array): string | undefined {
  let template: string;
  try {
    template = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return `dohpath "${escapeText(octets)}" is not UTF-8; write e.g. /dns-query{?dns}`;
  }
  return template.startsWith('/') && DNS_VARIABLE.test(template)
    ? undefined
    : `dohpath "${escapeText(octets)}" must begin with / and have the variable dns; write e.g. /dns-query{?dns}`;
}

function mandatoryProblem(octets: Uint8Array): string | undefined {
  if (octets.length === 0 || octets.length % 2 !== 0) return 'mandatory is malformed';
  const keys = mandatoryKeys(octets);
  if (keys.includes(SvcParam.MANDATORY)) return 'mandatory must not list itself';
  // It is taken out of every answer, and clients refuse a record that lacks a mandatory key (RFC 9460 §8).
  if (keys.includes(SvcParam.STEER_HINTS)) return 'mandatory must not list hints, which is never sent';
  if (keys.some((key, i) => i > 0 && key <= keys[i - 1])) return 'mandatory must list keys in rising order';
  return undefined;
}

/** The keys a `mandatory` value lists. */
export function mandatoryKeys(octets: Uint8Array): number[] {
  return chunks(octets, 2).map(([high, low]) => (high << 8) | low);
}

function alpnIds(octets: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let p = 0; p < octets.length; p += octets[p] + 1) list.push(octets.subarray(p + 1, p + 1 + octets[p]));
  return list;
}

/** A well-formed value as a list of texts (for keys that take a list), a text, or true for a key without a value. */
export function paramValue(key: number, octets: Uint8Array): string | string[] | true {
  switch (key) {
    case SvcParam.MANDATORY:
      return mandatoryKeys(octets).map(keyName);
    case SvcParam.ALPN:
      return alpnIds(octets).map(escapeText);
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
  if (key === SvcParam.ALPN) {
    // Escaped twice: as items of the list, then as a string (RFC 9460 appendix A.1).
    const items = alpnIds(octets).map((id) =>
      [...id].flatMap((octet) => (octet === COMMA || octet === BACKSLASH ? [BACKSLASH, octet] : [octet])),
    );
    const list = items.flatMap((item, i) => (i === 0 ? item : [COMMA, ...item]));
    return `alpn=${quoteText(Uint8Array.from(list))}`;
  }
  const value = paramValue(key, octets);
  if (value === true) return keyName(key);
  if (typeof value !== 'string') return `${keyName(key)}=${value.join(',')}`;
  return /^[A-Za-z0-9+/=_.-]+$/.test(value) ? `${keyName(key)}=${value}` : `${keyName(key)}="${value}"`;
}

function chunks(octets: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: octets.length / size }, (_, i) => octets.subarray(i * size, (i + 1) * size));
}
