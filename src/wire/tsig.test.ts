/** TSIG against queries that dig and kdig signed, and against what may be wrong with one. */
import { describe, expect, it, test } from 'vitest';
import { hmac } from '../transfer/hmac.ts';
import { parseName } from './name.ts';
import {
  checkTsig,
  isKeyOf,
  MALFORMED_MAC,
  readTsig,
  signMessage,
  type TsigAlgorithm,
  TsigError,
  type TsigKey,
  type TsigRecord,
  tsigSize,
} from './tsig.ts';

const SECRET = Buffer.from('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', 'base64');

/** www.example A or AAAA, as dig 9.18 (`+noedns`, or with a cookie) and kdig 3.2 sent it with `-y ALGORITHM:KEY:SECRET`; and where the record begins. */
const sent: [program: string, algorithm: TsigAlgorithm, key: string, at: number, message: string][] = [
  [
    'dig',
    'hmac-sha256',
    'xfr.example',
    29,
    '32850120000100000000000103777777076578616d706c65000001000103786672076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b0755a9012c0020c4aa8d0e722f2af0b0488814155f9e430ae4bd4c0f750e759bad0577c4894932328500000000',
  ],
  [
    'dig',
    'hmac-sha512',
    'key-two',
    52,
    '8a5b0120000100000000000203777777076578616d706c6500001c000100002904d000000000000c000a0008d071b25e95dfcec4076b65792d74776f0000fa00ff00000000005d0b686d61632d7368613531320000006b0755a9012c0040d21f988ce0da3e3c19d10d32db2f82cfb76e6bb4e35a25949165a5b27c70f95e2d43cf0bdecc4150812dc88047675558ab429b5a4729c5da7449ad0fb505bb658a5b00000000',
  ],
  [
    'kdig',
    'hmac-sha1',
    'xfr.example',
    29,
    '22c90120000100000000000103777777076578616d706c65000001000103786672076578616d706c650000fa00ff00000000002f09686d61632d736861310000006b075808012c001495efd0ac5dd11776008a7c07468bf52b0bbd523422c900000000',
  ],
  [
    'kdig',
    'hmac-md5',
    'xfr.example',
    29,
    '65920120000100000000000103777777076578616d706c65000001000103786672076578616d706c650000fa00ff00000000003a08686d61632d6d6435077369672d616c670372656703696e740000006b075808012c00101af1c1aca5d18bd7168ee4d0371623c7659200000000',
  ],
  [
    'kdig',
    'hmac-sha224',
    'xfr.example',
    29,
    '1bcd0120000100000000000103777777076578616d706c65000001000103786672076578616d706c650000fa00ff0000000000390b686d61632d7368613232340000006b075808012c001c07eddfd33db66e95b9a32a305022bd2aa5c0d1bf6184ec5bb8e654de1bcd00000000',
  ],
  [
    'kdig',
    'hmac-sha384',
    'xfr.example',
    29,
    'c0360120000100000000000103777777076578616d706c65000001000103786672076578616d706c650000fa00ff00000000004d0b686d61632d7368613338340000006b075808012c00306db9d263edd8765bca3d3c78b86b9c91169cd99cd391633f40abaee1e5226f60b91f2ea4e38562c9f0cdf7de6623fbdbc03600000000',
  ],
];

function keyOf(algorithm: TsigAlgorithm, name: string, secret: Uint8Array = SECRET): TsigKey {
  return { name: parseName(name), algorithm, secret };
}

/** dig's first query, taken apart. */
function first(): { m: Uint8Array; at: number; record: TsigRecord; key: TsigKey } {
  const [, algorithm, name, at, hex] = sent[0];
  const m = new Uint8Array(Buffer.from(hex, 'hex'));
  return { m, at, record: readTsig(m, at, m.length)!, key: keyOf(algorithm, name) };
}

test.each(sent)('%s signs with %s as we do', (_, algorithm, name, at, hex) => {
  const m = new Uint8Array(Buffer.from(hex, 'hex'));
  const record = readTsig(m, at, m.length)!;
  const key = keyOf(algorithm, name);
  expect(isKeyOf(record, key)).toBe(true);
  expect(checkTsig(m, 0, at, record, key, hmac, record.time)).toBe(TsigError.NONE);
  // And the other way round: the same octets.
  const unsigned = new Uint8Array(m.length);
  unsigned.set(m.subarray(0, at));
  unsigned[11]--;
  const { end } = signMessage(unsigned, 0, at, key, hmac, record);
  expect(Buffer.from(unsigned.subarray(0, end)).toString('hex')).toBe(hex);
  expect(end - at).toBeLessThanOrEqual(tsigSize(key));
});

