/** Feeds of network.yaml: what they become, and what is said of mistakes. */
import { expect, test } from 'vitest';
import type { FeedsModel } from '../feeds/model.ts';
import { parseNetwork } from './network.ts';
import { brief } from './testing.ts';

const head = 'origin_as: 64500\n';

function feeds(text: string): FeedsModel {
  const { feeds: found, diagnostics } = parseNetwork('/etc/steerd/zones/network.yaml', head + text);
  expect(diagnostics.map(brief)).toEqual([]);
  return found!;
}

test('there are none by default', () => {
  expect(feeds('')).toEqual({});
  expect(feeds('feeds: {}')).toEqual({});
});

test('VRPs are read from a file beside network.yaml, or a URL with credentials', () => {
  const timing = { interval: 300_000, timeout: 60_000, stale: 21_600_000 };
  expect(feeds('feeds: { rpki: { file: ../rpki/json } }')).toEqual({
    rpki: { timing, from: { file: '/etc/steerd/rpki/json' } },
  });
  expect(
    feeds(
      "feeds: { rpki: { url: 'https://rpki.example.net/json', interval: 10m, timeout: 2m, stale: 1h, credentials: { user: me, file: secret } } }",
    ),
  ).toEqual({
    rpki: {
      timing: { interval: 600_000, timeout: 120_000, stale: 3_600_000 },
      from: {
        url: 'https://rpki.example.net/json',
        credentials: { user: 'me', secret: { file: '/etc/steerd/zones/secret' } },
      },
    },
  });
  expect(feeds("feeds: { rpki: { url: 'http://[::1]:8323/json', credentials: { env: TOKEN } } }").rpki?.from).toEqual({
    url: 'http://[::1]:8323/json',
    credentials: { secret: { env: 'TOKEN' } },
  });
});

test('announcements are read from a file or a URL', () => {
  expect(feeds('feeds: { announcements: { file: /run/announcements.json } }')).toEqual({
    announcements: {
      timing: { interval: 15_000, timeout: 10_000, stale: 120_000 },
      from: { file: '/run/announcements.json' },
    },
  });
});

test('loads and catchments are asked of a Prometheus', () => {
  const links = 'sites: { zrh: { country: CH } }\nlinks: { t: { site: zrh, capacity: 10G } }\n';
  const from = { url: 'http://127.0.0.1:9090', credentials: { secret: { env: 'TOKEN' } } };
  expect(
    feeds(
      `${links}feeds: { load: { url: 'http://127.0.0.1:9090', credentials: { env: TOKEN }, in: a, out: b }, catchment: { url: 'http://127.0.0.1:9090', credentials: { env: TOKEN }, query: c } }`,
    ),
  ).toEqual({
    load: {
      timing: { interval: 15_000, timeout: 10_000, stale: 120_000 },
      from,
      queries: { in: 'a', out: 'b' },
      unit: 'bits',
    },
    catchment: { timing: { interval: 60_000, timeout: 10_000, stale: 600_000 }, from, query: 'c' },
  });
});

test('VRPs are read over RTR from one cache or several', () => {
  expect(feeds("feeds: { rpki: { rtr: '[::1]:323' } }").rpki?.from).toEqual({ caches: [{ host: '::1', port: 323 }] });
  expect(feeds("feeds: { rpki: { rtr: ['127.0.0.1:8282', 'cache.example.net:323'] } }").rpki?.from).toEqual({
    caches: [
      { host: '127.0.0.1', port: 8282 },
      { host: 'cache.example.net', port: 323 },
    ],
  });
});

