import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseName } from '../wire/name.ts';
import { formatDiagnostic } from '../zone/diagnostic.ts';
import { settingKeys, textFromValue } from './setting-keys.ts';
import { loadSettings, type Settings } from './settings.ts';
import { brief } from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'steerd-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string | undefined, env: NodeJS.ProcessEnv = {}): ReturnType<typeof loadSettings> {
  if (text === undefined) return loadSettings(undefined, env);
  const file = join(directory, 'steerd.yaml');
  writeFileSync(file, text);
  return loadSettings(file, env);
}

function settings(text: string | undefined, env: NodeJS.ProcessEnv = {}): Settings {
  const loaded = load(text, env);
  expect(loaded.diagnostics).toEqual([]);
  return loaded.settings!;
}

const defaults: Settings = {
  listen: [
    { host: '127.0.0.1', port: 5300 },
    { host: '::1', port: 5300 },
  ],
  workers: 1,
  streamWorkers: 1,
  zones: 'zones',
  stateDir: 'var',
  transport: 'auto',
  xdp: [],
  udpPayloadSize: 1232,
  tcp: { idleTimeout: 10_000, maxConnections: 1000, maxPerClient: 100, maxPipelined: 100 },
  nsid: undefined,
  version: undefined,
  id: undefined,
  reload: { watch: true, settle: 200 },
  log: { level: 'info', format: 'auto', queries: 0 },
  api: { listen: [{ host: '127.0.0.1', port: 8053 }], bodyLimit: 4_194_304, rateLimit: 6000 },
  geo: { countryDatabase: undefined, asnDatabase: undefined },
  ecs: {
    trust: [
      { family: 'ipv4', address: new Uint8Array(4), length: 0 },
      { family: 'ipv6', address: new Uint8Array(16), length: 0 },
    ],
  },
  tsigKeys: [],
  dnssec: { keyDir: undefined, signatures: 262_144, signers: 1, zones: [] },
  cookies: { required: false, secretFile: undefined },
  access: [],
  health: { exec: false, firstRound: 10_000 },
  states: {},
};