describe('a signature', () => {
  it('is of its message and secret', () => {
    const { m, at, record, key } = first();
    m[20] ^= 1;
    expect(checkTsig(m, 0, at, record, key, hmac, record.time)).toBe(TsigError.BADSIG);
    m[20] ^= 1;
    const other = { ...key, secret: new Uint8Array(32) };
    expect(checkTsig(m, 0, at, record, other, hmac, record.time)).toBe(TsigError.BADSIG);
    // RFC 8945 §5.2: what a forwarder does to the ID is undone.
    m[0] ^= 1;
    expect(checkTsig(m, 0, at, record, key, hmac, record.time)).toBe(TsigError.NONE);
  });

  it('is of its fields', () => {
    const { m, at, record, key } = first();
    for (const changed of [{ time: record.time + 1 }, { fudge: 301 }, { error: 1 }, { other: Uint8Array.of(1) }])
      expect(checkTsig(m, 0, at, { ...record, ...changed }, key, hmac, record.time)).toBe(TsigError.BADSIG);
    expect(isKeyOf(record, { ...key, algorithm: 'hmac-sha1' })).toBe(false);
    expect(isKeyOf(record, { ...key, name: parseName('xfr') })).toBe(false);
  });

  it('is good for as long as its fudge says, to both sides', () => {
    const { m, at, record, key } = first();
    for (const [seconds, error] of [
      [300, TsigError.NONE],
      [-300, TsigError.NONE],
      [301, TsigError.BADTIME],
      [-301, TsigError.BADTIME],
    ])
      expect(checkTsig(m, 0, at, record, key, hmac, record.time + seconds)).toBe(error);
  });

  it('is wanted whole, and is no signature when it is less than half', () => {
    const { m, at, record, key } = first();
    const cut = (octets: number): TsigRecord => ({ ...record, mac: record.mac.slice(0, octets) });
    expect(checkTsig(m, 0, at, cut(16), key, hmac, record.time)).toBe(TsigError.BADTRUNC);
    expect(checkTsig(m, 0, at, cut(15), key, hmac, record.time)).toBe(MALFORMED_MAC);
    expect(checkTsig(m, 0, at, { ...record, mac: new Uint8Array(33) }, key, hmac, record.time)).toBe(MALFORMED_MAC);
    expect(checkTsig(m, 0, at, { ...record, mac: new Uint8Array(16) }, key, hmac, record.time)).toBe(TsigError.BADSIG);
  });

  it('is bound to the message before, where there is one', () => {
    const { m, at, record, key } = first();
    const bound = { mac: record.mac, timersOnly: true };
    const next = m.slice(0, at);
    next[11] = 0;
    const room = new Uint8Array(512);
    room.set(next);
    const { end } = signMessage(room, 0, at, key, hmac, record, bound);
    const read = readTsig(room, at, end)!;
    expect(checkTsig(room, 0, at, read, key, hmac, record.time, bound)).toBe(TsigError.NONE);
    expect(checkTsig(room, 0, at, read, key, hmac, record.time)).toBe(TsigError.BADSIG);
    const others = { mac: new Uint8Array(32), timersOnly: true };
    expect(checkTsig(room, 0, at, read, key, hmac, record.time, others)).toBe(TsigError.BADSIG);
  });
});

test('octets that are no TSIG are none, wherever they end', () => {
  const { m, at } = first();
  for (let end = at; end < m.length; end++) expect(readTsig(m, at, end)).toBeUndefined();
  // Type, class, TTL, length; a compressed name of the algorithm; the sizes of MAC and other data.
  for (const p of [at + 14, at + 16, at + 18, at + 22, at + 23, at + 44, m.length - 1]) {
    const broken = m.slice();
    broken[p] ^= 0xc0;
    expect(readTsig(broken, at, m.length), `octet ${p}`).toBeUndefined();
  }
});
