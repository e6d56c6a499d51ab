/** Entry of a thread that stores signatures, over and over until it is ended: of a few hashes in as few places of one set. */
import { workerData } from 'node:worker_threads';
import { SignatureCache } from '../../src/dnssec/signature-cache.ts';

/** So many, in a set of four places. */
export const HASHES = 6;

/** As a hash is, but for its set: no word is another's. @param i which of `HASHES` */
export function hashOf(i: number): Int32Array {
  return Int32Array.from([42, i + 1, ~i, Math.imul(i + 1, 0x9e3779b1)]);
}

/** A signature all words of which say whose it is, and which of many it is. */
export function signatureOf(i: number, turn: number): Int32Array {
  return Int32Array.from({ length: 16 }, (_, word) => (i << 24) | ((turn & 0xffff) << 8) | word);
}

/** Which of many a signature says it is. */
export function turnOf(signature: Int32Array): number {
  return (signature[0] >>> 8) & 0xffff;
}

if (workerData instanceof SharedArrayBuffer) {
  const cache = new SignatureCache(workerData);
  const turns = Array.from({ length: 256 }, (_, turn) => signatureOf(turn % HASHES, turn));
  for (let turn = 0; ; turn = (turn + 1) % turns.length) cache.store(hashOf(turn % HASHES), false, turns[turn]);
}
