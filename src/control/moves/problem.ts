/** Why a change was refused, for people and programs. */
export const problemCodes = [
  'not-found',
  'invalid',
  'conflict',
  'precondition-failed',
  'idempotency-mismatch',
  'unknown-group',
  'unknown-service',
  'no-address',
  'no-hosts',
  'guarded',
  'too-many-kinds',
  'store-unavailable',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export interface ProblemDetail {
  /** What it is about: a host, a group. */
  readonly about: string;
  readonly message: string;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly details: readonly ProblemDetail[];
  constructor(code: ProblemCode, message: string, details: readonly ProblemDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
