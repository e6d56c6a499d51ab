/**
 * From when to when signatures of transfers are good, and when they are made anew. Who has a transfer keeps it, so they are good for longer than those that are made as
 * they are served (dnssec/window.ts), and are sent anew long before they end:
 *
 *     inception     made                    due                        expiration
 *        |- SKEW ----|-- 1/4 to 1/2 --------|------- 1/2 of the lifetime -------|
 *
 * Expirations are spread over a quarter of the lifetime, so that not all signatures of a zone come due at one time; and all that come due soon are made anew
 * together, so that a large zone does not have a new serial for every signature.
 */
import { SKEW } from '../dnssec/window.ts';

/** Of the lifetime, what signatures are spread over. */
const SPREAD = 1 / 4;
/** Of the lifetime, what is left of a signature when it is due. */
const LEFT = 1 / 2;
/** Of the lifetime, what signatures may have left until they are due, to be made anew with others. */
const TOGETHER = 1 / 100;

export class Validity {
  readonly #lifetime: number;

  /** @param lifetime seconds: the longest a signature is good */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** Times in Unix seconds. */
  inception(now: number): number {
    return now - SKEW;
  }

  /** @param hash of what is signed: where in the spread it comes */
  expiration(now: number, hash: number): number {
    return now + this.#lifetime - ((hash >>> 0) % Math.max(1, Math.floor(this.#lifetime * SPREAD)));
  }

  /** When a signature is to be made anew. */
  due(expiration: number): number {
    return expiration - Math.floor(this.#lifetime * LEFT);
  }

  /** Whether a signature can stay: also where the clock was set, or the lifetime is another. */
  isGood(inception: number, expiration: number, now: number): boolean {
    return (
      inception <= now &&
      expiration <= now + this.#lifetime + SKEW &&
      this.due(expiration) > now + Math.floor(this.#lifetime * TOGETHER)
    );
  }
}
