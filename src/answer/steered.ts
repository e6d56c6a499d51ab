/**
 * What a steered host's A and AAAA are: cell -> assignment -> plan row -> answer.
 */

import type { PlanReader } from '../tables/plan-reader.ts';
import { isSet } from '../tables/plan-reader.ts';
import { hashFinish, hashStep } from '../zone/suffixes.ts';

/** The class of a client whose location is unknown or must not matter: additional records, hints (RFC 7871 §7.4). */
export const NO_LOCATION = 0;

export const FamilyIndex = { IPV4: 0, IPV6: 1 } as const;

/** Fixed: every node of a fleet puts a name into the same bucket. */
const BUCKET_SEED = 0x5bd1e995;

/** The bucket of an owner name (lower case, wire form): 0..65535, the same on every server. */
export function bucketOf(name: Uint8Array, at: number, end: number): number {
  let state = BUCKET_SEED;
  for (let i = at; i < end; i++) state = hashStep(state, name[i]);
  return hashFinish(state) >>> 16;
}

/**
 * The answer of an assignment for a family, 0 when the host does not have it.
 *
 * @param family `FamilyIndex`
 * @param owner  the host's name, for its bucket when the plan shares the answer out
 */
export function steeredAnswer(
  plan: PlanReader,
  assignment: number,
  clientClass: number,
  family: number,
  owner: Uint8Array,
  at: number,
  end: number,
): number {
  const row = plan.row(assignment, clientClass, family);
  return isSet(row) ? plan.answer(row, bucketOf(owner, at, end)) : row;
}
