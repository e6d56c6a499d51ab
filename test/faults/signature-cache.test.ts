/** Signatures in shared memory while threads that write them are ended at any moment, all in the same few places. */
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { makeSignatureCache, SignatureCache } from '../../src/dnssec/signature-cache.ts';
import { HASHES, hashOf, signatureOf, turnOf } from '../support/signature-storer.ts';

const STORER = new URL('../support/signature-storer.ts', import.meta.url);
const ROUNDS = 8;
const FOUND_A_ROUND = 2000;
/** Turns of this thread's own signatures begin here. */
const OWN = 0xff00;

const threads: Worker[] = [];
afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.terminate())));

it('what is found is whole, and what threads that were ended left behind keeps nobody from storing', async () => {
  const buffer = makeSignatureCache(1024);
  const cache = new SignatureCache(buffer);
  const out = new Int32Array(16);
  for (let round = 0; round < ROUNDS; round++) {
    threads.push(...Array.from({ length: 2 }, () => new Worker(STORER, { workerData: buffer })));
    for (let found = 0, looks = 0; found < FOUND_A_ROUND; looks++) {
      const i = looks % HASHES;
      if (looks % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (!cache.find(hashOf(i), false, out)) continue;
      const whole = signatureOf(i, turnOf(out));
      if (out.some((word, at) => word !== whole[at])) expect(out).toEqual(whole);
      // Those of the round before are nobody's who writes.
      if (turnOf(out) < OWN) found++;
    }
    await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
    for (let i = 0; i < HASHES; i++) {
      const mine = signatureOf(i, OWN + round);
      cache.store(hashOf(i), false, mine);
      expect([round, i, cache.find(hashOf(i), false, out), out]).toEqual([round, i, true, mine]);
    }
  }
}, 120_000);
