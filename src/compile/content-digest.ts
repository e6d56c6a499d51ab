/**
 * A digest of a zone's content that does not depend on the order of records, so that a serial need not grow when a server restarts on unchanged
 * files. 64 bits, summed over records; not cryptographic: it guards against forgetting a change, not against an adversary.
 */
import { hashFinish, hashStep } from '../zone/suffixes.ts';
import type { AssignmentTable } from './assignment-table.ts';

/** Fixed, unlike the tables' seed: digests are compared across restarts. */
const SEEDS = [0x2545f491, 0x6c8e9cf5] as const;

export class ContentDigest {
  #low = 0;
  #high = 0;
  /** Hash states of assignments, two a number: few, and used by many hosts. */
  readonly #states: number[] = [];

  /** @param text the digest to go on from; nothing at first */
  constructor(text = '0000000000000000') {
    this.#high = Number.parseInt(text.slice(0, 8), 16);
    this.#low = Number.parseInt(text.slice(8), 16);
  }

  /**
   * A record, its RDATA at octets[from, end).
   * @param names octets with its owner in [at, nameEnd)
   * @param count 1 to put it in, -1 to take it out
   */
  record(
    names: Uint8Array,
    at: number,
    nameEnd: number,
    type: number,
    ttl: number,
    octets: Uint8Array,
    from: number,
    end: number,
    count: 1 | -1 = 1,
  ): void {
    this.#low = (this.#low + count * mix(SEEDS[0], names, at, nameEnd, type, ttl, octets, from, end)) >>> 0;
    this.#high = (this.#high + count * mix(SEEDS[1], names, at, nameEnd, type, ttl, octets, from, end)) >>> 0;
  }

  /**
   * A steered host.
   * @param names octets with its name in [at, end)
   * @param assignment what it is declared with
   * @param count 1 to put it in, -1 to take it out
   */
  host(
    names: Uint8Array,
    at: number,
    end: number,
    assignment: number,
    assignments: AssignmentTable,
    count: 1 | -1,
  ): void {
    const states = this.#states;
    if (states[assignment * 2] === undefined) {
      const key = assignments.key(assignment);
      if (key === undefined) return;
      const text = `${key.service} ${key.ipv4} ${key.ipv6} ${key.policy} ${key.ttl}`;
      states[assignment * 2] = textHash(SEEDS[0], text);
      states[assignment * 2 + 1] = textHash(SEEDS[1], text);
    }
    let low = states[assignment * 2];
    let high = states[assignment * 2 + 1];
    for (let i = at; i < end; i++) {
      low = hashStep(low, names[i]);
      high = hashStep(high, names[i]);
    }
    this.#low = (this.#low + count * hashFinish(low)) >>> 0;
    this.#high = (this.#high + count * hashFinish(high)) >>> 0;
  }

  get text(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }
}

function mix(
  seed: number,
  names: Uint8Array,
  at: number,
  nameEnd: number,
  type: number,
  ttl: number,
  octets: Uint8Array,
  from: number,
  end: number,
): number {
  let state = hashStep(hashStep(seed, type), ttl);
  for (let i = from; i < end; i++) state = hashStep(state, octets[i]);
  for (let i = at; i < nameEnd; i++) state = hashStep(state, names[i]);
  return hashFinish(state);
}

function textHash(seed: number, text: string): number {
  let state = seed;
  for (let i = 0; i < text.length; i++) state = hashStep(state, text.charCodeAt(i));
  return state;
}
