import { expect, it } from 'vitest';
import { COUNTER_WORDS } from '../../answer/counters.ts';
import { makeSignatureCache } from '../../dnssec/signature-cache.ts';
import { loadLibc } from '../../transport/libc.ts';
import { Signers } from './signers.ts';

const libc = loadLibc();

it.skipIf(libc === undefined)('starts a signer again that could not be started at first', async () => {
  const restarted: string[] = [];
  let isRefused = false;
  const signing = {
    zones: [],
    cache: makeSignatureCache(64),
    // No thread can be given a function, so none begins: as where the system has no more.
    get changes(): SharedArrayBuffer | undefined {
      return isRefused ? ((() => undefined) as unknown as SharedArrayBuffer) : undefined;
    },
  };
  const counters = new SharedArrayBuffer(2 * COUNTER_WORDS * 4);
  const config = { threads: 1, workers: 1, signing, counters, firstRow: 1 };
  const signers = new Signers(config, libc!, {
    restarted: (name, error) => restarted.push(`${name}: ${error?.message}`),
    unsigned: () => undefined,
  });
  await signers.start();
  isRefused = true;
  await signers.threads.get(0)?.terminate();
  await expect.poll(() => restarted.at(-1)).toContain('could not be cloned');
  isRefused = false;
  await expect.poll(() => signers.threads.size, { timeout: 20_000 }).toBe(1);
  await signers.stop();
});
