/**
 * A JSON document whose bulk is one array of objects at its top, read without ever being in memory as a whole: exports of VRPs have 600,000 of them in 60 MB.
 * Finds where each object ends and leaves the rest to `JSON.parse`, piece by piece and for what is around the array: so what JSON.parse refuses is refused.
 */
import { FeedError } from './feed.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Octets of one object, and of all that is around the array. */
const MOST_ITEM = 1 << 20;
const MOST_REST = 1 << 26;

export class JsonList {
  readonly #key: string;
  readonly #take: (item: unknown, index: number) => void;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The last text at the document's top (as much of it as a key may have), and the last octet that is no space. */
  #word = '';
  #last = 0;
  #inList = false;
  #found = false;
  /** In the array, between objects: whether one may come, and whether the array may end. */
  #mayBegin = false;
  #mayEnd = false;
  #count = 0;
  /** The beginning of an object whose end has not come yet. */
  #open: Buffer[] = [];
  #openSize = 0;
  #rest: Buffer[] = [];
  #restSize = 0;

  /** @param key of the array @param take gets each of its objects, in order; what it throws ends all */
  constructor(key: string, take: (item: unknown, index: number) => void) {
    this.#key = key;
    this.#take = take;
  }

  /** The next octets. @throws FeedError */
  push(piece: Uint8Array): void {
    const octets = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    /** Where what is not handed over yet begins: an object, or what is around the array. */
    let from = 0;
    let wordFrom = 0;
    for (let at = 0; at < octets.length; at++) {
      const octet = octets[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (octet === BACKSLASH) this.#escaped = true;
        else if (octet === QUOTE) {
          this.#inString = false;
          this.#spell(octets, wordFrom, at);
        }
      } else if (octet === SPACE || octet === NEWLINE || octet === RETURN || octet === TAB) {
        // Stands anywhere between tokens.
      } else if (this.#inList && this.#depth === 2) {
        if (octet === OPEN && this.#mayBegin) {
          this.#depth = 3;
          from = at;
        } else if (octet === COMMA && this.#mayEnd && !this.#mayBegin) {
          this.#mayBegin = true;
          this.#mayEnd = false;
        } else if (octet === CLOSE_LIST && this.#mayEnd) {
          this.#inList = false;
          this.#depth = 1;
          from = at;
        } else throw new FeedError(`"${this.#key}" has something that is no object, behind ${this.#count} of them`);
      } else {
        if (octet === QUOTE) {
          this.#inString = true;
          this.#word = '';
          wordFrom = at + 1;
        } else if (octet === OPEN_LIST && this.#depth === 1 && this.#last === COLON && this.#word === this.#key) {
          this.#begin();
          this.#keep(octets, from, at + 1);
        } else if (octet === OPEN || octet === OPEN_LIST) this.#depth++;
        else if (octet === CLOSE || octet === CLOSE_LIST) {
          this.#depth--;
          if (this.#inList && this.#depth === 2) this.#item(octets, from, at + 1);
        }
        this.#last = octet;
      }
    }
    if (this.#inString) this.#spell(octets, wordFrom, octets.length);
    if (!this.#inList) this.#keep(octets, from, octets.length);
    else if (this.#depth > 2) this.#hold(octets, from, octets.length);
  }

  /** What is around the array, which is empty there. @throws FeedError when the document has no such array, or does not end where it ends */
  end(): unknown {
    const text = Buffer.concat(this.#rest).toString('utf8');
    let rest: unknown;
    try {
      rest = JSON.parse(text);
    } catch (error) {
      if (this.#inList || this.#depth > 0) throw new FeedError('it is cut off: its end is missing');
      throw new FeedError(`it is no JSON: ${(error as Error).message}`);
    }
    if (!this.#found) throw new FeedError(`it has no list "${this.#key}" at its top`);
    return rest;
  }

  #begin(): void {
    if (this.#found) throw new FeedError(`it has the list "${this.#key}" twice`);
    this.#found = true;
    this.#inList = true;
    this.#depth = 2;
    this.#mayBegin = true;
    this.#mayEnd = true;
  }

  #item(octets: Buffer, from: number, to: number): void {
    const last = octets.subarray(from, to);
    const whole = this.#open.length === 0 ? last : Buffer.concat([...this.#open, last]);
    this.#open = [];
    this.#openSize = 0;
    let item: unknown;
    try {
      item = JSON.parse(whole.toString('utf8'));
    } catch (error) {
      throw new FeedError(`item ${this.#count} of "${this.#key}" is no JSON: ${(error as Error).message}`);
    }
    this.#take(item, this.#count++);
    this.#mayBegin = false;
    this.#mayEnd = true;
  }

  /** More of the last text at the document's top, which may be the key. */
  #spell(octets: Buffer, from: number, to: number): void {
    if (this.#depth === 1 && this.#word.length <= this.#key.length)
      this.#word += octets.toString('latin1', from, Math.min(to, from + this.#key.length + 1));
  }

  #keep(octets: Buffer, from: number, to: number): void {
    if (to <= from) return;
    this.#restSize += to - from;
    if (this.#restSize > MOST_REST)
      throw new FeedError(`what is beside "${this.#key}" is larger than ${MOST_REST} octets`);
    // A copy: the piece's memory belongs to whoever reads.
    this.#rest.push(Buffer.from(octets.subarray(from, to)));
  }

  #hold(octets: Buffer, from: number, to: number): void {
    this.#openSize += to - from;
    if (this.#openSize > MOST_ITEM)
      throw new FeedError(`an object of "${this.#key}" is larger than ${MOST_ITEM} octets`);
    this.#open.push(Buffer.from(octets.subarray(from, to)));
  }
}
