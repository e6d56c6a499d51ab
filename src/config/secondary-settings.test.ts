/** Zones from other servers in steerd.yaml and in the environment. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatPrefix } from '../net/prefix.ts';
import { formatName, parseName } from '../wire/name.ts';
import { loadSettings } from './settings.ts';

const KEY = `key "xfr" { algorithm hmac-sha256; secret "${Buffer.alloc(32, 1).toString('base64')}"; };\n`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-settings-'));
  writeFileSync(join(folder, 'xfr.key'), KEY, { mode: 0o600 });
  writeFileSync(join(folder, 'ca.pem'), 'a certificate');
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(zones: string, more = '', env: NodeJS.ProcessEnv = {}): ReturnType<typeof loadSettings> {
  const file = join(folder, 'steerd.yaml');
  writeFileSync(file, `tsig: { key_files: [./xfr.key] }\nsecondary: { zones: ${zones} }\n${more}\n`);
  return loadSettings(file, env);
}

function mistake(zones: string): string | undefined {
  return load(zones).diagnostics[0]?.message;
}

it('has primaries with ports, keys and TLS, and believes notifications of them', () => {
  const zones = `
    Example.org: { primaries: [{ address: 192.0.2.1, key: xfr }, { address: '[2001:db8::1]:5353' }] }
    example.com:
      primaries: [{ address: 192.0.2.2, tls: { name: ns.example.com, ca: ./ca.pem } }]
      allow_notify: [{ networks: [192.0.2.0/24] }]`;
  const { settings } = load(`{}`, `dnssec: { zones: { example.com: ed25519 } }`);
  expect(settings?.secondary).toBeUndefined();
  writeFileSync(
    join(folder, 'steerd.yaml'),
    `tsig: { key_files: [./xfr.key] }\ndnssec: { zones: { example.com: ed25519 } }\nsecondary:\n  zones:${zones}\n`,
  );
  const { policy, notifications } = loadSettings(join(folder, 'steerd.yaml'), {}).settings!.secondary!;
  expect(policy.most).toBe(268_435_456);
  expect(policy.zones.map(({ apex, signs }) => [formatName(apex), signs])).toEqual([
    ['example.org.', false],
    ['example.com.', true],
  ]);
  const places = policy.zones.flatMap(({ primaries }) =>
    primaries.map(({ host, port, key, tls }) => [host, port, key && formatName(key.name), tls]),
  );
  expect(places).toEqual([
    ['192.0.2.1', 53, 'xfr.', undefined],
    ['2001:db8::1', 5353, undefined, undefined],
    ['192.0.2.2', 853, undefined, { name: 'ns.example.com', ca: 'a certificate' }],
  ]);
  const rules = notifications.map(({ zone, networks, keys }) => [
    formatName(zone),
    networks?.map(formatPrefix).join(),
    keys?.map((key) => formatName(key)).join(),
  ]);
  expect(rules).toEqual([
    ['example.org.', '192.0.2.1/32', 'xfr.'],
    ['example.org.', '2001:db8::1/128', undefined],
    ['example.com.', '192.0.2.0/24', undefined],
  ]);
});

it('may be given by a variable as JSON', () => {
  const STEERD_SECONDARY_ZONES = '{"example.org": {"primaries": [{"address": "192.0.2.1"}]}}';
  const { settings, diagnostics } = load('{}', '', { STEERD_SECONDARY_ZONES });
  expect(diagnostics).toEqual([]);
  expect(settings?.secondary?.policy.zones[0].apex).toEqual(parseName('example.org'));
});

it('says what is wrong', () => {
  expect(mistake('{ example.org: { primaries: [{ address: 192.0.2.1, key: other }] } }')).toBe(
    'secondary.zones names the TSIG key other for example.org., which there is not',
  );
  expect(mistake('{ example.org: { primaries: [] } }')).toMatch(/primaries/);
  expect(mistake('{ example.org: { primaries: [{ address: ns.example.net }] } }')).toMatch(/is no address of a server/);
  expect(mistake('{ "a..b": { primaries: [{ address: 192.0.2.1 }] } }')).toMatch(/^secondary\.zones: /);
  const both =
    '{ example.org: { primaries: [{ address: 192.0.2.1 }] }, Example.ORG.: { primaries: [{ address: 192.0.2.1 }] } }';
  expect(mistake(both)).toBe('secondary.zones has example.org. twice');
  const tls = '{ example.org: { primaries: [{ address: 192.0.2.1, tls: { name: ns.example.org, ca: ./none.pem } }] } }';
  expect(mistake(tls)).toMatch(/a file of tls\.ca can not be read/);
  expect(mistake('{ example.org: { primaries: [{ address: 192.0.2.1 }], allow_notify: [{}] } }')).toMatch(
    /networks or keys/,
  );
});
