/** Checks of network.yaml: what they become, and what is said of mistakes. */
import { describe, expect, test } from 'vitest';
import { type HealthModel, NO_CHECKS } from '../health/check.ts';
import { parseNetwork } from './network.ts';
import { brief } from './testing.ts';

const head =
  'sites: { zrh: { country: CH } }\ngroups: { a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } } }\n';
/** Checks begin on line 7, each on a line of its own behind six spaces. */
const checks = (...lines: string[]): string =>
  `${head}services:\n  web:\n    vip: 64\n    checks:\n${lines.map((line) => `      ${line}\n`).join('')}`;

function health(text: string): HealthModel {
  const { health: found, diagnostics } = parseNetwork('network.yaml', text);
  expect(diagnostics.map(brief)).toEqual([]);
  return found!;
}

describe('checks', () => {
  test('are none by default', () => {
    expect(health('')).toEqual(NO_CHECKS);
    expect(health(`${head}services: { web: { vip: 64 } }`)).toEqual(NO_CHECKS);
  });

  test('of each kind take their defaults', () => {
    const timing = { interval: 2000, jitter: 200, timeout: 1000, recheck: 500, rise: 3, fall: 2 };
    const { services } = health(
      checks(
        'a: { type: tcp, port: 80 }',
        'b: { type: http }',
        'c: { type: https, host: www.example.net }',
        'd: { type: dns, name: www.example.net }',
        "e: { type: exec, command: [/bin/true, '{address}'] }",
        "f: { type: prometheus, url: 'http://127.0.0.1:9090', query: up }",
        'g: { type: push }',
        'h: { type: manual }',
      ),
    );
    const http = { method: 'GET', path: '/', headers: {}, status: [[200, 299]], verify: true, expiryWarning: 14 };
    expect(services.web.need).toBe(8);
    expect(services.web.checks.map(({ probe }) => probe)).toEqual([
      { type: 'tcp', port: 80 },
      { type: 'http', port: 80, ...http },
      { type: 'https', port: 443, host: 'www.example.net', ...http },
      { type: 'dns', port: 53, name: 'www.example.net', record: 'A', rcode: 'NOERROR' },
      { type: 'exec', command: ['/bin/true', '{address}'] },
      { type: 'prometheus', url: 'http://127.0.0.1:9090', query: 'up', operator: '==', threshold: 1 },
      { type: 'push', expires: 60_000 },
      { type: 'manual' },
    ]);
    for (const check of services.web.checks) expect(check.timing).toEqual(timing);
  });

  test('say all there is to say', () => {
    const { services, ...rest } = health(`${head}
health:
  cut_off: { enabled: false }
  references: { router: { type: tcp, address: '127.0.0.1:179' }, resolver: { type: dns, name: ., record: NS, address: '::1' } }
  combine: { n_of: 2 }
  stale: 20s
  rate: 5
services:
  web:
    vip: 64
    checks:
      page:
        type: https
        interval: 250ms
        jitter: 0
        rise: 1
        fall: 4
        brown_out: { ratio: 0.5, window: 10s, least: 4 }
        address: { a: { ipv4: 127.0.0.1, ipv6: '[::1]:8443' } }
        port: 8443
        path: /healthz?deep=1
        method: POST
        host: www.example.net
        headers: { x-probe: 'yes' }
        status: [200, 300-399]
        body: fine
        verify: false
        expiry_warning: 30
      load: { type: prometheus, url: 'http://127.0.0.1:9090/', query: 'load{vip="{address}"}', expect: '<= -0.5' }
    combine: any
`);
    expect(services.web).toEqual({
      need: 1,
      checks: [
        {
          id: 'page',
          probe: {
            type: 'https',
            port: 8443,
            method: 'POST',
            path: '/healthz?deep=1',
            headers: { 'x-probe': 'yes' },
            host: 'www.example.net',
            status: [
              [200, 200],
              [300, 399],
            ],
            body: 'fine',
            verify: false,
            expiryWarning: 30,
          },
          timing: {
            interval: 250,
            jitter: 0,
            timeout: 250,
            recheck: 63,
            rise: 1,
            fall: 4,
            brownOut: { ratio: 0.5, window: 10_000, least: 4 },
          },
          elsewhere: { groups: { a: { ipv4: { address: '127.0.0.1' }, ipv6: { address: '::1', port: 8443 } } } },
        },
        expect.objectContaining({
          probe: expect.objectContaining({ operator: '<=', threshold: -0.5, query: 'load{vip="{address}"}' }),
        }),
      ],
    });
    expect(rest).toMatchObject({ cutOff: undefined, stale: 20_000, rate: 5, references: { need: 2 } });
    expect(rest.references?.checks.map(({ elsewhere }) => elsewhere)).toEqual([
      { all: { address: '127.0.0.1', port: 179 } },
      { all: { address: '::1' } },
    ]);
  });
});

