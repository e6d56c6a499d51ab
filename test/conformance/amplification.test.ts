/** How much more is sent than was asked, by kind of query: what a flood of forged queries for the example zone would gain. docs/abuse.md has the table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../src/answer/counters.ts';
import { LIMITER_KEY_WORDS } from '../../src/answer/rate-limiter.ts';
import type { Responder } from '../../src/answer/responder.ts';
import { openDirectory } from '../../src/compile/directory.ts';
import { Algorithm, generatePair } from '../../src/dnssec/algorithm.ts';
import { makeSignatureCache } from '../../src/dnssec/signature-cache.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseName } from '../../src/wire/name.ts';
import { queryMessage } from '../support/ask.ts';
import { answerOne } from '../support/batch.ts';
import { ROOT } from '../support/console.ts';
import { opt, withOpt } from '../support/edns.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

/** What no reply over UDP is longer than, in octets: without EDNS, and with it. */
const PLAIN_UDP = 512;
const UDP_SIZE = 1232;
const CLIENT = Uint8Array.of(198, 51, 100, 7);
/** Of signatures of ECDSA P-256 all are of one size. */
const ALGORITHM = Algorithm.ECDSAP256SHA256;

interface Ways {
  readonly plain: (name: string, type: number, rclass?: number) => Buffer;
  readonly edns: Ways['plain'];
  readonly signed: Ways['plain'];
}

const ways: Ways = {
  plain: (name, type, rclass = 1) => queryMessage(7, name, type, { rclass }),
  edns: (name, type, rclass = 1) => queryMessage(7, name, type, { rclass, edns: UDP_SIZE }),
  signed: (name, type, rclass = 1) => queryMessage(7, name, type, { rclass, edns: UDP_SIZE, dnssecOk: true }),
};
const WAYS = ['plain', 'edns', 'signed'] as const;

/** Rows of the table: what is asked. */
const KINDS: readonly (readonly [kind: string, name: string, type: number, rclass?: number])[] = [
  ['A', 'www.example.net', RRType.A],
  ['AAAA', 'www.example.net', RRType.AAAA],
  ['A through a CNAME', 'blog.example.net', RRType.A],
  ['A by a wildcard', 'x.apps.example.net', RRType.A],
  ['HTTPS', 'www.example.net', RRType.HTTPS],
  ['TXT', 'example.net', RRType.TXT],
  ['MX', 'example.net', RRType.MX],
  ['NS', 'example.net', RRType.NS],
  ['SOA', 'example.net', RRType.SOA],
  ['ANY', 'example.net', RRType.ANY],
  ['DNSKEY', 'example.net', RRType.DNSKEY],
  ['no such name', 'x.example.net', RRType.A],
  ['no such type', 'www.example.net', RRType.TXT],
  ['referral', 'lab.example.net', RRType.A],
  ['refused', 'www.example.com', RRType.A],
  ['`version.bind`', 'version.bind', RRType.TXT, 3],
];

let unsigned: Responder;
let signed: Responder;

beforeAll(() => {
  const tables = new TestTables();
  tables.load(openDirectory(join(ROOT, 'zones')));
  unsigned = tables.responder({ udpSize: UDP_SIZE });
  const key = {
    zone: parseName('example.net.'),
    algorithm: ALGORITHM,
    flags: 257,
    ...generatePair(ALGORITHM),
    times: {},
  };
  signed = tables.responder({
    udpSize: UDP_SIZE,
    dnssec: { zones: [{ keys: [key], denial: 'compact' }], cache: makeSignatureCache(4096) },
  });
});

/** Octets of the reply for each of the query. */
function ratio(of: Responder, query: Buffer): number {
  return answerOne(of, query, { channel: Channel.UDP_IPV4, client: CLIENT }).length / query.length;
}

