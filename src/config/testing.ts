/** Helpers of this folder's tests. */
import type { Diagnostic } from '../zone/diagnostic.ts';

/** `3:5 unknown-key: message (fix)`, with a `!` behind the code of a warning. */
export function brief({ line, column, code, severity, message, fix }: Diagnostic): string {
  const tail = fix === undefined ? '' : ` (${fix})`;
  return `${line}:${column} ${code}${severity === 'warning' ? '!' : ''}: ${message}${tail}`;
}
