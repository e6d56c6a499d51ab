import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../net/address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { LIMITER_KEY_WORDS, type RateLimitConfig, RateLimiter, Verdict } from './rate-limiter.ts';
import { ReplyKind } from './reply-kind.ts';

const KEY = Int32Array.from({ length: LIMITER_KEY_WORDS }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
const { ANSWER, NEGATIVE, ERROR } = ReplyKind;
const { SEND, DROP, TRUNCATE } = Verdict;
/** Milliseconds after which 32 bits of ticks have come round. */
const WRAP_MS = 256_000;

function limiter(config: Partial<RateLimitConfig> = {}): RateLimiter {
  return new RateLimiter({
    rates: [10, 5, 2],
    slip: 0,
    ipv4: 24,
    ipv6: 56,
    exempt: [],
    entries: 1024,
    key: KEY,
    ...config,
  });
}

function ask(of: RateLimiter, client: string, kind: ReplyKind = ANSWER): Verdict {
  const octets = parseAddress(client)!;
  // As in a sockaddr, behind other octets.
  const at = 3;
  const m = new Uint8Array(at + 16).fill(0xaa);
  m.set(octets, at);
  of.place(0, m, at, octets.length, kind);
  return of.judge(0, m, at, octets.length);
}

/** Of so many replies at once, how many are sent. */
function sent(of: RateLimiter, client: string, count: number, kind: ReplyKind = ANSWER): number {
  let replies = 0;
  for (let i = 0; i < count; i++) if (ask(of, client, kind) === SEND) replies++;
  return replies;
}

describe('a network', () => {
  it("gets a second's replies at once, then one as each is due", () => {
    const of = limiter();
    of.now = 1000;
    expect(sent(of, '192.0.2.1', 100)).toBe(10);
    of.now = 1099;
    expect(ask(of, '192.0.2.1')).toBe(DROP);
    of.now = 1101;
    expect(sent(of, '192.0.2.1', 5)).toBe(1);
    of.now = 1601;
    expect(sent(of, '192.0.2.1', 50)).toBe(5);
    of.now = 60_000;
    expect(sent(of, '192.0.2.1', 50)).toBe(10);
  });

  it('is as wide as it is set, and of one family', () => {
    const of = limiter({ rates: [1, 1, 1] });
    expect(ask(of, '192.0.2.1')).toBe(SEND);
    expect(ask(of, '192.0.2.255')).toBe(DROP);
    expect(ask(of, '192.0.3.1')).toBe(SEND);
    expect(ask(of, '2001:db8:0:100::1')).toBe(SEND);
    expect(ask(of, '2001:db8:0:1ff::1')).toBe(DROP);
    expect(ask(of, '2001:db8:0:200::1')).toBe(SEND);
    // The same first 32 bits, all else zero.
    expect(ask(of, '32.1.13.0')).toBe(SEND);
    expect(ask(of, '2001:d00::')).toBe(SEND);
    const wide = limiter({ rates: [1, 1, 1], ipv4: 8, ipv6: 24 });
    expect([ask(wide, '192.0.2.1'), ask(wide, '192.255.0.1')]).toEqual([SEND, DROP]);
    expect([ask(wide, '2001:db8::1'), ask(wide, '2001:dff:ffff::1'), ask(wide, '2001:e00::')]).toEqual([
      SEND,
      DROP,
      SEND,
    ]);
    const narrow = limiter({ rates: [1, 1, 1], ipv4: 32, ipv6: 64 });
    expect([ask(narrow, '192.0.2.1'), ask(narrow, '192.0.2.2')]).toEqual([SEND, SEND]);
    expect([ask(narrow, '2001:db8::1'), ask(narrow, '2001:db8:0:1::1'), ask(narrow, '2001:db8::2')]).toEqual([
      SEND,
      SEND,
      DROP,
    ]);
  });

  it('has a rate of each kind, or none', () => {
    const of = limiter({ rates: [10, 0, 2] });
    expect(sent(of, '192.0.2.1', 50, ERROR)).toBe(2);
    expect(sent(of, '192.0.2.1', 50, ANSWER)).toBe(10);
    expect(sent(of, '192.0.2.1', 5000, NEGATIVE)).toBe(5000);
  });

  it('is told by truncated replies now and then, as it is set', () => {
    const verdicts = (slip: number): Verdict[] => {
      const of = limiter({ slip, rates: [1, 1, 1] });
      ask(of, '192.0.2.1');
      return Array.from({ length: 6 }, () => ask(of, '192.0.2.1'));
    };
    expect(verdicts(0)).toEqual([DROP, DROP, DROP, DROP, DROP, DROP]);
    expect(verdicts(1)).toEqual([TRUNCATE, TRUNCATE, TRUNCATE, TRUNCATE, TRUNCATE, TRUNCATE]);
    expect(verdicts(2)).toEqual([DROP, TRUNCATE, DROP, TRUNCATE, DROP, TRUNCATE]);
    expect(verdicts(3)).toEqual([DROP, DROP, TRUNCATE, DROP, DROP, TRUNCATE]);
    const ten = limiter({ slip: 10, rates: [1, 1, 1] });
    expect(Array.from({ length: 1001 }, () => ask(ten, '192.0.2.1')).filter((v) => v === TRUNCATE)).toHaveLength(100);
  });

  it('may have no limit', () => {
    const of = limiter({ exempt: [parsePrefix('192.0.2.128/25')!, parsePrefix('2001:db8::/48')!] });
    expect(sent(of, '192.0.2.200', 100)).toBe(100);
    expect(sent(of, '192.0.2.100', 100)).toBe(0);
    expect(sent(of, '2001:db8::1', 100)).toBe(100);
    expect(sent(of, '2001:db8:1::1', 100)).toBe(10);
  });
});

describe('time', () => {
  it('may come round: what is long paid stays paid', () => {
    for (const begin of [0, 17, 63_999, 64_000, WRAP_MS - 500, WRAP_MS - 1, 34 * 365.25 * 86_400_000]) {
      for (const later of [1000, 64_000, 127_999, 128_000, WRAP_MS - 1000, WRAP_MS - 1, WRAP_MS, WRAP_MS + 500]) {
        const of = limiter();
        of.now = begin;
        expect(sent(of, '192.0.2.1', 100), `${begin}`).toBe(10);
        of.now = begin + later;
        expect(sent(of, '192.0.2.1', 100), `${begin} ${later}`).toBe(10);
      }
    }
  });

  it('goes on over the place where it comes round', () => {
    const of = limiter({ rates: [100, 1, 1] });
    let replies = 0;
    const from = WRAP_MS - 2000;
    for (let ms = from; ms < from + 4000; ms++) {
      of.now = ms;
      if (ask(of, '192.0.2.1') === SEND) replies++;
    }
    // A second of them at once, and what is due in 3,999 ms.
    expect(replies).toBe(499);
  });
});

describe('a table', () => {
  it('has one size, whatever happens', () => {
    const of = limiter({ entries: 1000 });
    expect(of.size).toBe(1024 * 16);
    for (let i = 0; i < 100_000; i++) ask(of, `${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}.1`);
    expect(of.size).toBe(1024 * 16);
    expect(limiter({ entries: 1 }).size).toBe(4 * 16);
  });

  it('forgets who is limited last: a flood of other networks does not free it', () => {
    const of = limiter({ entries: 64, rates: [100, 1, 1] });
    let victim = 0;
    let others = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      of.now = ms;
      for (let i = 0; i < 4; i++) if (ask(of, '198.51.100.1') === SEND) victim++;
      // Many more networks than there are entries, each well within its rate.
      for (let i = 0; i < 8; i++) {
        const n = (ms * 8 + i) & 4095;
        if (ask(of, `203.${n >> 8}.${n & 255}.1`) === SEND) others++;
      }
    }
    expect(victim).toBeGreaterThan(1000);
    expect(victim).toBeLessThan(1250);
    expect(others).toBe(80_000);
  });

  it('limits nobody for another: every network of a full table gets its first reply', () => {
    const of = limiter({ entries: 64, rates: [1, 1, 1] });
    let refused = 0;
    for (let i = 0; i < 20_000; i++)
      if (ask(of, `${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`) !== SEND) refused++;
    expect(refused).toBe(0);
  });

  it('spreads networks that are near each other, and those that differ in one bit', () => {
    // Four to a set at most, as long as they are few: one more would have forgotten one.
    const crowded = (networks: readonly string[]): number => {
      const of = limiter({ entries: 4 * networks.length, rates: [1, 1, 1] });
      for (const network of networks) ask(of, network);
      return networks.filter((network) => ask(of, network) === SEND).length / networks.length;
    };
    const near = Array.from({ length: 4096 }, (_, i) => `198.${51 + (i >> 8)}.${i & 255}.1`);
    const bits = Array.from({ length: 24 }, (_, bit) => 2 ** (31 - bit));
    const pairs = bits.flatMap((a) => bits.map((b) => (a ^ b) >>> 0));
    const text = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
    expect(crowded(near)).toBeLessThan(0.05);
    expect(crowded([...new Set(pairs)].map(text))).toBeLessThan(0.05);
    const six = Array.from(
      { length: 4096 },
      (_, i) => `2001:db8:${(i >> 4).toString(16)}:${((i & 15) * 256).toString(16)}::1`,
    );
    expect(crowded(six)).toBeLessThan(0.05);
  });
});

