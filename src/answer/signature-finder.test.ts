import { describe, expect, it } from 'vitest';
import { keyOf } from '../../test/support/test-signing.ts';
import { Algorithm } from '../dnssec/algorithm.ts';
import { makeSignatureCache, SignatureCache } from '../dnssec/signature-cache.ts';
import { Signer } from '../dnssec/signer.ts';
import { PERIOD } from '../dnssec/window.ts';
import { readyKey } from '../dnssec/zone-keys.ts';
import { RRType } from '../wire/constants.ts';
import { parseName } from '../wire/name.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { QUESTION_POINTER } from './copied-record.ts';
import { SignatureFinder } from './signature-finder.ts';

const apex = parseName('example.');
const name = new Suffixes(1);
name.take(parseName('www.example.'), 0, 255);
const key = readyKey(keyOf('example.', Algorithm.ED25519));
const A = Uint8Array.of(0, 4, 192, 0, 2, 1);
/** More than is kept. */
const TXT = Uint8Array.of(0, 101, 100, ...new Uint8Array(100).fill(0x61));
const NOW = 1_700_000_000;

const asked = { key, node: 7, version: 1, type: RRType.A as number, original: 60, bytes: A, now: NOW };
type Asked = typeof asked;

class Finder extends SignatureFinder {
  readonly signer: Signer;

  constructor() {
    const signer = new Signer(new SignatureCache(makeSignatureCache(64)));
    super(signer);
    this.signer = signer;
  }

  isKept(change: Partial<Asked> = {}): boolean {
    const { key, node, version, type, original, bytes, now } = { ...asked, ...change };
    return this.findKept(key, node, version, type, original, bytes, 0, bytes.length, now);
  }

  finds(change: Partial<Asked> = {}, madeUp = false): boolean {
    const { key, node, version, type, original, bytes, now } = { ...asked, ...change };
    return this.find(apex, name, madeUp, key, node, version, type, original, bytes, 0, bytes.length, now);
  }

  make(change: Partial<Asked> = {}, madeUp = false): void {
    const { key, type, original, bytes, now } = { ...asked, ...change };
    this.signer.begin(apex, name.name, 0, name.end, type, original, now);
    this.signer.records(bytes, 0, bytes.length);
    if (!this.signer.find(key, madeUp)) this.signer.make(key, madeUp);
  }

  record(): string {
    const m = new Uint8Array(256);
    const end = this.write(m, new DataView(m.buffer), 1, QUESTION_POINTER, 5);
    expect(end - 1).toBe(this.size);
    return Buffer.from(m.subarray(1, end)).toString('hex');
  }
}

describe('a signature', () => {
  it('is found once it is made, and kept when it was found before', () => {
    const finder = new Finder();
    expect(finder.finds()).toBe(false);
    expect(finder.isKept()).toBe(false);
    finder.make();
    expect(finder.isKept()).toBe(false);
    expect(finder.finds()).toBe(true);
    // Whoever counts what is asked for again has not seen it yet.
    expect(finder.isKept()).toBe(false);
    expect(finder.finds()).toBe(true);
    const record = finder.record();
    // Owner, RRSIG, IN, TTL; RDATA: type covered, algorithm, labels, original TTL, …, the signer, and 64 octets.
    expect(record).toMatch(/^c00c002e000100000005005b00010f020000003c.{20}076578616d706c6500.{128}$/);
    expect(finder.isKept()).toBe(true);
    expect(finder.record()).toBe(record);
  });

  it.each<[what: string, change: Partial<Asked>]>([
    ['another key', { key: readyKey(keyOf('example.', Algorithm.ED25519)) }],
    ['another node', { node: 8 }],
    ['other tables', { version: 2 }],
    ['another type', { type: RRType.AAAA }],
    ['another TTL', { original: 61 }],
    ['other records', { bytes: Uint8Array.of(0, 4, 192, 0, 2, 2) }],
    ['more records', { bytes: Uint8Array.of(...A, ...A) }],
    ['a later time', { now: NOW + 30 }],
    ['an earlier time', { now: NOW - 1 }],
  ])('is not that of %s', (_what, change) => {
    const finder = new Finder();
    finder.make();
    finder.finds();
    finder.finds();
    expect(finder.isKept(change)).toBe(false);
    expect(finder.isKept({ now: NOW + 29 })).toBe(true);
  });

  it('is not kept beyond its window', () => {
    const finder = new Finder();
    finder.make();
    finder.finds();
    const last = finder.signer.until - 1;
    finder.make({ now: last });
    for (let i = 0; i < 2; i++) expect(finder.finds({ now: last })).toBe(true);
    const record = finder.record();
    expect(finder.isKept({ now: last })).toBe(true);
    expect(finder.isKept({ now: last + 1 })).toBe(false);
    finder.make({ now: last + 1 });
    expect(finder.finds({ now: last + 1 })).toBe(true);
    expect(finder.record()).not.toBe(record);
    expect(finder.signer.until).toBe(last + 1 + PERIOD);
  });

  it('is not kept of a name that is made up, nor with many records', () => {
    const finder = new Finder();
    for (const [change, madeUp] of [
      [{}, true],
      [{ type: RRType.TXT, bytes: TXT }, false],
    ] as const) {
      finder.make(change, madeUp);
      for (let i = 0; i < 2; i++) expect(finder.finds(change, madeUp)).toBe(true);
      expect(finder.record()).toMatch(/^c00c002e0001/);
      expect(finder.isKept(change)).toBe(false);
    }
  });

  it('takes the place of another', () => {
    const finder = new Finder();
    finder.make();
    let others = 0;
    // There are 4,096 places: of so many nodes one comes to the first one's.
    for (let node = 8; node < 30_000 && others === 0; node++) {
      finder.finds();
      finder.finds({ node });
      if (!finder.isKept()) others = node;
    }
    expect(others).toBeGreaterThan(0);
    expect(finder.isKept({ node: others })).toBe(true);
  });
});
