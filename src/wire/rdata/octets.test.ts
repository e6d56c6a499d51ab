/** Octets nobody promised to be well formed, and values and text of any shape: what codecs must withstand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameError, parseName } from '../name.ts';
import { RdataError } from './codec.ts';
import { KNOWN_MNEMONICS } from './index.ts';
import { codec, fromText, fromValue, hex, origin } from './testing.ts';
import { RdataWriter } from './writer.ts';

const sha256 = 'ab'.repeat(32);
const loc = '47 22 1.5 N 8 32 0 E 400m 1m 10m 10m';

/** Well-formed text of every type, from which malformed octets are made: random ones seldom get past the first field. */
const samples: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1'],
  AAAA: ['2001:db8::1'],
  NS: ['ns1', '.'],
  CNAME: ['a\\.b\\000c'],
  PTR: ['@'],
  DNAME: ['other.'],
  SOA: ['ns hostmaster 1 2 3 4 5', 'ns a\\@b.c 1 2 3 4 5', 'ns a\\.b\\@c\\\\.d. 1 2 3 4 5'],
  MX: ['10 mail', '0 .'],
  TXT: ['"one" "two;three"', '"\\\\;\\"" ""', '" \\255"'],
  SRV: ['1 2 3 srv'],
  NAPTR: ['1 2 "u" "E2U+sip" "!^.*$!sip:a@b!" .'],
  LOC: [loc],
  URI: ['1 2 "https://a"'],
  CAA: ['128 issue "ca.example; a=b"'],
  DS: [`1 8 2 ${sha256}`],
  SSHFP: [`4 2 ${sha256}`],
  TLSA: [`3 1 1 ${sha256}`],
  SMIMEA: ['3 0 0 0102'],
  OPENPGPKEY: ['AQIDBA=='],
  SVCB: [
    '0 other.',
    '1 . mandatory=alpn,port alpn="f\\\\\\\\oo\\\\,bar,h2" no-default-alpn port=53',
    '1 a ipv4hint=192.0.2.1 ech=AQID ipv6hint=2001:db8::1 dohpath=/q{?dns} ohttp key667="\\255\\""',
  ],
  HTTPS: ['1 . alpn=h2,h3 hints=steer', '16 b key65279=x key65281'],
  STEER: ['web anycast', 'web europe/zurich slow'],
  TYPE65400: ['\\# 4 0a000001'],
};

/** Sample octets with a few of them changed, left out or put in; and any octets at all. */
function octetsOf(mnemonic: string): fc.Arbitrary<Uint8Array> {
  const sample = fc.constantFrom(...samples[mnemonic].map((text) => fromText(mnemonic, text)));
  const octet = fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x2c, 0x2e, 0x40, 0x5c, 0x61, 0x80, 0xfe, 0xff), fc.nat(255));
  const edit = fc.record({ at: fc.nat(80), remove: fc.nat(2), insert: fc.array(octet, { maxLength: 2 }) });
  const edited = fc.tuple(sample, fc.array(edit, { maxLength: 3 })).map(([octets, edits]) => {
    const list = [...octets];
    for (const { at, remove, insert } of edits) list.splice(at % (list.length + 1), remove, ...insert);
    return Uint8Array.from(list);
  });
  return fc.oneof({ weight: 4, arbitrary: edited }, fc.uint8Array({ maxLength: 64 }));
}

const mnemonics = [...KNOWN_MNEMONICS, 'TYPE65400'];

describe.each(mnemonics)('%s', (mnemonic) => {
  const { check, toText, toValue, compressibleNames, additionalName } = codec(mnemonic);

  it('check never throws, and what it passes survives both forms', () => {
    let passed = 0;
    fc.assert(
      fc.property(octetsOf(mnemonic), (rdata) => {
        const wrong = check(rdata);
        if (wrong !== undefined) return;
        passed++;
        expect(hex(fromText(mnemonic, toText(rdata)))).toBe(hex(rdata));
        expect(hex(fromValue(mnemonic, toValue(rdata)))).toBe(hex(rdata));
        const names = compressibleNames?.(rdata) ?? [];
        for (const at of names) expect(at).toBeLessThan(rdata.length);
        expect(additionalName?.(rdata) ?? -1).toBeLessThan(rdata.length);
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(20);
  });

  it('whatever the value, it is read into octets that check passes, or refused', () => {
    const keys = Object.keys(Object(toValue(fromText(mnemonic, samples[mnemonic][0])))).filter(
      (key) => !/^\d/.test(key),
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        '',
        '@',
        '.',
        'a',
        'a@',
        '@a',
        'h2',
        'steer',
        'N',
        'E',
        '1',
        'aa',
        '"',
        '"a" "b"',
        '\\',
        '\\;',
        '\\# 0',
      ),
      fc.integer({ min: -1, max: 70_000 }),
      fc.string(),
      fc.anything(),
    );
    const params = fc.dictionary(
      fc.constantFrom('alpn', 'port', 'mandatory', 'key1', 'key65535', 'hints', 'ohttp', 'ech', 'ipv4hint'),
      leaf,
      { maxKeys: 4 },
    );
    const value = fc.oneof(
      leaf,
      fc.dictionary(
        fc.constantFrom('svcparams', 'hints', 'policy', 'priority', 'value', '__proto__', ...keys),
        fc.oneof(leaf, params),
      ),
    );
    fc.assert(
      fc.property(value, (v) => readsOrRefuses(() => fromValue(mnemonic, v))),
      { numRuns: 500 },
    );
  });

  it('whatever the fields, they are read into octets that check passes, or refused', () => {
    const words = samples[mnemonic].flatMap((text) => text.split(' '));
    const text = fc.oneof(fc.constantFrom('', '@', '.', '\\#', '0', '4', 'key1=', 'key3=\\000', ...words), fc.string());
    const field = fc.record({ text, quoted: fc.boolean() });
    const read = (fields: { text: string; quoted: boolean }[]): Uint8Array => {
      const out = new RdataWriter();
      codec(mnemonic).fromText(fields, origin, out);
      return out.view();
    };
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => readsOrRefuses(() => read(fields))),
      { numRuns: 500 },
    );
  });

  function readsOrRefuses(read: () => Uint8Array): void {
    let rdata: Uint8Array;
    try {
      rdata = read();
    } catch (error) {
      if (error instanceof RdataError || error instanceof NameError) return;
      throw error;
    }
    expect(check(rdata)).toBeUndefined();
  }
});

describe('names in RDATA', () => {
  it.each([
    ['NS', 'ns', [0], 0],
    ['CNAME', 'a', [0], -1],
    ['PTR', 'a', [0], -1],
    ['MX', '1 mail', [2], 2],
    ['SOA', 'ns host 1 2 3 4 5', [0, parseName('ns.example.').length], -1],
    // RFC 3597 §4: no type newer than RFC 1035 is compressed.
    ['DNAME', 'a', [], -1],
    ['SRV', '1 2 3 srv', [], 6],
    ['NAPTR', '1 2 "" "" "" a', [], -1],
    ['SVCB', '1 a', [], 2],
    // RFC 9460 §2.5.2: the owner itself, whose addresses an answer has no use for twice.
    ['HTTPS', '1 .', [], -1],
    ['A', '192.0.2.1', [], -1],
    ['TYPE65400', '\\# 2 0000', [], -1],
  ])('%s %s', (mnemonic, text, compressible, additional) => {
    const rdata = fromText(mnemonic, text);
    expect(codec(mnemonic).compressibleNames?.(rdata) ?? []).toEqual(compressible);
    expect(codec(mnemonic).additionalName?.(rdata) ?? -1).toBe(additional);
  });
});
