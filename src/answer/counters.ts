/**
 * What a worker counts, as places in its row of shared 32-bit words. Only the worker writes its row, with plain stores; readers add
 * differences mod 2^32 often enough that a wrap is never missed.
 */
export const Counter = {
  /** Messages answered or dropped. */
  QUERIES: 0,
  /** Of these, answered by the fast path. */
  FAST: 1,
  /** Not answered at all: responses, fragments of a header. */
  DROPPED: 2,
  TRUNCATED: 3,
  /** Answers made from a steered host's plan. */
  STEERED: 4,
  /** Replies the kernel would not send. */
  UNSENT: 5,
  /** TCP connections accepted, and turned away by a limit. */
  CONNECTIONS: 6,
  CONNECTIONS_REFUSED: 7,
  /** Response codes: RCODE_0 + rcode, for the header's sixteen. */
  RCODE_0: 16,
  BADVERS: 32,
} as const;

/** Words in a row: four cache lines, so that workers' rows never share one. */
export const COUNTER_WORDS = 64;
