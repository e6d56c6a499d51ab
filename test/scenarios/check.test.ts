/** Every mistake an operator can make in the files, in one directory, told in one run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const NS = "'': { type: NS, value: ns.other.example. }\n";
const long = 'a'.repeat(64);

/** File, what is in it, and what must be said: `line:column: message`. */
const MISTAKES: readonly (readonly [file: string, text: string, said: readonly string[]])[] = [
  [
    'unknown-key.example.yaml',
    `${NS}www: { type: STEER, service: web, gruop: anycast }\n`,
    ['2:35: error: .*gruop.*group'],
  ],
  ['unknown-type.example.yaml', `${NS}www: { type: AAA, value: 192.0.2.1 }\n`, ['2:14: error: .*AAA']],
  [
    'twice.example.yaml',
    `${NS}www: { type: A, value: 192.0.2.1 }\nwww: { type: A, value: 192.0.2.2 }\n`,
    ['3:1: error: .*www'],
  ],
  [
    'cname.example.yaml',
    `${NS}www:\n  - { type: CNAME, value: x.other.example. }\n  - { type: A, value: 192.0.2.1 }\n`,
    ['3:\\d+: error: .*CNAME beside A'],
  ],
  [
    'cnames.example.zone',
    '@ NS ns.other.example.\nwww CNAME a.other.example.\nwww CNAME b.other.example.\n',
    ['3:\\d+: error: .*more than one CNAME'],
  ],
  [
    'outside.example.zone',
    '@ NS ns.other.example.\nwww.elsewhere. A 192.0.2.1\n',
    ['2:1: error: .*www\\.elsewhere\\.'],
  ],
  ['label.example.yaml', `${NS}${long}: { type: A, value: 192.0.2.1 }\n`, ['2:\\d+: error: .*63']],
  ['name.example.yaml', `${NS}${'abcdefg.'.repeat(31)}x: { type: A, value: 192.0.2.1 }\n`, ['2:\\d+: error: .*255']],
  [
    'group.example.yaml',
    `${NS}www: { type: STEER, service: web, group: zurch }\n`,
    ['2:42: error: .*no group zurch.*zurich'],
  ],
  [
    'service.example.yaml',
    `${NS}www:\n  type: STEER\n  service: wbe\n  group: zurich\n`,
    ['4:12: error: .*no service wbe.*web'],
  ],
  [
    'policy.example.zone',
    '@ NS ns.other.example.\nwww 60 IN STEER web zurich strict\n',
    ['2:28: error: .*no policy strict'],
  ],
  ['address.example.yaml', `${NS}www: { type: A, value: 192.0.2.256 }\n`, ['2:24: error: .*192\\.0\\.2\\.256']],
  [
    'glue.example.zone',
    '@ NS ns.other.example.\nlab NS ns1.lab\n',
    ['2:\\d+: error: .*ns1\\.lab\\.glue\\.example\\. has no address'],
  ],
  ['ttl.example.zone', '@ NS ns.other.example.\nwww 2147483648 A 192.0.2.1\n', ['2:5: error: .*2147483647']],
  [
    'ttls.example.zone',
    '@ NS ns.other.example.\nwww 60 A 192.0.2.1\nwww 90 A 192.0.2.2\n',
    ['3:5: error: .*60 and 90'],
  ],
  [
    'same.example.zone',
    '@ NS ns.other.example.\nwww A 192.0.2.1\nwww A 192.0.2.1\n',
    ['3:\\d+: error: .*twice with the same data'],
  ],
  [
    'both.example.zone',
    '@ NS ns.other.example.\nwww A 192.0.2.1\nwww STEER web zurich\n',
    ["2:5: error: .*can't have A records"],
  ],
  [
    'below.example.zone',
    '@ NS ns.other.example.\nlab NS ns.other.example.\nwww.lab STEER web zurich\n',
    ['2:5: error: .*www\\.lab\\.below\\.example\\. is steered but lies below this NS'],
  ],
  [
    'geo.example.yaml',
    `${NS}www: { type: A, value: 192.0.2.1, geo: { EU: [192.0.2.2] } }\n`,
    ['2:\\d+: error: .*geo.*STEER'],
  ],
  ['broken.example.yaml', `${NS}www: { type: A, value: [ }\n`, ['2:\\d+: error: ']],
  [
    'rdata.example.zone',
    '@ NS ns.other.example.\nwww MX mail\nx LOC 91 N 8 E 0m\n',
    ['2:\\d+: error: .*mail', '3:\\d+: error: .*91'],
  ],
];

