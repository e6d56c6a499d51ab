/** Requests that depend on what came before: If-Match against lost updates (RFC 9110 §13.1.1), Idempotency-Key against double posts. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { Problem } from '../control/moves/problem.ts';
import type { Change, Store } from '../store/store.ts';

export const IDEMPOTENCY = 'idempotency';
/** How long a key is remembered, in milliseconds. */
export const IDEMPOTENCY_KEPT = 24 * 3600 * 1000;

const kept = z.object({ at: z.number(), request: z.string(), move: z.number() });

/** A strong entity tag of what a text says. */
export function entityTag(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** @param tags the tags that are right now. @throws Problem `precondition-failed` */
export function checkIfMatch(request: FastifyRequest, tags: readonly string[]): void {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return;
  const wanted = header.split(',').map((tag) => tag.trim());
  if (!tags.some((tag) => wanted.includes(tag)))
    throw new Problem(
      'precondition-failed',
      'it has changed since it was read (If-Match); read it again and decide anew',
    );
}

/** A request that was made before under the same key: the move it made then. */
export class Replay {
  readonly move: number;
  constructor(move: number) {
    this.move = move;
  }
}

/** What a request's Idempotency-Key asks for. */
export class Idempotency {
  readonly #store: Store;
  readonly #key: string | undefined;
  readonly #request: string;

  constructor(store: Store, request: FastifyRequest) {
    this.#store = store;
    const header = request.headers['idempotency-key'];
    if (Array.isArray(header) || (header !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(header)))
      throw new Problem('invalid', 'Idempotency-Key: write up to 255 printable ASCII characters');
    this.#key = header === undefined ? undefined : digest(`${request.principal.id}\n${header}`);
    this.#request = digest(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`);
  }

  /** Call in the queue, right before the change. @throws Replay, or Problem when the key was used for something else */
  async check(): Promise<void> {
    if (this.#key === undefined) return;
    const entry = await this.#store.get(IDEMPOTENCY, this.#key);
    if (entry === undefined) return;
    const { at, request, move } = kept.parse(entry.value);
    if (at + IDEMPOTENCY_KEPT <= Date.now()) return;
    if (request !== this.#request)
      throw new Problem('idempotency-mismatch', 'this Idempotency-Key was used for another request; take a new one');
    throw new Replay(move);
  }

  /** What to store beside the change. */
  remember(move: number): Change[] {
    if (this.#key === undefined) return [];
    return [
      { put: { collection: IDEMPOTENCY, key: this.#key, value: { at: Date.now(), request: this.#request, move } } },
    ];
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