/** Milliseconds between queries, in bursts and pauses up to those that come round. */
const gaps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 30 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 3000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * WRAP_MS }) },
  ),
  { minLength: 1, maxLength: 400 },
);

describe('whatever a network asks', () => {
  const rates = fc.integer({ min: 1, max: 200 });
  const starts = fc.integer({ min: 0, max: 3 * WRAP_MS });

  it('no reply of those within its rate is limited', () => {
    fc.assert(
      fc.property(rates, starts, gaps, (rate, start, all) => {
        const of = limiter({ rates: [rate, 1, 1] });
        // Only what leaves every second within the rate is asked.
        const asked: number[] = [];
        let now = start;
        for (const gap of all) {
          now += gap;
          if (asked.filter((then) => now - then < 1000).length >= rate) continue;
          asked.push(now);
          of.now = now;
          expect(ask(of, '192.0.2.1')).toBe(SEND);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('in no time does it get more than the rate is, and one second of it', () => {
    fc.assert(
      fc.property(rates, starts, gaps, fc.integer({ min: 1, max: 20 }), (rate, start, all, burst) => {
        const of = limiter({ rates: [rate, 1, 1], slip: 2 });
        const replies: number[] = [];
        let now = start;
        let limited = 0;
        let truncated = 0;
        for (const gap of all) {
          now += gap;
          of.now = now;
          for (let i = 0; i < burst; i++) {
            const verdict = ask(of, '192.0.2.1');
            if (verdict === SEND) replies.push(now);
            else limited++;
            if (verdict === TRUNCATE) truncated++;
          }
        }
        expect(truncated).toBe(Math.floor(limited / 2));
        for (let first = 0; first < replies.length; first += 7) {
          for (let last = first; last < replies.length; last += 5) {
            const seconds = (replies[last] - replies[first]) / 1000;
            // An interval is a whole number of ticks.
            expect(last - first + 1).toBeLessThanOrEqual(rate + seconds * rate * 1.0001 + 1);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
