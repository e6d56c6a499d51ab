/**
 * Columns for mistakes that were found after a file was read, when only the line of a record is known. Done only when there is something to
 * tell: the file is read again.
 */
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../zone/diagnostic.ts';

/** In YAML a record's line is its owner's; what is wrong stands on it or a few lines further down. */
const LOOK_AHEAD = 12;

/** The same diagnostics with columns: of the word each is about, else of the first character of its line. */
export function locate(diagnostics: readonly Diagnostic[], words: ReadonlyMap<Diagnostic, string>): Diagnostic[] {
  const files = new Map<string, readonly string[] | undefined>();
  return diagnostics.map((diagnostic) => {
    const { file, line, column } = diagnostic;
    if (line === 0 || column !== 0) return diagnostic;
    if (!files.has(file)) files.set(file, linesOf(file));
    const lines = files.get(file);
    if (lines?.[line - 1] === undefined) return diagnostic;
    const word = words.get(diagnostic);
    for (let i = line - 1; word !== undefined && i < Math.min(lines.length, line - 1 + LOOK_AHEAD); i++) {
      // The next entry of a YAML file: the word is not in this one.
      if (i > line - 1 && /^[^\s#-]/.test(lines[i])) break;
      const at = wordAt(lines[i], word);
      if (at >= 0) return { ...diagnostic, line: i + 1, column: at + 1 };
    }
    return { ...diagnostic, column: lines[line - 1].search(/\S|$/) + 1 };
  });
}

function linesOf(file: string): readonly string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

/** Where a word stands by itself in a line, or -1. */
function wordAt(line: string, word: string): number {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const before = line[at - 1] ?? ' ';
    const after = line[at + word.length] ?? ' ';
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return at;
  }
  return -1;
}
