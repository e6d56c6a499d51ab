/** DNS cookies in queries and responses (RFC 7873, RFC 9018), by both paths. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeCookieSecrets, setCookieClock, setCookieSecrets } from '../../src/answer/cookies.ts';
import { Channel, Counter } from '../../src/answer/counters.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { PrefixSet } from '../../src/net/prefix-set.ts';
import { queryMessage } from '../support/ask.ts';
import { ROOM } from '../support/batch.ts';
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
*.apps STEER web zurich
text TXT ${Array.from({ length: 3 }, () => 'x'.repeat(150)).join(' ')}
alias CNAME www
`,
);
const COOKIE = 10;
const ours = Uint8Array.of(192, 0, 2, 7);
const CLIENT = '0102030405060708';

const secrets = makeCookieSecrets();
let tables: TestTables;
let paths: BothPaths;
let strict: BothPaths;

beforeEach(() => {
  setCookieSecrets(secrets, [new Uint8Array(16).fill(7)]);
  setCookieClock(secrets, 1_700_000_000);
  tables = new TestTables();
  tables.load(inputOf([zone]));
  paths = new BothPaths(tables, { nsid: 'x', cookies: { secrets, required: false } });
  strict = new BothPaths(tables, { cookies: { secrets, required: true } });
});

const ask = (options: Buffer, name = 'www.example.', type = 1): Buffer =>
  withOpt(queryMessage(7, name, type), opt(options));
const cookie = (hex: string): Buffer => option(COOKIE, Buffer.from(hex, 'hex'));

/** The response, on which both paths agree. */
function answer(of: BothPaths, message: Buffer, channel: Channel = Channel.UDP_IPV4, from = ours): Buffer {
  const { batch, complete } = of.ask(message, channel, from);
  expect(batch).toBe(complete);
  return Buffer.from(complete, 'hex');
}

const cookieOf = (m: Buffer): string | undefined => optOf(m)?.options.get(COOKIE);
/** A whole cookie of ours. */
const learn = (): string => cookieOf(answer(paths, ask(cookie(CLIENT)))) ?? '';

describe('cookies', () => {
  it('are given to clients that send theirs, and known again', () => {
    const whole = learn();
    expect(whole).toMatch(/^0102030405060708010000006553f100[0-9a-f]{16}$/);
    expect(tables.counters[Counter.COOKIES_NEW]).toBe(1);
    expect(paths.responder.known[0]).toBe(0);
    expect(cookieOf(answer(paths, ask(cookie(whole))))).toBe(whole);
    expect(tables.counters[Counter.COOKIES_VALID]).toBe(1);
    expect(paths.responder.known[0]).toBe(1);
    // Another client's is answered all the same, with one that it can use.
    const other = cookieOf(answer(paths, ask(cookie(whole)), Channel.UDP_IPV4, Uint8Array.of(192, 0, 2, 8)));
    expect(other?.slice(0, 16)).toBe(CLIENT);
    expect(other).not.toBe(whole);
    expect(tables.counters[Counter.COOKIES_INVALID]).toBe(1);
    expect(paths.responder.known[0]).toBe(0);
  });

  it('are not given to who sends none, nor by a server that knows none', () => {
    expect(cookieOf(answer(paths, ask(Buffer.alloc(0))))).toBeUndefined();
    const plain = new BothPaths(tables);
    expect(cookieOf(answer(plain, ask(cookie(CLIENT))))).toBeUndefined();
    expect(answer(plain, ask(cookie('00'))).readUInt8(3) & 15).toBe(0);
  });

  it('of a length that can not be are FORMERR, the first of several counts', () => {
    for (const octets of [0, 1, 7, 9, 15, 41, 100])
      expect(answer(paths, ask(option(COOKIE, new Uint8Array(octets))))[3] & 15, `${octets}`).toBe(1);
    for (const octets of [8, 16, 24, 40])
      expect(answer(paths, ask(option(COOKIE, new Uint8Array(octets))))[3] & 15, `${octets}`).toBe(0);
    const two = answer(paths, ask(Buffer.concat([cookie(CLIENT), option(COOKIE, [1])])));
    expect(cookieOf(two)?.slice(0, 16)).toBe(CLIENT);
  });

  it('may be all that is asked for (RFC 7873 §5.4)', () => {
    const unasked = (options: Buffer): Buffer =>
      withOpt(Buffer.from([0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), opt(options));
    const m = answer(paths, unasked(cookie(CLIENT)));
    expect([m[3] & 15, m.readUInt16BE(4), m.readUInt16BE(6)]).toEqual([0, 0, 0]);
    expect(cookieOf(m)?.slice(0, 16)).toBe(CLIENT);
    expect(answer(paths, unasked(Buffer.alloc(0)))[3] & 15).toBe(1);
    // Not of a listener that isn't for who asks.
    const room = new Uint8Array(ROOM);
    room.set(unasked(cookie(CLIENT)));
    const allow = new PrefixSet([parsePrefix('198.51.100.0/24')!]);
    const from = Uint8Array.of(192, 0, 2, 7);
    paths.complete.respond(room, 0, unasked(cookie(CLIENT)).length, ROOM, Channel.UDP_IPV4, from, 0, allow);
    expect(room[3] & 15).toBe(5);
  });

  it('can be required: then clients that know them must show one over UDP', () => {
    const whole = learn();
    const refused = answer(strict, ask(cookie(CLIENT)));
    expect(optOf(refused)?.rcode).toBe(23);
    expect(refused.readUInt16BE(6)).toBe(0);
    expect(cookieOf(refused)).toBe(whole);
    expect(tables.counters[Counter.BADCOOKIE]).toBe(1);
    expect(optOf(answer(strict, ask(cookie(whole))))?.rcode).toBe(0);
    expect(optOf(answer(strict, ask(Buffer.alloc(0))))?.rcode).toBe(0);
    const { complete } = strict;
    const m = new Uint8Array(4096);
    const message = ask(cookie(CLIENT));
    m.set(message);
    expect(m[3] & 15).toBe(0);
    complete.respond(m, 0, message.length, 4096, Channel.TCP_IPV4, ours);
    expect([m[3] & 15, m[7]]).toEqual([0, 1]);
  });

  it('cost no query its place on the fast path', () => {
    for (const name of ['www.example.', 'x.apps.example.', 'nope.example.', 'nope.invalid.', 'ns1.example.'])
      expect(paths.ask(ask(cookie(CLIENT), name), Channel.UDP_IPV4, ours).fast, name).toBe(true);
  });

  it('are the same by both paths, whatever is asked and however large answers may be', () => {
    const names = [
      'www.example.',
      'x.apps.example.',
      'nope.example.',
      'nope.invalid.',
      'text.example.',
      'alias.example.',
    ];
    const whole = learn();
    const ecs = option(8, [0, 1, 24, 0, 192, 0, 2]);
    const options = fc.subarray([cookie(CLIENT), cookie(whole), cookie(`${whole}00`), ecs, option(3), option(12, [0])]);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(1, 28, 16),
        options,
        fc.constantFrom(512, 520, 540, 560, 1232),
        (name, type, chosen, size) => {
          const message = withOpt(queryMessage(7, name, type), opt(Buffer.concat(chosen), { size }));
          const m = answer(paths, message);
          expect(m.length).toBeLessThanOrEqual(size);
          expect(cookieOf(m) !== undefined).toBe(chosen.some((one) => one[1] === COOKIE));
        },
      ),
      { numRuns: 300 },
    );
  });
});
