/** Response rate limiting of what the responder writes: by both paths alike, by kind, with slips that lead to TCP, and never of who has shown where it is. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeCookieSecrets, setCookieClock, setCookieSecrets } from '../../src/answer/cookies.ts';
import { Channel, Counter, limitedCounter } from '../../src/answer/counters.ts';
import { LIMITER_KEY_WORDS, type RateLimitConfig } from '../../src/answer/rate-limiter.ts';
import { ReplyKind } from '../../src/answer/reply-kind.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { RRType } from '../../src/wire/constants.ts';
import { queryMessage } from '../support/ask.ts';
import { answerOne, makeBatch, messageOf } from '../support/batch.ts';
import { BothPaths } from '../support/both-paths.ts';
import { opt, option, optOf, withOpt } from '../support/edns.ts';
import { inputOf } from '../support/records.ts';
import { TestTables } from '../support/tables.ts';
import { TextZone } from '../support/text-zone.ts';

const zone = new TextZone(
  'example.',
  `$ORIGIN example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.1
www STEER web anycast
text TXT ${Array.from({ length: 6 }, () => 'x'.repeat(150)).join(' ')}
mail MX 10 www
lab NS ns.lab
ns.lab A 192.0.2.2
old DNAME ${'long.'.repeat(40)}example.
`,
);
const COOKIE = 10;
const CLIENT = Uint8Array.of(192, 0, 2, 7);
const NEIGHBOUR = Uint8Array.of(192, 0, 2, 8);
const OTHER = Uint8Array.of(198, 51, 100, 7);

const secrets = makeCookieSecrets();
let tables: TestTables;

const limits = (config: Partial<RateLimitConfig> = {}): RateLimitConfig => ({
  rates: [3, 2, 1],
  slip: 0,
  ipv4: 24,
  ipv6: 56,
  exempt: [],
  entries: 1024,
  key: new Int32Array(LIMITER_KEY_WORDS).fill(0x1234567),
  ...config,
});

function make(config: Partial<RateLimitConfig> = {}): BothPaths {
  return new BothPaths(tables, { cookies: { secrets, required: false }, rateLimit: limits(config) });
}

/** The reply of both paths, in octets: empty for none. */
function ask(paths: BothPaths, message: Buffer, from = CLIENT): Buffer {
  const { batch, complete } = paths.ask(message, Channel.UDP_IPV4, from);
  expect(batch).toBe(complete);
  return Buffer.from(batch, 'hex');
}

const query = (name: string, type: number = RRType.A, edns?: number): Buffer =>
  queryMessage(7, name, type, edns === undefined ? {} : { edns });

beforeEach(() => {
  setCookieSecrets(secrets, [new Uint8Array(16).fill(7)]);
  setCookieClock(secrets, 1_700_000_000);
  tables = new TestTables();
  tables.load(inputOf([zone]));
});

