/**
 * How far a move has come: how much of the query rate from before it has asked again since. A resolver that has asked again has the new answer, and
 * those that haven't may give the old one until its TTL is over.
 *
 * The rate is estimated from the sample of resolvers (transport/resolver-sample.ts): the pairs of the moved hosts as they were at the switch,
 * each with its count of queries. All pairs compared have the same weight and were counted over the same time, so counts stand for rates.
 */
import {
  follow,
  type ResolverPair,
  type ResolverSample,
  readClock,
  readResolvers,
  sampleMask,
} from '../transport/resolver-sample.ts';

/** Moves followed at once; the oldest makes room. */
const MOST_MOVES = 32;
/** Pairs kept for a move. */
const MOST_PAIRS = 4096;

/** What is known of a move. */
export interface Progress {
  /** Of the query rate before the move, how much has asked again since: 0 to 1, or undefined when nobody in the sample had asked. */
  readonly share: number | undefined;
  /** The pairs of resolver and host that this is estimated from. */
  readonly sampled: number;
}

interface BaselinePair {
  readonly resolver: number;
  rate: number;
  returned: boolean;
}

interface Followed {
  readonly since: number;
  readonly pairs: Map<number, BaselinePair>;
  /** Pairs with any of these bits no longer count: some worker has stopped looking for them. */
  mask: number;
}

export class MoveProgress {
  readonly #sample: ResolverSample;
  /** In the order they began. */
  readonly #moves = new Map<number, Followed>();

  constructor(sample: ResolverSample) {
    this.#sample = sample;
  }

  /**
   * Begins to follow a move, from who has asked up to now. Call it just before the move is published.
   *
   * @param move  its number; one already followed begins anew
   * @param names hashes of the moved hosts' names (hashName with the tables' seed)
   * @param now   the second of the switch by the sample's clock. Who asks in that second may have been early, so only later ones count
   */
  begin(
    move: number,
    names: ReadonlySet<number> | ((hash: number) => boolean),
    now: number = readClock(this.#sample),
  ): void {
    const isMoved = typeof names === 'function' ? names : (hash: number) => names.has(hash);
    let mask = sampleMask(this.#sample);
    let pairs = new Map<number, BaselinePair>();
    for (const pair of readResolvers(this.#sample)) {
      if (pair.count === 0 || (pair.resolver & mask) !== 0 || !isMoved(pair.name)) continue;
      const key = keyOf(pair);
      const known = pairs.get(key);
      // In the rows of several workers: the kernel spreads a resolver's source ports over them.
      if (known !== undefined) known.rate += pair.count;
      else pairs.set(key, { resolver: pair.resolver, rate: pair.count, returned: false });
    }
    while (pairs.size > MOST_PAIRS) {
      mask = mask * 2 + 1;
      pairs = new Map([...pairs].filter(([, { resolver }]) => (resolver & mask) === 0));
    }
    this.#moves.delete(move);
    this.#moves.set(move, { since: now, pairs, mask });
    if (this.#moves.size > MOST_MOVES) {
      const [oldest] = this.#moves.keys();
      this.#moves.delete(oldest);
    }
    follow(this.#sample, true);
  }

  /**
   * What has come back of a move's query rate. It only grows, but for the estimate's error: when a flood of new resolvers makes the sample coarser, fewer
   * pairs are left to judge by. Ask at least every half an hour: the sample forgets pairs that are silent for longer than one.
   */
  askedAgain(move: number): Progress {
    const followed = this.#moves.get(move);
    if (followed === undefined) return { share: undefined, sampled: 0 };
    followed.mask = Math.max(followed.mask, sampleMask(this.#sample));
    for (const pair of readResolvers(this.#sample)) {
      if (pair.lastSeen <= followed.since) continue;
      const known = followed.pairs.get(keyOf(pair));
      if (known !== undefined) known.returned = true;
    }
    let sampled = 0;
    let rate = 0;
    let returned = 0;
    for (const pair of followed.pairs.values()) {
      if ((pair.resolver & followed.mask) !== 0) continue;
      sampled++;
      rate += pair.rate;
      if (pair.returned) returned += pair.rate;
    }
    return { share: sampled === 0 ? undefined : returned / rate, sampled };
  }

  /** Ends following a move. */
  end(move: number): void {
    this.#moves.delete(move);
    if (this.#moves.size === 0) follow(this.#sample, false);
  }
}

/** A number for a pair: the resolver's hash and what fits of the name's within 53 bits. */
function keyOf({ name, resolver }: ResolverPair): number {
  return resolver * 2 ** 20 + (name >>> 12);
}