describe('sources', () => {
  test('none is needed', () => {
    expect(settings(undefined)).toEqual(defaults);
    expect(settings('')).toEqual({ ...defaults, zones: join(directory, 'zones'), stateDir: join(directory, 'var') });
  });

  test('a file sets every key', () => {
    const text = `
listen: ['0.0.0.0:53', '[2001:db8::1]:0']
workers: 2
stream_workers: 3
zones: /etc/steerd/zones
state_dir: state
transport: dgram
xdp: []
udp_payload_size: 512
tcp: { idle_timeout: 1m, max_connections: 4, max_per_client: 5, max_pipelined: 6 }
tls: { dot: ['127.0.0.1:853'], doh: ['[::1]:443'], doh_path: /q, cert: c.pem, key: /k.pem, workers: 2 }
nsid: ns1
version: '1.0'
id: one
reload: { watch: false, settle: 0.5 }
log: { level: debug, format: json, queries: 1000 }
api:
  enabled: true
  listen: ['[::]:8054']
  tls_cert: tls/api.pem
  tls_key: /etc/steerd/api.key
  tls_client_ca: tls/clients.pem
  body_limit: 1024
  rate_limit: 60
geo: { country_database: geo/city.mmdb, asn_database: /var/lib/geo/asn.mmdb }
ecs: { trust: [192.0.2.0/24, '2001:db8::53'] }
dnssec: { key_dir: keys, signatures: 4096, zones: { example.net: ed25519, Example.org.: { keys: ksk+zsk, nsec: nsec3 } } }
proxy: { trust: [192.0.2.8], tls_header: before }
cookies: { enabled: true, required: true, secret_file: secrets }
access: [{ zones: [Internal.Example.net], networks: [192.0.2.0/24] }, { networks: [192.0.2.9] }]
rate_limit: { enabled: true, answers: 200, negative: 0, errors: 5, slip: 1, ipv4_prefix: 32, ipv6_prefix: 48, exempt: [192.0.2.0/24], entries: 4096 }
health: { exec: true, first_round: 0 }
states: { zurich: drained, web/zurich: down, web/zurich/ipv6: auto }
`;
    expect(settings(text)).toEqual({
      listen: [
        { host: '0.0.0.0', port: 53 },
        { host: '2001:db8::1', port: 0 },
      ],
      workers: 2,
      streamWorkers: 3,
      zones: '/etc/steerd/zones',
      stateDir: join(directory, 'state'),
      transport: 'dgram',
      xdp: [],
      udpPayloadSize: 512,
      tcp: { idleTimeout: 60_000, maxConnections: 4, maxPerClient: 5, maxPipelined: 6 },
      tls: {
        dot: [{ host: '127.0.0.1', port: 853 }],
        doh: [{ host: '::1', port: 443 }],
        dohPath: '/q',
        cert: join(directory, 'c.pem'),
        key: '/k.pem',
        workers: 2,
      },
      nsid: 'ns1',
      version: '1.0',
      id: 'one',
      reload: { watch: false, settle: 500 },
      log: { level: 'debug', format: 'json', queries: 1000 },
      api: {
        listen: [{ host: '::', port: 8054 }],
        tls: {
          cert: join(directory, 'tls/api.pem'),
          key: '/etc/steerd/api.key',
          clientCa: join(directory, 'tls/clients.pem'),
        },
        bodyLimit: 1024,
        rateLimit: 60,
      },
      geo: { countryDatabase: join(directory, 'geo/city.mmdb'), asnDatabase: '/var/lib/geo/asn.mmdb' },
      ecs: {
        trust: [
          { family: 'ipv4', address: Uint8Array.of(192, 0, 2, 0), length: 24 },
          {
            family: 'ipv6',
            address: Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53),
            length: 128,
          },
        ],
      },
      proxies: {
        trust: [{ family: 'ipv4', address: Uint8Array.of(192, 0, 2, 8), length: 32 }],
        tlsHeader: 'before',
      },
      tsigKeys: [],
      dnssec: {
        keyDir: join(directory, 'keys'),
        signatures: 4096,
        signers: 1,
        zones: [
          { apex: parseName('example.net.'), algorithm: 'ed25519', keys: 'csk', denial: 'compact' },
          { apex: parseName('example.org.'), algorithm: 'ecdsap256sha256', keys: 'ksk+zsk', denial: 'nsec3' },
        ],
      },
      cookies: { required: true, secretFile: join(directory, 'secrets') },
      access: [
        {
          zones: [parseName('internal.example.net.')],
          networks: [{ family: 'ipv4', address: Uint8Array.of(192, 0, 2, 0), length: 24 }],
          keys: undefined,
        },
        {
          zones: undefined,
          networks: [{ family: 'ipv4', address: Uint8Array.of(192, 0, 2, 9), length: 32 }],
          keys: undefined,
        },
      ],
      rateLimit: {
        rates: [200, 0, 5],
        slip: 1,
        ipv4: 32,
        ipv6: 48,
        exempt: [{ family: 'ipv4', address: Uint8Array.of(192, 0, 2, 0), length: 24 }],
        entries: 4096,
      },
      health: { exec: true, firstRound: 0 },
      states: { zurich: 'drained', 'web/zurich': 'down', 'web/zurich/ipv6': 'auto' },
    });
  });

  test('zones that are signed are names, each once', () => {
    const mistakes = (text: string): string[] => load(text).diagnostics.map(brief);
    expect(mistakes('dnssec: { zones: { a..b: ed25519 } }')).toEqual([expect.stringContaining('bad-name')]);
    expect(mistakes('dnssec: { zones: { a.b: ed25519, A.b.: ed25519 } }')).toEqual([
      expect.stringContaining('duplicate-zone'),
    ]);
    expect(mistakes('dnssec: { zones: { a.b: rsasha1 } }')).toEqual([expect.stringContaining('bad-')]);
    expect(mistakes('dnssec: { zones: { a.b: { nsec: none } } }')).toHaveLength(1);
    const long = new Array(4).fill('a'.repeat(55)).join('.');
    expect(mistakes(`dnssec: { zones: { ${long}: { nsec: nsec3 } } }`)).toEqual([
      expect.stringContaining('name-too-long'),
    ]);
    expect(mistakes(`dnssec: { zones: { ${long}: { nsec: minimal } } }`)).toEqual([]);
    expect(settings(undefined, { STEERD_DNSSEC_ZONES: 'a.b=ed25519' }).dnssec.zones).toEqual([
      { apex: parseName('a.b.'), algorithm: 'ed25519', keys: 'csk', denial: 'compact' },
    ]);
  });

  test('listeners may be for some networks alone', () => {
    const inside = [{ family: 'ipv4', address: Uint8Array.of(192, 0, 2, 0), length: 24 }];
    const some = { host: '192.0.2.54', port: 53, allow: inside };
    const text = "listen: ['192.0.2.53:53', { address: '192.0.2.54:53', allow: [192.0.2.0/24] }]";
    expect(settings(text).listen).toEqual([{ host: '192.0.2.53', port: 53 }, some]);
    const json = '["192.0.2.53:53",{"address":"192.0.2.54:53","allow":["192.0.2.0/24"]}]';
    expect(settings(undefined, { STEERD_LISTEN: json }).listen).toEqual([{ host: '192.0.2.53', port: 53 }, some]);
    expect(settings(undefined, { STEERD_LISTEN: '[::1]:53, 127.0.0.1:53' }).listen).toEqual([
      { host: '::1', port: 53 },
      { host: '127.0.0.1', port: 53 },
    ]);
    const mistakes = (listen: string): string[] => load(`listen: ${listen}`).diagnostics.map(brief);
    expect(mistakes("[{ address: 'here:53', allow: [192.0.2.0/24] }]")).toEqual([
      expect.stringContaining('"here:53", which is no address with a port'),
    ]);
    expect(mistakes("[{ address: '127.0.0.1:53', allow: [] }]")).toHaveLength(1);
    expect(mistakes("[{ address: '127.0.0.1:53' }]")).toHaveLength(1);
    expect(mistakes("['127.0.0.1:53', { address: '127.0.0.1:53', allow: [192.0.2.0/24] }]")).toEqual([
      expect.stringContaining('has an address twice'),
    ]);
    const withXdp = load("xdp: [eth0]\nlisten: [{ address: '192.0.2.1:53', allow: [192.0.2.0/24] }]");
    expect(withXdp.diagnostics).toMatchObject([{ code: 'xdp-with-allow' }]);
  });

  test('rules of access name keys there are', () => {
    expect(load('access: [{ keys: [office] }]').diagnostics).toMatchObject([{ code: 'unknown-key-name' }]);
    expect(load('access: [{ zones: [example.net] }]').diagnostics.map(brief)).toEqual([
      expect.stringContaining('needs networks or keys'),
    ]);
  });

  test('XDP goes with addresses and batched sockets only', () => {
    const { diagnostics } = load("xdp: [eth0]\nlisten: ['192.0.2.1:53', '[::]:53']");
    expect(diagnostics).toMatchObject([{ code: 'xdp-with-wildcard', fix: expect.stringContaining('addresses') }]);
    expect(load('xdp: [eth0]\ntransport: dgram').diagnostics).toMatchObject([{ code: 'xdp-with-dgram' }]);
    expect(load("xdp: ['a/b', eth0, eth0]").diagnostics.length).toBeGreaterThan(0);
    expect(load("xdp: [eth0, eth1]\nlisten: ['192.0.2.1:53']").settings?.xdp).toEqual(['eth0', 'eth1']);
  });

  test('the API can be turned off, and takes both halves of a key pair or none', () => {
    expect(settings('api: { enabled: false }').api).toBeUndefined();
    const cert = 'api: { tls_cert: a.pem }';
    expect(load(cert).diagnostics.map(formatDiagnostic)).toEqual([
      `${join(directory, 'steerd.yaml')}: error: api.tls_cert is set without api.tls_key (set both or neither)`,
    ]);
    expect(settings(cert, { STEERD_API_TLS_KEY: 'b.pem' }).api?.tls).toEqual({
      cert: join(directory, 'a.pem'),
      key: 'b.pem',
      clientCa: undefined,
    });
    expect(load('api: { tls_client_ca: a.pem }').diagnostics).toMatchObject([{ code: 'half-of-a-pair' }]);
    expect(load('api: { tls_key: a.pem }').diagnostics).toMatchObject([{ code: 'half-of-a-pair' }]);
  });

  test('variables of the command line are not settings', () => {
    expect(settings(undefined, { STEERD_TOKEN: 'x', STEERD_URL: 'https://ns1:8053' })).toEqual(defaults);
  });

  test('the environment wins, key by key', () => {
    const text = `
listen: ['127.0.0.1:1', '127.0.0.1:2']
tcp: { idle_timeout: 1m, max_connections: 4 }
states: { geneva: down }
zones: a
state_dir: a
`;
    const env = {
      STEERD_LISTEN: '127.0.0.1:53, [::1]:53',
      STEERD_WORKERS: 'auto',
      STEERD_TCP_IDLE_TIMEOUT: '250ms',
      STEERD_STATES: 'zurich=drained,web/zurich=down',
      STEERD_RELOAD_WATCH: 'false',
      STEERD_NSID: '5',
      STEERD_ZONES: 'b',
    };
    expect(settings(text, env)).toMatchObject({
      listen: [
        { host: '127.0.0.1', port: 53 },
        { host: '::1', port: 53 },
      ],
      workers: Math.max(1, availableParallelism() - 1),
      tcp: { idleTimeout: 250, maxConnections: 4 },
      states: { zurich: 'drained', 'web/zurich': 'down' },
      reload: { watch: false, settle: 200 },
      nsid: '5',
      zones: 'b',
      stateDir: join(directory, 'a'),
    });
  });

  test('variables that are empty, name the file, or are what Kubernetes sets for a Service called steerd count for nothing', () => {
    const env = {
      STEERD_NSID: '',
      STEERD_CONFIG: 'x.yaml',
      STEERD_SERVICE_HOST: '10.0.0.1',
      STEERD_SERVICE_PORT: '53',
      STEERD_SERVICE_PORT_DNS_TCP: '53',
      STEERD_PORT: 'tcp://10.0.0.1:53',
      STEERD_PORT_53_UDP_ADDR: '10.0.0.1',
      STEERD_DNS_PORT_53_TCP: 'tcp://10.0.0.1:53',
      OTHER: 'x',
    };
    expect(settings(undefined, env)).toEqual(defaults);
  });

  test('every key is a variable as well', () => {
    const variables = settingKeys().map((key) => key.variable);
    expect(new Set(variables).size).toBe(variables.length);
    for (const { variable, standard, schema } of settingKeys()) {
      const value = standard ?? schema.examples?.[0];
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) continue;
      const { diagnostics } = load(undefined, { [variable]: textFromValue(value) });
      // One key of a pair is refused for want of the other, and a rule for want of the TSIG key it names, not of the variable.
      const others = ['half-of-a-pair', 'no-certificate', 'unknown-key-name'];
      expect(diagnostics.filter(({ code }) => !others.includes(code))).toEqual([]);
    }
  });
});