describe('replies over UDP', () => {
  it('are limited by kind and network, and counted', () => {
    const paths = make();
    const replies = (message: Buffer, from = CLIENT, times = 5): number => {
      let count = 0;
      for (let i = 0; i < times; i++) if (ask(paths, message, from).length > 0) count++;
      return count;
    };
    expect(replies(query('www.example.'))).toBe(3);
    expect(tables.counters[limitedCounter(ReplyKind.ANSWER, false)]).toBe(1);
    // What was written is counted as such.
    expect(tables.counters[Counter.RCODE_0]).toBe(1);
    // Whatever answers: records, referrals, what is too long, aliases that lead nowhere.
    for (const [name, type] of [
      ['mail.example.', RRType.MX],
      ['x.lab.example.', RRType.A],
      ['text.example.', RRType.TXT],
      [`${'very.'.repeat(20)}old.example.`, RRType.A],
    ] as const)
      expect(replies(query(name, type)), name).toBe(0);
    expect(replies(query('nope.example.'))).toBe(2);
    expect(tables.counters[limitedCounter(ReplyKind.NEGATIVE, false)]).toBe(1);
    expect(replies(query('www.example.', RRType.TXT))).toBe(0);
    expect(replies(query('www.invalid.'))).toBe(1);
    expect(tables.counters[limitedCounter(ReplyKind.ERROR, false)]).toBe(1);
    for (const error of [
      withOpt(query('www.example.'), opt(Buffer.alloc(0), { version: 1 })),
      Buffer.from('000700000000000000000000', 'hex'),
      Buffer.concat([query('www.example.'), Buffer.alloc(1)]),
      query('www.example.', RRType.OPT),
    ])
      expect(replies(error)).toBe(0);
    expect(replies(query('www.example.'), NEIGHBOUR)).toBe(0);
    expect(replies(query('www.example.'), OTHER)).toBe(3);
    for (const one of [paths.responder, paths.complete]) one.clock = 1000;
    expect(replies(query('www.example.'))).toBe(3);
  });

  it('lead to TCP now and then: question and OPT alone, no longer than the query but for what its options bring', () => {
    const paths = make({ rates: [1, 1, 1], slip: 1 });
    for (const [name, type] of [
      ['www.example.', RRType.A],
      ['text.example.', RRType.TXT],
      ['nope.example.', RRType.A],
      ['x.lab.example.', RRType.A],
      ['www.invalid.', RRType.A],
    ] as const) {
      ask(paths, query(name, type));
      const plain = ask(paths, query(name, type));
      expect([plain[2] & 0x82, ...plain.subarray(4, 12)], name).toEqual([0x82, 0, 1, 0, 0, 0, 0, 0, 0]);
      expect(plain).toHaveLength(query(name, type).length);
      const edns = ask(paths, query(name, type, 1232));
      expect([edns[2] & 0x82, ...edns.subarray(4, 12)], name).toEqual([0x82, 0, 1, 0, 0, 0, 0, 0, 1]);
      expect(optOf(edns)?.version, name).toBe(0);
      // An Extended DNS Error.
      expect(edns.length - query(name, type, 1232).length).toBe(name === 'www.invalid.' ? 6 : 0);
    }
    expect(tables.counters[limitedCounter(ReplyKind.ERROR, true)]).toBe(1);
  });

  it('are not limited for who shows a cookie of ours; a slip brings one', () => {
    const paths = make({ rates: [1, 1, 1], slip: 1 });
    const withCookie = (hex: string): Buffer =>
      withOpt(query('www.example.'), opt(option(COOKIE, Buffer.from(hex, 'hex'))));
    ask(paths, query('www.example.'));
    const slipped = ask(paths, withCookie('0102030405060708'));
    expect([slipped[2] & 2, slipped[7]]).toEqual([2, 0]);
    const whole = optOf(slipped)?.options.get(COOKIE) ?? '';
    expect(whole).toHaveLength(48);
    for (let i = 0; i < 10; i++) expect(ask(paths, withCookie(whole))[7]).toBe(1);
    // By the complete path too.
    for (let i = 0; i < 10; i++) {
      const message = withOpt(query('mail.example.', RRType.MX), opt(option(COOKIE, Buffer.from(whole, 'hex'))));
      expect(ask(paths, message)[7]).toBe(1);
    }
    // From elsewhere it is no better than none.
    ask(paths, withCookie(whole), OTHER);
    expect(ask(paths, withCookie(whole), OTHER)[7]).toBe(0);
  });

  it('are not limited for networks that are exempt', () => {
    const paths = make({ rates: [1, 1, 1], exempt: [parsePrefix('192.0.2.7/32')!] });
    for (let i = 0; i < 10; i++) expect(ask(paths, query('www.example.'), CLIENT)[7]).toBe(1);
    for (let i = 0; i < 10; i++) expect(ask(paths, query('www.example.'), NEIGHBOUR)).toHaveLength(0);
  });

  it('are limited within a batch, each message for itself', () => {
    const { responder } = make({ rates: [2, 1, 1], slip: 2 });
    const message = query('www.example.');
    const batch = makeBatch(
      [message, message, message, message, query('nope.example.'), message, Buffer.alloc(3), message],
      [CLIENT, CLIENT, CLIENT, CLIENT, CLIENT, OTHER, CLIENT, NEIGHBOUR],
    );
    responder.respondBatch(batch);
    const told = Array.from({ length: 8 }, (_, i) => {
      const reply = messageOf(batch, i);
      if (reply.length === 0) return 'nothing';
      return (reply[2] & 2) !== 0 ? 'TC' : reply[3] & 15;
    });
    expect(told).toEqual([0, 0, 'nothing', 'TC', 3, 0, 'nothing', 'nothing']);
  });

  it('are the same by both paths, whatever is asked, by whom and when', () => {
    const names = ['www', 'WWW', 'nope', 'text', 'mail', 'x.lab', 'ns1'].map((name) => `${name}.example.`);
    const step = fc.record({
      name: fc.constantFrom(...names, 'www.invalid.'),
      type: fc.constantFrom(1, 28, 16, 15, 255),
      edns: fc.option(fc.constantFrom(512, 1232), { nil: undefined }),
      from: fc.constantFrom(CLIENT, NEIGHBOUR, OTHER),
      wait: fc.constantFrom(0, 0, 0, 10, 300, 1000, 70_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (steps, slip) => {
        const paths = make({ slip });
        let now = 250_000;
        for (const { name, type, edns, from, wait } of steps) {
          now += wait;
          for (const one of [paths.responder, paths.complete]) one.clock = now;
          ask(paths, query(name, type, edns), from);
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('streams have no limit of replies: addresses are not forged there', () => {
  const { complete } = make({ rates: [1, 1, 1] });
  for (let i = 0; i < 10; i++) {
    const message = query('www.example.');
    const m = new Uint8Array(4096);
    m.set(message);
    expect(complete.respond(m, 0, message.length, m.length, Channel.TCP_IPV4, CLIENT)).toBeGreaterThan(message.length);
  }
});

it('IPv6 clients are told apart by their networks', () => {
  const { responder } = make({ rates: [1, 1, 1] });
  const from = (...octets: number[]): Uint8Array => {
    const address = new Uint8Array(16);
    address.set([0x20, 1, 0x0d, 0xb8, ...octets]);
    return address;
  };
  const replies = (client: Uint8Array): number => answerOne(responder, query('www.example.'), { client }).length;
  expect(replies(from(0, 0, 1))).toBeGreaterThan(0);
  expect(replies(from(0, 0, 1, 9, 9))).toBe(0);
  expect(replies(from(0, 0, 2))).toBeGreaterThan(0);
});
