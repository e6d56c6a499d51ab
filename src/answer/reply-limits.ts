/** Response rate limiting of replies that have been written, whichever path wrote them: each is sent, truncated, or left unsaid. */
import type { Batch } from './batch.ts';
import { limitedCounter } from './counters.ts';
import { type RateLimitConfig, RateLimiter, Verdict } from './rate-limiter.ts';
import { replyKind } from './reply-kind.ts';
import { truncate } from './truncate.ts';

export class ReplyLimits {
  readonly #limiter: RateLimiter;
  readonly #counters: Uint32Array;

  /** @param counters this worker's row */
  constructor(config: RateLimitConfig, counters: Uint32Array) {
    this.#limiter = new RateLimiter(config);
    this.#counters = counters;
  }

  /** Says the time, before each batch (RateLimiter.now). */
  set now(milliseconds: number) {
    this.#limiter.now = milliseconds;
  }

  /** @param known by message, 1 where the sender has shown that it is who it says: such are not limited */
  batch({ messages, at, lengths, count, clients, clientAt, addressSize: size }: Batch, known: Uint8Array): void {
    const limiter = this.#limiter;
    for (let i = 0; i < count; i++) {
      if (lengths[i] === 0 || known[i] !== 0) limiter.skip(i);
      else limiter.place(i, clients, clientAt[i], size, replyKind(messages, at[i]));
    }
    limiter.touch(count);
    for (let i = 0; i < count; i++) {
      const verdict = limiter.judge(i, clients, clientAt[i], size);
      if (verdict !== Verdict.SEND) lengths[i] = this.#limit(verdict, messages, at[i], lengths[i]);
    }
  }

  /**
   * @param m      the reply, at [at, at + length)
   * @param client where it goes: 4 or 16 octets at `clientAt`
   * @returns its octets now, 0 for none
   */
  reply(m: Uint8Array, at: number, length: number, client: Uint8Array, clientAt: number, size: number): number {
    const limiter = this.#limiter;
    limiter.place(0, client, clientAt, size, replyKind(m, at));
    const verdict = limiter.judge(0, client, clientAt, size);
    return verdict === Verdict.SEND ? length : this.#limit(verdict, m, at, length);
  }

  #limit(verdict: Verdict, m: Uint8Array, at: number, length: number): number {
    const truncated = verdict === Verdict.TRUNCATE;
    this.#counters[limitedCounter(replyKind(m, at), truncated)]++;
    return truncated ? truncate(m, at, length) : 0;
  }
}
