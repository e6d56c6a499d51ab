/**
 * The interned assignments: a number for each distinct (service, IPv4 group, IPv6 group, policy, TTL) hosts are steered with. Numbers are
 * kept for the life of the process, because cells name them; what a number means in the current network is resolved anew at each load.
 *
 * Two threads number assignments without asking each other: what zone data declares gets even numbers (compile worker), what hosts are
 * moved to odd ones (main thread). 0 is "not steered".
 */

import { resolveAssignment } from '../steering/assignment.ts';
import type { Assignment, Network } from '../steering/model.ts';

/** An assignment by names, as zone data declares it. */
export interface AssignmentKey {
  readonly service: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly policy: string;
  /** Seconds; -1 = the policy's. */
  readonly ttl: number;
}

export const FIRST_DECLARED = 2;
export const FIRST_MOVED = 1;
export const NUMBER_STEP = 2;

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  /** The name that is wrong, if it is one. */
  readonly word?: string;
}

export class AssignmentTable {
  readonly #keys: (AssignmentKey | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  #next = FIRST_DECLARED;

  /** @param keys assignments by number, of an earlier table whose numbers are still in cells; the main thread's are left out */
  constructor(keys: readonly (AssignmentKey | undefined)[] = []) {
    for (let n = FIRST_DECLARED; n < keys.length; n += NUMBER_STEP) {
      const key = keys[n];
      if (key !== undefined) this.intern(key);
    }
  }

  /** The number of an assignment, made if it is new. */
  intern(key: AssignmentKey): number {
    const text = `${key.service} ${key.ipv4} ${key.ipv6} ${key.policy} ${key.ttl}`;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#next;
      this.#next += NUMBER_STEP;
      this.#keys[number] = key;
      this.#numbers.set(text, number);
    }
    return number;
  }

  key(number: number): AssignmentKey | undefined {
    return this.#keys[number];
  }

  /** One past the highest number. */
  get size(): number {
    return this.#keys.length;
  }

  /** What an assignment is in this network, or what is wrong with it. */
  resolve(network: Network, number: number): { assignment: Assignment } | { problem: Problem } {
    const key = this.#keys[number];
    if (key === undefined)
      return { problem: { code: 'unknown-assignment', message: `there is no assignment ${number}` } };
    return resolveAssignment(network, key);
  }
}
