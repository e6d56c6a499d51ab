/** What guards hold, for those who look and listen, and for the store: a restart must not bring back at once what was held for flapping. */
import * as z from 'zod';
import { type ClosedRoute, type History, type Hold, NO_HISTORY } from '../steering/guards/history.ts';
import { guardNames } from '../steering/guards/rules.ts';
import { type LoadHistory, NO_LOAD, type Overload } from '../steering/load/diversion.ts';
import { families } from '../steering/model.ts';
import { type Change, type Entry, type Store, StoreError } from '../store/store.ts';
import type { Publisher } from './publisher.ts';

export const GUARDS = 'guards';
const HISTORY = 'history';
/** Changes within so many milliseconds are stored together. */
const GATHER_MS = 1000;

const penalty = z.object({ value: z.number(), at: z.number(), suppressed: z.boolean() });
const verdict = z.object({
  state: z.enum(['up', 'down', 'unknown']),
  since: z.number(),
  cause: z.string(),
  last: z.enum(['up', 'down']).optional(),
  latched: z.boolean().optional(),
});
const hold = z.object({
  guard: z.enum(guardNames),
  cause: z.string(),
  since: z.number(),
  until: z.number(),
  verdict,
  freed: z.number().optional(),
});
const closed = z.object({ guard: z.enum(guardNames), cause: z.string(), since: z.number() });
const route = z.object({
  prefix: z.string(),
  by: z.array(closed).min(1),
  keeps: z.array(z.string()),
  until: z.number().optional(),
  freed: z.number().optional(),
});
const moved = z.object({ at: z.number(), family: z.enum(families), hosts: z.number(), queries: z.number() });
const diversion = z.object({
  to: z.array(z.object({ group: z.string(), weight: z.number().min(0).max(1) })),
  since: z.number(),
  cause: z.string(),
  links: z.array(z.string()),
});
const load = z.object({
  shed: z.array(z.tuple([z.string(), diversion])),
  forced: z.array(z.tuple([z.string(), diversion])),
  overloads: z.array(z.tuple([z.string(), z.object({ ratio: z.number(), since: z.number(), cause: z.string() })])),
  shedding: z.array(z.string()),
  stepped: z.number(),
  next: z.number(),
  settled: z.number(),
});
const schema = z.object({
  targets: z.array(z.tuple([z.string(), z.object({ penalty, hold: hold.optional() })])),
  choices: z.array(z.tuple([z.string(), z.object({ penalty, changedAt: z.number() })])),
  // Absent where an earlier version wrote it.
  routes: z.array(z.tuple([z.string(), route])).default([]),
  moved: z.array(moved).default([]),
  load: load.optional(),
});

export interface GuardEvents {
  /** A guard holds a target back, or no longer does (`undefined`). */
  guarded(target: string, hold: Hold | undefined): void;
  /** A group takes no new hosts of a family by itself, or does again (`undefined`). @param route its `routeKey` */
  closed(route: string, by: ClosedRoute | undefined): void;
  /** A link has too much and nothing can take it, or no longer. @param link its `loadKey` */
  overloaded(link: string, overload: Overload | undefined): void;
  warning(message: string): void;
}

/** As it is stored. */
function storedLoad({ shed, forced, overloads, ...rest }: LoadHistory): z.output<typeof load> {
  const diversions = (of: LoadHistory['shed']): z.output<typeof load>['shed'] =>
    [...of].map(([key, { to, links, ...each }]) => [key, { ...each, to: [...to], links: [...links] }]);
  return {
    ...rest,
    shed: diversions(shed),
    forced: diversions(forced),
    overloads: [...overloads],
    shedding: [...rest.shedding],
  };
}

function loadOf({ shed, forced, overloads, ...rest }: z.output<typeof load>): LoadHistory {
  return { ...rest, shed: new Map(shed), forced: new Map(forced), overloads: new Map(overloads) };
}

export class GuardLog {
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #events: GuardEvents;
  #told: History = NO_HISTORY;
  #stored: History = NO_HISTORY;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  /** Looks at every publication from now on. */
  constructor(publisher: Publisher, store: Store, events: GuardEvents) {
    this.#publisher = publisher;
    this.#store = store;
    this.#events = events;
    publisher.on('published', () => this.#look());
  }

  /** The collections `load` wants. */
  static readonly collections = [GUARDS] as const;

  /** What the store has. Call before the first load. */
  load(entries: readonly Entry[]): History {
    const entry = entries.find(({ collection, key }) => collection === GUARDS && key === HISTORY);
    if (entry === undefined) return NO_HISTORY;
    const { success, data } = schema.safeParse(entry.value);
    if (!success) {
      this.#events.warning('what guards remembered is of another version and counts no more');
      return NO_HISTORY;
    }
    const routes = data.routes.map(([key, route]) => [key, { ...route, keeps: new Set(route.keeps) }] as const);
    const history: History = {
      targets: new Map(data.targets),
      choices: new Map(data.choices),
      routes: new Map(routes),
      moved: data.moved,
      ...(data.load === undefined ? {} : { load: loadOf(data.load) }),
    };
    this.#stored = history;
    this.#told = history;
    return history;
  }

  /** Stores what is new, and waits for it. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#save();
    await this.#saving;
  }

  #look(): void {
    const { history } = this.#publisher;
    const before = this.#told;
    if (history === before) return;
    this.#told = history;
    if (history.targets !== before.targets) this.#tell(history, before);
    if (history.routes !== before.routes) this.#tellRoutes(history, before);
    if (history.load !== before.load) this.#tellOverloads(history, before);
    this.#timer ??= setTimeout(() => this.#save(), GATHER_MS);
  }

  #tell({ targets }: History, { targets: before }: History): void {
    for (const [key, { hold: now }] of targets) {
      const was = before.get(key)?.hold;
      if (now?.guard !== was?.guard) this.#events.guarded(key, now);
    }
    for (const [key, { hold: was }] of before)
      if (was !== undefined && !targets.has(key)) this.#events.guarded(key, undefined);
  }

  #tellRoutes({ routes }: History, { routes: before }: History): void {
    for (const [key, route] of routes) if (before.get(key)?.by !== route.by) this.#events.closed(key, route);
    for (const key of before.keys()) if (!routes.has(key)) this.#events.closed(key, undefined);
  }

  #tellOverloads({ load: is = NO_LOAD }: History, { load: was = NO_LOAD }: History): void {
    for (const [key, overload] of is.overloads)
      if (was.overloads.get(key) !== overload) this.#events.overloaded(key, overload);
    for (const key of was.overloads.keys()) if (!is.overloads.has(key)) this.#events.overloaded(key, undefined);
  }

  #save(): void {
    this.#timer = undefined;
    const history = this.#told;
    if (history === this.#stored) return;
    this.#stored = history;
    const routes = [...history.routes].map(([key, { keeps, ...of }]) => [key, { ...of, keeps: [...keeps] }]);
    const loads = history.load === undefined ? {} : { load: storedLoad(history.load) };
    const { moved: latest } = history;
    const value = { targets: [...history.targets], choices: [...history.choices], routes, moved: latest, ...loads };
    const change: Change = { put: { collection: GUARDS, key: HISTORY, value } };
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#store.commit([change]);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        // It goes with the next change; guards hold, disk or no disk.
        this.#stored = NO_HISTORY;
        this.#events.warning(`what guards remember could not be stored: ${error.message}`);
      }
    });
  }
}
