/** What the store need not remember any longer: a server runs for years, and every move, reply and audit entry is a document. */
import type { Change, Store } from '../store/store.ts';
import { AUDIT } from './audit.ts';
import { VERDICT_CHANGES } from './health/verdict-log.ts';
import { MARKS } from './marks.ts';
import { MOVE_HOSTS, MOVES } from './moves/executor.ts';
import type { Ledger } from './moves/ledger.ts';
import type { Moves } from './moves/moves.ts';
import { isFolded, type MoveRecord, moveKey, statusOf } from './moves/record.ts';
import type { Publisher } from './publisher.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Moves that are over, for who asks how it was. */
const MOVES_KEPT_MS = 30 * DAY_MS;
const AUDIT_KEPT_MS = 400 * DAY_MS;
/** Changes of verdicts: so old, and so many. */
const VERDICTS_KEPT_MS = 30 * DAY_MS;
const MOST_VERDICTS = 100_000;
const IDEMPOTENCY = 'idempotency';
const IDEMPOTENCY_KEPT_MS = DAY_MS;
/** Documents looked at and deleted in one commit. */
const PIECE = 1000;

/** Forgets what is old enough. */
export async function tidy(publisher: Publisher, moves: Moves, store: Store, now: number): Promise<void> {
  await publisher.exclusive(async () => {
    await tidyMoves(moves, store, now);
    await moves.catalogues.tidy(new Set([...moves.ledger.all()].flatMap(({ catalogue }) => catalogue ?? [])));
  });
  await tidyWhere(store, AUDIT, (value) => timeOf(value) < now - AUDIT_KEPT_MS);
  await tidyWhere(store, VERDICT_CHANGES, (value) => timeOf(value) < now - VERDICTS_KEPT_MS);
  await tidyBeyond(store, VERDICT_CHANGES, MOST_VERDICTS);
  await tidyWhere(store, IDEMPOTENCY, (value) => timeOf(value) < now - IDEMPOTENCY_KEPT_MS);
  await tidyWhere(store, MARKS, (value) => typeof value === 'number' && value < now - DAY_MS);
}

function timeOf(value: unknown): number {
  const { at } = value as { at?: unknown };
  return typeof at === 'number' ? at : Number.POSITIVE_INFINITY;
}

async function tidyMoves(moves: Moves, store: Store, now: number): Promise<void> {
  const { ledger } = moves;
  const gone = oldMoves(ledger, now);
  for (let i = 0; i < gone.length; i += PIECE) {
    const piece = gone.slice(i, i + PIECE);
    await store.commit(
      piece.flatMap(({ id }): Change[] =>
        [MOVES, MOVE_HOSTS].map((collection) => ({ delete: { collection, key: moveKey(id) } })),
      ),
    );
    for (const { id } of piece) ledger.forget(id);
  }
}

/** Moves that are over for long and that nothing depends on. */
function oldMoves(ledger: Ledger, now: number): MoveRecord[] {
  const old = (move: MoveRecord): boolean => {
    const status = statusOf(move, now);
    const over = move.ended?.at ?? (move.settlesAt ?? now) + move.hold * 1000;
    // The newest stay: the next takes its number and its place from them.
    if (move.id === ledger.nextId - 1 || move.order === ledger.nextOrder - 1) return false;
    return status !== 'pending' && status !== 'moving' && status !== 'settling' && over < now - MOVES_KEPT_MS;
  };
  const gone: MoveRecord[] = [];
  // What returned hosts to their zone file holds none, but takes them from an earlier move each time that is read back: it stays as long as that one.
  let needed = false;
  for (const move of [...ledger.all()].sort((a, b) => (a.order ?? 0) - (b.order ?? 0))) {
    if (!isFolded(move)) {
      if (old(move)) gone.push(move);
    } else if (ledger.held(move.id) > 0) needed = true;
    else if (!needed && old(move)) gone.push(move);
  }
  return gone;
}

/** Deletes the documents of a collection that match, oldest keys first; where keys rise with time it ends at the first that doesn't. */
async function tidyWhere(store: Store, collection: string, isOld: (value: unknown) => boolean): Promise<void> {
  for (let after: string | undefined; ; ) {
    const found = await store.list(collection, { limit: PIECE, ...(after === undefined ? {} : { after }) });
    const old = found.filter(({ value }) => isOld(value));
    if (old.length > 0) await store.commit(old.map(({ key }) => ({ delete: { collection, key } })));
    const rises = collection === AUDIT || collection === VERDICT_CHANGES;
    if (found.length < PIECE || (rises && old.length < found.length)) return;
    after = found[found.length - 1].key;
  }
}

/** Deletes the oldest documents of a collection whose keys rise with time, beyond so many. */
export async function tidyBeyond(store: Store, collection: string, most: number): Promise<void> {
  let count = 0;
  for (let after: string | undefined; ; ) {
    const found = await store.list(collection, {
      limit: PIECE,
      newestFirst: true,
      ...(after === undefined ? {} : { after }),
    });
    const beyond = found.slice(Math.max(0, most - count));
    if (beyond.length > 0) await store.commit(beyond.map(({ key }) => ({ delete: { collection, key } })));
    if (found.length < PIECE) return;
    count += found.length;
    after = found[found.length - 1].key;
  }
}
