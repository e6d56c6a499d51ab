/**
 * A zone file in text form (RFC 1035 §5) as a source of records: the loop over its entries, its directives, and the files it includes.
 */
import { RRType } from '../../wire/constants.ts';
import { typeOf } from '../../wire/rdata/index.ts';
import { RdataWriter } from '../../wire/rdata/writer.ts';
import type { Progress, RecordSink, ZoneSource } from '../source.ts';
import { badTtl, EntryKind, EntryReader, readName, tooLarge } from './entry.ts';
import { Fields } from './fields.ts';
import { expand, MAX_GENERATED, MAX_GENERATED_OCTETS, parseRange, parseTemplate, rangeSize } from './generate.ts';
import { HotLine } from './hot-line.ts';
import { includePath } from './include-path.ts';
import { type Mistake, Reporter } from './reporter.ts';
import { BAD_OWNER, ZoneTextState } from './state.ts';
import { SteerCache } from './steer-cache.ts';
import { parseTtl, TTL_TOO_LARGE } from './ttl.ts';
import { Window, type ZoneText } from './window.ts';

/** How deep files may include files. */
export const MAX_INCLUDE_DEPTH = 8;
/** How many files one zone may include in all: files that include each other twice would grow without end. */
export const MAX_INCLUDES = 1000;

const DOLLAR = 0x24;

export interface ZoneTextOptions {
  /**
   * Reads a file that `$INCLUDE` names; throws when it can't, with a message for the operator. It judges symbolic links.
   * Without it `$INCLUDE` is a mistake.
   */
  readonly read?: (path: string) => Uint8Array;
  /** Directory that included files must be in; by default the one of the file itself. */
  readonly root?: string;
  /** What relative names are completed with at the beginning, in wire form; by default the apex. */
  readonly origin?: Uint8Array;
}

/**
 * @param file  path for messages, and what `$INCLUDE` is relative to
 * @param apex  wire form of the zone's name
 * @param text  the octets, or how to open them
 */
export function zoneTextSource(
  file: string,
  apex: Uint8Array,
  text: ZoneText,
  options: ZoneTextOptions = {},
): ZoneSource {
  const lowerApex = apex.slice();
  for (let i = 0; i < lowerApex.length; i++) {
    if (lowerApex[i] >= 0x41 && lowerApex[i] <= 0x5a) lowerApex[i] |= 0x20;
  }
  return {
    file,
    apex: lowerApex,
    read(sink, progress) {
      new Reading(file, lowerApex, options, sink, progress).run(text);
    },
  };
}

/** One file of those being read: the zone's own, or an included one. */
interface Place {
  readonly file: string;
  readonly depth: number;
  /** Line in the zone's own file that records are said to come from, or 0 for the line they are on. */
  readonly includedAt: number;
  readonly parent: Place | undefined;
}

class Reading {
  readonly #file: string;
  readonly #options: ZoneTextOptions;
  readonly #sink: RecordSink;
  readonly #reporter: Reporter;
  readonly #state: ZoneTextState;
  readonly #out = new RdataWriter();
  readonly #steer = new SteerCache();
  readonly #hot: HotLine;
  readonly #entry: EntryReader;
  readonly #progress: Progress | undefined;
  /** Whether the entry read last steers a host. */
  #isHost = false;
  #generated = 0;
  #generatedOctets = 0;
  #includes = 0;

  constructor(
    file: string,
    apex: Uint8Array,
    options: ZoneTextOptions,
    sink: RecordSink,
    progress: Progress | undefined,
  ) {
    this.#progress = progress;
    this.#file = file;
    this.#options = options;
    this.#sink = sink;
    this.#reporter = new Reporter(sink);
    this.#state = new ZoneTextState(apex);
    if (options.origin !== undefined) this.#state.setOrigin(options.origin);
    this.#hot = new HotLine(this.#state, this.#steer);
    this.#entry = new EntryReader(this.#state, this.#out);
  }

