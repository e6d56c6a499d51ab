/**
 * RDATA of STEER fields seen before. A zone names a handful of (service, group) pairs in hundreds of thousands of lines: comparing the
 * octets with what was seen costs less than reading them again.
 */

const NEWLINE = 0x0a;
const SLOTS = 256;

interface Entry {
  /** The line's octets from the first RDATA field up to the newline. */
  readonly text: Uint8Array;
  readonly rdata: Uint8Array;
}

export class SteerCache {
  readonly #slots: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);
  #last: Entry = { text: new Uint8Array(0), rdata: new Uint8Array(0) };

  /** RDATA of the last line found. */
  get rdata(): Uint8Array {
    return this.#last.rdata;
  }

  /**
   * Looks for the fields that begin at `at` and end with the line.
   * @returns the offset behind the newline, or -1 when they weren't seen before
   */
  find(bytes: Uint8Array, at: number, limit: number): number {
    if (matches(this.#last.text, bytes, at, limit)) return at + this.#last.text.length + 1;
    const slot = slotOf(bytes, at, limit);
    if (slot < 0) return -1;
    const entry = this.#slots[slot];
    if (entry === undefined || !matches(entry.text, bytes, at, limit)) return -1;
    this.#last = entry;
    return at + entry.text.length + 1;
  }

  /** Remembers what the fields that begin at `at` mean, if the line is a plain one. */
  add(bytes: Uint8Array, at: number, limit: number, rdata: Uint8Array): void {
    const slot = slotOf(bytes, at, limit);
    if (slot < 0) return;
    this.#last = { text: bytes.slice(at, bytes.indexOf(NEWLINE, at)), rdata: rdata.slice() };
    this.#slots[slot] = this.#last;
  }
}

function matches(text: Uint8Array, bytes: Uint8Array, at: number, limit: number): boolean {
  const n = text.length;
  if (n === 0 || at + n >= limit || bytes[at + n] !== NEWLINE) return false;
  for (let i = 0; i < n; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** The slot of a line's rest, or -1 when it is none whose octets alone say what it means. */
function slotOf(bytes: Uint8Array, at: number, limit: number): number {
  let hash = 0x811c9dc5;
  for (let p = at; p < limit; p++) {
    const c = bytes[p];
    if (c === NEWLINE) return (hash >>> 8) & (SLOTS - 1);
    // Quotes, parentheses, comments, escapes: octets whose meaning may depend on more than this line.
    if (c === 0x22 || c === 0x28 || c === 0x29 || c === 0x3b || c === 0x5c) return -1;
    hash = Math.imul(hash ^ c, 0x01000193);
  }
  return -1;
}
