import { describe, expect, it } from 'vitest';
import { keyOf } from '../../test/support/test-signing.ts';
import { Algorithm } from '../dnssec/algorithm.ts';
import { makeSignatureCache, SignatureCache } from '../dnssec/signature-cache.ts';
import { Signer } from '../dnssec/signer.ts';
import { PERIOD } from '../dnssec/window.ts';
import { readyKey, type SigningKey } from '../dnssec/zone-keys.ts';
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

/** Counts how often something was put together and hashed. */
class CountingSigner extends Signer {
  lookUps = 0;

  override find(key: SigningKey, madeUp: boolean): boolean {
    this.lookUps++;
    return super.find(key, madeUp);
  }
}

class Finder extends SignatureFinder {
  readonly signer: CountingSigner;

  constructor() {
    const signer = new CountingSigner(new SignatureCache(makeSignatureCache(64)));
    super(signer);
    this.signer = signer;
  }

  #of(change: Partial<Asked>): Asked {
    const of = { ...asked, ...change };
    this.begin(of.key, of.type, of.original, of.bytes, 0, of.bytes.length, of.now);
    return of;
  }

  keeps(change: Partial<Asked> = {}): boolean {
    const { node, version } = this.#of(change);
    return this.findKept(node, version);
  }

  finds(change: Partial<Asked> = {}): boolean {
    const { node, version } = this.#of(change);
    return this.find(apex, name, node, version);
  }

  findsMadeUp(change: Partial<Asked> = {}, whose = name): boolean {
    this.#of(change);
    return this.findMadeUp(apex, whose);
  }

  make(change: Partial<Asked> = {}, madeUp = false, whose = name): void {
    const { key, type, original, bytes, now } = { ...asked, ...change };
    this.signer.begin(apex, whose.name, 0, whose.end, type, original, now);
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
    expect(finder.keeps()).toBe(false);
    finder.make();
    expect(finder.keeps()).toBe(false);
    expect(finder.finds()).toBe(true);
    // Whoever counts what is asked for again has not seen it yet.
    expect(finder.keeps()).toBe(false);
    expect(finder.finds()).toBe(true);
    const record = finder.record();
    // Owner, RRSIG, IN, TTL; RDATA: type covered, algorithm, labels, original TTL, …, the signer, and 64 octets.
    expect(record).toMatch(/^c00c002e000100000005005b00010f020000003c.{20}076578616d706c6500.{128}$/);
    expect(finder.keeps()).toBe(true);
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
    expect(finder.keeps(change)).toBe(false);
    expect(finder.keeps({ now: NOW + 29 })).toBe(true);
  });

  it('is not kept beyond its window', () => {
    const finder = new Finder();
    finder.make();
    finder.finds();
    const last = finder.signer.until - 1;
    finder.make({ now: last });
    for (let i = 0; i < 2; i++) expect(finder.finds({ now: last })).toBe(true);
    const record = finder.record();
    expect(finder.keeps({ now: last })).toBe(true);
    expect(finder.keeps({ now: last + 1 })).toBe(false);
    finder.make({ now: last + 1 });
    expect(finder.finds({ now: last + 1 })).toBe(true);
    expect(finder.record()).not.toBe(record);
    expect(finder.signer.until).toBe(last + 1 + PERIOD);
  });

  it('is not kept with many records', () => {
    const finder = new Finder();
    const change = { type: RRType.TXT, bytes: TXT };
    finder.make(change);
    for (let i = 0; i < 2; i++) expect(finder.finds(change)).toBe(true);
    expect(finder.record()).toMatch(/^c00c002e0001/);
    expect(finder.keeps(change)).toBe(false);
  });

  /** There are 4,096 places: of so many nodes one comes to the first one's. */
  function rivalOf(finder: Finder): number {
    for (let node = 8; node < 30_000; node++) {
      for (const change of [{}, {}, { node }, { node }]) finder.finds(change);
      if (finder.keeps({ node }) && !finder.keeps()) return node;
    }
    throw new Error('none has the same place');
  }

  it('takes the place of another that was not found since it was last challenged', () => {
    const finder = new Finder();
    finder.make();
    const rival = rivalOf(finder);
    // It was just found, by the loop: it stays once, and goes the next time.
    finder.finds();
    expect(finder.keeps()).toBe(false);
    expect(finder.record()).toMatch(/^c00c002e0001/);
    finder.finds();
    expect(finder.keeps()).toBe(true);
    // Found between two challenges each, it stays.
    for (let i = 0; i < 5; i++) {
      finder.finds({ node: rival });
      expect(finder.keeps({ node: rival })).toBe(false);
      expect(finder.keeps()).toBe(true);
    }
  });

  it('takes at once the place of its own of before, and of what is of other tables', () => {
    const finder = new Finder();
    finder.make();
    const rival = rivalOf(finder);
    for (let i = 0; i < 2; i++) finder.finds();
    expect(finder.keeps()).toBe(true);
    const changed = { bytes: Uint8Array.of(0, 4, 192, 0, 2, 2) };
    finder.make(changed);
    for (let i = 0; i < 2; i++) finder.finds(changed);
    expect(finder.keeps(changed)).toBe(true);
    finder.finds({ node: rival, version: 2 });
    expect(finder.keeps({ node: rival, version: 2 })).toBe(true);
  });
});