describe('transfers', () => {
  const env = { K: 'hmac-sha256:xfr:AAEC' };
  const said = (text: string, extra: NodeJS.ProcessEnv = {}): string[] =>
    load(`tsig: { key_variables: [K] }\n${text}`, { ...env, ...extra }).diagnostics.map(
      (d) => `${d.code}: ${d.message}`,
    );

  test('are for nobody unless somebody is named', () => {
    expect(settings('transfer: { coalesce: 1m }').transfer).toBeUndefined();
  });

  test('have rules, and servers that are told', () => {
    const { transfer } = settings(
      `tsig: { key_variables: [K] }
transfer:
  allow: [{ zones: [Example.NET], networks: [192.0.2.0/24], keys: [xfr] }, { networks: ['::1'] }]
  notify: [{ zones: [example.org], to: [192.0.2.53, '[2001:db8::53]:5353'], key: xfr }]
  coalesce: 1m
  client: 198.51.100.7
`,
      env,
    );
    const name = (text: string): Uint8Array => parseName(text);
    const prefix = (address: Uint8Array, length: number): object => ({
      family: address.length === 4 ? 'ipv4' : 'ipv6',
      address,
      length,
    });
    const loopback = new Uint8Array(16);
    loopback[15] = 1;
    expect(transfer?.allow).toEqual([
      {
        zones: [name('example.net')],
        networks: [prefix(Uint8Array.of(192, 0, 2, 0), 24)],
        keys: [name('xfr')],
        view: 'steered',
      },
      { zones: undefined, networks: [prefix(loopback, 128)], keys: undefined, view: 'steered' },
    ]);
    const tsig = { name: name('xfr'), algorithm: 'hmac-sha256', secret: Buffer.from([0, 1, 2]) };
    const told = { zones: [name('example.org')], key: tsig };
    expect(transfer?.policy).toEqual({
      zones: { steered: undefined, declared: [] },
      notify: [
        { ...told, host: '192.0.2.53', port: 53 },
        { ...told, host: '2001:db8::53', port: 5353 },
      ],
      coalesce: 60_000,
      client: Uint8Array.of(198, 51, 100, 7),
      signatureLifetime: 14 * 86_400,
      mostSigned: 1_000_000,
    });
  });

  test('a variable has rules as JSON', () => {
    const { transfer } = settings(undefined, { STEERD_TRANSFER_ALLOW: '[{"zones":["a.example"],"networks":["::1"]}]' });
    expect(transfer?.policy.zones).toEqual({ steered: [parseName('a.example')], declared: [] });
    expect(load(undefined, { STEERD_TRANSFER_ALLOW: '[{' }).diagnostics).toHaveLength(1);
  });

  test.each([
    ['transfer: { allow: [{ zones: [example.net] }] }', 'needs networks or keys'],
    ['transfer: { allow: [{ keys: [other] }] }', 'transfer names the TSIG key other, which there is not'],
    [
      'transfer: { notify: [{ to: [192.0.2.53], key: other }] }',
      'transfer names the TSIG key other, which there is not',
    ],
    ['transfer: { notify: [{ to: [ns1.example.net] }] }', 'which is no address of a server'],
    ['transfer: { allow: [{ networks: [192.0.2.1/24] }] }', 'has what is no network'],
    ['transfer: { allow: [{ zones: [a..b], networks: ["::1"] }] }', 'has what is no domain name'],
    ['transfer: { client: nobody }', 'is no address'],
    ['transfer: { signature_lifetime: 91d }', 'is longer than 90 days'],
    ['transfer: { allow: [{ networks: ["::1"], view: declared }] }', 'needs keys for the declared view'],
    [
      'transfer: { allow: [{ networks: ["::/0"] }, { networks: ["::1"], keys: [xfr], view: declared }] }',
      'transfer.allow: rule 2 gives nobody its view',
    ],
  ])('%s', (text, message) => {
    expect(said(text).join()).toContain(message);
  });
});