test.each<[string, ...string[]]>([
  ['a: { port: 80 }', '7:10 missing-key: "type" is missing (add e.g. type: http)'],
  ['a: { type: htp }', '7:18 bad-value: "type" can not be "htp" (did you mean "http"?)'],
  ['a: { type: tcp }', '7:10 missing-key: "port" is missing (add e.g. port: 80)'],
  [
    'a: { type: tcp, port: 80, path: / }',
    '7:33 unknown-key: "path" is for checks of type http or https, and this is tcp (its keys are address, port, interval, jitter, timeout, recheck, rise, fall, brown_out)',
  ],
  [
    'a: { type: manual, port: 80 }',
    '7:26 unknown-key: "port" is for checks of type tcp, http, https, dns or exec, and this is manual (leave it out)',
  ],
  ['a: { type: http, interval: 2x }', '7:34 bad-value: "interval" can not be "2x" (write e.g. interval: \'2s\')'],
  [
    'a: { type: http, interval: 1ms }',
    '7:34 bad-value: "interval" is too short: the least is 10 ms (write e.g. interval: \'2s\')',
  ],
  [
    'a: { type: http, timeout: 3s }',
    '7:33 bad-value: "timeout" is longer than the interval (write at most as much, or a longer interval)',
  ],
  ['a: { type: http, jitter: 3s }', '7:32 bad-value: "jitter" is longer than the interval (write e.g. a tenth of it)'],
  ['a: { type: http, fall: 0 }', '7:30 bad-value: "fall" is 0, below 1 (write e.g. fall: 2)'],
  ['a: { type: http, brown_out: { ratio: 30 } }', '7:44 bad-value: "ratio" is 30, over 1 (write e.g. ratio: 0.3)'],
  ['a: { type: http, brown_out: {} }', '7:35 missing-key: "ratio" is missing (add e.g. ratio: 0.3)'],
  ['a: { type: http, status: [2xx] }', '7:33 bad-value: "2xx" is no range of status codes (write e.g. 200-299)'],
  [
    'a: { type: http, status: [299-200] }',
    '7:33 bad-value: "299-200" is no range of status codes (write e.g. 200-299)',
  ],
  ['a: { type: http, path: healthz }', '7:30 bad-value: "path" can not be "healthz" (write e.g. path: \'/healthz\')'],
  [
    'a: { type: http, method: HEAD, body: ok }',
    '7:32 bad-value: there is no body to look at with HEAD (write method: GET)',
  ],
  [
    'a: { type: https }',
    '7:10 missing-key: "host" is missing: a certificate is checked against a name (add e.g. host: www.example.net, or verify: false)',
  ],
  ['a: { type: dns }', '7:10 missing-key: "name" is missing (add e.g. name: www.example.net)'],
  [
    'a: { type: exec }',
    `7:10 missing-key: "command" is missing (add e.g. command: [/usr/local/bin/check, '{address}'])`,
  ],
  [
    "a: { type: prometheus, url: 'ftp://x', query: up }",
    '7:35 bad-value: "url" can not be "ftp://x" (write e.g. url: \'http://127.0.0.1:9090\')',
  ],
  [
    "a: { type: prometheus, url: 'http://x', query: up, expect: yes }",
    '7:66 bad-value: "expect" can not be "yes" (write e.g. expect: \'== 1\')',
  ],
  [
    'a: { type: http, address: localhost }',
    '7:33 bad-address: "localhost" is no IP address, nor one with a port (write e.g. 127.0.0.1, 127.0.0.1:8080 or [::1]:8080)',
  ],
  [
    'a: { type: http, address: { b: { ipv4: 127.0.0.1 } } }',
    '7:35 unknown-group: there is no group "b" (the groups are a)',
  ],
  [
    "a: { type: http, address: { a: { ipv4: '127.0.0.1:99999' } } }",
    '7:46 bad-address: "127.0.0.1:99999" is no IP address, nor one with a port (write e.g. 127.0.0.1, 127.0.0.1:8080 or [::1]:8080)',
  ],
])('%j', (line, ...expected) => {
  const { diagnostics, health: found } = parseNetwork('network.yaml', checks(line));
  expect(diagnostics.map(brief)).toEqual(expected);
  expect(found).toBeUndefined();
});

test.each<[string, string]>([
  [
    `${head}services: { web: { vip: 64, combine: any } }`,
    '3:29 nothing-to-combine: service "web" has no checks to combine (add checks: …, or leave combine out)',
  ],
  [
    `${head}services: { web: { vip: 64, checks: { a: { type: manual } }, combine: { n_of: 2 } } }`,
    '3:79 too-many-needed: 2 checks can not be up, since there are 1 (write 1 to 1)',
  ],
  [
    `${head}services: { web: { vip: 64, checks: { a: { type: manual } }, combine: most } }`,
    '3:71 bad-value: "combine" can not be "most" (write all or any)',
  ],
  [
    'health: { references: { a: { type: tcp, port: 53 } } }',
    '1:28 missing-key: "address" is missing: a reference check has no VIP to go to (add e.g. address: 127.0.0.1:53)',
  ],
  [
    'health: { references: { a: { type: push } } }',
    '1:36 bad-value: a reference check can not be push: nobody reports it (write e.g. type: tcp)',
  ],
  ['health: { cutoff: {} }', '1:11 unknown-key: there is no key "cutoff" here (did you mean "cut_off"?)'],
])('%j', (text, expected) => {
  expect(parseNetwork('network.yaml', text).diagnostics.map(brief)).toEqual([expected]);
});
