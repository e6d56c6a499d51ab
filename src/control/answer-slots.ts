/**
 * Which word of the workers' rows counts the answers of a service in a group and family. Slots go by name and stay for the life of the process: a reload
 * numbers services and groups anew, and what was counted before must keep its meaning.
 */
import { ANSWER_SLOTS } from '../answer/counters.ts';
import type { Family, Network } from '../steering/model.ts';

/** What a slot counts. */
export interface AnswerSlot {
  readonly service: string;
  readonly group: string;
  readonly family: Family;
}

/** What slot 0 counts: all that came when no slot was left. */
export const OTHER = 0;

export class AnswerSlots {
  readonly #slots: number;
  readonly #known = new Map<string, number>();
  readonly #names: (AnswerSlot | undefined)[] = [undefined];

  /** @param slots words in a row */
  constructor(slots: number = ANSWER_SLOTS) {
    this.#slots = slots;
  }

  /** By slot; undefined for slot 0. */
  get names(): readonly (AnswerSlot | undefined)[] {
    return this.#names;
  }

  /** The slot of these names, a new one when they have none; `OTHER` when all are taken. */
  slot(service: string, group: string, family: Family): number {
    const key = JSON.stringify([service, group, family]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const slot = this.#names.length;
    if (slot >= this.#slots) return OTHER;
    this.#names.push({ service, group, family });
    this.#known.set(key, slot);
    return slot;
  }

  /** The same by a network's indexes: what `PlanWriter` wants. */
  of(network: Network): (service: number, group: number, family: Family) => number {
    return (service, group, family) => this.slot(network.services[service].id, network.groups[group].id, family);
  }
}
