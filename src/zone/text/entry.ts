/**
 * One record from the fields of an entry: `[owner] [ttl] [class] type rdata`, TTL and class in either order (RFC 1035 §5.1).
 */
import { MAX_TTL, RRType } from '../../wire/constants.ts';
import { formatName, lowerCase, NameError, parseName } from '../../wire/name.ts';
import { typeOf } from '../../wire/rdata/index.ts';
import type { RdataWriter } from '../../wire/rdata/writer.ts';
import type { Fields } from './fields.ts';
import { readRdata } from './rdata-text.ts';
import type { Mistake } from './reporter.ts';
import { BAD_OWNER, NO_OWNER, type ZoneTextState } from './state.ts';
import { NOT_A_TTL, parseTtl, TTL_TOO_LARGE } from './ttl.ts';

/** What `EntryReader.read` found. */
export const EntryKind = { RECORD: 0, MISTAKE: 1, NOTHING: 2 } as const;

const AT = 0x40;

export class EntryReader {
  /** The record read; its owner is the state's, its RDATA the writer's. */
  type = 0;
  ttl = 0;
  /** Offset of the first RDATA field, or -1 when there is none. */
  rdataAt = -1;
  mistake: Mistake = { code: '', offset: 0, message: '' };

  readonly #state: ZoneTextState;
  readonly #out: RdataWriter;

  constructor(state: ZoneTextState, out: RdataWriter) {
    this.#state = state;
    this.#out = out;
  }

  /**
   * @param at     where the entry begins
   * @param fields the entry's, at least one
   */
  read(bytes: Uint8Array, at: number, fields: Fields): number {
    const state = this.#state;
    let i = 0;
    if (bytes[at] === 0x20 || bytes[at] === 0x09) {
      // The mistake in the owner that this line would take was told already.
      if (state.ownerEnd === BAD_OWNER) return EntryKind.NOTHING;
      if (state.ownerEnd === NO_OWNER) {
        const message = 'this line begins with a blank, so it takes the owner of the line before, and there is none';
        return this.#fail('no-owner', fields.offset(0), message, 'write the owner name, or @ for the origin');
      }
    } else {
      const mistake = this.#owner(bytes, fields);
      if (mistake !== undefined) {
        state.ownerEnd = BAD_OWNER;
        this.mistake = mistake;
        return EntryKind.MISTAKE;
      }
      i = 1;
    }

    let ttl = -1;
    let sawClass = false;
    for (; ; i++) {
      if (i >= fields.count) {
        const last = fields.count - 1;
        const message = `the record type is missing after "${fields.text(bytes, last)}"`;
        return this.#fail('missing-type', fields.offset(last), message, 'write: owner [ttl] [class] type data');
      }
      const start = fields.start[i];
      const end = fields.end[i];
      if (fields.quoted[i] === 1) {
        const message = `"${fields.text(bytes, i)}" in quotes where a TTL, class or record type belongs`;
        return this.#fail('unknown-type', start - 1, message, 'write: owner [ttl] [class] type data');
      }
      if (bytes[start] >= 0x30 && bytes[start] <= 0x39) {
        const text = fields.text(bytes, i);
        if (ttl >= 0) return this.#fail('bad-ttl', start, `a second TTL, "${text}", where the record type belongs`);
        ttl = parseTtl(bytes, start, end);
        if (ttl === TTL_TOO_LARGE) return this.#fail('ttl-too-large', start, ...tooLarge(text));
        if (ttl === NOT_A_TTL) return this.#fail('bad-ttl', start, ...badTtl(text));
        continue;
      }
      const word = fields.text(bytes, i).toUpperCase();
      if (!sawClass && (word === 'IN' || word === 'CLASS1')) {
        sawClass = true;
        continue;
      }
      if (isMetaType(word)) {
        return this.#fail('not-a-zone-type', start, `${word} is a type of queries and messages, not of zone data`);
      }
      const type = typeOf(word);
      if (type === undefined) {
        if (!sawClass && /^(CH|HS|CS|NONE|CLASS\d+)$/.test(word)) {
          return this.#fail('bad-class', start, `class ${word} is not served here`, 'write IN, or nothing');
        }
        const fix =
          'write a type such as A, AAAA, CNAME, MX, TXT or STEER, or TYPEn and \\# for one without a mnemonic';
        const message = `"${fields.text(bytes, i)}" is neither a TTL, a class nor a record type`;
        return this.#fail('unknown-type', start, message, fix);
      }
      this.type = type;
      break;
    }

    this.rdataAt = i + 1 < fields.count ? fields.start[i + 1] : -1;
    const mistake = readRdata(this.type, fields, bytes, i, state.origin, this.#out);
    if (mistake !== undefined) {
      this.mistake = mistake;
      return EntryKind.MISTAKE;
    }
    if (this.type === RRType.SOA) state.noteSoa(this.#out.view());
    if (ttl >= 0) state.lastTtl = ttl;
    this.ttl = ttl >= 0 ? ttl : state.defaultTtl(this.type);
    return EntryKind.RECORD;
  }

  #owner(bytes: Uint8Array, fields: Fields): Mistake | undefined {
    const state = this.#state;
    const offset = fields.offset(0);
    if (fields.quoted[0] === 1) {
      const message = `an owner name is not written in quotes: "${fields.text(bytes, 0)}"`;
      return { code: 'bad-name', offset, message, fix: 'leave the quotes out' };
    }
    const name = readName(bytes, fields, 0, state.lowerOrigin);
    if (!(name instanceof Uint8Array)) return name;
    lowerCase(name);
    state.setOwner(name);
    if (!state.inZone(name.length)) {
      const message = `${formatName(name)} is not in the zone ${formatName(state.apex)}`;
      return { code: 'out-of-zone', offset, message, fix: outOfZoneFix(bytes, fields, name, state) };
    }
    return undefined;
  }

  #fail(code: string, offset: number, message: string, fix?: string): number {
    this.mistake = { code, offset, message, fix };
    return EntryKind.MISTAKE;
  }
}

