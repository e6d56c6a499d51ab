/** Loads of links, by two PromQL expressions: what enters, what leaves. Series have the label `link`, and may have `family`. */
import { type Family, families } from '../../steering/model.ts';
import { type Direction, directions, loadKey, type PerDirection } from '../../steering/network-data.ts';
import { FeedError } from '../feed.ts';
import { namedNote, newestOf, type Observed, overlaid } from '../observed.ts';
import type { PolledSource, Taken } from '../polled-feed.ts';
import { InstantQuery, type PrometheusPlace, type Sample } from './instant-query.ts';

export interface LoadQuestion {
  readonly links: readonly { readonly id: string; readonly capacity: PerDirection<number> }[];
}

/** What the queries give: bits per second, or a fraction of the capacity. */
export type LoadUnit = 'bits' | 'ratio';

export interface LoadQueries {
  readonly queries: PerDirection<string>;
  readonly unit: LoadUnit;
}

/** Bits per second by `loadKey`. */
export interface LoadData {
  readonly loads: Observed<number>;
}

export class Load implements PolledSource<LoadData> {
  readonly #question: LoadQuestion;
  readonly #unit: LoadUnit;
  readonly #queries: PerDirection<InstantQuery>;

  constructor(place: PrometheusPlace, { queries, unit }: LoadQueries, question: LoadQuestion, most?: number) {
    this.#question = question;
    this.#unit = unit;
    this.#queries = { in: new InstantQuery(place, queries.in, most), out: new InstantQuery(place, queries.out, most) };
  }

  async read(signal: AbortSignal, before: Taken<LoadData> | undefined): Promise<Taken<LoadData>> {
    const [entering, leaving] = await Promise.all([
      this.#queries.in.samples(signal),
      this.#queries.out.samples(signal),
    ]);
    return takeLoads({ in: entering, out: leaving }, this.#unit, this.#question, before?.data);
  }

  async close(): Promise<void> {
    await Promise.all([this.#queries.in.close(), this.#queries.out.close()]);
  }
}

/** Loads out of samples. @param before what they are laid over @throws FeedError when they make no sense, or are of no link of the network */
export function takeLoads(
  samples: PerDirection<readonly Sample[]>,
  unit: LoadUnit,
  { links }: LoadQuestion,
  before: LoadData | undefined,
): Taken<LoadData> {
  const loads = new Map<string, { value: number; observedAt: number }>();
  const unknown: string[] = [];
  for (const direction of directions) {
    const capacities = new Map(links.map(({ id, capacity }) => [id, capacity[direction]]));
    for (const sample of samples[direction]) take(sample, direction, capacities);
  }
  for (const { id } of links) for (const direction of directions) sumUp(id, direction);
  const missing = links.flatMap(({ id }) =>
    directions.filter((direction) => !loads.has(loadKey(id, direction))).map((direction) => loadKey(id, direction)),
  );
  if (missing.length === links.length * directions.length)
    throw new FeedError(`no series is of a link of this network (label link: ${links[0].id}, …)`);
  const data = { loads: overlaid(before?.loads, loads) };
  return {
    data,
    observedAt: newestOf(loads),
    notes: { links: links.length, ...namedNote('missing', missing), ...namedNote('unknown', unknown) },
  };

  function take({ labels, value, at }: Sample, direction: Direction, capacities: ReadonlyMap<string, number>): void {
    const { link, family } = labels;
    if (link === undefined)
      throw new FeedError(`a series of "${direction}" has no label link: write the expression as sum by (link) (…)`);
    if (family !== undefined && !families.includes(family as Family))
      throw new FeedError(
        `a series of "${direction}" has the label family="${family}", which is neither ipv4 nor ipv6`,
      );
    const capacity = capacities.get(link);
    if (capacity === undefined) {
      unknown.push(link);
      return;
    }
    const key = loadKey(link, direction, family as Family | undefined);
    if (loads.has(key))
      throw new FeedError(
        `there are two series of ${key}: write the expression as sum by (link${family === undefined ? '' : ', family'}) (…)`,
      );
    // A rate that can't be told is no rate of 0.
    if (!Number.isFinite(value)) return;
    if (value < 0) throw new FeedError(`${key} is ${value}, which is less than nothing`);
    loads.set(key, { value: unit === 'ratio' ? value * capacity : value, observedAt: at });
  }

  /** The whole of a link, where only its families are told: then both must be. */
  function sumUp(link: string, direction: Direction): void {
    const whole = loadKey(link, direction);
    const parts = families.flatMap((family) => loads.get(loadKey(link, direction, family)) ?? []);
    if (loads.has(whole) || parts.length < families.length) return;
    const value = parts.reduce((sum, part) => sum + part.value, 0);
    loads.set(whole, { value, observedAt: Math.min(...parts.map(({ observedAt }) => observedAt)) });
  }
}
