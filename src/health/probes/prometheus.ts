/** A PromQL expression at a Prometheus, whose samples are compared. That it can't be asked or knows nothing is no failure of the target. */
import { request } from 'undici';
import * as z from 'zod';
import type { PrometheusProbe } from '../check.ts';
import { errorText, type Run } from './probe.ts';

const sample = z.tuple([z.number(), z.string()]);
const reply = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample })) }),
    z.object({ resultType: z.literal('scalar'), result: sample }),
  ]),
});

const COMPARE: Readonly<Record<PrometheusProbe['operator'], (value: number, threshold: number) => boolean>> = {
  '<': (value, threshold) => value < threshold,
  '<=': (value, threshold) => value <= threshold,
  '==': (value, threshold) => value === threshold,
  '!=': (value, threshold) => value !== threshold,
  '>=': (value, threshold) => value >= threshold,
  '>': (value, threshold) => value > threshold,
};

export const prometheus: Run<PrometheusProbe> = (probe, _aim, done) => {
  const ended = new AbortController();
  const ask = async (): Promise<void> => {
    const url = new URL(`${probe.url.replace(/\/$/, '')}/api/v1/query`);
    url.searchParams.set('query', probe.query);
    const { statusCode, body } = await request(url, { signal: ended.signal });
    const text = await body.text();
    if (statusCode !== 200) return done('none', `Prometheus answers with status ${statusCode}: ${text.slice(0, 200)}`);
    const { data } = reply.parse(JSON.parse(text));
    const values = (data.resultType === 'scalar' ? [data.result] : data.result.map(({ value }) => value)).map(
      ([, value]) => Number(value),
    );
    if (values.length === 0) return done('none', 'Prometheus has no such series');
    const good = values.every((value) => COMPARE[probe.operator](value, probe.threshold));
    done(good ? 'ok' : 'failed', `${values.slice(0, 3).join(', ')}, wanted ${probe.operator} ${probe.threshold}`);
  };
  ask().catch((error: Error) => done('none', `Prometheus can't be asked: ${errorText(error)}`));
  return () => ended.abort();
};
