import { beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../net/address.ts';
import { Cookies, isCookieLength, makeCookieSecrets, setCookieClock, setCookieSecrets } from './cookies.ts';
import { sipHash24 } from './siphash.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('SipHash-2-4', () => {
  // The paper's appendix A, and vectors of its reference code: the key and the message are 00 01 02 …
  it.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
    [63, '724506eb4c328a95'],
  ])('of %i octets', (length, expected) => {
    const key = new Int32Array(Uint8Array.from({ length: 16 }, (_, i) => i).buffer);
    const message = Uint8Array.from({ length: length + 3 }, (_, i) => i - 3);
    const out = new Uint8Array(9);
    sipHash24(key, 0, message, 3, length, out, 1);
    expect(Buffer.from(out.subarray(1)).toString('hex')).toBe(expected);
  });
});

const secret = hex('e5e973e5a6b2a43f48e7dc849e37bfcf');
const shared = makeCookieSecrets();
const cookies = new Cookies(shared);

/** @returns whether it is valid, and the reply's whole cookie */
function take(cookie: string, from: string): [boolean, string] {
  const m = hex(`aa${cookie}bb`);
  const address = parseAddress(from)!;
  const lying = Uint8Array.of(1, 2, ...address, 3);
  const valid = cookies.take(m, 1, m.length - 2, lying, 2, address.length);
  return [valid, Buffer.from(cookies.reply).toString('hex')];
}

beforeEach(() => setCookieSecrets(shared, [secret]));

describe('server cookies: the test vectors of RFC 9018', () => {
  it('A.1: a new one', () => {
    setCookieClock(shared, 1559731985);
    const made = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';
    expect(take('2464c4abcf10c957', '198.51.100.100')).toEqual([false, made]);
  });

  it('A.2: one that is renewed', () => {
    setCookieClock(shared, 1559734385);
    const before = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';
    const after = '2464c4abcf10c957010000005cf7a871d4a564a1442aca77';
    expect(take(before, '198.51.100.100')).toEqual([true, after]);
  });

  it('A.3: reserved octets that are not zero', () => {
    const before = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5';
    const after = 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e';
    setCookieClock(shared, 1559734700);
    expect(take(before, '203.0.113.203')[1]).toBe(after);
    // By then it is too old. Younger, it is valid with the octets it has.
    setCookieClock(shared, 1559728000);
    expect(take(before, '203.0.113.203')[0]).toBe(true);
  });

  it('A.4: IPv6, under a secret that was rolled', () => {
    const older = hex('dd3bdf9344b678b185a6f5cb60fca715');
    const newer = hex('445536bcd2513298075a5d379663c962');
    setCookieSecrets(shared, [newer, older]);
    setCookieClock(shared, 1559741961);
    const before = '22681ab97d52c298010000005cf7c57926556bd0934c72f8';
    const after = '22681ab97d52c298010000005cf7c609a6bb79d16625507a';
    expect(take(before, '2001:db8:220:1:59de:d0f4:8769:82b8')).toEqual([true, after]);
    setCookieSecrets(shared, [newer]);
    expect(take(before, '2001:db8:220:1:59de:d0f4:8769:82b8')).toEqual([false, after]);
  });
});

describe('server cookies', () => {
  const now = 0x7fff_ff00;
  const from = '192.0.2.1';
  let made: string;
  beforeEach(() => {
    setCookieClock(shared, now);
    [, made] = take('0102030405060708', from);
  });

  it.each([
    [0, true, true],
    [1799, true, true],
    [1800, true, false],
    [3600, true, false],
    [3601, false, false],
    [-300, true, true],
    [-301, false, false],
  ])('after %i seconds: valid %s, kept %s', (age, valid, kept) => {
    // The clock passes 2^31 in between.
    setCookieClock(shared, now + age);
    expect(take(made, from)).toEqual([valid, kept ? made : expect.not.stringMatching(made)]);
  });

  it('are not valid for another client, another client cookie, another version or another length', () => {
    expect(take(made, from)[0]).toBe(true);
    expect(take(made, '192.0.2.2')[0]).toBe(false);
    expect(take(made, '::ffff:192.0.2.1')[0]).toBe(false);
    expect(take(made.replace(/^01/, '02'), from)[0]).toBe(false);
    expect(take(`${made.slice(0, 16)}02${made.slice(18)}`, from)[0]).toBe(false);
    expect(take(`${made}00`, from)[0]).toBe(false);
    for (let digit = 32; digit < 48; digit++) {
      const other = made[digit] === '0' ? '1' : '0';
      expect(take(made.slice(0, digit) + other + made.slice(digit + 1), from)[0], `${digit}`).toBe(false);
    }
  });

  it('have lengths', () => {
    const allowed = Array.from({ length: 50 }, (_, length) => length).filter(isCookieLength);
    expect(allowed).toEqual([8, ...Array.from({ length: 25 }, (_, i) => i + 16)]);
  });
});
