import { describe, expect, it } from 'vitest';
import { parseName } from '../../wire/name.ts';
import { Overrides } from '../overrides.ts';
import { HostListWriter } from './host-list.ts';
import { foldMove, Ledger } from './ledger.ts';
import type { MoveRecord, Transition } from './record.ts';

const NOWHERE = { ipv4: { group: '' }, ipv6: { group: '' }, ttl: 0 };

function transition(set: Transition['set'], more: Partial<Transition> = {}): Transition {
  return { service: 'web', policy: 'default', before: NOWHERE, after: NOWHERE, set, restore: {}, hosts: 1, ...more };
}

function move(id: number, more: Partial<MoveRecord>): MoveRecord {
  return {
    id,
    kind: 'move',
    families: ['ipv4', 'ipv6'],
    reason: '',
    author: '',
    created: 0,
    hold: 0,
    hosts: 1,
    started: 1,
    order: id,
    switched: 1,
    transitions: [transition({ ipv4: 'zurich', ipv6: 'zurich' })],
    ...more,
  };
}

class Book {
  readonly overrides = new Overrides(1);
  readonly ledger = new Ledger();

  async fold(record: MoveRecord, ...names: string[]): Promise<void> {
    const list = new HostListWriter();
    for (const name of names) list.add(0, parseName(name));
    this.ledger.put(record);
    await foldMove(this.overrides, this.ledger, record, list.octets);
  }

  of(name: string) {
    const wire = parseName(name);
    return this.overrides.get(this.overrides.find(wire, 0, wire.length));
  }
}

describe('the ledger', () => {
  it('numbers moves and their order apart', () => {
    const ledger = new Ledger();
    expect([ledger.nextId, ledger.nextOrder]).toEqual([1, 1]);
    ledger.put(move(3, { order: 9 }));
    ledger.put(move(2, { order: 4 }));
    expect([ledger.nextId, ledger.nextOrder, ledger.size]).toEqual([4, 10, 2]);
  });

  it('knows who would hold nothing any more, by all that is lost together', () => {
    const ledger = new Ledger();
    ledger.put(move(1, {}));
    ledger.put(move(2, { ended: { how: 'reverted', at: 1 } }));
    ledger.hold(1, 3);
    ledger.hold(2, 1);
    const emptied = (...losses: [number, number][]): number[] =>
      ledger.emptiedBy(...losses.map((loss) => new Map([loss]))).map(({ id }) => id);
    expect(emptied([1, 2])).toEqual([]);
    expect(emptied([1, 2], [1, 1])).toEqual([1]);
    expect(emptied([2, 1], [9, 1])).toEqual([]);
    ledger.lose(new Map([[1, 3]]));
    expect(ledger.held(1)).toBe(0);
  });

  it('counts a host for each family, and takes it from who held it', async () => {
    const book = new Book();
    await book.fold(move(1, {}), 'a.', 'b.');
    await book.fold(move(2, { transitions: [transition({ ipv4: 'europe' })] }), 'a.');
    expect([book.ledger.held(1), book.ledger.held(2)]).toEqual([3, 1]);
    expect(book.of('a.')).toMatchObject({ ipv4: 'europe', ipv6: 'zurich', move4: 2, move6: 1 });
    await book.fold(move(3, { kind: 'return', transitions: [transition({ ipv4: null, ipv6: null })] }), 'a.');
    expect([1, 2, 3].map((id) => book.ledger.held(id))).toEqual([2, 0, 0]);
    expect(book.overrides.inForce).toBe(1);
  });

  it("gives each family its end: the move's, or of a revert what it set back", async () => {
    const book = new Book();
    await book.fold(move(1, { expiresIn: 1, expiresAt: 500 }), 'a.');
    expect(book.of('a.')).toMatchObject({ until4: 500, until6: 500 });
    const ends = transition({ ipv4: 'europe', ipv6: 'europe' }, { setUntil: { ipv6: 900 } });
    await book.fold(move(2, { kind: 'revert', of: 1, expiresAt: 900, transitions: [ends] }), 'a.');
    expect(book.of('a.')).toMatchObject({ until4: 0, until6: 900 });
  });

  it('prepares hosts until a later move takes them, unless that one leaves them prepared', async () => {
    const book = new Book();
    const prepares = { switched: undefined, prepareTtl: 5 };
    const { switched: _, ...record } = move(1, prepares);
    await book.fold(record, 'a.', 'b.');
    expect(book.of('a.')).toMatchObject({ prepare: 1, prepareTtl: 5, move4: 0 });
    expect(book.ledger.held(1)).toBe(2);
    await book.fold(move(2, {}), 'a.');
    expect(book.of('a.')).toMatchObject({ prepare: 0, prepareTtl: 0, move4: 2 });
    const keeping = transition({ ipv4: null }, { keepsPrepared: true });
    await book.fold(move(3, { kind: 'expiry', transitions: [keeping] }), 'b.');
    expect(book.of('b.')).toMatchObject({ prepare: 1, prepareTtl: 5 });
    expect(book.ledger.held(1)).toBe(1);
  });

  it('leaves out what never began', async () => {
    const book = new Book();
    const { started: _, ...record } = move(1, {});
    await book.fold(record, 'a.');
    expect([[...book.overrides.all()], book.ledger.held(1)]).toEqual([[], 0]);
  });
});
