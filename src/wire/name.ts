/**
 * Domain names between text and wire form (RFC 1035 §3.1, §5.1; RFC 4343 on case).
 *
 * A name in wire form is a run of labels, each a length octet and that many octets, ended by the root's zero octet:
 * `3 w w w 7 e x a m p l e 3 n e t 0`. At most 255 octets, labels at most 63. Functions here know nothing of compression.
 */
import { MAX_LABEL, MAX_NAME } from './constants.ts';

export type NameErrorCode = 'EMPTY_LABEL' | 'LABEL_TOO_LONG' | 'NAME_TOO_LONG' | 'BAD_ESCAPE' | 'EMPTY_NAME';

/** A text that is no domain name. `offset` is the index in the text at which it went wrong. */
export class NameError extends Error {
  readonly code: NameErrorCode;
  readonly offset: number;
  constructor(code: NameErrorCode, message: string, offset: number) {
    super(message);
    this.name = 'NameError';
    this.code = code;
    this.offset = offset;
  }
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const scratch = new Uint8Array(MAX_NAME + 1);

/**
 * Reads a name in presentation form, with `\.` and `\DDD` escapes (RFC 1035 §5.1), into wire form. Case is kept.
 *
 * @param text   the name; a final dot makes it absolute. `.` is the root; `@` has no meaning here.
 * @param origin wire form of the name that completes a relative one; without it every name counts as absolute
 * @returns a fresh array, root octet included
 * @throws NameError
 */
export function parseName(text: string, origin?: Uint8Array): Uint8Array {
  if (text === '') throw new NameError('EMPTY_NAME', 'a domain name must not be empty', 0);
  if (text === '.') return new Uint8Array(1);
  let end = 0;
  let label = 0;
  let absolute = false;
  scratch[0] = 0;
  end = 1;
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c === DOT) {
      const length = end - label - 1;
      if (length === 0) throw new NameError('EMPTY_LABEL', `"${text}" has an empty label (two dots in a row)`, i);
      scratch[label] = length;
      if (i === text.length - 1) {
        absolute = true;
        break;
      }
      label = end;
      if (end >= MAX_NAME) throw tooLong(text, i);
      scratch[end++] = 0;
      continue;
    }
    if (c === BACKSLASH) {
      const digits = text.slice(i + 1, i + 4);
      if (/^\d{3}$/.test(digits)) {
        c = Number(digits);
        if (c > 255) throw new NameError('BAD_ESCAPE', `\\${digits} in "${text}" is over 255`, i);
        i += 3;
      } else {
        c = text.charCodeAt(++i);
        if (Number.isNaN(c) || (c >= 0x30 && c <= 0x39)) {
          throw new NameError('BAD_ESCAPE', `"${text}" has an escape that is neither \\DDD nor \\X`, i - 1);
        }
      }
    }
    if (c > 0x7f) {
      if (c <= 0xff && text.charCodeAt(i) !== c) {
        // came from \DDD: an octet, as it is
      } else {
        throw new NameError('BAD_ESCAPE', `"${text}" has a character outside ASCII; write the A-label (xn--…) form`, i);
      }
    }
    if (end - label - 1 >= MAX_LABEL) {
      throw new NameError('LABEL_TOO_LONG', `a label of "${text}" is over ${MAX_LABEL} octets`, i);
    }
    if (end >= MAX_NAME) throw tooLong(text, i);
    scratch[end++] = c;
  }
  if (absolute || origin === undefined) {
    if (!absolute) scratch[label] = end - label - 1;
    if (end + 1 > MAX_NAME) throw tooLong(text, text.length);
    scratch[end++] = 0;
    return scratch.slice(0, end);
  }
  scratch[label] = end - label - 1;
  if (end + origin.length > MAX_NAME) throw tooLong(text, text.length);
  const name = new Uint8Array(end + origin.length);
  name.set(scratch.subarray(0, end));
  name.set(origin, end);
  return name;
}

function tooLong(text: string, offset: number): NameError {
  return new NameError('NAME_TOO_LONG', `"${text}" is over ${MAX_NAME} octets`, offset);
}

/**
 * Writes a wire-form name as absolute presentation text, escaping what RFC 1035 §5.1 and zone files give a meaning.
 *
 * @param at offset of the first length octet
 */
export function formatName(bytes: Uint8Array, at = 0): string {
  if (bytes[at] === 0) return '.';
  let text = '';
  for (let p = at; bytes[p] !== 0; ) {
    const end = p + 1 + bytes[p];
    for (p++; p < end; p++) {
      const c = bytes[p];
      if (
        c === DOT ||
        c === BACKSLASH ||
        c === 0x22 ||
        c === 0x28 ||
        c === 0x29 ||
        c === 0x3b ||
        c === 0x40 ||
        c === 0x24
      ) {
        text += '\\' + String.fromCharCode(c);
      } else if (c > 0x20 && c < 0x7f) text += String.fromCharCode(c);
      else text += '\\' + String(c).padStart(3, '0');
    }
    text += '.';
  }
  return text;
}

/** Octets of the wire-form name at `at`, root octet included. The name must be well formed. */
export function nameLength(bytes: Uint8Array, at = 0): number {
  let p = at;
  while (bytes[p] !== 0) p += bytes[p] + 1;
  return p + 1 - at;
}

/** Labels of the wire-form name at `at`, root not counted. */
export function labelCount(bytes: Uint8Array, at = 0): number {
  let n = 0;
  for (let p = at; bytes[p] !== 0; p += bytes[p] + 1) n++;
  return n;
}

/** Lower-cases ASCII letters in place (RFC 4343 §3). Length octets are below 64, so they are never letters. */
export function lowerCase(bytes: Uint8Array, at = 0, end = bytes.length): void {
  for (let i = at; i < end; i++) {
    const c = bytes[i];
    if (c >= 0x41 && c <= 0x5a) bytes[i] = c | 0x20;
  }
}

/** Whether two wire-form names are the same but for ASCII case (RFC 4343). */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    let x = a[i];
    let y = b[i];
    if (x >= 0x41 && x <= 0x5a) x |= 0x20;
    if (y >= 0x41 && y <= 0x5a) y |= 0x20;
    if (x !== y) return false;
  }
  return true;
}

/**
 * Where in `name` the suffix `ancestor` begins, or -1 when `name` is not at or below it. Both wire form, compared without case.
 */
export function suffixOffset(name: Uint8Array, ancestor: Uint8Array): number {
  const at = name.length - ancestor.length;
  if (at < 0) return -1;
  let p = 0;
  while (p < at) p += name[p] + 1;
  return p === at && sameName(name.subarray(at), ancestor) ? at : -1;
}

/**
 * Whether `bytes[at, end)` is exactly one well-formed uncompressed name.
 */
export function isWireName(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at > MAX_NAME) return false;
  let p = at;
  while (p < end) {
    const length = bytes[p];
    if (length === 0) return p + 1 === end;
    if (length > MAX_LABEL) return false;
    p += length + 1;
  }
  return false;
}
