/** Metrics of the packet's way, from the workers' totals. */
import { Counter as PromCounter, type Registry } from 'prom-client';
import {
  CHANNEL_WORDS,
  CHANNELS,
  type Channel,
  Counter,
  isEncrypted,
  limitedCounter,
  QUERY_TYPES,
  rcodeCounter,
  TypeIndex,
} from '../answer/counters.ts';
import { REPLY_KINDS } from '../answer/reply-kind.ts';
import { SAMPLE_EVERY, SERVICE_BOUNDS, SERVICE_BUCKETS } from '../answer/service-time.ts';
import { Rcode } from '../wire/constants.ts';
import { rcodeText } from '../wire/rcode-text.ts';
import { BucketHistogram } from './bucket-histogram.ts';
import type { Reading } from './source.ts';

const SINGLE = [
  ['steerd_truncated_total', 'Responses that did not fit and say so (TC)', Counter.TRUNCATED],
  [
    'steerd_dropped_total',
    'Messages not answered at all: responses, what is shorter than a header or was cut off',
    Counter.DROPPED,
  ],
  [
    'steerd_malformed_total',
    'Messages that could not be read, whether answered with FORMERR or not',
    Counter.MALFORMED,
  ],
  ['steerd_unsent_total', 'Replies the kernel did not send', Counter.UNSENT],
  ['steerd_xdp_queries_total', 'Messages taken from network interfaces by XDP', Counter.XDP],
  [
    'steerd_proxy_headers_total',
    'Datagrams and connections of trusted proxies whose PROXY header told of the client',
    Counter.PROXY_TAKEN,
  ],
  [
    'steerd_proxy_refused_total',
    'Datagrams and connections of trusted proxies without a PROXY header that could be read: dropped',
    Counter.PROXY_REFUSED,
  ],
  ['steerd_signatures_total', 'Signatures given with answers (DNSSEC)', Counter.SIGNATURES],
  ['steerd_signatures_failed_total', 'Signatures that could not be made (DNSSEC)', Counter.SIGNATURES_FAILED],
  ['steerd_parked_total', 'How often a query over UDP waited for a signature', Counter.PARKED],
  [
    'steerd_parked_dropped_total',
    'Queries over UDP that were dropped because too many of their network waited for signatures',
    Counter.PARKED_DROPPED,
  ],
  ['steerd_tcp_connections_total', 'TCP connections accepted, those of TLS too', Counter.CONNECTIONS],
  ['steerd_tcp_connections_refused_total', 'TCP connections turned away by a limit', Counter.CONNECTIONS_REFUSED],
] as const;

/** Codes that have a series before they are first given, so that their first increase can be seen. */
const USUAL_RCODES: ReadonlySet<number> = new Set(Object.values(Rcode));
const RCODES = [...Array.from({ length: 17 }, (_, rcode) => rcode), Rcode.BADCOOKIE];

/** @param now what is being scraped */
export function addQueryMetrics(registry: Registry, now: () => Reading): void {
  const registers = [registry];
  for (const [name, help, at] of SINGLE) {
    new PromCounter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(now().counters[at]);
      },
    });
  }
  new PromCounter({
    name: 'steerd_xdp_lost_total',
    help: 'Frames for this server that XDP lost on the way from the interface to a worker',
    labelNames: ['interface'],
    registers,
    collect() {
      this.reset();
      for (const { name, lost } of now().interfaces) this.inc({ interface: name }, lost);
    },
  });
  new PromCounter({
    name: 'steerd_queries_total',
    help: 'Messages received, by query type; "other" includes what could not be read',
    labelNames: ['transport', 'family', 'type'],
    registers,
    collect() {
      this.reset();
      const { counters } = now();
      CHANNELS.forEach(({ transport, family }, channel) => {
        QUERY_TYPES.forEach((type, place) => {
          const count = counters[Counter.QUERIES_0 + channel * CHANNEL_WORDS + place];
          // Encrypted transports have series when they are used: most servers have none.
          const usual = !isEncrypted(channel as Channel) && (place === TypeIndex.A || place === TypeIndex.AAAA);
          if (usual || count > 0) this.inc({ transport, family, type }, count);
        });
      });
    },
  });
  new PromCounter({
    name: 'steerd_responses_total',
    help: 'Responses by response code',
    labelNames: ['rcode'],
    registers,
    collect() {
      this.reset();
      const { counters } = now();
      for (const rcode of RCODES) {
        const count = counters[rcodeCounter(rcode)];
        if (USUAL_RCODES.has(rcode) || count > 0) this.inc({ rcode: rcodeText(rcode) }, count);
      }
    },
  });
  new PromCounter({
    name: 'steerd_answers_total',
    help: 'Steered answers by service and the group whose address was given; "other" when there are too many to tell apart',
    labelNames: ['service', 'group', 'family'],
    registers,
    collect() {
      this.reset();
      const { answers, slots } = now();
      slots.forEach((name, slot) => {
        if (name !== undefined)
          this.inc({ service: name.service, group: name.group, family: name.family }, answers[slot]);
        else if (answers[slot] > 0) this.inc({ service: 'other', group: 'other', family: 'other' }, answers[slot]);
      });
    },
  });
  new PromCounter({
    name: 'steerd_cookies_total',
    help: 'Queries with a DNS cookie: of a client that has none of ours yet, valid, or not valid',
    labelNames: ['cookie'],
    registers,
    collect() {
      this.reset();
      const { counters } = now();
      this.inc({ cookie: 'new' }, counters[Counter.COOKIES_NEW]);
      this.inc({ cookie: 'valid' }, counters[Counter.COOKIES_VALID]);
      this.inc({ cookie: 'invalid' }, counters[Counter.COOKIES_INVALID]);
    },
  });
  new PromCounter({
    name: 'steerd_rate_limited_total',
    help: 'Replies over UDP that were over the rate of the network they were for: dropped, or truncated',
    labelNames: ['kind', 'result'],
    registers,
    collect() {
      this.reset();
      const { counters } = now();
      REPLY_KINDS.forEach((kind, number) => {
        this.inc({ kind, result: 'dropped' }, counters[limitedCounter(number, false)]);
        this.inc({ kind, result: 'truncated' }, counters[limitedCounter(number, true)]);
      });
    },
  });
  new PromCounter({
    name: 'steerd_signatures_made_total',
    help: 'Signatures made: because they were asked for, or ahead of that',
    labelNames: ['when'],
    registers,
    collect() {
      this.reset();
      const { counters } = now();
      this.inc({ when: 'asked' }, counters[Counter.SIGNATURES_MADE]);
      this.inc({ when: 'ahead' }, counters[Counter.SIGNATURES_AHEAD]);
    },
  });
  new BucketHistogram(
    registry,
    'steerd_service_seconds',
    `Time from a query's receipt until its reply was handed to the kernel, sampled: one batch or message of ${SAMPLE_EVERY}`,
    SERVICE_BOUNDS.map((microseconds) => microseconds / 1e6),
    () => {
      const { counters } = now();
      const counts = Array.from({ length: SERVICE_BUCKETS }, (_, bucket) => counters[Counter.SERVICE_0 + bucket]);
      return [{ counts, sum: counters[Counter.SERVICE_SUM] / 1e6 }];
    },
  );
}
