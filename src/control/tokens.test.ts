import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { mayAct, roles, TOKENS, Tokens } from './tokens.ts';

const none = (): [] => [];
let store: MemoryStore;
let tokens: Tokens;

beforeEach(() => {
  store = new MemoryStore();
  tokens = new Tokens(store);
});

describe('a token', () => {
  it('is its text, which nothing keeps', async () => {
    const { token, text } = await tokens.create('ci', 'operator', undefined, none);
    expect(tokens.check(text, 0)).toBe(token);
    expect(JSON.stringify(await store.snapshot([TOKENS]))).not.toContain(text.slice(16));
    const again = new Tokens(store);
    await again.load();
    expect(again.check(text, 0)).toMatchObject({ id: token.id, name: 'ci', role: 'operator' });
  });

  it('is in use until it is revoked or its time is over', async () => {
    const { token } = await tokens.create('brief', 'viewer', 5000, none);
    expect([tokens.inUse(token.id, 4999), tokens.inUse(token.id, 5000)]).toEqual([true, false]);
    const { token: other } = await tokens.create('other', 'viewer', undefined, none);
    await tokens.revoke('other', none);
    expect([tokens.inUse(other.id, 0), tokens.inUse('00000000', 0)]).toEqual([false, false]);
  });

  it('is not another text', async () => {
    const { token, text } = await tokens.create('ci', 'admin', undefined, none);
    const last = text.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of [
      '',
      'x',
      text.slice(0, -1),
      `${text}A`,
      `${text}\n`,
      text.slice(0, -1) + last,
      text.toUpperCase(),
    ])
      expect(tokens.check(wrong, 0)).toBeUndefined();
    expect(tokens.check(`steerd_${'0'.repeat(8)}_${text.slice(16)}`, 0)).toBeUndefined();
    expect(tokens.check(`steerd_${token.id}_${'A'.repeat(43)}`, 0)).toBeUndefined();
  });

  it('ends when it expires or is revoked, by name or id', async () => {
    const { text } = await tokens.create('short', 'viewer', 1000, none);
    expect([tokens.check(text, 999)?.name, tokens.check(text, 1000)]).toEqual(['short', undefined]);
    const made = [
      await tokens.create('a', 'viewer', undefined, none),
      await tokens.create('b', 'viewer', undefined, none),
    ];
    await tokens.revoke('a', none);
    await tokens.revoke(made[1].token.id, none);
    for (const { text: of } of made) expect(tokens.check(of, 0)).toBeUndefined();
    await expect(tokens.revoke('a', none)).rejects.toMatchObject({ code: 'not-found' });
    // The name is free again, and the old text stays dead.
    await tokens.create('a', 'viewer', undefined, none);
    expect(tokens.check(made[0].text, 0)).toBeUndefined();
    expect(tokens.list()).toHaveLength(4);
  });

  it('has a name of its own, also when two are asked for at once', async () => {
    const both = await Promise.allSettled([1, 2].map(() => tokens.create('ci', 'viewer', undefined, none)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(tokens.create('ci', 'viewer', undefined, none)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is not made when it can not be stored, and then its name stays free', async () => {
    const beside = (): never => {
      throw new Error('no');
    };
    await expect(tokens.create('ci', 'viewer', undefined, beside)).rejects.toThrow('no');
    expect(tokens.list()).toEqual([]);
    await tokens.create('ci', 'viewer', undefined, none);
  });

  it('can be adopted from its text, once', async () => {
    const text = `steerd_0123abcd_${'x'.repeat(43)}`;
    expect(await tokens.adopt('operator', 'operator', 'no token')).toBeUndefined();
    const first = await tokens.adopt('operator', 'operator', text);
    expect(tokens.check(text, 0)).toBe(first);
    expect(await tokens.adopt('operator', 'operator', text)).toBe(first);
    await tokens.revoke('operator', none);
    await tokens.adopt('operator', 'operator', text);
    expect(tokens.check(text, 0)).toBeUndefined();
  });
});

it('each role may do what those before may', () => {
  const table = roles.map((role) => roles.map((wanted) => mayAct(role, wanted)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
