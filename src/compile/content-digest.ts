/**
 * A digest of a zone's content that does not depend on the order of records, so that a serial need not grow when a server restarts on unchanged
 * files. 64 bits, summed over records; not cryptographic: it guards against forgetting a change, not against an adversary.
 */
import { hashFinish, hashStep } from '../zone/suffixes.ts';
import type { AssignmentTable } from './assignment-table.ts';
import type { ZoneBuilder } from './zone-builder.ts';

/** Fixed, unlike the tables' seed: digests are compared across restarts. */
const SEEDS = [0x2545f491, 0x6c8e9cf5] as const;

export class ContentDigest {
  #low = 0;
  #high = 0;
  /** Hash states of assignments, two a number: few, and used by many hosts. */
  readonly #states: number[] = [];

  record(
    builder: ZoneBuilder,
    node: number,
    type: number,
    ttl: number,
    octets: Uint8Array,
    from: number,
    end: number,
  ): void {
    this.#low = (this.#low + mix(SEEDS[0], builder, node, type, ttl, octets, from, end)) >>> 0;
    this.#high = (this.#high + mix(SEEDS[1], builder, node, type, ttl, octets, from, end)) >>> 0;
  }

  /** A steered host. @param assignment what it is declared with */
  host(builder: ZoneBuilder, node: number, assignment: number, assignments: AssignmentTable): void {
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
    const { names } = builder.writer;
    const at = builder.writer.nameAt(node);
    for (let i = at, end = at + builder.writer.nameLength(node); i < end; i++) {
      low = hashStep(low, names[i]);
      high = hashStep(high, names[i]);
    }
    this.#low = (this.#low + hashFinish(low)) >>> 0;
    this.#high = (this.#high + hashFinish(high)) >>> 0;
  }

  get text(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }
}

function mix(
  seed: number,
  builder: ZoneBuilder,
  node: number,
  type: number,
  ttl: number,
  octets: Uint8Array,
  from: number,
  end: number,
): number {
  let state = hashStep(hashStep(seed, type), ttl);
  for (let i = from; i < end; i++) state = hashStep(state, octets[i]);
  return nameHash(state, builder, node);
}

function nameHash(state: number, builder: ZoneBuilder, node: number): number {
  const { names } = builder.writer;
  const at = builder.writer.nameAt(node);
  for (let i = at, end = at + builder.writer.nameLength(node); i < end; i++) state = hashStep(state, names[i]);
  return hashFinish(state);
}

function textHash(seed: number, text: string): number {
  let state = seed;
  for (let i = 0; i < text.length; i++) state = hashStep(state, text.charCodeAt(i));
  return state;
}