const NETWORK = `sites:
  zrh: { name: Zürich, country: CH }
groups:
  anycast: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  far: { routing: anycast, parent: nowhere, prefixes: { ipv4: 198.51.100.0/25 } }
  a: { routing: anycast, parent: b, prefixes: { ipv6: 2001:db8:20::/48 } }
  b: { routing: anycast, parent: a, prefixes: { ipv6: 2001:db8:21::/48 } }
services:
  web: { vips: { anycast: { ipv4: 192.0.2.64 } } }
  mail: { vips: { anycast: { ipv4: 192.0.2.64 } } }
  lost: { vips: { anycast: { ipv4: 203.0.113.1 } } }
  none: { vips: { nogroup: { ipv4: 192.0.2.66 } } }
policy: {}
`;
const NETWORK_SAID = [
  '5:\\d+: warning: .*198\\.51\\.100\\.0/25 is longer than /24',
  '5:\\d+: error: .*nowhere',
  '[67]:\\d+: error: .*above itself',
  '10:\\d+: error: .*192\\.0\\.2\\.64',
  '11:\\d+: error: .*203\\.0\\.113\\.1',
  '12:\\d+: error: .*nogroup',
  '13:1: error: .*no key "policy".*policies',
];

describe('steerd check', () => {
  let place: Workplace;
  let said: string[];
  let status: number | null;
  beforeAll(() => {
    place = workplace('network');
    for (const [file, text] of MISTAKES) writeFileSync(join(place.zones, file), text);
    const run = steerd(place, ['check', place.zones]);
    said = run.stderr.split('\n');
    status = run.status;
  });
  afterAll(() => remove(place));

  it('ends with status 1', () => expect(status).toBe(1));

  it.each(
    MISTAKES.flatMap(([file, , list]) => list.map((pattern) => [file, pattern] as const)),
  )('tells of %s: %s', (file, pattern) => {
    const about = said.filter((line) => line.includes(`/${file}:`));
    expect(about.join('\n')).toMatch(new RegExp(`${file.replaceAll('.', '\\.')}:${pattern}`));
  });

  it('gives every mistake a line and a column', () => {
    const errors = said.filter((line) => line.includes(': error: '));
    expect(errors.length).toBeGreaterThanOrEqual(MISTAKES.length);
    expect(errors.filter((line) => !/:\d+:\d+: error: /.test(line))).toEqual([]);
  });

  it('says the same as JSON', () => {
    const { ok, diagnostics } = JSON.parse(steerd(place, ['check', place.zones, '--json']).stdout) as {
      ok: boolean;
      diagnostics: { file: string }[];
    };
    expect(ok).toBe(false);
    for (const [file] of MISTAKES)
      expect(
        diagnostics.some((d) => d.file.endsWith(file)),
        file,
      ).toBe(true);
  });

  it('keeps the server from starting', async () => {
    await expect(SteerdProcess.start(place)).rejects.toThrow(/not started: \d+ errors/);
  });
});

describe('steerd check of a network', () => {
  it('tells of all its mistakes', () => {
    const place = workplace('network');
    writeFileSync(join(place.zones, 'network.yaml'), NETWORK);
    const { stderr, status } = steerd(place, ['check']);
    expect(status).toBe(1);
    for (const pattern of NETWORK_SAID) expect(stderr).toMatch(new RegExp(`network\\.yaml:${pattern}`));
    remove(place);
  });

  it('tells of a host whose service has no address on its ladder, and of two files for a zone', () => {
    const place = workplace('network');
    const network = readFileSync(join(place.zones, 'network.yaml'), 'utf8');
    writeFileSync(
      join(place.zones, 'network.yaml'),
      network.replace(/^services:/m, 'services:\n  tiny: { vips: { zurich: { ipv6: 2001:db8:19::99 } } }'),
    );
    writeFileSync(join(place.zones, 'a.example.yaml'), `${NS}www: { type: STEER, service: tiny, group: europe }\n`);
    writeFileSync(join(place.zones, 'a.example.zone'), '@ NS ns.other.example.\n');
    const { stderr, status } = steerd(place, ['check']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /a\.example\.yaml:2:\d+: error: .*service tiny has no address in group europe nor in any group it falls back to/,
    );
    expect(stderr).toMatch(/a\.example\.zone: error: is a second file for the zone of a\.example\.yaml/);
    remove(place);
  });
});
