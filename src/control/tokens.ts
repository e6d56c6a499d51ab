/**
 * Bearer tokens. Kept as hashes: who reads the store can't use them. A token is 256 random bits, so a plain hash is enough (nothing to guess).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Change, Store } from '../store/store.ts';
import { Problem } from './moves/problem.ts';

export const TOKENS = 'tokens';

/** In rising order: each may do what the ones before may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

const schema = z.object({
  name: z.string(),
  role: z.enum(roles),
  hash: z.string(),
  created: z.number(),
  expiresAt: z.number().optional(),
  revoked: z.number().optional(),
});

export type Token = z.infer<typeof schema> & { readonly id: string };

const SHAPE = /^steerd_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

export class Tokens {
  readonly #store: Store;
  readonly #tokens = new Map<string, Token>();
  /** Names of tokens that are being stored. */
  readonly #making = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  async load(): Promise<void> {
    const { entries } = await this.#store.snapshot([TOKENS]);
    for (const { key, value } of entries) this.#tokens.set(key, { id: key, ...schema.parse(value) });
  }

  /** All, revoked ones too, oldest first. */
  list(): Token[] {
    return [...this.#tokens.values()].sort((a, b) => a.created - b.created);
  }

  /** Makes a token. Its text is told once and kept nowhere. */
  async create(
    name: string,
    role: Role,
    expiresAt: number | undefined,
    beside: (token: Token) => readonly Change[],
  ): Promise<{ token: Token; text: string }> {
    if (this.#making.has(name) || this.list().some((t) => t.name === name && t.revoked === undefined))
      throw new Problem('conflict', `there is a token named ${name} already; revoke it or choose another name`);
    let { id, text } = newToken();
    // One name in four thousand million is rare, and would take another's token away.
    while (this.#tokens.has(id)) ({ id, text } = newToken());
    this.#making.add(name);
    try {
      const value = { name, role, hash: hashOf(text), created: Date.now(), expiresAt };
      return { token: await this.#put(id, value, beside), text };
    } finally {
      this.#making.delete(name);
    }
  }

  /** Takes a token whose text is known already: the first operator's, found in its file. */
  async adopt(name: string, role: Role, text: string): Promise<Token | undefined> {
    const id = SHAPE.exec(text)?.[1];
    if (id === undefined) return undefined;
    return this.#tokens.get(id) ?? this.#put(id, { name, role, hash: hashOf(text), created: Date.now() }, () => []);
  }

  /** @param which id or name */
  async revoke(which: string, beside: (token: Token) => readonly Change[]): Promise<Token> {
    const token = this.list().find((t) => t.revoked === undefined && (t.id === which || t.name === which));
    if (token === undefined) throw new Problem('not-found', `there is no token ${which} in use`);
    const { id, ...rest } = token;
    return this.#put(id, { ...rest, revoked: Date.now() }, beside);
  }

  /** The token of this text, if it is in use. */
  check(text: string, now: number): Token | undefined {
    const token = this.#tokens.get(SHAPE.exec(text)?.[1] ?? '');
    if (token === undefined || !this.inUse(token.id, now)) return undefined;
    return timingSafeEqual(Buffer.from(token.hash, 'hex'), Buffer.from(hashOf(text), 'hex')) ? token : undefined;
  }

  /** Whether a token may still be used. */
  inUse(id: string, now: number): boolean {
    const token = this.#tokens.get(id);
    return (
      token !== undefined && token.revoked === undefined && (token.expiresAt === undefined || token.expiresAt > now)
    );
  }

  async #put(id: string, value: z.infer<typeof schema>, beside: (token: Token) => readonly Change[]): Promise<Token> {
    const token = { id, ...value };
    await this.#store.commit([{ put: { collection: TOKENS, key: id, value } }, ...beside(token)]);
    this.#tokens.set(id, token);
    return token;
  }
}

/** A token's id and its text, which has the id in it. */
export function newToken(): { id: string; text: string } {
  const id = randomBytes(4).toString('hex');
  return { id, text: `steerd_${id}_${randomBytes(32).toString('base64url')}` };
}

/** Whether a role may do what asks for another. */
export function mayAct(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
