/**
 * The entries of a piece of YAML: each a name and its records.
 */
import { EVENT_ID } from 'js-yaml';
import type { RecordSink } from '../../zone/source.ts';
import type { Reporter } from '../../zone/text/reporter.ts';
import type { RecordMistake } from './explain.ts';
import type { NameSet } from './name-set.ts';
import { Owner } from './owner.ts';
import { position } from './position.ts';
import type { RecordReader } from './record.ts';
import { type Path, type YamlEvents, YamlValueError } from './yaml-events.ts';

export class EntryReader {
  readonly #file: string;
  readonly #apex: Uint8Array;
  readonly #sink: RecordSink;
  readonly #reporter: Reporter;
  readonly #owner: Owner;
  readonly #names: NameSet;
  readonly #records: RecordReader;

  /** @param names what the file named so far; names are added */
  constructor(
    file: string,
    apex: Uint8Array,
    sink: RecordSink,
    reporter: Reporter,
    names: NameSet,
    records: RecordReader,
  ) {
    this.#file = file;
    this.#apex = apex;
    this.#sink = sink;
    this.#reporter = reporter;
    this.#owner = new Owner(apex);
    this.#names = names;
    this.#records = records;
  }

  /**
   * Reads all entries of a piece.
   * @param events at least one
   * @param line   line of the piece's first character
   */
  read(events: YamlEvents, line: number): void {
    const list = events.events;
    let at = 1; // behind the document's own
    const root = list[at];
    if (root.type === EVENT_ID.MAPPING) at = this.#entries(events, at + 1, line);
    else {
      const empty = root.type === EVENT_ID.SCALAR && root.valueStart < 0;
      at = events.skip(at);
      if (!empty) {
        const fix = "write entries: a name relative to the zone ('' for its apex), a colon, a record";
        this.#report(
          events,
          line,
          'not-a-mapping',
          events.offset(1, 0),
          'a zone file is a mapping of names to records',
          fix,
        );
      }
    }
    const second = at + 1;
    if (second < list.length) {
      const message = 'a zone file is one YAML document, and a second begins above this';
      this.#report(events, line, 'second-document', events.offset(second + 1, events.text.length), message);
    }
  }

  /** Reads pairs from event `at` on; returns the index behind the mapping. */
  #entries(events: YamlEvents, at: number, first: number): number {
    let line = first;
    let counted = 0;
    while (events.events[at].type !== EVENT_ID.POP && !this.#reporter.full) {
      const offset = events.offset(at, counted);
      line += newlines(events.text, counted, offset);
      counted = offset;
      const value = events.skip(at);
      this.#entry(events, at, value, offset, line, first);
      at = events.skip(value);
    }
    return at + 1;
  }

  /**
   * @param line  the key's
   * @param first the piece's
   */
  #entry(events: YamlEvents, key: number, value: number, keyOffset: number, line: number, first: number): void {
    const event = events.events[key];
    if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) {
      const alias = event.type === EVENT_ID.ALIAS;
      const message = alias ? 'a name that begins with * needs quotes' : 'the name of this entry is missing';
      const fix = alias
        ? `write '*${events.text.slice(event.anchorStart, event.anchorEnd)}':`
        : "write a name, '' for the apex";
      this.#report(events, first, 'bad-key', keyOffset, message, fix);
      return;
    }
    const name = events.scalarText(event);
    const owner = this.#owner;
    const mistake = owner.set(name);
    if (mistake !== undefined) {
      this.#report(events, first, mistake.code, keyOffset, mistake.message, mistake.fix);
      return;
    }
    const before = this.#names.add(owner.bytes, owner.end - this.#apex.length, line);
    if (before > 0) {
      const fix = 'put all its records into one list';
      this.#report(events, first, 'duplicate-name', keyOffset, `"${name}" is there already, on line ${before}`, fix);
      return;
    }
    const content: { value: unknown } = { value: undefined };
    try {
      events.value(value, content);
    } catch (error) {
      if (!(error instanceof YamlValueError)) throw error;
      this.#report(events, first, error.code, error.offset, error.message, error.fix);
      return;
    }
    const emit = (type: number, ttl: number, bytes: Uint8Array, end: number): void =>
      this.#sink.record(owner.bytes, owner.end, type, ttl, bytes, end, line);
    const records = Array.isArray(content.value) ? content.value : undefined;
    if (records === undefined) {
      this.#records.read(content.value, emit, (m, severity) =>
        this.#tell(events, first, value, [], keyOffset, m, severity),
      );
    } else if (records.length === 0) {
      const offset = events.offset(value, keyOffset);
      this.#report(events, first, 'bad-record', offset, `"${name}" has an empty list of records`, 'leave the name out');
    } else {
      for (let i = 0; i < records.length; i++) {
        this.#records.read(records[i], emit, (m, severity) =>
          this.#tell(events, first, value, [i], keyOffset, m, severity),
        );
      }
    }
  }

  #tell(
    events: YamlEvents,
    first: number,
    value: number,
    prefix: Path,
    otherwise: number,
    mistake: RecordMistake,
    severity: 'error' | 'warning',
  ): void {
    const offset = events.locate(value, [...prefix, ...mistake.path], mistake.key, otherwise);
    this.#report(events, first, mistake.code, offset, mistake.message, mistake.fix, severity);
  }

  #report(
    events: YamlEvents,
    first: number,
    code: string,
    offset: number,
    message: string,
    fix?: string,
    severity: 'error' | 'warning' = 'error',
  ): void {
    const { line, column } = position(events.text, offset, first);
    this.#reporter.report({ code, severity, file: this.#file, line, column, message, fix });
  }
}

function newlines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let p = text.indexOf('\n', from); p >= 0 && p < to; p = text.indexOf('\n', p + 1)) lines++;
  return lines;
}
