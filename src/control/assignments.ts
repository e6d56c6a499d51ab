/**
 * Every assignment a cell may name: those zone data declares, as the last load gave them, and those hosts are moved to, made here. A moved host's number
 * says "declared so, moved there"; what that means is worked out anew in each network, so cells stay when the network changes. For most moves nothing is
 * decided: the plan has a row for every group a host of each declared kind could go to with both families.
 */
import { type AssignmentKey, FIRST_MOVED, NUMBER_STEP } from '../compile/assignment-table.ts';
import { denseAssignments } from '../compile/plan-writer.ts';
import { namesHaveFamily, resolveAssignment } from '../steering/assignment.ts';
import type { Assignment, Family, Network } from '../steering/model.ts';

/** Beyond so many, only what hosts were really moved to has rows; other moves publish a plan first. */
const MOST_COVERED = 16_384;

/** What an override says of a host: a group a family, and while a move is being prepared a TTL. */
export interface Variant {
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Seconds. */
  readonly ttl?: number;
}

interface Moved extends Variant {
  readonly declared: number;
}

export class Assignments {
  readonly #moved: Moved[] = [];
  readonly #numbers = new Map<string, number>();
  #network: Network | undefined;
  #keys: (AssignmentKey | undefined)[] = [];
  #resolved: (Assignment | undefined)[] = [];
  #dense: ReturnType<typeof denseAssignments> | undefined;

  get network(): Network | undefined {
    return this.#network;
  }

  /** What each number means in this network, with holes. */
  get resolved(): readonly (Assignment | undefined)[] {
    return this.#resolved;
  }

  /** The same without holes, and the number of each: one object until something changes, so that plans can be made from those before. */
  get dense(): ReturnType<typeof denseAssignments> {
    this.#dense ??= denseAssignments(this.#resolved);
    return this.#dense;
  }

  /** Names by number, with holes. */
  get keys(): readonly (AssignmentKey | undefined)[] {
    return this.#keys;
  }

  /** One past the highest number: what a plan must have rows for. */
  get size(): number {
    return this.#keys.length;
  }

  /** Takes a load's network and declared assignments. Numbers stay what they were. */
  load(
    network: Network,
    keys: readonly (AssignmentKey | undefined)[],
    resolved: readonly (Assignment | undefined)[],
  ): void {
    this.#network = network;
    this.#keys = [...keys];
    this.#resolved = [...resolved];
    this.#dense = undefined;
    for (const i of this.#moved.keys()) this.#resolve(i);
    this.#cover(network, keys);
  }

  /** The group that really counts for a family: an override can't give a host a family its declaration lacks, nor take one away (DESIGN §5). */
  groupFor(declared: AssignmentKey, family: Family, wanted: string | undefined): string {
    const own = declared[family];
    if (wanted === undefined || wanted === own || this.#network === undefined) return own;
    if (!namesHaveFamily(this.#network, declared, own, family)) return own;
    return namesHaveFamily(this.#network, declared, wanted, family) ? wanted : own;
  }

  /** The number for a host of this declaration under an override. If `size` grows by it, a plan must be published before a cell names it. */
  variant(declared: number, { ipv4, ipv6, ttl }: Variant): number {
    if (ipv4 === undefined && ipv6 === undefined && ttl === undefined) return declared;
    const text = `${declared} ${ipv4 ?? ''} ${ipv6 ?? ''} ${ttl ?? ''}`;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = FIRST_MOVED + NUMBER_STEP * this.#moved.length;
    this.#moved.push({ declared, ipv4, ipv6, ttl });
    this.#numbers.set(text, number);
    this.#resolve(this.#moved.length - 1);
    return number;
  }

  #resolve(index: number): void {
    this.#dense = undefined;
    const { declared, ...wanted } = this.#moved[index];
    const number = FIRST_MOVED + NUMBER_STEP * index;
    const own = this.#keys[declared];
    const ownTtl = this.#resolved[declared]?.ttl;
    if (own === undefined || ownTtl === undefined || this.#network === undefined) return;
    const ipv4 = this.groupFor(own, 'ipv4', wanted.ipv4);
    const ipv6 = this.groupFor(own, 'ipv6', wanted.ipv6);
    const ttl = wanted.ttl === undefined ? own.ttl : Math.min(wanted.ttl, ownTtl);
    const key = { service: own.service, ipv4, ipv6, policy: own.policy, ttl };
    const result = resolveAssignment(this.#network, key);
    this.#keys[number] = key;
    const pinned = { ipv4: wanted.ipv4 !== undefined, ipv6: wanted.ipv6 !== undefined };
    const short = wanted.ttl === undefined ? {} : { ownTtl };
    this.#resolved[number] = 'assignment' in result ? { ...result.assignment, pinned, ...short } : undefined;
  }

  #cover(network: Network, declared: readonly (AssignmentKey | undefined)[]): void {
    const numbers = [...declared.keys()].filter((n) => declared[n] !== undefined);
    if (numbers.length * network.groups.length > MOST_COVERED) return;
    for (const number of numbers) for (const { id } of network.groups) this.variant(number, { ipv4: id, ipv6: id });
  }
}