test('a file that is not there is a mistake', () => {
  const file = join(directory, 'none.yaml');
  expect(loadSettings(file, {}).diagnostics.map(formatDiagnostic)).toEqual([`${file}: error: there is no such file`]);
});

describe('mistakes of the file', () => {
  const port = "which is no address with a port (write e.g. '127.0.0.1:5300')";
  test.each<[string, ...string[]]>([
    ['lisen: []', '1:1 unknown-key: there is no key "lisen" here (did you mean "listen"?)'],
    [
      'tcp: { idle: 5s }',
      '1:8 unknown-key: there is no key "idle" here (the keys are idle_timeout, max_connections, max_per_client, max_pipelined)',
    ],
    ['workers: 1\nworkers: 2', '2:1 duplicate-key: "workers" is given twice, first on line 1 (leave one of them out)'],
    [
      'listen: 127.0.0.1:53',
      '1:9 bad-value: "listen" must be a list, not "127.0.0.1:53" (write e.g. listen: [\'127.0.0.1:5300\', \'[::1]:5300\'])',
    ],
    ['listen: []', "1:9 bad-value: \"listen\" is empty (write e.g. listen: ['127.0.0.1:5300', '[::1]:5300'])"],
    [
      "listen: [localhost:53, '127.0.0.1', '::1:53', '127.0.0.1:65536', '[127.0.0.1]:53']",
      `1:10 bad-value: "listen" has "localhost:53", ${port}`,
      `1:24 bad-value: "listen" has "127.0.0.1", ${port}`,
      `1:37 bad-value: "listen" has "::1:53", ${port}`,
      `1:47 bad-value: "listen" has "127.0.0.1:65536", ${port}`,
      `1:66 bad-value: "listen" has "[127.0.0.1]:53", ${port}`,
    ],
    [
      "listen: ['127.0.0.1:53', '127.0.0.1:53']",
      "1:9 bad-value: \"listen\" has an address twice (write e.g. listen: ['127.0.0.1:5300', '[::1]:5300'])",
    ],
    ['workers: many', '1:10 bad-value: "workers" can not be "many" (write a whole number or auto)'],
    ['workers: 0', '1:10 bad-value: "workers" is 0, below 1 (write e.g. workers: 1)'],
    ['workers: 1.5', '1:10 bad-value: "workers" can not be 1.5 (write a whole number or auto)'],
    [
      'stream_workers: auto',
      '1:17 bad-value: "stream_workers" must be a whole number, not "auto" (write e.g. stream_workers: 1)',
    ],
    ['transport: batch', '1:12 bad-value: "transport" can not be "batch" (write auto, batched or dgram)'],
    [
      'udp_payload_size: 511',
      '1:19 bad-value: "udp_payload_size" is 511, below 512 (write e.g. udp_payload_size: 1232)',
    ],
    [
      'udp_payload_size: 4097',
      '1:19 bad-value: "udp_payload_size" is 4097, over 4096 (write e.g. udp_payload_size: 1232)',
    ],
    [
      'tcp:\n  idle_timeout: 3 days',
      `2:17 bad-value: "idle_timeout" can not be "3 days" (write e.g. idle_timeout: '10s')`,
    ],
    [
      'tcp: { idle_timeout: 0 }',
      `1:22 bad-value: "idle_timeout" is too short: the least is 1 ms (write e.g. idle_timeout: '10s')`,
    ],
    ['reload: { settle: 25h }', `1:19 bad-value: "settle" is longer than a day (write e.g. settle: '200ms')`],
    ['reload: { watch: yes }', '1:18 bad-value: "watch" must be true or false, not "yes" (write e.g. watch: true)'],
    ['nsid: 5', '1:7 bad-value: "nsid" must be text, not 5 (write e.g. nsid: ns1-zrh)'],
    ['version: ""', '1:10 bad-value: "version" is empty (write e.g. version: steerd)'],
    [
      'log: { level: inf, format: xml }',
      '1:15 bad-value: "level" can not be "inf" (did you mean "info"?)',
      '1:28 bad-value: "format" can not be "xml" (write text, json or auto)',
    ],
    ['log: debug', '1:6 bad-value: "log" must be a mapping, not "debug"'],
    [
      'ecs: { trust: [192.0.2.1/24] }',
      '1:16 bad-value: "trust" has what is no network: 192.0.2.1/24 has bits set behind its length (write e.g. \'192.0.2.0/24\')',
    ],
    ['states: { zurich: don }', '1:19 bad-value: "zurich" can not be "don" (did you mean "down"?)'],
    ['states: { a/b/c: up }', '1:11 bad-name: "a/b/c" can not be a name (write e.g. states: { zurich: drained })'],
    ['a: [', '1:5 yaml-syntax: not YAML: unexpected end of the stream within a flow collection'],
  ])('%j', (text, ...expected) => {
    const { settings: none, diagnostics } = load(text);
    expect(diagnostics.map(brief)).toEqual(expected);
    expect(none).toBeUndefined();
  });
});

