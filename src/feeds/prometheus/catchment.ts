/** Where groups' traffic enters, by a PromQL expression: any weights by the labels `group` and `site`, and `family` where it is told apart. */
import { type Family, families } from '../../steering/model.ts';
import { routeKey } from '../../steering/network-data.ts';
import { FeedError } from '../feed.ts';
import { namedNote, newestOf, type Observed, overlaid } from '../observed.ts';
import type { PolledSource, Taken } from '../polled-feed.ts';
import { InstantQuery, type PrometheusPlace, type Sample } from './instant-query.ts';

export interface CatchmentQuestion {
  readonly sites: readonly string[];
  /** `zurich/ipv6` of every group and family that has a prefix. */
  readonly routes: readonly string[];
}

/** By `routeKey`, by id of a site, the share of the traffic that enters there: all of a route together are 1. */
export interface CatchmentData {
  readonly shares: Observed<ReadonlyMap<string, number>>;
}

export class Catchments implements PolledSource<CatchmentData> {
  readonly #question: CatchmentQuestion;
  readonly #query: InstantQuery;

  constructor(place: PrometheusPlace, query: string, question: CatchmentQuestion, most?: number) {
    this.#question = question;
    this.#query = new InstantQuery(place, query, most);
  }

  async read(signal: AbortSignal, before: Taken<CatchmentData> | undefined): Promise<Taken<CatchmentData>> {
    return takeCatchments(await this.#query.samples(signal), this.#question, before?.data);
  }

  close(): Promise<void> {
    return this.#query.close();
  }
}

/** Shares out of samples. @param before what they are laid over @throws FeedError when they make no sense, or are of no group of the network */
export function takeCatchments(
  samples: readonly Sample[],
  { sites, routes }: CatchmentQuestion,
  before: CatchmentData | undefined,
): Taken<CatchmentData> {
  const known = new Set(sites);
  const weights = new Map<string, Map<string, Sample>>();
  const unknown: string[] = [];
  for (const sample of samples) {
    const { group, site, family } = sample.labels;
    if (group === undefined || site === undefined)
      throw new FeedError('a series lacks the label group or site: write the expression as sum by (group, site) (…)');
    if (family !== undefined && !families.includes(family as Family))
      throw new FeedError(`a series has the label family="${family}", which is neither ipv4 nor ipv6`);
    if (sample.value < 0)
      throw new FeedError(`the weight of ${group} at ${site} is ${sample.value}, which is less than nothing`);
    const keys = families
      .filter((one) => family === undefined || family === one)
      .map((one) => routeKey(group, one))
      .filter((key) => routes.includes(key));
    if (keys.length === 0 || !known.has(site)) unknown.push(keys.length === 0 ? group : site);
    if (!known.has(site) || !Number.isFinite(sample.value)) continue;
    for (const key of keys) {
      const of = weights.get(key) ?? new Map<string, Sample>();
      if (of.has(site))
        throw new FeedError(
          `there are two series of ${key} at ${site}: write the expression as sum by (group, site) (…), or with family in all`,
        );
      weights.set(key, of.set(site, sample));
    }
  }
  const shares = new Map<string, { value: ReadonlyMap<string, number>; observedAt: number }>();
  for (const [key, of] of weights) {
    const total = [...of.values()].reduce((sum, { value }) => sum + value, 0);
    // Where nothing enters, it can't be told where more would.
    if (total <= 0) continue;
    const value = new Map([...of].map(([site, sample]) => [site, sample.value / total]));
    shares.set(key, { value, observedAt: Math.min(...[...of.values()].map(({ at }) => at)) });
  }
  if (shares.size === 0)
    throw new FeedError('no series is of a group and a site of this network with traffic (labels group and site)');
  const missing = routes.filter((key) => !shares.has(key));
  return {
    data: { shares: overlaid(before?.shares, shares) },
    observedAt: newestOf(shares),
    notes: { routes: shares.size, ...namedNote('missing', missing), ...namedNote('unknown', unknown) },
  };
}
