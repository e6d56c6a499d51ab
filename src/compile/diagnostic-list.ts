import type { Diagnostic } from '../zone/diagnostic.ts';
import { locate } from './locate.ts';

/** More than this many of one file help nobody; the rest is counted. */
const MOST = 100;

/** The mistakes of one file. */
export class DiagnosticList {
  readonly #file: string;
  readonly #list: Diagnostic[] = [];
  /** The word of the file each is about, where its column isn't known. */
  readonly #words = new Map<Diagnostic, string>();
  #dropped = 0;
  #errors = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(diagnostic: Diagnostic): void {
    if (diagnostic.severity === 'error') this.#errors++;
    if (this.#list.length < MOST) this.#list.push(diagnostic);
    else this.#dropped++;
  }

  /** @param word what the mistake is about, as it stands in the file from that line on */
  error(code: string, line: number, message: string, fix?: string, word?: string): void {
    const diagnostic: Diagnostic = { code, severity: 'error', file: this.#file, line, column: 0, message, fix };
    if (word !== undefined) this.#words.set(diagnostic, word);
    this.add(diagnostic);
  }

  warn(code: string, line: number, message: string, fix?: string): void {
    this.add({ code, severity: 'warning', file: this.#file, line, column: 0, message, fix });
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** All of them by line, and a last one that counts what was left out. */
  get all(): Diagnostic[] {
    const list = locate(this.#list, this.#words).sort((a, b) => a.line - b.line || a.column - b.column);
    if (this.#dropped > 0) {
      list.push({
        code: 'more-diagnostics',
        severity: this.#errors > 0 ? 'error' : 'warning',
        file: this.#file,
        line: 0,
        column: 0,
        message: `${this.#dropped} more like these are not shown`,
      });
    }
    return list;
  }
}
