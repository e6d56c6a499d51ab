/**
 * The states operators force: those of steerd.yaml, and over them those set through the API, which are stored, have an author and a reason, and may expire.
 */
import * as z from 'zod';
import { parseForces } from '../steering/forces.ts';
import type { Force, ForcedState, Network } from '../steering/model.ts';
import type { Change, Entry } from '../store/store.ts';
import { Problem } from './moves/problem.ts';

export const FORCES = 'forces';

const schema = z.object({
  state: z.enum(['up', 'down', 'drained', 'auto']),
  reason: z.string(),
  author: z.string(),
  since: z.number(),
  /** Unix milliseconds. */
  expiresAt: z.number().optional(),
});

export type ForcedByOperator = z.infer<typeof schema>;

export class ForcedStates {
  readonly #settings: Readonly<Record<string, ForcedState>>;
  readonly #stored = new Map<string, ForcedByOperator>();

  /** @param settings `states` of steerd.yaml */
  constructor(settings: Readonly<Record<string, ForcedState>>) {
    this.#settings = settings;
  }

  load(entries: readonly Entry[]): void {
    for (const { collection, key, value } of entries)
      if (collection === FORCES) this.#stored.set(key, schema.parse(value));
  }

  /** What is forced on a key (`zurich`, `web/zurich/ipv6`), by whom: undefined when nothing is. */
  get(key: string): (Partial<ForcedByOperator> & { readonly state: ForcedState }) | undefined {
    const stored = this.#stored.get(key);
    if (stored !== undefined) return stored;
    const state = this.#settings[key];
    return state === undefined ? undefined : { state };
  }

  /** All that is forced, in a network, and what of the settings the network does not have. */
  in(network: Network): { forces: Force[]; problems: { key: string; message: string; ofSettings: boolean }[] } {
    const states = { ...this.#settings } as Record<string, string>;
    for (const [key, { state }] of this.#stored) states[key] = state;
    const { forces, problems } = parseForces(states, network);
    return {
      forces,
      problems: problems.map(({ key, message }) => ({ key, message, ofSettings: !this.#stored.has(key) })),
    };
  }

  /**
   * What to store, and what is forced then.
   * @throws Problem, when the network has no such target
   */
  change(key: string, to: ForcedByOperator, network: Network): { changes: Change[]; apply: () => void } {
    const { problems } = parseForces({ [key]: to.state }, network);
    if (problems.length > 0) throw new Problem('not-found', problems[0].message);
    // With nothing broader to take back, `auto` is as if nothing had been said.
    if (to.state === 'auto' && this.#settings[key] === undefined && !this.#hasBroader(key)) return this.#removal(key);
    return {
      changes: [{ put: { collection: FORCES, key, value: to } }],
      apply: () => this.#stored.set(key, to),
    };
  }

  /** Keys whose time is over. */
  expired(now: number): string[] {
    return [...this.#stored]
      .filter(([, { expiresAt }]) => expiresAt !== undefined && expiresAt <= now)
      .map(([key]) => key);
  }

  /** What to store when a key's time is over. */
  expiry(key: string): { changes: Change[]; apply: () => void } {
    return this.#removal(key);
  }

  #removal(key: string): { changes: Change[]; apply: () => void } {
    return { changes: [{ delete: { collection: FORCES, key } }], apply: () => this.#stored.delete(key) };
  }

  #hasBroader(key: string): boolean {
    const parts = key.split('/');
    return [...Object.keys(this.#settings), ...this.#stored.keys()].some(
      (other) => other !== key && other.split('/').every((part) => parts.includes(part)),
    );
  }
}
