import { describe, expect, it } from 'vitest';
import { inputOf, steer, TestZone } from '../../test/support/records.ts';
import { SEED } from '../../test/support/tables.ts';
import { Compiler } from '../compile/compiler.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { makeControlBlock } from '../tables/control-block.ts';
import { AUDIT, audited } from './audit.ts';
import { VERDICT_CHANGES } from './health/verdict-log.ts';
import { tidy, tidyBeyond } from './housekeeping.ts';
import { MARKS } from './marks.ts';
import { MOVE_HOSTS, MOVES } from './moves/executor.ts';
import { Moves } from './moves/moves.ts';
import { Publisher } from './publisher.ts';

const DAY = 24 * 3600 * 1000;
const HOSTS = ['a.example.net', 'b.example.net', 'c.example.net'];

async function open(store: MemoryStore, now: () => number): Promise<{ publisher: Publisher; moves: Moves }> {
  const publisher = new Publisher(makeControlBlock(0), SEED);
  const compiler = new Compiler(publisher.arenas, SEED);
  const moves = new Moves(publisher, store, now);
  const { entries } = await store.snapshot([MOVES, MARKS]);
  await moves.load(entries);
  const zone = new TestZone(
    'example.net.',
    HOSTS.map((name) => steer(`${name}.`, 'anycast')),
  );
  const target = await publisher.freeTarget();
  const load = compiler.load({ input: inputOf([zone]), served: undefined, target, now: 1, remembered: new Map() });
  if (!load.ok) throw new Error('the zone of this test has a mistake');
  await publisher.exclusive(() => publisher.install(load, []));
  return { publisher, moves };
}

const groupsOf = (publisher: Publisher): (string | undefined)[] =>
  HOSTS.map((text) => {
    const name = Uint8Array.from([1, text.charCodeAt(0), 7, ...Buffer.from('example'), 3, ...Buffer.from('net'), 0]);
    return publisher.overrides.get(publisher.overrides.find(name, 0, name.length)).ipv4;
  });

describe('tidy', () => {
  it('forgets what is over for long, and nothing an override depends on', async () => {
    const store = new MemoryStore();
    let now = Date.now();
    const { publisher, moves } = await open(store, () => now);
    const by = { author: 'test' };
    const move = (hosts: string[], to: string) => moves.create({ hosts, to, reason: 'x' }, by);
    await move(HOSTS, 'europe');
    await moves.release(['a.example.net'], 'x', by);
    const gone = await move(['b.example.net'], 'switzerland');
    await moves.revert(gone.id, 'x', by);
    const last = await move(['b.example.net'], 'anycast');
    const before = groupsOf(publisher);
    now += 29 * DAY;
    await tidy(publisher, moves, store, now);
    expect(moves.ledger.size).toBe(5);
    now += 2 * DAY;
    await tidy(publisher, moves, store, now);
    // The return of `a` stays: without it the first move would take it again.
    expect([...moves.ledger.all()].map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      '1 move',
      '2 return',
      `${last.id} move`,
    ]);
    const { entries } = await store.snapshot([MOVES, MOVE_HOSTS]);
    expect(entries).toHaveLength(3);
    const again = await open(store, () => now);
    expect(groupsOf(again.publisher)).toEqual(before);
    // When everything is back, only the newest is left: the next takes its number from it.
    await moves.release(['b.example.net', 'c.example.net'], 'x', by);
    now += 31 * DAY;
    await tidy(publisher, moves, store, now);
    expect([...moves.ledger.all()].map(({ kind }) => kind)).toEqual(['return']);
  });

  it('keeps numbers rising when all moves are forgotten', async () => {
    const store = new MemoryStore();
    let now = Date.now();
    const { publisher, moves } = await open(store, () => now);
    const { id } = await moves.create({ hosts: HOSTS, to: 'europe', reason: 'x' }, { author: 'test' });
    await moves.revert(id, 'x', { author: 'test' });
    now += 40 * DAY;
    await tidy(publisher, moves, store, now);
    const { moves: later } = await open(store, () => now);
    expect((await later.create({ hosts: HOSTS, to: 'europe', reason: 'x' }, { author: 'test' })).id).toBe(3);
  });

  it('forgets old audit entries, replies and marks, however many', async () => {
    const store = new MemoryStore();
    const now = Date.now();
    const { publisher, moves } = await open(store, () => now);
    const entry = (at: number) => audited({ at, author: 'x', action: 'move', about: 'x' });
    await store.commit(Array.from({ length: 2500 }, (_, i) => entry(now - 401 * DAY + i)));
    await store.commit([entry(now - 399 * DAY), entry(now)]);
    const kept = (key: string, at: number) => ({ put: { collection: 'idempotency', key, value: { at } } });
    await store.commit([kept('b', now - 2 * DAY), kept('a', now - 1000), kept('c', now - 2 * DAY)]);
    const mark = (key: string, value: number) => ({ put: { collection: MARKS, key, value } });
    await store.commit([mark('europe/ipv4', now - 2 * DAY), mark('europe/ipv6', now + DAY)]);
    await tidy(publisher, moves, store, now);
    const keys = async (collection: string) => (await store.snapshot([collection])).entries.map(({ key }) => key);
    expect(await keys(AUDIT)).toHaveLength(2);
    expect(await keys('idempotency')).toEqual(['a']);
    expect(await keys(MARKS)).toEqual(['europe/ipv6']);
  });
});

describe('changes of verdicts', () => {
  const put = (key: string, at: number) => ({ put: { collection: VERDICT_CHANGES, key, value: { at } } });

  it('are forgotten when they are old', async () => {
    const store = new MemoryStore();
    const now = 100 * DAY;
    await store.commit([put('1', now - 31 * DAY), put('2', now - 29 * DAY)]);
    const { publisher, moves } = await open(store, () => now);
    await tidy(publisher, moves, store, now);
    expect((await store.list(VERDICT_CHANGES, { limit: 10 })).map(({ key }) => key)).toEqual(['2']);
  });

  it('are forgotten when they are too many, the oldest first', async () => {
    const store = new MemoryStore();
    const keys = Array.from({ length: 2500 }, (_, i) => String(i).padStart(6, '0'));
    await store.commit(keys.map((key) => put(key, 0)));
    await tidyBeyond(store, VERDICT_CHANGES, 1200);
    const left = await store.list(VERDICT_CHANGES, { limit: 5000 });
    expect(left.map(({ key }) => key)).toEqual(keys.slice(-1200));
  });
});
