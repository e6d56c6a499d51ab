/**
 * Turns offsets into lines and columns, and keeps a broken file from filling the operator's screen.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { RecordSink } from '../source.ts';

/** How many mistakes of one zone file are told before the rest of it is left unread. */
export const MAX_DIAGNOSTICS = 100;

/** A mistake in the entry being read; `offset` is into the window. */
export interface Mistake {
  readonly code: string;
  readonly offset: number;
  readonly message: string;
  readonly fix?: string;
}

export class Reporter {
  readonly #sink: RecordSink;
  #count = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Whether so much is wrong that reading on is of no use. */
  get full(): boolean {
    return this.#count >= MAX_DIAGNOSTICS;
  }

  /**
   * Reports a mistake of the entry that starts at `bytes[entry]`, the beginning of line `line`.
   */
  at(file: string, bytes: Uint8Array, entry: number, line: number, mistake: Mistake): void {
    let column = 1;
    for (let p = entry; p < mistake.offset; p++) {
      if (bytes[p] === 0x0a) {
        line++;
        column = 1;
      } else if ((bytes[p] & 0xc0) !== 0x80) column++; // UTF-8: a character counts once
    }
    const { code, message, fix } = mistake;
    this.report({ code, severity: 'error', file, line, column, message, fix });
  }

  report(diagnostic: Diagnostic): void {
    if (this.full) return;
    this.#count++;
    this.#sink.report(diagnostic);
    if (!this.full) return;
    const { file, line } = diagnostic;
    const message = `${MAX_DIAGNOSTICS} mistakes, and there may be more: the file was not read past this line`;
    this.#sink.report({ code: 'too-many-mistakes', severity: diagnostic.severity, file, line, column: 0, message });
  }
}
