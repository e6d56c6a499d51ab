/** Pieces of presentation form (RFC 1035 §5.1): <character-string>s, hexadecimal, base64, numbers. */
import { RdataError } from './codec.ts';
import type { RdataWriter } from './writer.ts';

const encoder = new TextEncoder();
const ZERO = 0x30;
const BACKSLASH = 0x5c;

/** The octets a text stands for: `\DDD` is an octet, `\X` is X; other characters are UTF-8. @throws RdataError */
export function unescapeText(text: string, what: string): Uint8Array {
  const octets = encoder.encode(text);
  let end = octets.indexOf(BACKSLASH);
  if (end < 0) return octets;
  // In place: what an escape stands for is never longer than the escape, and no octet of UTF-8 over 127 looks like a backslash.
  for (let i = end; i < octets.length; i++) {
    if (octets[i] !== BACKSLASH) octets[end++] = octets[i];
    else if (!isDigit(octets[i + 1])) {
      if (++i === octets.length) throw badEscape(text, what);
      octets[end++] = octets[i];
    } else {
      if (!isDigit(octets[i + 2]) || !isDigit(octets[i + 3])) throw badEscape(text, what);
      const value = (octets[i + 1] - ZERO) * 100 + (octets[i + 2] - ZERO) * 10 + octets[i + 3] - ZERO;
      if (value > 255) throw new RdataError(`${what}: \\${value} is over 255`);
      octets[end++] = value;
      i += 3;
    }
  }
  return octets.subarray(0, end);
}

/** Of no octet, behind the end, it is false as well. */
function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= ZERO + 9;
}

function badEscape(text: string, what: string): RdataError {
  return new RdataError(`${what}: "${text}" ends in, or has, a backslash that escapes nothing; write \\\\ for one`);
}

/** Octets as quoted text that `unescapeText` reads back. */
export function quoteText(octets: Uint8Array): string {
  return `"${escapeText(octets)}"`;
}

/** Octets as text with `"`, `\` and what is not printable ASCII escaped. */
export function escapeText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return text;
}

/** Writes a <character-string>: a length octet, and at most 255 octets. @throws RdataError */
export function writeString(octets: Uint8Array, what: string, out: RdataWriter): void {
  if (octets.length > 255) throw new RdataError(`${what} has ${octets.length} octets; a string has at most 255`);
  out.u8(octets.length);
  out.octets(octets);
}

/** Reads a number in decimal. @throws RdataError */
export function integer(text: string, most: number, what: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > most)
    throw new RdataError(`${what} "${text}" is no number from 0 to ${most}`);
  return Number(text);
}

/** Reads hexadecimal digits, white space taken out. @throws RdataError */
export function hexOctets(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const octets = new Uint8Array(digits.length >> 1);
  let wrong = digits.length & 1;
  // By hand: of a long text, a regular expression would run out of stack.
  for (let i = 0; i < octets.length; i++) {
    const octet = (hexDigit(digits.charCodeAt(i * 2)) << 4) | hexDigit(digits.charCodeAt(i * 2 + 1));
    if (octet < 0) wrong = 1;
    octets[i] = octet;
  }
  if (wrong !== 0) throw new RdataError(`${what} "${short(text)}" is not an even number of hexadecimal digits`);
  return octets;
}

/** The value of a digit, or -1, which stays negative in whatever it is put together with. */
function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

export function hexText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text;
}

/** Reads base64 (RFC 4648 §4), white space taken out. @throws RdataError */
export function base64Octets(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits))
    throw new RdataError(`${what} "${short(text)}" is no base64 (RFC 4648 §4)`);
  const octets = Uint8Array.from(atob(digits), (c) => c.charCodeAt(0));
  // Bits that belong to no octet must be zero, so that a text stands for one thing and the other way round.
  if (base64Text(octets) !== digits)
    throw new RdataError(`${what} "${short(text)}" is no base64: its last digit has bits too many`);
  return octets;
}

export function base64Text(octets: Uint8Array): string {
  let binary = '';
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