/** Reads field i as a name; `@` is the origin (RFC 1035 §5.1). */
export function readName(bytes: Uint8Array, fields: Fields, i: number, origin: Uint8Array): Uint8Array | Mistake {
  const start = fields.start[i];
  const end = fields.end[i];
  if (end - start === 1 && bytes[start] === AT) return origin.slice();
  for (let p = start; p < end; p++) {
    if (bytes[p] >= 0x20 && bytes[p] !== 0x7f) continue;
    const escaped = `\\${String(bytes[p]).padStart(3, '0')}`;
    return {
      code: 'bad-name',
      offset: p,
      message: 'a control character in a name',
      fix: `write ${escaped} if it is meant`,
    };
  }
  try {
    return parseName(fields.text(bytes, i), origin);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return { code: 'bad-name', offset: start + error.offset, message: error.message };
  }
}

/** What `bad-ttl` says. */
export function badTtl(text: string): [string, string] {
  return [`"${text}" is no TTL`, 'write seconds, or numbers with units: 90, 1h30m, 2d, 1w'];
}

/** What `ttl-too-large` says (RFC 2181 §8). */
export function tooLarge(text: string): [string, string] {
  return [`TTL ${text} is over ${MAX_TTL} seconds (2^31-1)`, `write ${MAX_TTL} or less`];
}

/**
 * Whether a word names a type that records can't have: 0, OPT, and the Q and Meta range (RFC 6895 §3.1).
 * @param word upper case
 */
export function isMetaType(word: string): boolean {
  const generic = /^TYPE(\d{1,5})$/.exec(word);
  const types: Readonly<Record<string, number>> = RRType;
  const type = generic !== null ? Number(generic[1]) : Object.hasOwn(types, word) ? types[word] : -1;
  return type === 0 || type === RRType.OPT || (type >= 128 && type <= 255);
}

/** The commonest way out of the zone: the final dot forgotten under another origin, or a name of the zone next door. */
function outOfZoneFix(bytes: Uint8Array, fields: Fields, name: Uint8Array, state: ZoneTextState): string {
  const text = fields.text(bytes, 0);
  if (!text.endsWith('.') && !state.originInZone) {
    return `the origin is ${formatName(state.lowerOrigin)}; write the whole name with a final dot`;
  }
  const apex = formatName(state.apex);
  return labelsAlike(name, state.apex) ? `names in this file end in ${apex}` : `put it into the file of its own zone`;
}

/** Whether two names share their last label. */
function labelsAlike(a: Uint8Array, b: Uint8Array): boolean {
  const last = (name: Uint8Array): string => formatName(name).split('.').at(-2) ?? '';
  return last(a) === last(b);
}