describe('a signature of a name that is made up', () => {
  /** Whether it was kept: nothing was put together. */
  function isKept(finder: Finder, change: Partial<Asked> = {}, whose = name): boolean {
    const before = finder.signer.lookUps;
    finder.findsMadeUp(change, whose);
    return finder.signer.lookUps === before;
  }

  function kept(change: Partial<Asked> = {}, whose = name): Finder {
    const finder = new Finder();
    expect(finder.findsMadeUp(change, whose)).toBe(false);
    finder.make(change, true, whose);
    for (let i = 0; i < 2; i++) expect(isKept(finder, change, whose)).toBe(false);
    return finder;
  }

  function nameOf(text: string): Suffixes {
    const taken = new Suffixes(1);
    taken.take(parseName(text), 0, 255);
    return taken;
  }

  it('is kept too, by the name', () => {
    const finder = kept();
    const record = finder.record();
    expect(isKept(finder)).toBe(true);
    expect(finder.record()).toBe(record);
    // Nothing of it depends on the tables.
    expect(isKept(finder, { version: 2, node: 8 })).toBe(true);
    expect(isKept(finder, { now: NOW + 29 })).toBe(true);
    expect(isKept(finder, {}, nameOf('wwx.example.'))).toBe(false);
  });

  it('is not that of another name with the same hash', () => {
    const finder = kept();
    const other = nameOf('www.example.');
    other.name[1]++;
    expect(other.hash(0)).toBe(name.hash(0));
    expect(isKept(finder, {}, other)).toBe(false);
    expect(isKept(finder)).toBe(true);
  });

  it.each<[what: string, change: Partial<Asked>]>([
    ['another key', { key: readyKey(keyOf('example.', Algorithm.ED25519)) }],
    ['another type', { type: RRType.AAAA }],
    ['another TTL', { original: 61 }],
    ['other records', { bytes: Uint8Array.of(0, 4, 192, 0, 2, 2) }],
    ['a later time', { now: NOW + 30 }],
  ])('is not that of %s', (_what, change) => {
    expect(isKept(kept(), change)).toBe(false);
  });

  it('is not kept of a long name, nor of nodes', () => {
    const [long, longest] = [54, 55].map((octets) => nameOf(`${'x'.repeat(octets)}.example.`));
    expect(long.end).toBe(64);
    expect(isKept(kept({}, long), {}, long)).toBe(true);
    expect(isKept(kept({}, longest), {}, longest)).toBe(false);
    expect(kept().keeps()).toBe(false);
  });
});
