/**
 * What is said to an operator about their files: where, what, and what to write instead.
 */
export interface Diagnostic {
  /** Stable machine-readable code, lower-kebab-case, e.g. `duplicate-record`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** 1-based; 0 when the message is about the whole file. */
  readonly line: number;
  /** 1-based; 0 when only the line is known. */
  readonly column: number;
  /** What is wrong, with the offending value. One sentence, no final dot. */
  readonly message: string;
  /** What to write instead, when that can be said. */
  readonly fix?: string;
}

/** `zones/example.net.yaml:12:3: error: message (fix)`, the form editors and CI systems link. */
export function formatDiagnostic(d: Diagnostic): string {
  const place = d.line === 0 ? d.file : d.column === 0 ? `${d.file}:${d.line}` : `${d.file}:${d.line}:${d.column}`;
  return `${place}: ${d.severity}: ${d.message}${d.fix === undefined ? '' : ` (${d.fix})`}`;
}
