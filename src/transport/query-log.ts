/**
 * One in so many queries, for the log: the worker hands the whole reply over, which has the question in it. Off unless an operator wants it, and bounded, so
 * that a flood doesn't become one of log lines.
 */
import type { Channel } from '../answer/counters.ts';

/** Sent to the main thread. */
export interface LoggedQuery {
  /** The reply. */
  readonly message: Uint8Array;
  /** 4 or 16 octets. */
  readonly client: Uint8Array;
  readonly channel: Channel;
}

/** Of each worker, a second. */
const MOST_A_SECOND = 100;

export class QueryLog {
  readonly #every: number;
  readonly #now: () => number;
  readonly #send: (query: LoggedQuery) => void;
  #left: number;
  #second = 0;
  #sent = 0;

  /**
   * @param every 0 for none
   * @param now   a clock of seconds that costs little
   */
  constructor(every: number, now: () => number, send: (query: LoggedQuery) => void) {
    this.#every = every;
    this.#now = now;
    this.#send = send;
    this.#left = every === 0 ? Number.POSITIVE_INFINITY : every;
  }

  /** Counts messages. @returns the place of the one to log among them, or -1 */
  take(count: number): number {
    this.#left -= count;
    if (this.#left > 0) return -1;
    const place = Math.max(0, count - 1 + this.#left);
    // Fewer than asked for when messages come faster than one of `every` is looked at.
    this.#left = Math.max(1, this.#left + this.#every);
    const now = this.#now();
    if (now !== this.#second) {
      this.#second = now;
      this.#sent = 0;
    }
    return this.#sent++ < MOST_A_SECOND ? place : -1;
  }

  /** @param message the reply at [at, at + length), copied; what got none is not told of */
  send(message: Uint8Array, at: number, length: number, client: Uint8Array, channel: Channel): void {
    if (length > 0) this.#send({ message: message.slice(at, at + length), client: Uint8Array.from(client), channel });
  }
}
