/** Every record type between its three forms, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { parseName } from '../name.ts';
import { KNOWN_MNEMONICS, mnemonicOf, typeOf } from './index.ts';
import { codec, fromText, fromValue, hex } from './testing.ts';

const name = (text: string): string => hex(parseName(text));
const sha256 = 'ab'.repeat(32);

describe.each<[mnemonic: string, text: string, wire: string, value: unknown, canonical?: string]>([
  ['A', '192.0.2.1', 'c0000201', '192.0.2.1'],
  ['AAAA', '2001:db8::1', '20010db8000000000000000000000001', '2001:db8::1'],
  ['NS', 'ns1', name('ns1.example.'), 'ns1.example.', 'ns1.example.'],
  ['CNAME', '@', name('example.'), 'example.', 'example.'],
  ['PTR', 'host.other.', name('host.other.'), 'host.other.'],
  ['DNAME', 'a.b', name('a.b.example.'), 'a.b.example.', 'a.b.example.'],
  ['MX', '10 mail', `000a${name('mail.example.')}`, { preference: 10, exchange: 'mail.example.' }, '10 mail.example.'],
  [
    'SRV',
    '1 2 5060 sip',
    `0001000213c4${name('sip.example.')}`,
    { priority: 1, weight: 2, port: 5060, target: 'sip.example.' },
    '1 2 5060 sip.example.',
  ],
  [
    'SOA',
    'ns hostmaster 7 2h 30m 2w 5m',
    `${name('ns.example.')}${name('hostmaster.example.')}0000000700001c2000000708001275000000012c`,
    {
      mname: 'ns.example.',
      rname: 'hostmaster.example.',
      serial: 7,
      refresh: 7200,
      retry: 1800,
      expire: 1209600,
      minimum: 300,
    },
    'ns.example. hostmaster.example. 7 7200 1800 1209600 300',
  ],
  ['TXT', '"v=spf1 -all"', '0b763d73706631202d616c6c', 'v=spf1 -all'],
  ['TXT', '"one" "two;three"', '036f6e650974776f3b7468726565', '"one" "two\\;three"'],
  ['TXT', '""', '00', ''],
  ['TXT', '"a\\"b\\\\c\\255"', '0661' + '22' + '62' + '5c' + '63' + 'ff', 'a\\"b\\\\c\\255'],
  [
    'CAA',
    '0 issue "ca.example.net; policy=ev"',
    `00056973737565${hex(Buffer.from('ca.example.net; policy=ev'))}`,
    { flags: 0, tag: 'issue', value: 'ca.example.net; policy=ev' },
  ],
  ['SSHFP', '4 2 ABCDEF', '0402abcdef', { algorithm: 4, fingerprint_type: 2, fingerprint: 'abcdef' }, '4 2 abcdef'],
  [
    'TLSA',
    `3 1 1 ${sha256}`,
    `030101${sha256}`,
    { certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: sha256 },
  ],
  [
    'SMIMEA',
    '3 0 0 0102 0304',
    '03000001020304',
    { certificate_usage: 3, selector: 0, matching_type: 0, certificate_association_data: '01020304' },
    '3 0 0 01020304',
  ],
  ['DS', `60485 8 2 ${sha256}`, `ec450802${sha256}`, { key_tag: 60485, algorithm: 8, digest_type: 2, digest: sha256 }],
  [
    'NAPTR',
    '100 50 "s" "http" "" target',
    `006400320173046874747000${name('target.example.')}`,
    { order: 100, preference: 50, flags: 's', service: 'http', regexp: '', replacement: 'target.example.' },
    '100 50 "s" "http" "" target.example.',
  ],
  [
    'URI',
    '10 1 "https://www.example/path"',
    `000a0001${hex(Buffer.from('https://www.example/path'))}`,
    { priority: 10, weight: 1, target: 'https://www.example/path' },
  ],
  ['OPENPGPKEY', 'AQIDBA==', '01020304', 'AQIDBA=='],
  // RFC 1876 §4: the first example.
  [
    'LOC',
    '42 21 54 N 71 06 18 W -24m 30m',
    '00331613' + '8917 2d d0'.replaceAll(' ', '') + '70be15f0' + '00988d20',
    {
      lat_degrees: 42,
      lat_minutes: 21,
      lat_seconds: 54,
      lat_direction: 'N',
      long_degrees: 71,
      long_minutes: 6,
      long_seconds: 18,
      long_direction: 'W',
      altitude: -24,
      size: 30,
      precision_horz: 10000,
      precision_vert: 10,
    },
    '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m',
  ],
  ['STEER', 'web anycast', '0377656207616e796361737407616e796361737400', { service: 'web', group: 'anycast' }],
  [
    'STEER',
    'web europe/zurich strict',
    '03776562066575726f7065067a757269636806737472696374',
    { service: 'web', group: { ipv4: 'europe', ipv6: 'zurich' }, policy: 'strict' },
  ],
  ['TYPE65400', '\\# 4 0a00 0001', '0a000001', '\\# 4 0a000001', '\\# 4 0a000001'],
])('%s %s', (mnemonic, text, wire, value, canonical = text) => {
  it('is read from text', () => expect(hex(fromText(mnemonic, text))).toBe(wire));
  it('is written as text', () => expect(codec(mnemonic).toText(Buffer.from(wire, 'hex'))).toBe(canonical));
  it('is read from a value', () => expect(hex(fromValue(mnemonic, value))).toBe(wire));
  it('is written as a value that reads as the same', () =>
    expect(hex(fromValue(mnemonic, codec(mnemonic).toValue(Buffer.from(wire, 'hex'))))).toBe(wire));
  it('is well formed', () => expect(codec(mnemonic).check(Buffer.from(wire, 'hex'))).toBeUndefined());
});

describe('refused text', () => {
  it.each([
    ['A', '2001:db8::1', 'is no IPv4 address'],
    ['A', '1.2.3', '"1.2.3" is no IPv4 address; write one like 192.0.2.1'],
    ['A', '192.0.2.1 extra', 'A takes one IPv4 address, not 2 fields'],
    ['AAAA', '192.0.2.1', 'is no IPv6 address'],
    ['MX', 'mail', 'preference "mail" is no number from 0 to 65535'],
    ['MX', '10', 'exchange is missing; write preference exchange'],
    ['MX', '65536 mail', 'preference "65536"'],
    ['MX', '10 mail x', '"x" is too much; write preference exchange'],
    ['MX', '10 a..b', 'empty label'],
    ['SRV', '1 2 99999 x', 'port "99999"'],
    ['CAA', '0 is-sue x', 'tag "is-sue" must be 1 to 15 letters and digits'],
    ['CAA', '256 issue x', 'flags "256"'],
    ['DS', '1 8 2 abcd', 'digest of type 2 has 2 octets instead of 32'],
    ['TLSA', '3 1 1 ab', 'instead of the 32 of matching type 1'],
    ['SSHFP', '1 1 abc', 'not an even number of hexadecimal digits'],
    ['SSHFP', '1 1', 'fingerprint is missing'],
    ['OPENPGPKEY', 'AQI', 'is no base64'],
    ['TXT', '', 'text is missing'],
    ['TXT', `"${'a'.repeat(256)}"`, 'has 256 octets; a string has at most 255'],
    ['TXT', '"\\999"', '\\999 is over 255'],
    ['SOA', 'ns host 1 2 3 4', 'minimum is missing'],
    ['LOC', '91 N 8 E 0m', 'no angle up to 90 degrees'],
    ['LOC', '47 N 8 E', 'write an altitude'],
    ['LOC', '47 60 0 N 8 E 0m', 'no angle'],
    ['URI', '1 1 ""', 'target is empty'],
    // Joined, the blank between them would be lost in silence.
    ['URI', '1 1 "https://a" "b"', '"b" is too much; write priority weight target'],
    ['CAA', '0 issue "ca.example" "policy=ev"', '"policy=ev" is too much; write flags tag value'],
    ['SRV', '1 2 3 a..b', 'target: "a..b" has an empty label'],
    ['DS', '1 8 2 0g', 'digest "0g" is not an even number of hexadecimal digits'],
    ['MX', '\\# 2 0001', 'MX: exchange is malformed or cut off'],
    ['TYPE65400', '0a000001', 'write the data as \\# LENGTH HEXADECIMAL'],
    ['TYPE65400', '\\# 3 0a000001', 'length says 3 octets, but there are 4'],
    ['A', '\\# 3 0a0000', 'A has 3 octets instead of 4'],
    ['STEER', 'web', 'STEER takes a service, a group and perhaps a policy'],
    ['STEER', 'web a/b/c', 'too many parts'],
    ['STEER', 'we$b anycast', 'service "we$b" is no name of network.yaml'],
  ])('%s %s', (mnemonic, text, message) => expect(() => fromText(mnemonic, text)).toThrow(message));
});

describe('refused values', () => {
  it.each<[string, unknown, string]>([
    ['MX', { preference: 10 }, 'exchange is missing'],
    ['MX', '10 mail', 'the value must be a mapping: {preference: …, exchange: …}'],
    ['MX', { preference: 10, exchange: 'mail', weight: 1 }, '"weight" is no key of MX'],
    ['MX', { prefrence: 10, exchange: 'mail' }, '"prefrence" is no key of MX; did you mean preference?'],
    ['MX', { preference: 10, priority: 20, exchange: 'mail' }, 'preference and priority mean the same'],
    ['MX', { preference: 10, exchange: null }, 'exchange is missing; write {preference: …, exchange: …}'],
    ['MX', { preference: 10, exchange: 'a..b' }, 'exchange: "a..b" has an empty label'],
    ['MX', { preference: 10, exchange: '' }, 'exchange: a domain name must not be empty'],
    ['MX', { preference: 1.5, exchange: 'mail' }, 'preference "1.5" is no number from 0 to 65535'],
    ['MX', null, 'the value must be a mapping'],
    ['SRV', [], 'the value must be a mapping'],
    ['SOA', { mname: 'ns', rname: 'host', serail: 1 }, '"serail" is no key of SOA; did you mean serial?'],
    ['NS', 'a..b', 'name server: "a..b" has an empty label'],
    ['TYPE65400', '0a000001', 'write the data as'],
    ['A', ['192.0.2.1'], 'address must be text or a number, not a list'],
    ['A', null, 'not empty'],
    ['CAA', { tag: 'issue', value: null }, 'value is missing'],
    ['STEER', { service: 'web' }, 'group is missing; write e.g. {service: web, group: anycast}'],
  ])('%s %j', (mnemonic, value, message) => expect(() => fromValue(mnemonic, value)).toThrow(message));

  it('takes what older OctoDNS files say', () => {
    expect(hex(fromValue('MX', { priority: 10, value: 'mail' }))).toBe(`000a${name('mail.example.')}`);
    expect(hex(fromValue('SOA', { mname: 'ns', rname: 'dns.admin@example.org' }))).toContain(
      name('dns\\.admin.example.org.'),
    );
    expect(fromValue('TXT', 'a'.repeat(300)).length).toBe(302);
  });
});

describe('the registry', () => {
  it.each([
    'ANY',
    'AXFR',
    'IXFR',
    'OPT',
    'TSIG',
    'TKEY',
    'MAILA',
    'MAILB',
    'TYPE0',
    'TYPE41',
    'TYPE255',
    'TYPE65536',
    'TYPE65280',
    'TYPE01',
    'NONE',
    '',
  ])('%s is no type of data', (m) => expect(typeOf(m)).toBeUndefined());
  it('knows mnemonics of any case, and numbers', () => {
    for (const mnemonic of KNOWN_MNEMONICS) expect(mnemonicOf(typeOf(mnemonic.toLowerCase())!)).toBe(mnemonic);
    expect([typeOf('type28'), mnemonicOf(28), mnemonicOf(65400)]).toEqual([28, 'AAAA', 'TYPE65400']);
  });
});
