/**
 * Cuts an entry into fields (RFC 1035 §5.1): a line, or several inside parentheses; blanks between fields, `;` to the line's end a
 * comment, `"…"` one field with blanks in it, `\` taking the next octet's meaning away.
 *
 * `key="value"`, as SVCB writes parameters (RFC 9460 §2.1), is one field with its quotes left in.
 */
import type { TextField } from '../../wire/rdata/codec.ts';
import type { Mistake } from './reporter.ts';
import { MAX_ENTRY } from './window.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Octets of a field that is left to the decoder. */
const LONG = 64;

export class Fields {
  /** How many there are. Field i is `bytes[start[i], end[i])`, without its quotes. */
  count = 0;
  start = new Int32Array(64);
  end = new Int32Array(64);
  quoted = new Uint8Array(64);
  /** Where the next entry begins. */
  next = 0;
  /** Newlines in the entry, its last one included. */
  lines = 0;
  /** What keeps the entry from being read; its fields mean nothing then. */
  mistake: Mistake | undefined;

  /**
   * Cuts the entry that begins at `at`.
   * @param limit end of the octets there are
   * @param eof   whether the file ends there
   * @returns false when the entry goes on beyond `limit`
   */
  scan(bytes: Uint8Array, at: number, limit: number, eof: boolean): boolean {
    this.count = 0;
    this.lines = 0;
    this.mistake = undefined;
    let stop = limit;
    if (limit - at > MAX_ENTRY) {
      stop = at + MAX_ENTRY;
      eof = true;
    }
    let depth = 0;
    let open = -1;
    let p = at;
    for (;;) {
      if (p >= stop) {
        if (!eof) return false;
        break;
      }
      const c = bytes[p];
      if (c === SPACE || c === TAB || c === RETURN) {
        p++;
      } else if (c === NEWLINE) {
        p++;
        this.lines++;
        if (depth === 0) break;
      } else if (c === SEMICOLON) {
        while (p < stop && bytes[p] !== NEWLINE) p++;
      } else if (c === OPEN) {
        if (depth++ === 0) open = p;
        p++;
      } else if (c === CLOSE) {
        if (depth === 0)
          return this.#fail('unexpected-parenthesis', bytes, at, p, stop, eof, 'this ")" closes nothing');
        depth--;
        p++;
      } else if (c === QUOTE) {
        const close = quoteEnd(bytes, p + 1, stop);
        if (close < 0) return this.#unterminated(bytes, at, p, stop, eof);
        this.#add(p + 1, close, 1);
        p = close + 1;
      } else {
        const start = p;
        p = this.#wordEnd(bytes, p, stop);
        if (p < 0) return this.#unterminated(bytes, at, start, stop, eof);
        this.#add(start, p, 0);
      }
    }
    this.next = p;
    if (depth > 0) {
      const long = stop < limit || stop - at >= MAX_ENTRY;
      const message = long ? `this "(" is not closed within ${MAX_ENTRY >> 20} MiB` : 'this "(" is never closed';
      return this.#fail('unclosed-parenthesis', bytes, at, open, stop, eof, message, 'write ")" after the last field');
    }
    if (stop < limit && bytes[p - 1] !== NEWLINE) {
      this.#fail('entry-too-long', bytes, at, at, limit, true, `this line is over ${MAX_ENTRY >> 20} MiB`);
    }
    return true;
  }

  /** Where field i begins, its opening quote included. */
  offset(i: number): number {
    return this.start[i] - this.quoted[i];
  }

  /** Field i as text, escapes still in it. */
  text(bytes: Uint8Array, i: number): string {
    const end = this.end[i];
    // A decoder's call costs more than most fields are long.
    let text = '';
    for (let p = this.start[i]; p < end; p++) {
      if (bytes[p] >= 0x80 || text.length >= LONG) return decode(bytes.subarray(this.start[i], end));
      text += String.fromCharCode(bytes[p]);
    }
    return text;
  }

  /** Fields from `first` on, as codecs read them. */
  from(bytes: Uint8Array, first: number): TextField[] {
    const fields: TextField[] = [];
    for (let i = first; i < this.count; i++) fields.push({ text: this.text(bytes, i), quoted: this.quoted[i] === 1 });
    return fields;
  }

  #add(start: number, end: number, quoted: number): void {
    const i = this.count++;
    if (i === this.start.length) {
      this.start = grown(this.start, new Int32Array(i * 2));
      this.end = grown(this.end, new Int32Array(i * 2));
      this.quoted = grown(this.quoted, new Uint8Array(i * 2));
    }
    this.start[i] = start;
    this.end[i] = end;
    this.quoted[i] = quoted;
  }

  /** The end of the unquoted field that starts at `p`, or -1 when a quote inside it (`key="…`) has no end. */
  #wordEnd(bytes: Uint8Array, p: number, stop: number): number {
    for (; p < stop; p++) {
      const c = bytes[p];
      if (c === BACKSLASH) {
        if (p + 1 < stop && bytes[p + 1] !== NEWLINE) p++;
      } else if (c === QUOTE) {
        if (bytes[p - 1] !== EQUALS) return p;
        p = quoteEnd(bytes, p + 1, stop);
        if (p < 0) return -1;
      } else if (c <= SPACE) {
        if (c === SPACE || c === TAB || c === NEWLINE || c === RETURN) return p;
      } else if (c === SEMICOLON || c === OPEN || c === CLOSE) return p;
    }
    return stop;
  }

  #unterminated(bytes: Uint8Array, at: number, quote: number, stop: number, eof: boolean): boolean {
    return this.#fail(
      'unterminated-quote',
      bytes,
      at,
      quote,
      stop,
      eof,
      'this text has no closing quote on its line',
      'write " at its end, and \\" for a quote inside',
    );
  }

  /** Gives the entry up: the next one begins on the line after the mistake. */
  #fail(
    code: string,
    bytes: Uint8Array,
    entry: number,
    offset: number,
    stop: number,
    eof: boolean,
    message: string,
    fix?: string,
  ): boolean {
    let p = offset;
    while (p < stop && bytes[p] !== NEWLINE) p++;
    if (p >= stop && !eof) return false;
    this.next = Math.min(p + 1, stop);
    this.lines = 0;
    for (let i = entry; i < this.next; i++) if (bytes[i] === NEWLINE) this.lines++;
    this.mistake = { code, offset, message, fix };
    return true;
  }
}

/** Text as UTF-8; where it is none, its octets over 127 as they are, `\\DDD` (zone files know no encoding). */
function decode(octets: Uint8Array): string {
  try {
    return utf8.decode(octets);
  } catch {
    let text = '';
    for (let i = 0; i < octets.length; i++) {
      if (octets[i] >= 0x80) text += `\\${octets[i]}`;
      else if (octets[i] !== BACKSLASH) text += String.fromCharCode(octets[i]);
      // The backslash before such an octet would escape the one that is written for it.
      else if (octets[i + 1] < 0x80) text += `\\${String.fromCharCode(octets[++i])}`;
    }
    return text;
  }
}

/** Where the quote that opened before `p` closes, on the same line, or -1. */
function quoteEnd(bytes: Uint8Array, p: number, stop: number): number {
  for (; p < stop; p++) {
    const c = bytes[p];
    if (c === QUOTE) return p;
    if (c === NEWLINE) return -1;
    if (c === BACKSLASH && p + 1 < stop && bytes[p + 1] !== NEWLINE) p++;
  }
  return -1;
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
