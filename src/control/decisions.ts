/** Decisions: every change of what is answered that was not a move of hosts, with its cause, kept for those who ask later. */
import { type PlanChange, planChanges } from '../steering/changes.ts';
import type { Decided } from '../steering/redecide.ts';
import type { Change, Store } from '../store/store.ts';
import type { Publisher } from './publisher.ts';

export const DECISIONS = 'decisions';

/** Decisions kept; older ones are forgotten. */
export const MOST_DECISIONS = 20_000;
/** Stored of one publication: a change of the network may be one of everything. */
const MOST_AT_ONCE = 500;
/** Stored in a minute. What flaps for hours must not fill the disk. */
const MOST_A_MINUTE = 2000;
const MINUTE_MS = 60_000;

export interface Decision extends PlanChange {
  /** Unix milliseconds. */
  readonly at: number;
  readonly generation: number;
}

export interface DecisionEvents {
  decided(decision: Decision): void;
  warning(message: string): void;
}

export class Decisions {
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #events: DecisionEvents;
  #before: Decided | undefined;
  #minute = 0;
  #stored = 0;

  /** Looks at every publication from now on. */
  constructor(publisher: Publisher, store: Store, events: DecisionEvents) {
    this.#publisher = publisher;
    this.#store = store;
    this.#events = events;
    publisher.on('published', (generation) => this.#compare(generation));
  }

  /** Newest first. @param before key to go on after */
  async list(limit: number, before: string | undefined): Promise<{ key: string; decision: Decision }[]> {
    const options = { limit, newestFirst: true, ...(before === undefined ? {} : { after: before }) };
    const entries = await this.#store.list(DECISIONS, options);
    return entries.map(({ key, value }) => ({ key, decision: value as Decision }));
  }

  /** After answers are new: nobody waits for this. */
  #compare(generation: number): void {
    const { decided } = this.#publisher;
    const before = this.#before;
    this.#before = decided;
    if (before === undefined || decided === undefined || before.plan === decided.plan) return;
    const at = decided.world.now;
    const decisions = planChanges(before, decided).map((change): Decision => ({ at, generation, ...change }));
    for (const decision of decisions) this.#events.decided(decision);
    const kept = decisions.slice(0, this.#room(at, decisions.length));
    if (kept.length < decisions.length)
      this.#events.warning(`${decisions.length - kept.length} decisions at once are not kept in the store: too many`);
    if (kept.length === 0) return;
    const changes = kept.map((value, i): Change => ({ put: { collection: DECISIONS, key: keyOf(value, i), value } }));
    this.#store.commit(changes).catch((error: Error) => {
      this.#events.warning(`decisions could not be stored: ${error.message}`);
    });
  }

  /** How many of so many may be stored. */
  #room(now: number, wanted: number): number {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#stored = 0;
    }
    const room = Math.min(wanted, MOST_AT_ONCE, MOST_A_MINUTE - this.#stored);
    this.#stored += room;
    return room;
  }
}

/** Keys rise with time, and within a publication. */
function keyOf({ at, generation }: Decision, i: number): string {
  return `${String(at).padStart(15, '0')}-${String(generation >>> 0).padStart(10, '0')}-${String(i).padStart(4, '0')}`;
}

/** Forgets all but the newest decisions. */
export async function tidyDecisions(store: Store, most: number = MOST_DECISIONS): Promise<void> {
  for (let after: string | undefined, seen = 0; ; ) {
    const options = { limit: 1000, newestFirst: true, ...(after === undefined ? {} : { after }) };
    const found = await store.list(DECISIONS, options);
    const old = found.filter(() => ++seen > most);
    if (old.length > 0) await store.commit(old.map(({ key }) => ({ delete: { collection: DECISIONS, key } })));
    if (found.length < 1000) return;
    after = found[found.length - 1].key;
  }
}
