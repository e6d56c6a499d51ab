/**
 * Tells an operator that replies are limited by rate (answer/rate-limiter.ts): at once when it begins, once a minute while it goes on, and when it is over. From the workers' counters alone: on
 * the packet's way nothing is logged.
 */
import { limitedCounter } from '../answer/counters.ts';
import { REPLY_KINDS } from '../answer/reply-kind.ts';

/** Milliseconds between two tellings; with nothing limited for as long it is over. */
const TELL_MS = 60_000;

/** Replies that were over their rate. */
export interface LimitedReplies {
  readonly dropped: number;
  readonly truncated: number;
  /** Both together, by kind; kinds without any are left out. */
  readonly kinds: Readonly<Record<string, number>>;
  /** In how many seconds. */
  readonly seconds: number;
}

export class LimitWatch {
  /** By `limitedCounter`: what was told of. */
  readonly #told = new Map<number, number>();
  #toldAt: number;
  /** When a rise was last seen; undefined while nothing is limited. */
  #roseAt: number | undefined;
  #seen = 0;

  /** @param now milliseconds of a clock that never jumps */
  constructor(now: number) {
    this.#toldAt = now;
  }

  /**
   * Looks at the counters. Call every few seconds.
   * @param counters sums over all workers, which only grow
   * @param now      as for the constructor
   * @returns what is to be told: since the last telling, or `over`; undefined for nothing
   */
  look(counters: ArrayLike<number>, now: number): LimitedReplies | 'over' | undefined {
    const all = REPLY_KINDS.reduce(
      (sum, _, kind) => sum + counters[limitedCounter(kind, false)] + counters[limitedCounter(kind, true)],
      0,
    );
    const rose = all > this.#seen;
    this.#seen = all;
    const began = rose && this.#roseAt === undefined;
    if (rose) this.#roseAt = now;
    if (this.#roseAt === undefined) {
      this.#toldAt = now;
      return undefined;
    }
    if (!began && now - this.#toldAt < TELL_MS) return undefined;
    const since = this.#toldAt;
    this.#toldAt = now;
    const limited = this.#take(counters, (now - since) / 1000);
    if (limited.dropped + limited.truncated > 0) return limited;
    this.#roseAt = undefined;
    return 'over';
  }

  #take(counters: ArrayLike<number>, seconds: number): LimitedReplies {
    const grown = (place: number): number => {
      const by = counters[place] - (this.#told.get(place) ?? 0);
      this.#told.set(place, counters[place]);
      return by;
    };
    let dropped = 0;
    let truncated = 0;
    const kinds: Record<string, number> = {};
    REPLY_KINDS.forEach((name, kind) => {
      const lost = grown(limitedCounter(kind, false));
      const cut = grown(limitedCounter(kind, true));
      dropped += lost;
      truncated += cut;
      if (lost + cut > 0) kinds[name] = lost + cut;
    });
    return { dropped, truncated, kinds, seconds: Math.max(1, Math.round(seconds)) };
  }
}
