/** HMACs of TSIG by node's cryptography. */
import { createHmac } from 'node:crypto';
import type { Hmac } from '../wire/tsig.ts';

const PREFIX = 'hmac-'.length;

export const hmac: Hmac = (algorithm, secret, pieces) => {
  const made = createHmac(algorithm.slice(PREFIX), secret);
  for (const piece of pieces) made.update(piece);
  return made.digest();
};
