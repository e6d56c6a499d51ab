import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Published } from '../../../test/support/published.ts';
import { steer, TestZone } from '../../../test/support/records.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { type MoveRequest, Moves } from './moves.ts';
import type { MoveRecord } from './record.ts';

const START = Date.UTC(2026, 0, 1);
const OPTIONS = { author: 'test' };
const LONG = 'long.a.test';
const SHORT = 'short.a.test';

/** A server without workers: hosts in Zurich with TTLs of a minute and of five seconds. */
class Rig {
  readonly store = new MemoryStore();
  readonly #zone = new TestZone('a.test.', []);
  published = new Published();
  moves = new Moves(this.published.publisher, this.store);

  static async start(): Promise<Rig> {
    const rig = new Rig();
    await rig.load(60);
    return rig;
  }

  async load(ttl: number): Promise<void> {
    this.#zone.set([
      steer(`${LONG}.`, 'zurich', ttl),
      steer(`also.${LONG}.`, 'zurich', 60),
      steer(`${SHORT}.`, 'zurich', 5),
    ]);
    await this.published.load([this.#zone]);
  }

  /** Another process on the same store, up to its first answer. */
  async restart(): Promise<void> {
    this.published = new Published();
    this.moves = new Moves(this.published.publisher, this.store);
    const { entries } = await this.store.snapshot(Moves.collections);
    await this.moves.load(entries);
    await this.load(60);
  }

  move(request: Partial<MoveRequest> & Pick<MoveRequest, 'to'>): Promise<MoveRecord> {
    return this.moves.create({ hosts: [LONG], reason: 'test', ...request }, OPTIONS);
  }

  revert(id: number): Promise<MoveRecord> {
    return this.moves.revert(id, 'test', OPTIONS);
  }

  /** What is due at this many seconds from the start. */
  async at(seconds: number): Promise<void> {
    vi.setSystemTime(START + seconds * 1000);
    await this.moves.tick();
  }

  /** `europe 60`: where a host's A is answered from, and its TTL. */
  answer(host: string = LONG): string {
    const { assignments, tables } = this.published.publisher;
    const number = tables.assignment(this.published.node(`${host}.`));
    return `${assignments.keys[number]?.ipv4} ${assignments.resolved[number]?.ttl}`;
  }

  /** Seconds from the start. */
  settles(id: number): number {
    return ((this.moves.ledger.get(id)?.settlesAt ?? 0) - START) / 1000;
  }

  get due(): number | undefined {
    const due = this.moves.nextDue();
    return due === undefined ? undefined : (due - START) / 1000;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a move that expires', () => {
  it('has a short TTL for one own TTL before, so that it settles within that', async () => {
    const rig = await Rig.start();
    const { id } = await rig.move({ to: 'europe', expiresIn: 600 });
    expect([rig.answer(), rig.due]).toEqual(['europe 60', 540]);
    await rig.at(539);
    expect(rig.answer()).toBe('europe 60');
    await rig.at(540);
    expect([rig.answer(), rig.due]).toEqual(['europe 10', 600]);
    expect(rig.answer(`also.${LONG}`)).toBe('zurich 60');
    expect(rig.published.publisher.overrides.endingUntil(id)).toBe(START + 600_000);
    await rig.at(600);
    expect([rig.answer(), rig.due, rig.settles(2)]).toEqual(['zurich 60', undefined, 610]);
    expect(rig.published.publisher.overrides.endingUntil(id)).toBe(0);
  });

  it('of hosts with a TTL as short has nothing to shorten', async () => {
    const rig = await Rig.start();
    await rig.move({ hosts: [SHORT], to: 'europe', expiresIn: 600 });
    expect(rig.due).toBe(600);
    await rig.at(599);
    expect(rig.answer(SHORT)).toBe('europe 5');
  });

  it('beside hosts with a longer TTL, keeps the TTL that is shorter', async () => {
    const rig = await Rig.start();
    await rig.move({ hosts: [LONG, SHORT], to: 'europe', expiresIn: 600 });
    await rig.at(550);
    expect([rig.answer(), rig.answer(SHORT)]).toEqual(['europe 10', 'europe 5']);
  });

  it('sooner than one TTL is short at once, and longer answers count until they have run out', async () => {
    const rig = await Rig.start();
    await rig.move({ to: 'europe', expiresIn: 20 });
    await rig.at(1);
    expect(rig.answer()).toBe('europe 10');
    await rig.at(20);
    expect([rig.answer(), rig.settles(2)]).toEqual(['zurich 60', 61]);
  });

  it('reverted, has its own TTL again, and settles when the longer answers have run out', async () => {
    const rig = await Rig.start();
    const { id } = await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(540);
    await rig.at(570);
    await rig.revert(id);
    expect([rig.answer(), rig.settles(2), rig.due]).toEqual(['zurich 60', 600, undefined]);
    expect(rig.published.publisher.overrides.endingUntil(id)).toBe(0);
  });

  it('keeps the short TTL of a family that another move leaves to it', async () => {
    const rig = await Rig.start();
    await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(540);
    const { transitions } = await rig.move({ to: 'switzerland', families: ['ipv4'] });
    expect([rig.answer(), transitions[0].after.ttl]).toEqual(['switzerland 10', 10]);
    await rig.move({ to: 'switzerland', families: ['ipv6'] });
    expect([rig.answer(), rig.moves.ledger.get(1)?.ended?.how]).toEqual(['switzerland 60', 'superseded']);
    expect(rig.published.publisher.overrides.endingUntil(1)).toBe(0);
  });

  it('and that another prepares has the shorter of both TTLs, and stays prepared', async () => {
    const rig = await Rig.start();
    await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(540);
    await rig.move({ to: 'switzerland', prepareTtl: 30 });
    // One minute after long answers have ended.
    expect([rig.answer(), rig.due]).toEqual(['europe 10', 600]);
    const next = await rig.move({ hosts: [SHORT, LONG], to: 'anycast', prepareTtl: 2 });
    expect([rig.answer(), rig.answer(SHORT)]).toEqual(['europe 2', 'zurich 2']);
    await rig.revert(next.id);
    expect(rig.answer()).toBe('europe 10');
  });

  it('stays short over reloads, whatever TTL its zone file says by then', async () => {
    const rig = await Rig.start();
    await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(540);
    await rig.load(40);
    expect(rig.answer()).toBe('europe 10');
    rig.published.rebase();
    await rig.load(8);
    expect(rig.answer()).toBe('europe 8');
    await rig.load(300);
    expect(rig.answer()).toBe('europe 10');
    await rig.at(600);
    expect([rig.answer(), rig.settles(2)]).toEqual(['zurich 300', 610]);
  });

  it('reverted after a load that made its TTL shorter, settles when the longer answers have run out', async () => {
    const rig = await Rig.start();
    const { id } = await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(550);
    await rig.load(8);
    await rig.revert(id);
    await rig.move({ to: 'anycast' });
    expect([rig.settles(2), rig.settles(3)]).toEqual([610, 610]);
  });

  it('is short from the first answer on after a restart, which forgets since when', async () => {
    const rig = await Rig.start();
    await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.at(540);
    vi.setSystemTime(START + 580_000);
    await rig.restart();
    expect([rig.answer(), rig.due]).toEqual(['europe 10', 600]);
    await rig.at(600);
    expect([rig.answer(), rig.settles(2)]).toEqual(['zurich 60', 640]);
  });
});

describe('a revert to what expires', () => {
  it('is short before each end, for the hosts that it ends for', async () => {
    const rig = await Rig.start();
    const also = `also.${LONG}`;
    await rig.move({ to: 'europe', expiresIn: 600 });
    await rig.move({ hosts: [also], to: 'europe', expiresIn: 640 });
    const { id } = await rig.move({ hosts: [LONG, also], to: 'anycast' });
    await rig.revert(id);
    expect([rig.answer(), rig.answer(also), rig.due]).toEqual(['europe 60', 'europe 60', 540]);
    await rig.at(540);
    expect([rig.answer(), rig.answer(also), rig.due]).toEqual(['europe 10', 'europe 60', 580]);
    await rig.at(580);
    expect([rig.answer(), rig.answer(also), rig.due]).toEqual(['europe 10', 'europe 10', 600]);
    await rig.at(600);
    expect([rig.answer(), rig.answer(also), rig.due]).toEqual(['zurich 60', 'europe 10', 640]);
    await rig.at(640);
    expect([rig.answer(also), rig.settles(6), rig.due]).toEqual(['zurich 60', 650, undefined]);
    expect(rig.published.publisher.overrides.endingUntil(4)).toBe(0);
  });
});
