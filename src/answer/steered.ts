/**
 * What a steered host's A and AAAA are: cell -> assignment -> plan row -> answer.
 */

import type { PlanReader } from '../tables/plan-reader.ts';
import { isSet } from '../tables/plan-reader.ts';
import { hashFinish, hashStep } from '../zone/suffixes.ts';

/**
 * The class of a client whose location is unknown or must not matter: additional records and hints, which must be the same for all (RFC 7871 §7.4). Where buckets are of
 * clients, those records get the bucket of the host's name: one answer for everybody, and another from host to host, so that shares are kept on the whole.
 */
export const NO_LOCATION = 0;

export const FamilyIndex = { IPV4: 0, IPV6: 1 } as const;

/** Of the hash that makes buckets. The salt comes from the plan, so every node of a fleet puts a name into the same bucket. */
const BUCKET_SEED = 0x5bd1e995;

/** The bucket of an owner name (lower case, wire form) or of a client's network: 0..65535, the same on every server. */
export function bucketOf(salt: number, octets: Uint8Array, at: number, end: number): number {
  let state = BUCKET_SEED ^ salt;
  for (let i = at; i < end; i++) state = hashStep(state, octets[i]);
  return hashFinish(state) >>> 16;
}

/**
 * The answer of an assignment for a family: 0 when the host does not have it, FAILURE when nothing may be answered.
 *
 * @param family `FamilyIndex`
 * @param key    what the bucket is of when the plan shares the answer out: the host's name, or the client's network
 */
export function steeredAnswer(
  plan: PlanReader,
  assignment: number,
  clientClass: number,
  family: number,
  key: Uint8Array,
  at: number,
  end: number,
): number {
  const row = plan.row(assignment, clientClass, family);
  return isSet(row) ? plan.answer(row, bucketOf(plan.salt(row), key, at, end)) : row;
}
