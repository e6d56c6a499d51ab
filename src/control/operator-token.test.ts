import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { StoreError } from '../store/store.ts';
import { ensureOperatorToken, operatorTokenFile, readOperatorToken } from './operator-token.ts';
import { Tokens } from './tokens.ts';

let folder: string;
let store: MemoryStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-token-'));
  store = new MemoryStore();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A start: reads the tokens there are, and makes the first if there is none. */
async function start(): Promise<{ tokens: Tokens; made: boolean }> {
  const tokens = new Tokens(store);
  await tokens.load();
  return { tokens, made: await ensureOperatorToken(folder, tokens) };
}
const inFile = (): string => readOperatorToken(folder) ?? '';

describe('the first operator token', () => {
  it('is made once, in a file only its owner may read', async () => {
    const { tokens, made } = await start();
    expect([made, tokens.check(inFile(), 0)?.role]).toEqual([true, 'operator']);
    expect(statSync(operatorTokenFile(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['operator.token']);
    const text = inFile();
    expect((await start()).made).toBe(false);
    expect(inFile()).toBe(text);
  });

  it('is not made again when it was lost or revoked', async () => {
    const { tokens } = await start();
    rmSync(operatorTokenFile(folder));
    expect([(await start()).made, inFile()]).toEqual([false, '']);
    await tokens.revoke('operator', () => []);
    expect([(await start()).made, inFile()]).toEqual([false, '']);
  });

  it('that was not stored any more when its file was written is stored by the next start', async () => {
    const { commit } = store;
    store.commit = async () => {
      throw new StoreError('full', 'no room');
    };
    await expect(start()).rejects.toThrow('no room');
    store.commit = commit;
    const { tokens, made } = await start();
    expect([made, tokens.check(inFile(), 0)?.name]).toEqual([false, 'operator']);
  });
});
