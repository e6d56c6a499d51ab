import { describe, expect, it } from 'vitest';
import { parseName } from '../wire/name.ts';
import { Algorithm, type KeyPair, privateKeyOf, publicKeyOf, signOctets, verifyOctets } from './algorithm.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, keyTag } from './key.ts';

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const hex = (text: string): number[] => [...Buffer.from(text, 'hex')];

/** RFC 6605 §6.1. */
const p256: DnssecKey = {
  zone: parseName('example.net.'),
  algorithm: Algorithm.ECDSAP256SHA256,
  flags: 257,
  publicKey: base64('GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=='),
  privateKey: base64('GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ='),
  times: {},
};

/** RFC 8080 §6.1. */
const ed25519: DnssecKey = {
  zone: parseName('example.com.'),
  algorithm: Algorithm.ED25519,
  flags: 257,
  publicKey: base64('l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='),
  privateKey: base64('ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI='),
  times: {},
};

/** What a signature of one record is made over (RFC 4034 §3.1.8.1). */
function toSign(
  fixed: readonly number[],
  signer: string,
  owner: string,
  type: number,
  rdata: readonly number[],
): Uint8Array {
  const ttl = fixed.slice(4, 8);
  const record = [...parseName(owner), 0, type, 0, 1, ...ttl, 0, rdata.length, ...rdata];
  return Uint8Array.from([...fixed, ...parseName(signer), ...record]);
}

const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe('the vectors of', () => {
  it('RFC 6605: key tag, DS, signature', () => {
    expect(keyTag(dnskeyRdata(p256))).toBe(55648);
    expect([...dsRdata(p256, DsDigest.SHA256)]).toEqual([
      ...[217, 96, 13, 2],
      ...hex('b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17'),
    ]);
    const times = [Date.UTC(2010, 8, 9, 10, 4, 39), Date.UTC(2010, 7, 12, 10, 4, 39)].flatMap((ms) => u32(ms / 1000));
    const fixed = [0, 1, 13, 3, ...u32(3600), ...times, 217, 96];
    const data = toSign(fixed, 'example.net.', 'www.example.net.', 1, [192, 0, 2, 1]);
    const signature = base64(
      'qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==',
    );
    const key = publicKeyOf(p256.algorithm, p256.publicKey);
    expect(verifyOctets(p256.algorithm, key, data, signature)).toBe(true);
    data[data.length - 1] ^= 1;
    expect(verifyOctets(p256.algorithm, key, data, signature)).toBe(false);
  });

  it('RFC 8080: key tag, DS, and the signature made', () => {
    expect(keyTag(dnskeyRdata(ed25519))).toBe(3613);
    expect([...dsRdata(ed25519, DsDigest.SHA256)].slice(4)).toEqual(
      hex('3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b'),
    );
    const fixed = [0, 15, 15, 2, ...u32(3600), ...u32(1440021600), ...u32(1438207200), ...u32(3613).slice(2)];
    const data = toSign(fixed, 'example.com.', 'example.com.', 15, [0, 10, ...parseName('mail.example.com.')]);
    const signature = signOctets(ed25519.algorithm, privateKeyOf(ed25519.algorithm, ed25519), data);
    expect(Buffer.from(signature).toString('base64')).toBe(
      'oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
    );
  });
});

it.each([p256, ed25519])('keys sign what their public half verifies', (key) => {
  const pair: KeyPair = key;
  const data = Uint8Array.from([1, 2, 3]);
  const signature = signOctets(key.algorithm, privateKeyOf(key.algorithm, pair), data);
  expect(signature.length).toBe(64);
  expect(verifyOctets(key.algorithm, publicKeyOf(key.algorithm, pair.publicKey), data, signature)).toBe(true);
});
