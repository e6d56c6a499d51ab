import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { exampleNetwork, steer, type TestRecord, TestZone } from '../../test/support/records.ts';
import { plainPolicy } from '../steering/policy.ts';
import { Tails } from './tails.ts';

const NOW = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('tails', () => {
  it('keep the longest, until it is over', () => {
    const tails = new Tails();
    tails.note(2, 60, 0);
    tails.note(2, 30, 1000);
    expect([tails.until(2, 59_999), tails.until(2, 60_000), tails.until(4, 0)]).toEqual([60_000, 0, 0]);
    expect(tails.none).toBe(true);
  });
});

describe('a load', () => {
  /** Seconds from `NOW` that old answers of a host last. */
  const tail = (published: Published, name: string): number => {
    const { tables, tails } = published.publisher;
    const until = tails.until(tables.declared(published.node(name)), Date.now());
    return until === 0 ? 0 : (until - NOW) / 1000;
  };
  const one = (ttl: number, group = 'zurich'): TestRecord => steer('one.a.test.', group, ttl);
  const other = steer('other.a.test.', 'zurich', 60);

  it.each([
    ['in an overlay', false],
    ['in a new base', true],
  ])('%s that lowers the TTL of a host leaves a tail, one that raises it none', async (_, rebased) => {
    const zone = new TestZone('a.test.', [one(3600), other, steer('up.a.test.', 'europe', 10)]);
    const published = await Published.of(zone);
    // To an assignment that another host has already, and, of a moved host, to another group.
    zone.set([one(60), other, steer('up.a.test.', 'europe', 20)]);
    if (rebased) published.rebase();
    await published.load([zone]);
    expect([tail(published, 'one.a.test.'), tail(published, 'up.a.test.')]).toEqual([3600, 0]);
    // Declared elsewhere then: the oldest answers are still out.
    vi.setSystemTime(NOW + 600_000);
    zone.set([one(60, 'europe'), other, steer('up.a.test.', 'europe', 20)]);
    if (rebased) published.rebase();
    await published.load([zone]);
    expect(tail(published, 'one.a.test.')).toBe(3600);
    vi.setSystemTime(NOW + 3600_000);
    expect(tail(published, 'one.a.test.')).toBe(0);
  });

  it('of a network whose policy has a shorter TTL leaves one for all its hosts', async () => {
    const zone = new TestZone('a.test.', [one(-1), other]);
    const published = await Published.of(zone);
    await published.load([zone], { network: { ...exampleNetwork, policies: [plainPolicy('default', 5)] } });
    expect([tail(published, 'one.a.test.'), tail(published, 'other.a.test.')]).toEqual([60, 0]);
  });

  it('knows with which TTL a host in another group was answered', async () => {
    const zone = new TestZone('a.test.', [one(3600), other]);
    const published = await Published.of(zone);
    await published.move('one.a.test.', 'europe');
    zone.set([one(60), other]);
    await published.load([zone]);
    expect(tail(published, 'one.a.test.')).toBe(3600);
  });
});
