/**
 * The life of dynamic updates: taken from packet workers, judged one after another, stored in one commit a group, answered by everybody, and only then acknowledged.
 *
 *     worker ──> queue ──> group: judge each, on what those before it make ──> one commit ──> compile, publish ──> replies
 *                 ^ what comes meanwhile is the next group
 */
import type { HiddenSet } from '../../compile/compiler.ts';
import type { LayerChange } from '../../compile/update-layers.ts';
import { nameKey } from '../../compile/zone-set.ts';
import type { UpdateSettings } from '../../config/update-settings.ts';
import { formatAddress } from '../../net/address.ts';
import { type Change, type Store, StoreError } from '../../store/store.ts';
import { readUpdate } from '../../transfer/update-message.ts';
import type { SentUpdate } from '../../transport/pending-updates.ts';
import { Ede, Rcode } from '../../wire/constants.ts';
import { formatName, sameName } from '../../wire/name.ts';
import type { TsigKey } from '../../wire/tsig.ts';
import { hashName } from '../../zone/suffixes.ts';
import { audited } from '../audit.ts';
import type { Publisher } from '../publisher.ts';
import { evaluate, type Refusal } from './evaluate.ts';
import { OwedUpdates } from './owed-updates.ts';
import { UpdatePolicy } from './policy.ts';
import { updateReply } from './reply.ts';
import { type SetChange, StoredUpdates, storeChange, UPDATES } from './stored-updates.ts';
import { UpdateAudit } from './update-audit.ts';
import { ZoneView } from './zone-view.ts';

/** Updates of one commit. */
const MOST_GROUP = 512;
/** Enough to find one among as many (2^9), and few enough when none can be served. */
const MOST_TRIES = 12;

/** What the server does for updates. */
export interface UpdateTools {
  readonly publisher: Publisher;
  readonly store: Store;
  /** Runs after loads that are under way, and before others. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Has everybody answer by changes that are stored. Within `exclusive`. */
  publish(changes: readonly LayerChange[]): Promise<void>;
  /** Whether a zone, by name, comes from another server: then updates are for that one (RFC 2136 §6, which asks for no forwarding). */
  isSecondary(zone: string): boolean;
  warning(message: string): void;
}

interface Waiting {
  readonly update: SentUpdate;
  reply(message: Uint8Array): void;
}

/** What updates were answered since the start. */
export interface UpdateCounts {
  accepted: number;
  refused: number;
  failed: number;
}

export class Updates {
  readonly stored = new StoredUpdates();
  readonly counts: UpdateCounts = { accepted: 0, refused: 0, failed: 0 };
  readonly #settings: UpdateSettings | undefined;
  readonly #policy: UpdatePolicy;
  readonly #keys: readonly TsigKey[];
  readonly #udpSize: number;
  readonly #tools: UpdateTools;
  readonly #audit = new UpdateAudit();
  readonly #owed = new OwedUpdates(this.stored);
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #hidden: readonly HiddenSet[] = [];
  #hiddenKeys = new Set<string>();
  #stamp = 0;
  #isStopping = false;

  /** @param settings undefined when nobody may update anything; what was updated before is served all the same */
  constructor(settings: UpdateSettings | undefined, keys: readonly TsigKey[], udpSize: number, tools: UpdateTools) {
    this.#settings = settings;
    this.#policy = new UpdatePolicy(settings?.allow ?? []);
    this.#keys = keys;
    this.#udpSize = udpSize;
    this.#tools = tools;
  }

  /** Reads what is stored. Call before the first load. */
  async load(): Promise<void> {
    const { entries } = await this.#tools.store.snapshot([UPDATES]);
    this.stored.load(entries);
  }

  /** All there is in what is answered (before anything is, all that is stored), for a compiler that knows nothing yet. */
  get layers(): LayerChange[] {
    return this.#owed.layers(`${this.#stamp}`);
  }

  /** RRsets that are not answered because the files have something else. */
  get hidden(): readonly HiddenSet[] {
    return this.#hidden;
  }

  /** Takes what a load found hidden. Before anything else is judged. */
  loaded(hidden: readonly HiddenSet[]): void {
    this.#hidden = hidden;
    this.#hiddenKeys = new Set(hidden.map(({ apex, owner, type }) => hiddenKey(apex, nameKey(owner), type)));
  }