describe('mistakes of the environment', () => {
  test.each<[string, string, string]>([
    ['STEERD_LISEN', '1', 'there is no setting of this name (did you mean STEERD_LISTEN?)'],
    ['STEERD_TCP_IDLE_TIMOUT', '1', 'there is no setting of this name (did you mean STEERD_TCP_IDLE_TIMEOUT?)'],
    ['STEERD_CONFG', '1', 'there is no setting of this name (did you mean STEERD_CONFIG?)'],
    ['STEERD_TCP_PORT', '53', 'there is no setting of this name (unset it)'],
    ['STEERD_WORKERS', 'x', 'it can not be "x" (write a whole number or auto)'],
    ['STEERD_STREAM_WORKERS', 'x', 'it must be a whole number, not "x" (write e.g. STEERD_STREAM_WORKERS=1)'],
    [
      'STEERD_LISTEN',
      '127.0.0.1:53,foo',
      'it has "foo", which is no address with a port (write e.g. STEERD_LISTEN=127.0.0.1:5300)',
    ],
    ['STEERD_TCP_IDLE_TIMEOUT', '10x', 'it can not be "10x" (write e.g. STEERD_TCP_IDLE_TIMEOUT=10s)'],
    ['STEERD_RELOAD_WATCH', 'maybe', 'it must be true or false, not "maybe" (write e.g. STEERD_RELOAD_WATCH=true)'],
    ['STEERD_STATES', 'zurich', 'it must be a mapping, not "zurich" (write e.g. STEERD_STATES=zurich=drained)'],
    ['STEERD_STATES', 'zurich=x', 'it can not be "x" (write up, down, drained or auto)'],
  ])('%s=%s', (variable, value, expected) => {
    const { settings: none, diagnostics } = load(undefined, { [variable]: value });
    expect(diagnostics.map(formatDiagnostic)).toEqual([`${variable}: error: ${expected}`]);
    expect(none).toBeUndefined();
  });

  test('those of the file are told beside them', () => {
    const { diagnostics } = load('workers: x', { STEERD_WORKERS: '2', STEERD_ZONE: 'x' });
    expect(diagnostics.map((d) => d.code)).toEqual(['bad-value', 'unknown-variable']);
  });
});
