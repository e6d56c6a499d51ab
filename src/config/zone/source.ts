/**
 * A zone file in OctoDNS's YAML as a source of records: the loop over its entries.
 */
import { YAMLException } from 'js-yaml';
import { RRType } from '../../wire/constants.ts';
import { lowerCase } from '../../wire/name.ts';
import type { Progress, ReadingState, RecordSink, ZoneSource } from '../../zone/source.ts';
import { Reporter } from '../../zone/text/reporter.ts';
import { Window, type ZoneText } from '../../zone/text/window.ts';
import { beginsEntry, isMarker, nextLine } from './entries.ts';
import { EntryReader } from './entry.ts';
import { HotEntry } from './hot-entry.ts';
import { NameSet } from './name-set.ts';
import { position } from './position.ts';
import { RecordReader } from './record.ts';
import { SteerFields } from './steer-fields.ts';
import { type Anchor, YamlEvents } from './yaml-events.ts';

/** Octets of entries parsed at a time: enough that a run's own cost vanishes, and its garbage stays in the young generation. */
export const RUN_SIZE = 1 << 16;

const NEWLINE = 0x0a;
const DASH = 0x2d;
const DOT = 0x2e;
/** What a file begins with that isn't a block of entries: `{`, `[`, a directive. */
const WHOLE: ReadonlySet<number> = new Set([0x7b, 0x5b, 0x25]);

/**
 * @param file path for messages
 * @param apex wire form of the zone's name
 * @param text the octets, or how to open them
 */
export function zoneYamlSource(file: string, apex: Uint8Array, text: ZoneText): ZoneSource {
  const lowerApex = apex.slice();
  lowerCase(lowerApex);
  return {
    file,
    apex: lowerApex,
    read(sink, progress) {
      const window = new Window(text);
      try {
        new Reading(file, lowerApex, sink, progress).read(window);
      } finally {
        window.close();
      }
    },
  };
}

/** An entry hands nothing down to those behind it. */
const STATELESS: ReadingState = { tail: () => '' };

/** Where a run of entries stands in the file. */
interface Run {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Line of `from`. */
  readonly line: number;
}

class Reading {
  readonly #file: string;
  readonly #progress: Progress | undefined;
  readonly #sink: RecordSink;
  readonly #reporter: Reporter;
  readonly #entry: EntryReader;
  readonly #hot: HotEntry;
  readonly #names = new NameSet();
  readonly #apexLength: number;
  readonly #anchors = new Map<string, Anchor>();
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Line of a `...` behind which nothing may follow, or 0. */
  #endLine = 0;

