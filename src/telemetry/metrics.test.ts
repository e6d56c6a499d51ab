import { beforeEach, describe, expect, it } from 'vitest';
import { type MetricFamily, parseExposition, type Sample } from '../../test/support/exposition.ts';
import { FakeSource } from '../../test/support/fake-source.ts';
import { CHANNEL_WORDS, Channel, Counter, typeIndex } from '../answer/counters.ts';
import { countServiceTime, SERVICE_BUCKETS } from '../answer/service-time.ts';
import { RRType } from '../wire/constants.ts';
import { Metrics } from './metrics.ts';

let source: FakeSource;
let metrics: Metrics;

beforeEach(() => {
  source = new FakeSource();
  metrics = new Metrics(source);
});

async function scrape(): Promise<Map<string, MetricFamily>> {
  return parseExposition(await metrics.render());
}

async function samples(name: string): Promise<readonly Sample[]> {
  return (await scrape()).get(name)!.samples;
}

/** The value of a metric that has no labels. */
async function value(name: string): Promise<number> {
  const [sample, ...more] = await samples(name);
  expect([sample.labels, more]).toEqual([{}, []]);
  return sample.value;
}

/** Values by labels, written `a/b`. */
async function byLabels(name: string): Promise<Record<string, number>> {
  return Object.fromEntries((await samples(name)).map((s) => [Object.values(s.labels).join('/'), s.value]));
}

