/**
 * Collects what is said about one file, each mistake in its place.
 */
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { ShapeMistake } from './explain.ts';
import { type Path, Positions } from './yaml-load.ts';

/** What a check says: `path` leads to the value that is wrong, or to where a missing one belongs. */
export interface Mistake {
  readonly code: string;
  readonly severity?: Diagnostic['severity'];
  readonly path: Path;
  /** Whether the key at the path's end is to blame, rather than its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly fix?: string;
}

export class Reporter {
  readonly #file: string;
  readonly #positions: Positions;
  readonly #found: Diagnostic[];
  readonly #shape: Path[] = [];

  /** @param found what was said already, while loading */
  constructor(file: string, text: string, found: readonly Diagnostic[]) {
    this.#file = file;
    this.#positions = new Positions(text);
    this.#found = [...found];
  }

  /** Mistakes of shape: what they are about is left out of the file that later checks see. */
  shape(mistakes: readonly ShapeMistake[]): void {
    for (const mistake of mistakes) {
      this.#add(mistake);
      this.#shape.push(mistake.path);
    }
  }

  /** Says something, unless it is about what a mistake of shape is about already. */
  report(mistake: Mistake): void {
    if (this.#shape.some((path) => leadsTo(path, mistake.path) || leadsTo(mistake.path, path))) return;
    this.#add(mistake);
  }

  get hasErrors(): boolean {
    return this.#found.some((d) => d.severity === 'error');
  }

  /** In the order of the file. */
  get diagnostics(): Diagnostic[] {
    return this.#found.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  #add({ code, severity = 'error', path, key = false, message, fix }: Mistake): void {
    const place = this.#positions.of(path, key);
    this.#found.push({ code, severity, file: this.#file, ...place, message, fix });
  }
}

function leadsTo(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((part, i) => part === inner[i]);
}