  constructor(file: string, apex: Uint8Array, sink: RecordSink, progress: Progress | undefined) {
    this.#progress = progress;
    this.#file = file;
    this.#sink = sink;
    this.#reporter = new Reporter(sink);
    const records = new RecordReader(apex);
    this.#apexLength = apex.length;
    this.#entry = new EntryReader(file, apex, sink, this.#reporter, this.#names, records);
    this.#hot = new HotEntry(
      apex,
      new SteerFields((service, group, policy) => {
        const rdata = records.steerRdata(service, group, policy);
        return typeof rdata === 'string' ? undefined : rdata;
      }),
    );
  }

  read(window: Window): void {
    window.more();
    if (window.bytes[0] === 0xef && window.bytes[1] === 0xbb && window.bytes[2] === 0xbf) window.pos = 3; // a byte order mark
    const progress = this.#progress;
    progress?.enter(0);
    progress?.mark(0, STATELESS, false);
    const line = this.#prologue(window);
    progress?.other(window.bytes, window.pos, undefined);
    if (line > 0) this.#entries(window, line);
    else {
      while (!window.eof) window.more();
      this.#run({ bytes: window.bytes, from: window.pos, to: window.end, line: 1 - line }, false);
    }
  }

  /**
   * Passes what may stand before the first entry. Returns the line there; or, when the file is no block of entries (`{…}`, directives),
   * 0 less the lines passed.
   */
  #prologue(window: Window): number {
    let line = 1;
    for (; ; line++) {
      while (!window.eof && nextLine(window.bytes, window.pos, window.end) === window.end) {
        this.#progress?.other(window.bytes, window.pos, undefined);
        this.#progress?.leave(window.bytes, window.pos, STATELESS, false);
        window.more();
        this.#progress?.enter(window.pos);
        this.#progress?.mark(window.pos, STATELESS, false);
        if (window.end - window.pos > RUN_SIZE) break;
      }
      const { bytes, pos, end } = window;
      let p = pos;
      while (p < end && (bytes[p] === 0x20 || bytes[p] === 0x09)) p++;
      if (pos >= end) return line;
      if (isMarker(bytes, pos, end, DASH)) {
        window.pos = nextLine(bytes, pos, end);
        return line + 1;
      }
      const blank = bytes[p] === 0x23 || bytes[p] === NEWLINE || bytes[p] === 0x0d || p >= end;
      if (!blank) return p === pos && beginsEntry(bytes, pos, end) && !WHOLE.has(bytes[p]) ? line : 1 - line;
      window.pos = nextLine(bytes, pos, end);
    }
  }

  #entries(window: Window, line: number): void {
    // [cold, p) waits to be parsed; it begins at `line`.
    let cold = window.pos;
    let p = cold;
    const progress = this.#progress;
    const flush = (): void => {
      if (cold < p) {
        progress?.mark(cold, STATELESS, false);
        line += this.#run({ bytes: window.bytes, from: cold, to: p, line }, false);
        progress?.other(window.bytes, p, undefined);
      }
      cold = p;
    };
    const hot = this.#hot;
    while (!this.#reporter.full) {
      if (p < window.end) {
        const { bytes, end: limit } = window;
        const behind = hot.read(bytes, p, limit, window.eof);
        if (behind >= 0) {
          flush();
          this.#afterEnd(bytes, p);
          if (this.#names.add(hot.owner, hot.ownerEnd - this.#apexLength, line) === 0) {
            if (hot.type !== RRType.STEER) progress?.mark(p, STATELESS, false);
            this.#sink.record(hot.owner, hot.ownerEnd, hot.type, hot.ttl, hot.rdata, hot.rdataEnd, line);
            if (hot.type !== RRType.STEER) progress?.other(bytes, behind, undefined);
            p = cold = behind;
            line += hot.lines;
            continue;
          }
          // A name given twice: told by the reader of entries.
        }
        const marker = bytes[p] === DASH || bytes[p] === DOT;
        if (marker && isMarker(bytes, p, limit, bytes[p]) && (window.eof || nextLine(bytes, p, limit) < limit)) {
          flush();
          progress?.mark(p, STATELESS, false);
          this.#marker(bytes[p], line);
          p = cold = nextLine(bytes, p, limit);
          progress?.other(bytes, p, undefined);
          line++;
          continue;
        }
        const next = entryEnd(bytes, p, limit, window.eof);
        if (next >= 0) {
          this.#afterEnd(bytes, p);
          p = next;
          if (p - cold >= RUN_SIZE) flush();
          continue;
        }
      } else if (window.eof) break;
      flush();
      window.pos = p;
      progress?.leave(window.bytes, p, STATELESS, false);
      window.more();
      progress?.enter(window.pos);
      p = cold = window.pos;
    }
    flush();
    progress?.leave(window.bytes, p, STATELESS, false);
  }

  /** A document marker among the entries: one document is all there may be. */
  #marker(octet: number, line: number): void {
    if (octet === DOT) this.#endLine = line;
    else
      this.#report(
        'second-document',
        line,
        1,
        'a zone file is one YAML document, and here a second begins',
        'remove this line',
      );
  }

  #afterEnd(bytes: Uint8Array, p: number): void {
    if (this.#endLine === 0 || !beginsEntry(bytes, p, bytes.length)) return;
    this.#report('second-document', this.#endLine, 1, 'the document ends here, but entries follow', 'remove this line');
    this.#endLine = 0;
  }

  /**
   * Parses a run of entries.
   * @param alone whether it is a single entry, so that a syntax error can't be narrowed down further
   * @returns how many lines it has
   */
  #run(run: Run, alone: boolean): number {
    const { bytes, from, to, line } = run;
    try {
      const text = this.#utf8.decode(bytes.subarray(from, to));
      const events = new YamlEvents(text, this.#anchors);
      if (events.events.length > 0) this.#entry.read(events, line);
    } catch (error) {
      if (!(error instanceof YAMLException) && !(error instanceof TypeError)) throw error;
      if (alone || !this.#split(run)) this.#broken(run, error);
    }
    return countLines(bytes, from, to);
  }

  /** Parses a run that is no YAML entry by entry, so that only the broken ones are lost; false when it is a single one. */
  #split({ bytes, from, to, line }: Run): boolean {
    let p = entryEnd(bytes, from, to, true);
    if (p === to) return false;
    p = from;
    while (p < to && !this.#reporter.full) {
      const next = entryEnd(bytes, p, to, true);
      line += this.#run({ bytes, from: p, to: next, line }, true);
      p = next;
    }
    return true;
  }

  /** Tells what is wrong with an entry that is no YAML, or no UTF-8. */
  #broken({ bytes, from, to, line }: Run, error: YAMLException | TypeError): void {
    if (error instanceof TypeError) {
      const at = invalidUtf8(bytes, from, to);
      const octet = bytes[at].toString(16).padStart(2, '0');
      const { line: badLine, column } = position(latin1(bytes, from, at), at - from, line);
      this.#report('not-utf8', badLine, column, `the octet 0x${octet} is no UTF-8`, 'save the file as UTF-8');
      return;
    }
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    const first = Math.max(text.search(/^[^\s#]/m), 0);
    const begin = position(text, first, line);
    if (text[first] === '*' || text[first] === '@') {
      const key = /^[^:\s]*/.exec(text.slice(first))?.[0] ?? '';
      const fix = key === '@' ? "write '' for the apex" : `write '${key}':`;
      this.#report('yaml-syntax', begin.line, begin.column, `a name that begins with ${text[first]} needs quotes`, fix);
      return;
    }
    const offset = error.mark?.position ?? 0;
    if (text.slice(offset).trim() === '' && offset > first) {
      const message =
        'not YAML: a bracket or quote of this entry is never closed, or what belongs to it is not indented';
      this.#report('yaml-syntax', begin.line, begin.column, message);
      return;
    }
    const at = position(text, Math.min(offset, text.length), line);
    this.#report('yaml-syntax', at.line, at.column, `not YAML: ${error.reason}`);
  }

  #report(code: string, line: number, column: number, message: string, fix?: string): void {
    this.#reporter.report({ code, severity: 'error', file: this.#file, line, column, message, fix });
  }
}