  /** Takes an update of a worker, whose signature is good. */
  take(update: SentUpdate, reply: (message: Uint8Array) => void): void {
    if (this.#isStopping) return;
    this.#queue.push({ update, reply });
    this.#running ??= this.#run();
  }

  /** Takes no more, and waits until what was taken is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  /**
   * Removes what updates have made, as an operator's order.
   * @param wanted which RRsets of the zone
   * @returns how many RRsets are no more
   */
  remove(
    apex: Uint8Array,
    wanted: (owner: Uint8Array, type: number) => boolean,
    beside: (removed: number) => Change,
  ): Promise<number> {
    return this.#tools.exclusive(async () => {
      await this.#mustSettle();
      const zone = this.stored.zones.get(nameKey(apex));
      const sets = zone === undefined ? [] : [...zone.all()].filter(({ owner, type }) => wanted(owner, type));
      if (sets.length === 0) return 0;
      const changes = sets.map(({ owner, type }): SetChange => ({ owner, type, set: undefined, by: '' }));
      await this.#tools.store.commit([...changes.map((change) => storeChange(apex, change)), beside(sets.length)]);
      await this.#apply([{ apex, changes }]);
      return sets.length;
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      let group: readonly Waiting[] = [];
      try {
        await this.#tools.exclusive(async () => {
          // What came until now, also while a load was waited for.
          group = this.#queue.splice(0, MOST_GROUP);
          await this.#serve(group);
        });
      } catch (error) {
        this.#tools.warning(`updates failed: ${(error as Error).message}`);
        for (const waiting of group) this.#answer(waiting, FAILED);
      }
    }
    this.#running = undefined;
  }

  /**
   * Has everybody answer by what is stored, if that is not so yet. Within `exclusive`.
   * @throws what kept it from being so; then it is taken back, if that can be stored
   */
  async #serveOwed(): Promise<void> {
    if (this.#owed.isNone) return;
    try {
      await this.#tools.publish(this.#owed.changes(`${++this.#stamp}`));
      this.#owed.answered();
    } catch (error) {
      await this.#takeBack();
      throw error;
    }
  }

  /**
   * The same, where what can't be served is no business of who comes next: it is told of.
   * @returns whether nothing is owed any more
   */
  async settleOwed(): Promise<boolean> {
    try {
      await this.#serveOwed();
    } catch (error) {
      if (!this.#isStopping) this.#tools.warning(`updates could not be served: ${(error as Error).message}`);
    }
    return this.#owed.isNone;
  }

  async #mustSettle(): Promise<void> {
    if (!(await this.settleOwed())) throw new Error('earlier ones could neither be served nor taken back');
  }

  /** What is stored becomes again what is answered. If that can't be stored either, it is owed still, and tried with what comes next. */
  async #takeBack(): Promise<void> {
    try {
      const { backwards } = this.#owed;
      const at = Date.now();
      const audits = [...Map.groupBy(backwards, ({ apex }) => formatName(apex))].map(([about, { length }]) =>
        audited({
          at,
          author: 'steerd',
          action: 'update-undone',
          about,
          reason: `${length} RRsets could not be served`,
        }),
      );
      await this.#tools.store.commit([...backwards.map(({ apex, change }) => storeChange(apex, change)), ...audits]);
      this.#owed.takenBack();
    } catch (error) {
      this.#tools.warning(`updates that could not be served could not be taken back: ${(error as Error).message}`);
    }
  }

  /** @param tries how often those of a group that can't be served are tried by halves: one of them may be why, and fails alone then */
  async #serve(group: readonly Waiting[], tries = { left: MOST_TRIES }): Promise<void> {
    const views = new Map<string, ZoneView>();
    const now = Date.now();
    const judged: { readonly waiting: Waiting; readonly refusal: Refusal }[] = [];
    try {
      // Who asks next is judged by what is answered.
      await this.#mustSettle();
      for (const waiting of group) judged.push({ waiting, refusal: this.#judgeAlone(waiting.update, views, now) });
      await this.#do([...views.values()], now);
    } catch (error) {
      const isStored = !(error instanceof StoreError);
      this.#tools.warning(`updates could not be ${isStored ? 'served' : 'stored'}: ${(error as Error).message}`);
      if (isStored && group.length > 1 && this.#owed.isNone && tries.left-- > 0) {
        const half = group.length >> 1;
        await this.#serve(group.slice(0, half), tries);
        await this.#serve(group.slice(half), tries);
        return;
      }
      // What was refused may have been so for what others of the group were to make.
      for (const waiting of group) this.#answer(waiting, FAILED);
      return;
    }
    for (const { waiting, refusal } of judged) this.#answer(waiting, refusal);
  }

  /** Stores and serves what updates change. @throws StoreError when nothing is stored */
  async #do(views: readonly ZoneView[], now: number): Promise<void> {
    const changed = views
      .map((view) => ({ apex: view.apex, changes: view.changes }))
      .filter(({ changes }) => changes.length > 0);
    if (changed.length === 0) return;
    const audit = this.#audit.due(changed, now);
    const puts = changed.flatMap(({ apex, changes }) => changes.map((change) => storeChange(apex, change)));
    await this.#tools.store.commit([...puts, ...audit.entries]);
    await this.#apply(changed);
    audit.served();
  }

  /** One that can't be judged, which is a fault of ours, fails alone: what it would have changed is in no view, and those beside it are judged on. */
  #judgeAlone(update: SentUpdate, views: Map<string, ZoneView>, now: number): Refusal {
    try {
      return this.#judge(update, views, now);
    } catch (error) {
      const by = `${formatName(update.key)} (${formatAddress(update.client)})`;
      this.#tools.warning(`an update of ${by} could not be judged: ${(error as Error).stack ?? String(error)}`);
      return { ...FAILED, text: 'the update could not be judged' };
    }
  }

  /** @returns its RCODE; its changes are taken into its zone's view */
  #judge({ message, key, client }: SentUpdate, views: Map<string, ZoneView>, now: number): Refusal {
    const { publisher } = this.#tools;
    const update = readUpdate(message);
    if (update === undefined) return { rcode: Rcode.FORMERR };
    const { apex } = update;
    const number = publisher.tables.findZone(hashName(publisher.seed, apex, 0, apex.length), apex, 0, apex.length);
    if (number === 0 || this.#settings === undefined) return { rcode: Rcode.NOTAUTH, ede: Ede.NOT_AUTHORITATIVE };
    if (this.#tools.isSecondary(formatName(apex)))
      return { rcode: Rcode.NOTAUTH, ede: Ede.NOT_AUTHORITATIVE, text: 'the zone comes from another server' };
    const of = nameKey(apex);
    const view =
      views.get(of) ??
      new ZoneView(this.stored.of(apex), publisher.tables, number, publisher.seed, (owner, type) =>
        this.#hiddenKeys.has(hiddenKey(apex, owner, type)),
      );
    views.set(of, view);
    const { limits } = this.#settings;
    const evaluated = evaluate({ view, policy: this.#policy, limits, asker: { key, client }, now }, update);
    if ('refused' in evaluated) return evaluated.refused;
    view.take(evaluated.changes);
    return { rcode: Rcode.NOERROR };
  }

  /** Serves what is stored by now. */
  async #apply(changed: readonly { apex: Uint8Array; changes: readonly SetChange[] }[]): Promise<void> {
    for (const { apex, changes } of changed) for (const change of changes) this.#owed.take(apex, change);
    await this.#serveOwed();
  }

  /** Never throws: those behind it wait for theirs. */
  #answer({ update, reply }: Waiting, refusal: Refusal): void {
    const { rcode } = refusal;
    this.counts[rcode === Rcode.NOERROR ? 'accepted' : rcode === Rcode.SERVFAIL ? 'failed' : 'refused']++;
    const key = this.#keys.find(({ name }) => sameName(name, update.key));
    if (key === undefined) return;
    try {
      reply(updateReply(update, refusal, key, this.#udpSize, Math.floor(Date.now() / 1000)));
    } catch (error) {
      this.#tools.warning(`an update of ${formatName(update.key)} got no reply: ${(error as Error).message}`);
    }
  }
}

const FAILED: Refusal = { rcode: Rcode.SERVFAIL, ede: Ede.OTHER, text: 'the update could not be stored and served' };

function hiddenKey(apex: Uint8Array, owner: string, type: number): string {
  return `${type} ${formatName(apex)} ${owner}`;
}