  run(text: ZoneText): void {
    this.#scan(text, { file: this.#file, depth: 0, includedAt: 0, parent: undefined });
  }

  #scan(text: ZoneText, place: Place): void {
    const window = new Window(text);
    try {
      this.#lines(window, place);
    } finally {
      window.close();
    }
  }

  #lines(window: Window, place: Place): void {
    const fields = new Fields();
    const hot = this.#hot;
    const state = this.#state;
    const sink = this.#sink;
    const progress = place.depth === 0 ? this.#progress : undefined;
    let line = 1;
    window.more();
    progress?.enter(0);
    if (window.bytes[0] === 0xef && window.bytes[1] === 0xbb && window.bytes[2] === 0xbf) window.pos = 3; // a byte order mark
    progress?.mark(0, state, false);
    progress?.other(window.bytes, window.pos, state.origin);
    while (!this.#reporter.full) {
      if (window.pos >= window.end) {
        progress?.leave(window.bytes, window.pos, state, true);
        if (window.eof) return;
        window.more();
        progress?.enter(window.pos);
        continue;
      }
      const bytes = window.bytes;
      const at = window.pos;
      const next = hot.read(bytes, at, window.end);
      if (next >= 0) {
        const isPlain = progress === undefined || (hot.type === RRType.STEER && !isBlank(bytes[at]));
        if (!isPlain) progress.mark(at, state, inherits(bytes[at]));
        sink.record(state.owner, state.ownerEnd, hot.type, hot.ttl, hot.rdata, hot.rdataEnd, place.includedAt || line);
        if (!isPlain) progress.other(bytes, next, state.origin);
        window.pos = next;
        line++;
        continue;
      }
      if (!fields.scan(bytes, at, window.end, window.eof)) {
        progress?.leave(bytes, at, state, inherits(bytes[at]));
        window.more();
        progress?.enter(window.pos);
        continue;
      }
      progress?.mark(at, state, inherits(bytes[at]));
      this.#isHost = false;
      this.#fields(bytes, at, fields, place, line);
      window.pos = fields.next;
      line += fields.lines;
      const isNothing = fields.count === 0 && fields.mistake === undefined;
      const isPlain = isNothing || (this.#isHost && fields.lines === 1 && !isBlank(bytes[at]) && bytes[at] !== DOLLAR);
      if (!isPlain) progress?.other(bytes, window.pos, state.origin);
    }
  }

  #fields(bytes: Uint8Array, at: number, fields: Fields, place: Place, line: number): void {
    if (fields.mistake !== undefined) {
      if (bytes[at] !== DOLLAR && bytes[at] !== 0x20 && bytes[at] !== 0x09) this.#state.ownerEnd = BAD_OWNER;
      this.#reporter.at(place.file, bytes, at, line, fields.mistake);
    } else if (fields.count > 0) {
      const mistake =
        bytes[at] === DOLLAR
          ? this.#directive(bytes, fields, place, line)
          : this.#record(bytes, at, fields, place.includedAt || line);
      if (mistake !== undefined) this.#reporter.at(place.file, bytes, at, line, mistake);
    }
  }

  #record(bytes: Uint8Array, at: number, fields: Fields, line: number): Mistake | undefined {
    const entry = this.#entry;
    const kind = entry.read(bytes, at, fields);
    if (kind === EntryKind.MISTAKE) return entry.mistake;
    if (kind === EntryKind.NOTHING) return undefined;
    const { owner, ownerEnd } = this.#state;
    this.#sink.record(owner, ownerEnd, entry.type, entry.ttl, this.#out.bytes, this.#out.length, line);
    this.#isHost = entry.type === RRType.STEER;
    // On one line, or its rest would not be all of the RDATA.
    if (this.#isHost && entry.rdataAt >= 0 && fields.lines === 1) {
      this.#steer.add(bytes, entry.rdataAt, fields.next, this.#out.view());
    }
    return undefined;
  }

  #directive(bytes: Uint8Array, fields: Fields, place: Place, line: number): Mistake | undefined {
    const word = fields.text(bytes, 0).toUpperCase();
    switch (word) {
      case '$ORIGIN':
        return this.#origin(bytes, fields);
      case '$TTL':
        return this.#ttl(bytes, fields);
      case '$INCLUDE':
        return this.#include(bytes, fields, place, line);
      case '$GENERATE':
        return this.#generate(bytes, fields, place.includedAt || line);
    }
    const message = `there is no directive ${fields.text(bytes, 0)}`;
    return mistakeAt(
      fields,
      0,
      'unknown-directive',
      message,
      'write $ORIGIN, $TTL, $INCLUDE or $GENERATE; \\$ begins a name',
    );
  }

  #origin(bytes: Uint8Array, fields: Fields): Mistake | undefined {
    if (fields.count !== 2) return wrongCount(fields, 2, '$ORIGIN takes one name', '$ORIGIN example.net.');
    const name = readName(bytes, fields, 1, this.#state.origin);
    if (!(name instanceof Uint8Array)) return name;
    this.#state.setOrigin(name);
    return undefined;
  }

  #ttl(bytes: Uint8Array, fields: Fields): Mistake | undefined {
    if (fields.count !== 2) return wrongCount(fields, 2, '$TTL takes one TTL', '$TTL 1h');
    const text = fields.text(bytes, 1);
    const ttl = parseTtl(bytes, fields.start[1], fields.end[1]);
    if (ttl === TTL_TOO_LARGE) return mistakeAt(fields, 1, 'ttl-too-large', ...tooLarge(text));
    if (ttl < 0) return mistakeAt(fields, 1, 'bad-ttl', ...badTtl(text));
    this.#state.dollarTtl = ttl;
    return undefined;
  }

  #include(bytes: Uint8Array, fields: Fields, place: Place, line: number): Mistake | undefined {
    const state = this.#state;
    if (fields.count !== 2 && fields.count !== 3) {
      return wrongCount(fields, 3, '$INCLUDE takes a file and perhaps an origin', '$INCLUDE hosts.zone');
    }
    const text = fields.text(bytes, 1);
    const bad = (message: string, fix?: string): Mistake => mistakeAt(fields, 1, 'bad-include', message, fix);
    const root = this.#options.root ?? this.#file.slice(0, this.#file.lastIndexOf('/') + 1);
    const path = includePath(root, place.file, text);
    if (path === undefined) {
      return bad(
        `"${text}" leads out of the zones directory`,
        'write a path relative to this file, within the directory',
      );
    }
    for (let p: Place | undefined = place; p !== undefined; p = p.parent) {
      if (p.file === path) return bad(`${path} includes itself`, 'remove this line');
    }
    if (place.depth >= MAX_INCLUDE_DEPTH) return bad(`files include files more than ${MAX_INCLUDE_DEPTH} deep`);
    if (++this.#includes > MAX_INCLUDES) return bad(`the zone includes more than ${MAX_INCLUDES} files`);
    let origin = state.origin;
    if (fields.count === 3) {
      const name = readName(bytes, fields, 2, state.origin);
      if (!(name instanceof Uint8Array)) return name;
      origin = name;
    }
    if (this.#options.read === undefined) return bad('files can not be included here');
    let content: Uint8Array;
    try {
      content = this.#options.read(path);
    } catch (error) {
      return bad(`can not read ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    // Origin and owner are the including file's again afterwards (RFC 1035 §5.1); a $TTL stays, as in BIND.
    const saved = { origin: state.origin, owner: state.owner.slice(), ownerEnd: state.ownerEnd };
    state.setOrigin(origin);
    const included = { file: path, depth: place.depth + 1, includedAt: place.includedAt || line, parent: place };
    this.#scan(content, included);
    state.setOrigin(saved.origin);
    state.owner.set(saved.owner);
    state.ownerEnd = saved.ownerEnd;
    return undefined;
  }

  #generate(bytes: Uint8Array, fields: Fields, line: number): Mistake | undefined {
    if (fields.count < 5) {
      return wrongCount(
        fields,
        fields.count,
        '$GENERATE takes a range, an owner, a type and data',
        '$GENERATE 1-9 host$ A 192.0.2.$',
      );
    }
    const bad = (i: number, message: string, fix?: string): Mistake =>
      mistakeAt(fields, i, 'bad-generate', message, fix);
    const range = parseRange(fields.text(bytes, 1));
    if (typeof range === 'string') return bad(1, range, 'write start-stop or start-stop/step');
    this.#generated += rangeSize(range);
    if (this.#generated > MAX_GENERATED)
      return bad(1, `$GENERATE makes more than ${MAX_GENERATED} records in this zone`);
    if (fields.quoted[2] === 1) return bad(2, 'an owner name is not written in quotes', 'leave the quotes out');
    const template = parseTemplate(lineTemplate(bytes, fields));
    if (typeof template === 'string') return bad(2, template, 'write \\$ for a dollar');
    const lineFields = new Fields();
    const encoder = new TextEncoder();
    for (let n = range.start; n <= range.stop; n += range.step) {
      const text = expand(template, n);
      if (text === undefined) return bad(2, `an offset makes the number negative at ${n}`);
      const expanded = encoder.encode(`${text}\n`);
      this.#generatedOctets += expanded.length;
      if (this.#generatedOctets > MAX_GENERATED_OCTETS) {
        return bad(2, `$GENERATE makes more than ${MAX_GENERATED_OCTETS >> 20} MiB of text in this zone`);
      }
      const hot = this.#hot;
      if (hot.read(expanded, 0, expanded.length) >= 0) {
        const { owner, ownerEnd } = this.#state;
        this.#sink.record(owner, ownerEnd, hot.type, hot.ttl, hot.rdata, hot.rdataEnd, line);
        continue;
      }
      lineFields.scan(expanded, 0, expanded.length, true);
      const mistake = lineFields.mistake ?? this.#record(expanded, 0, lineFields, line);
      if (mistake === undefined) continue;
      if (lineFields.mistake !== undefined) this.#state.ownerEnd = BAD_OWNER;
      // The first is enough: the others would be the same.
      return { ...mistake, offset: fields.start[2], message: `for ${n}: ${mistake.message}` };
    }
    return undefined;
  }
}

/**
 * What `$GENERATE` repeats: the fields behind the range. BIND takes data of several fields in quotes (`MX "10 mail$"`), which are no part
 * of it; around the text of a TXT they are meant.
 */
function lineTemplate(bytes: Uint8Array, fields: Fields): string {
  const last = fields.count - 1;
  const before = fields.text(bytes, last - 1).toUpperCase();
  const unquote = before !== 'TXT' && typeOf(before) !== undefined;
  let text = fields.text(bytes, 2);
  for (let i = 3; i < fields.count; i++) {
    const quoted = fields.quoted[i] === 1 && !(i === last && unquote);
    text += quoted ? ` "${fields.text(bytes, i)}"` : ` ${fields.text(bytes, i)}`;
  }
  return text;
}

/**
 * Whether a line that begins so, or one that follows it, may take the owner of the line before. With another the state's owner may be overwritten already:
 * `HotLine.read` looks at it there.
 */
function inherits(octet: number): boolean {
  return isBlank(octet) || octet === DOLLAR;
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

function mistakeAt(fields: Fields, i: number, code: string, message: string, fix?: string): Mistake {
  return { code, offset: fields.offset(i), message, fix };
}

/** A directive with too few or too many fields. */
function wrongCount(fields: Fields, allowed: number, message: string, example: string): Mistake {
  const extra = fields.count > allowed ? allowed : 0;
  return mistakeAt(fields, extra, 'bad-directive', message, `e.g. ${example}`);
}