/** Where the entry at `p` ends: at the next that begins; -1 when that isn't in sight. */
function entryEnd(bytes: Uint8Array, p: number, limit: number, eof: boolean): number {
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, p);
    // Whether the next line begins an entry takes its first octets: `-` is looked at with the one behind it, markers with three more.
    if (newline < 0 || newline + 5 > limit) return eof ? lastEntryEnd(bytes, p, limit, newline) : -1;
    p = newline + 1;
    if (beginsEntry(bytes, p, limit)) return p;
  }
}

/** The same where the file ends. */
function lastEntryEnd(bytes: Uint8Array, p: number, limit: number, newline: number): number {
  while (newline >= p && newline + 1 < limit) {
    p = newline + 1;
    if (beginsEntry(bytes, p, limit)) return p;
    newline = bytes.indexOf(NEWLINE, p);
  }
  return limit;
}

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let p = bytes.indexOf(NEWLINE, from); p >= 0 && p < to; p = bytes.indexOf(NEWLINE, p + 1)) lines++;
  return lines;
}

/** The first octet that is no UTF-8. */
function invalidUtf8(bytes: Uint8Array, from: number, to: number): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let p = from; p < to; p++) {
    try {
      decoder.decode(bytes.subarray(p, p + 1), { stream: true });
    } catch {
      return p;
    }
  }
  return to - 1; // a sequence that is cut off
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder('latin1').decode(bytes.subarray(from, to));
}