test.each<[string, ...string[]]>([
  [
    "feeds:\n  load: { url: 'http://a', in: x, unit: percent }\n  catchment: { url: 'http://me@a', query: '' }",
    '2:9 missing-key: "out" is missing (add e.g. out: \'sum by (link) (rate(if_out_octets[1m])) * 8\')',
    '2:41 bad-value: "unit" can not be "percent" (write bits or ratio)',
    '3:21 secret-in-url: the URL has a user or a password in it, which logs and replies would show (write credentials: { user: …, file: … })',
    '3:43 bad-value: "query" is empty (write e.g. query: \'sum by (group, site) (rate(flow_octets[5m]))\')',
  ],
  [
    "feeds: { load: { url: 'http://a', in: x, out: y } }",
    '1:10 missing-key: there are no links whose load it could be (add links: … at the top of the file, e.g. links: { zrh-transit: { site: zrh, capacity: 10G } })',
  ],
  [
    'feeds: { announcements: { rtr: 127.0.0.1:323 } }',
    '1:27 unknown-key: there is no key "rtr" here (the keys are file, url, credentials, interval, timeout, stale)',
  ],
  [
    `${head}feeds:\n  rpki: { rtr: 127.0.0.1, file: a }`,
    '3:16 bad-value: "rtr" can not be "127.0.0.1" (write e.g. rtr: \'127.0.0.1:8282\')',
  ],
  [
    `${head}feeds:\n  rpki: { rtr: ['127.0.0.256:323', '[::1]:0', 'a:65536'], url: 'http://a/' }`,
    '3:17 bad-address: "127.0.0.256:323" is no address or name with a port (write e.g. 127.0.0.1:8282)',
    '3:36 bad-address: "[::1]:0" is no address or name with a port (write e.g. 127.0.0.1:8282)',
    '3:47 bad-address: "a:65536" is no address or name with a port (write e.g. 127.0.0.1:8282)',
    '3:59 bad-value: with rtr there is no "url" (leave one of them out)',
  ],
  [
    'feeds: { rpki: { file: a } }',
    '1:10 missing-key: it can not be told whether prefixes are valid without the AS number that originates them (add origin_as: … at the top of the file)',
  ],
  [`${head}feeds:\n  rpki: {}`, '3:3 missing-key: it is not said where it is read (add file: …, url: … or rtr: …)'],
  [
    `${head}feeds:\n  rpki: { file: a, url: 'http://a/b' }`,
    '3:11 bad-value: it is read either from a file or from a URL (leave one of file and url out)',
  ],
  [
    `${head}feeds:\n  rpki: { file: a, credentials: { env: A } }`,
    '3:20 bad-value: a file asks for no credentials (leave them out)',
  ],
  [
    `${head}feeds:\n  rpki: { url: 'http://me:secret@a/b' }`,
    '3:16 secret-in-url: the URL has a user or a password in it, which logs and replies would show (write credentials: { user: …, file: … })',
  ],
  [
    `${head}feeds:\n  rpki: { url: 'http://a/b', credentials: {} }`,
    '3:30 bad-value: the secret is in a file or in a variable (write one of file: … and env: …)',
  ],
  [
    `${head}feeds:\n  rpki: { url: 'http://a/b', credentials: { file: a, env: A } }`,
    '3:30 bad-value: the secret is in a file or in a variable (write one of file: … and env: …)',
  ],
  [
    `${head}feeds:
  rpki: { url: 'http://a/b', credentials: { file: a, user: 'a:b' } }`,
    '3:60 bad-value: "user" can not be "a:b" (write e.g. user: steerd)',
  ],
  [
    `${head}feeds:\n  rpki: { url: 'http://a/b', credentials: { env: STEERD_X } }`,
    '3:50 bad-value: variables that begin with STEERD_ are settings (give the variable another name, e.g. FEED_TOKEN)',
  ],
  [
    `${head}feeds:\n  rpki: { file: a, interval: 1h, timeout: 1m, stale: 1h }`,
    '3:54 bad-value: "stale" is 3600 s, less than the interval and the timeout together (3660 s): it would be stale between attempts (write several times the interval)',
  ],
  [
    `${head}feeds:\n  rpki: { url: ftp://a, intervall: 1h }\n  rpke: {}`,
    '3:16 bad-value: "url" can not be "ftp://a" (write e.g. url: \'https://rpki.example.net/vrps.json\')',
    '3:25 unknown-key: there is no key "intervall" here (did you mean "interval"?)',
    '4:3 unknown-key: there is no key "rpke" here (did you mean "rpki"?)',
  ],
])('%s', (text, ...said) => {
  const { network, feeds: found, diagnostics } = parseNetwork('network.yaml', text);
  expect(diagnostics.map(brief)).toEqual(said);
  expect([network, found]).toEqual([undefined, undefined]);
});
