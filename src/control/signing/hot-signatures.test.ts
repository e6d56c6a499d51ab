import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Algorithm, generatePair } from '../../dnssec/algorithm.ts';
import type { DnssecKey } from '../../dnssec/key.ts';
import { makeSignatureCache, SignatureCache } from '../../dnssec/signature-cache.ts';
import { Signer } from '../../dnssec/signer.ts';
import { PERIOD } from '../../dnssec/window.ts';
import { readyKey } from '../../dnssec/zone-keys.ts';
import { RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import { HotSignatures } from './hot-signatures.ts';

const APEX = parseName('example.net.');
const NAME = parseName('www.example.net.');
const ADDRESSES = [1, 2, 3].map((last) => Uint8Array.of(192, 0, 2, last));
const START = 1_700_000_000;
const key = readyKey({
  zone: APEX,
  algorithm: Algorithm.ED25519,
  flags: 257,
  ...generatePair(Algorithm.ED25519),
  times: {},
} satisfies DnssecKey);

let cache: SignatureCache;
let worker: Signer;
let hot: HotSignatures;
let made: number;
let tried: number;
let isAble: boolean;
beforeEach(() => {
  vi.useFakeTimers({ now: START * 1000 });
  const memory = makeSignatureCache(4096);
  // As a worker's, and as the signer's own.
  cache = new SignatureCache(memory);
  worker = new Signer(cache);
  made = tried = 0;
  isAble = true;
  const own = new SignatureCache(memory);
  hot = new HotSignatures(own, (_, __, hash, madeUp) => {
    tried++;
    if (!isAble) return false;
    own.store(hash, madeUp, new Int32Array(16).fill(7));
    made++;
    return true;
  });
  hot.alternatives = [{ ipv4: ADDRESSES, ipv6: [] }];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks for a signature as a worker does. @returns whether it is there */
function find(rdata: Uint8Array, { type = RRType.A as number, madeUp = false, name = NAME } = {}): boolean {
  const now = Math.floor(Date.now() / 1000);
  cache.now = now;
  worker.begin(APEX, name, 0, name.length, type, 60, now);
  worker.records(Uint8Array.from([0, rdata.length, ...rdata]), 0, rdata.length + 2);
  return worker.find(key, madeUp);
}

/** A query for what isn't signed: it is, and the query finds it. */
function askCold(rdata: Uint8Array, options = {}): void {
  expect(find(rdata, options)).toBe(false);
  worker.make(key, (options as { madeUp?: boolean }).madeUp === true);
  hot.note(worker.octets, worker.length, key, (options as { madeUp?: boolean }).madeUp === true);
  expect(find(rdata, options)).toBe(true);
}

/** The signer goes through all there is. @returns signatures made */
function sweep(): number {
  const before = made;
  while (hot.step());
  return made - before;
}

const later = (seconds: number): void => {
  vi.setSystemTime(Date.now() + seconds * 1000);
};

it('one query makes nothing hot; what is asked for again has all its answers', () => {
  askCold(ADDRESSES[0]);
  expect([sweep(), hot.size]).toEqual([0, 0]);
  find(ADDRESSES[0]);
  expect([sweep(), hot.size]).toEqual([2, 1]);
  for (const address of ADDRESSES) expect(find(address)).toBe(true);
  expect(sweep()).toBe(0);
});

it('what is no address of a service is kept as it is', () => {
  askCold(Uint8Array.of(192, 0, 2, 99));
  askCold(Uint8Array.of(3, 97, 98, 99), { type: RRType.TXT });
  find(Uint8Array.of(192, 0, 2, 99));
  find(Uint8Array.of(3, 97, 98, 99), { type: RRType.TXT });
  expect([sweep(), hot.size]).toEqual([0, 2]);
});

it('the next period is signed before it begins, once', () => {
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  sweep();
  let ahead = 0;
  // As long as somebody asks, however many periods.
  for (let hour = 0; hour < 72; hour++) {
    later(3600);
    expect(find(ADDRESSES[0])).toBe(true);
    find(ADDRESSES[0]);
    ahead += sweep();
  }
  expect(ahead).toBe(3 * ADDRESSES.length);
});

it('what nobody asks for any longer is forgotten', () => {
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  sweep();
  for (let hour = 0; hour < 8; hour++) {
    later(3600);
    sweep();
  }
  expect(hot.size).toBe(0);
  later(PERIOD);
  expect([sweep(), find(ADDRESSES[0])]).toEqual([0, false]);
});

it.each([PERIOD, -PERIOD, 10 * PERIOD])('a clock that is set by %i s is followed', (step) => {
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  sweep();
  later(step);
  // Asked for at the new time before the signer has looked: signed cold, once; then all is as it was.
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  expect(sweep()).toBe(2);
  for (const address of ADDRESSES) expect(find(address)).toBe(true);
});

it('what can no longer be signed is forgotten, and tried no more', () => {
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  isAble = false;
  expect([sweep(), hot.size, tried]).toEqual([0, 0, 2]);
  expect([sweep(), tried]).toEqual([0, 2]);
});

it('names that are made up are no candidates by their denial, and push out no others', () => {
  askCold(ADDRESSES[0]);
  find(ADDRESSES[0]);
  for (let i = 0; i < 5000; i++) {
    const name = parseName(`x${i}.example.net.`);
    worker.begin(APEX, name, 0, name.length, i % 2 === 0 ? RRType.NSEC : RRType.TXT, 60, START);
    worker.records(Uint8Array.of(0, 2, 1, 97), 0, 4);
    hot.note(worker.octets, worker.length, key, true);
  }
  expect([sweep(), hot.size]).toEqual([2, 1]);
});
