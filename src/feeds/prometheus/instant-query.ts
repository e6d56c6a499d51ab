/** A PromQL expression at a Prometheus, now: its samples with their labels. */
import * as z from 'zod';
import type { Credentials } from '../credentials.ts';
import { DocumentReader, jsonOf } from '../document.ts';
import { FeedError } from '../feed.ts';

export interface PrometheusPlace {
  readonly url: string;
  readonly credentials?: Credentials;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix milliseconds, by the clock of the Prometheus. */
  readonly at: number;
}

/** Octets of a reply: some ten thousand series. */
const MOST = 1 << 23;

const reply = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

export class InstantQuery {
  readonly #document: DocumentReader;

  constructor({ url, credentials }: PrometheusPlace, query: string, most = MOST) {
    const at = new URL(`${url.replace(/\/$/, '')}/api/v1/query`);
    at.searchParams.set('query', query);
    this.#document = new DocumentReader(
      { url: at.href, ...(credentials === undefined ? {} : { credentials }) },
      most,
      true,
    );
  }

  /** @throws FeedError when it is no vector; one without samples is one */
  async samples(signal: AbortSignal): Promise<Sample[]> {
    const value = await this.#document.read(signal, jsonOf);
    const { data, error } = reply.safeParse(value);
    if (data === undefined) {
      const [{ path, message }] = error.issues;
      throw new FeedError(`Prometheus gives no vector of samples: ${path.join('.')}: ${message}`);
    }
    return data.data.result.map(({ metric, value: [at, text] }) => ({
      labels: metric,
      value: text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text),
      at: Math.round(at * 1000),
    }));
  }

  close(): Promise<void> {
    return this.#document.close();
  }
}