describe('a small zone', () => {
  it('gives the ratios that docs/abuse.md has', () => {
    const rows = KINDS.map(([kind, ...asked]) => {
      const figures = WAYS.map((way) => ratio(way === 'signed' ? signed : unsigned, ways[way](...asked)).toFixed(1));
      return `| ${[kind, ...figures].join(' | ')} |`;
    });
    const page = readFileSync(join(ROOT, 'docs/abuse.md'), 'utf8');
    const section = page.slice(page.indexOf('\n## Amplification\n'));
    const table = section.split('\n').filter((line) => line.startsWith('| '));
    expect(table.slice(1, rows.length + 1)).toEqual(rows);
  });

  it('gives no more than a few times what was asked, unless its signatures are wished for', () => {
    for (const [kind, ...asked] of KINDS) {
      const bound = kind === 'NS' ? 5.5 : 3.7;
      expect(ratio(unsigned, ways.plain(...asked)), kind).toBeLessThanOrEqual(bound);
      expect(ratio(unsigned, ways.edns(...asked)), kind).toBeLessThanOrEqual(bound);
      expect(ratio(unsigned, ways.signed(...asked)), `${kind} with DO`).toBeLessThanOrEqual(bound);
      // Who doesn't ask for signatures gets none.
      expect(ratio(signed, ways.edns(...asked)), `${kind} without DO`).toBeLessThanOrEqual(bound);
      expect(ratio(signed, ways.signed(...asked)), `${kind} signed`).toBeLessThanOrEqual(12);
    }
  });

  it('gives nothing for what is no question', () => {
    const query = ways.plain('www.example.net', RRType.A);
    const response = Buffer.from(query);
    response[2] |= 0x80;
    expect(ratio(unsigned, response)).toBe(0);
    expect(ratio(unsigned, query.subarray(0, 11))).toBe(0);
    const header = Buffer.from('000700000000000000000000', 'hex');
    expect(ratio(unsigned, header)).toBe(1);
    // Opcodes 1 to 15, a query cut off, octets behind it, several questions.
    for (let opcode = 1; opcode < 16; opcode++) {
      const other = Buffer.from(query);
      other[2] = opcode << 3;
      expect(ratio(unsigned, other), `opcode ${opcode}`).toBeLessThanOrEqual(1);
    }
    for (let length = 12; length < query.length; length++) {
      expect(ratio(unsigned, query.subarray(0, length)), `${length} octets`).toBeLessThanOrEqual(1);
    }
    expect(ratio(unsigned, Buffer.concat([query, Buffer.alloc(3)]))).toBeLessThanOrEqual(1);
    for (const [version, most] of [
      [0, 2],
      [1, 1],
      [255, 1],
    ]) {
      const message = withOpt(query, opt(Buffer.alloc(0), { version }));
      expect(ratio(unsigned, message), `version ${version}`).toBeLessThanOrEqual(most);
    }
  });
});

describe('large records', () => {
  const strings = (count: number): string => Array.from({ length: count }, () => 'x'.repeat(250)).join(' ');
  const zone = new TextZone(
    'example.',
    `$ORIGIN example.
$TTL 300
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.53
small TXT ${strings(1)}
large TXT ${strings(4)}
larger TXT ${strings(20)}
many TXT ${strings(1)}
${Array.from({ length: 200 }, (_, i) => `many A 192.0.2.${i}`).join('\n')}
${Array.from({ length: 60 }, (_, i) => `many AAAA 2001:db8::${i}`).join('\n')}
`,
  );
  let responder: Responder;
  beforeAll(() => {
    const tables = new TestTables();
    tables.load(inputOf([zone]));
    responder = tables.responder({ udpSize: UDP_SIZE });
  });
  const octets = (query: Buffer): number =>
    answerOne(responder, query, { channel: Channel.UDP_IPV4, client: CLIENT }).length;

  it('give no more than fits a datagram, and without room the question alone', () => {
    for (const [name, plain, edns] of [
      ['small', true, true],
      ['large', false, true],
      ['larger', false, false],
    ] as const) {
      const query = ways.plain(`${name}.example`, RRType.TXT);
      const withEdns = ways.edns(`${name}.example`, RRType.TXT);
      if (plain) expect(octets(query)).toBeLessThanOrEqual(PLAIN_UDP);
      else expect(octets(query)).toBe(query.length);
      if (edns) expect(octets(withEdns)).toBeLessThanOrEqual(UDP_SIZE);
      else expect(octets(withEdns)).toBe(withEdns.length);
      // Whatever a client says it can take.
      const huge = queryMessage(7, `${name}.example`, RRType.TXT, { edns: 65_535 });
      expect(octets(huge)).toBeLessThanOrEqual(UDP_SIZE);
    }
  });

  it('of many types are one for ANY', () => {
    for (const way of WAYS) expect(octets(ways[way]('many.example', RRType.ANY)), way).toBeLessThanOrEqual(UDP_SIZE);
    expect(octets(ways.plain('small.example', RRType.ANY))).toBe(octets(ways.plain('small.example', RRType.TXT)));
  });

  it('over the rate are none', () => {
    const tables = new TestTables();
    tables.load(inputOf([zone]));
    const rateLimit = {
      rates: [1, 1, 1],
      slip: 1,
      ipv4: 24,
      ipv6: 56,
      exempt: [],
      entries: 1024,
      key: new Int32Array(LIMITER_KEY_WORDS),
    };
    const limited = tables.responder({ udpSize: UDP_SIZE, rateLimit });
    for (const way of WAYS) {
      for (const type of [RRType.TXT, RRType.ANY, RRType.A]) {
        ratio(limited, ways[way]('large.example', type));
        expect(ratio(limited, ways[way]('large.example', type)), `${way} ${type}`).toBe(1);
      }
    }
  });
});