describe('metrics', () => {
  it('are text for Prometheus', async () => {
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await metrics.render()).endsWith('\n')).toBe(true);
  });

  it('have A and AAAA queries from the start, other types when they come', async () => {
    source.counters[Counter.QUERIES_0 + Channel.TCP_IPV6 * CHANNEL_WORDS + typeIndex(RRType.MX)] = 5;
    source.counters[Counter.QUERIES_0 + Channel.UDP_IPV4 * CHANNEL_WORDS] = 2 ** 40;
    expect(await byLabels('steerd_queries_total')).toEqual({
      'udp/ipv4/A': 2 ** 40,
      'udp/ipv4/AAAA': 0,
      'udp/ipv6/A': 0,
      'udp/ipv6/AAAA': 0,
      'tcp/ipv4/A': 0,
      'tcp/ipv4/AAAA': 0,
      'tcp/ipv6/A': 0,
      'tcp/ipv6/AAAA': 0,
      'tcp/ipv6/MX': 5,
    });
  });

  it('name response codes', async () => {
    source.counters[Counter.RCODE_0] = 10;
    source.counters[Counter.RCODE_0 + 3] = 4;
    source.counters[Counter.RCODE_0 + 12] = 1;
    source.counters[Counter.BADVERS] = 2;
    expect(await byLabels('steerd_responses_total')).toEqual({
      NOERROR: 10,
      FORMERR: 0,
      SERVFAIL: 0,
      NXDOMAIN: 4,
      NOTIMP: 0,
      REFUSED: 0,
      YXDOMAIN: 0,
      YXRRSET: 0,
      NXRRSET: 0,
      NOTAUTH: 0,
      NOTZONE: 0,
      RCODE12: 1,
      BADVERS: 2,
      BADCOOKIE: 0,
    });
  });

  it('have a series for each slot with a name, and one for the rest only when there is a rest', async () => {
    source.answers[2] = 9;
    expect(await byLabels('steerd_answers_total')).toEqual({ 'web/anycast/ipv4': 0, 'web/zurich/ipv6': 9 });
    source.answers[0] = 3;
    expect(await byLabels('steerd_answers_total')).toMatchObject({ 'web/zurich/ipv6': 9, 'other/other/other': 3 });
  });

  it.each([
    ['steerd_truncated_total', Counter.TRUNCATED],
    ['steerd_dropped_total', Counter.DROPPED],
    ['steerd_malformed_total', Counter.MALFORMED],
    ['steerd_unsent_total', Counter.UNSENT],
    ['steerd_xdp_queries_total', Counter.XDP],
    ['steerd_signatures_failed_total', Counter.SIGNATURES_FAILED],
    ['steerd_tcp_connections_total', Counter.CONNECTIONS],
    ['steerd_tcp_connections_refused_total', Counter.CONNECTIONS_REFUSED],
  ])('%s is its word, at each scrape anew', async (name, at) => {
    source.counters[at] = 3;
    expect(await value(name)).toBe(3);
    source.counters[at] = 4;
    expect(await value(name)).toBe(4);
  });

  it('have a series for each interface served by XDP', async () => {
    expect(await byLabels('steerd_xdp_lost_total')).toEqual({ eth0: 5 });
  });

  it('make a histogram of the service times, in seconds, each bucket with those below', async () => {
    const row = new Uint32Array(source.counters.length);
    countServiceTime(row, 1, 1);
    countServiceTime(row, 30, 64);
    countServiceTime(row, 900_000, 2);
    source.counters.set(row);
    const all = await samples('steerd_service_seconds');
    const buckets = all.filter(({ name }) => name.endsWith('_bucket'));
    expect(buckets.length).toBe(SERVICE_BUCKETS);
    const upTo = (le: string): number => buckets.find(({ labels }) => labels['le'] === le)!.value;
    expect(['0.000001', '0.000016', '0.000032', '0.262144', '+Inf'].map(upTo)).toEqual([1, 1, 65, 65, 67]);
    const rest = Object.fromEntries(all.slice(SERVICE_BUCKETS).map((s) => [s.name, s.value]));
    expect(rest).toEqual({ steerd_service_seconds_sum: 1.801921, steerd_service_seconds_count: 67 });
  });

  it('tell of loads and what operators have moved', async () => {
    const names = [
      'steerd_generation',
      'steerd_load_seconds',
      'steerd_zones',
      'steerd_hosts',
      'steerd_tables_bytes',
      'steerd_reload_success',
      'steerd_reload_timestamp_seconds',
      'steerd_worker_restarts_total',
      'steerd_overrides',
    ];
    const now = await scrape();
    const values = names.map((name) => now.get(name)!.samples[0].value);
    expect(values).toEqual([7, 1.25, 3, 1_000_000, 123_456_789, 1, 1_700_000_000.5, 0, 12]);
    expect(await byLabels('steerd_moves')).toEqual({ pending: 1, moving: 0, done: 4 });
    expect(await byLabels('steerd_build_info')).toEqual({ '1.2.3': 1 });
    source.over = { reload: { ok: false, goodAt: 1_700_000_000_500 }, workerRestarts: 2 };
    expect(await value('steerd_reload_success')).toBe(0);
    expect(await value('steerd_worker_restarts_total')).toBe(2);
  });

  it('time commits that succeed and count those that do not', async () => {
    metrics.storeCommit(3, true);
    metrics.storeCommit(0, false);
    const all = await samples('steerd_store_commit_seconds');
    const upTo = (le: string): number => all.find(({ labels }) => labels['le'] === le)!.value;
    expect([upTo('0.0025'), upTo('0.005'), upTo('+Inf')]).toEqual([0, 1, 1]);
    expect(await value('steerd_store_failures_total')).toBe(1);
  });

  it('include the process, by the names dashboards know', async () => {
    const names = [...(await scrape()).keys()];
    expect(names).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_resident_memory_bytes',
        'process_start_time_seconds',
        'process_open_fds',
        'nodejs_eventloop_lag_seconds',
      ]),
    );
  });

  it('ask for nothing before they are scraped, and once a scrape', async () => {
    let asked = 0;
    const counting = new Metrics({
      read() {
        asked++;
        return source.read();
      },
    });
    counting.storeCommit(1, true);
    expect(asked).toBe(0);
    await counting.render();
    expect(asked).toBe(1);
  });

  it('escape what is in labels', async () => {
    const odd = 'a"b\\c\nd';
    source.over = { slots: [undefined, { service: odd, group: 'zurich', family: 'ipv4' }] };
    expect((await samples('steerd_answers_total'))[0].labels).toEqual({
      service: odd,
      group: 'zurich',
      family: 'ipv4',
    });
  });
});

/** https://prometheus.io/docs/practices/naming/ */
describe('names of metrics', () => {
  const UNITS = /_(seconds|bytes)$/;
  const NO_UNITS =
    /_(ms|us|ns|milliseconds|microseconds|minutes|hours|kb|mb|kilobytes|megabytes|octets|bits|percent)(_|$)/;

  it('follow the conventions', async () => {
    // Those of prom-client itself keep the names people know, conventional or not.
    const own = [...(await scrape()).values()].filter(({ name }) => !/^(process|nodejs)_/.test(name));
    expect(own.length).toBeGreaterThan(20);
    for (const { name, help, type, samples } of own) {
      expect(name).toMatch(/^steerd(_[a-z][a-z0-9]*)+$/);
      expect(name, 'base units').not.toMatch(NO_UNITS);
      expect([name, name.endsWith('_total')], 'counters, and only they, end in _total').toEqual([
        name,
        type === 'counter',
      ]);
      expect(name, 'the suffixes of histograms are theirs').not.toMatch(/_(bucket|sum|count)$/);
      if (type === 'histogram') expect(name).toMatch(UNITS);
      if (name.endsWith('_info')) expect(samples.map((s) => s.value)).toEqual([1]);
      expect(help, name).toMatch(/^[A-Z].+[^.\s]$/);
      for (const { labels } of samples) {
        for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
      }
    }
  });
});
