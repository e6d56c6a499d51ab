/** What every feed holds to, whatever it reads from. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Feed, FeedReport, Pace, Tell } from '../../src/feeds/feed.ts';

/** Ways in which a source fails. `cut`: it ends amid its data. `hang`: it says nothing more. `huge`: it never ends. `empty`: it has lost its data. */
export type Trouble = 'gone' | 'garbage' | 'cut' | 'hang' | 'huge' | 'empty';

/** A source that a test drives. */
export interface FeedPeer<T> {
  open(pace: Pace, tell: Tell<T>): Feed<T>;
  /** From now on it says the first or the second of two things, and is well. */
  say(which: 1 | 2): Promise<void>;
  /** Which of them data are. */
  which(data: T): 1 | 2 | undefined;
  /** From now on it fails. */
  fail(how: Trouble): Promise<void>;
  /** Connections that are open to it. */
  connections(): Promise<number>;
  /** Its data are of the moment, so that they are other ones every time. */
  readonly isLive?: boolean;
  /** What must never be told. */
  readonly secret?: string;
  close(): Promise<void>;
}

const PACE: Pace = { interval: 60, timeout: 700 };

/** @param troubles that such a source can have */
export function feedContract<T>(name: string, troubles: readonly Trouble[], make: () => Promise<FeedPeer<T>>): void {
  describe(`the feed ${name}`, () => {
    let peer: FeedPeer<T>;
    let feed: Feed<T>;
    let told: FeedReport<T>[];

    beforeEach(async () => {
      peer = await make();
      told = [];
      feed = peer.open(PACE, (report) => told.push(report));
    });

    afterEach(async () => {
      await feed.stop();
      await peer.close();
      if (peer.secret !== undefined) expect(JSON.stringify(told)).not.toContain(peer.secret);
    });

    const until = async (good: (report: FeedReport<T>) => boolean): Promise<FeedReport<T>> => {
      for (let tries = 0; !good(feed.report); tries++) {
        if (tries > 6000) throw new Error(`never: ${JSON.stringify(feed.report.problem)}`);
        await sleep(5);
      }
      return feed.report;
    };
    const has = (which: 1 | 2) => (report: FeedReport<T>) =>
      report.problem === undefined && report.newest !== undefined && peer.which(report.newest.data) === which;

    const isSame = ({ newest }: FeedReport<T>, data: T): void => {
      if (peer.isLive === true) expect(peer.which(newest!.data)).toBe(peer.which(data));
      else expect(newest!.data).toBe(data);
    };

    it('has nothing before it is started, then what the source says and of when', async () => {
      await peer.say(1);
      expect(feed.report).toEqual({ attempts: 0, failures: 0, notes: {} });
      await sleep(50);
      expect(told).toEqual([]);
      feed.start();
      const { newest, attempts, failures } = await until(has(1));
      expect(newest!.observedAt).toBeLessThanOrEqual(Date.now());
      expect(newest!.observedAt).toBeGreaterThan(Date.now() - 3600_000);
      expect([attempts > 0, failures]).toEqual([true, 0]);
    });

    it('follows the source, and what it has is always whole', async () => {
      await peer.say(1);
      feed.start();
      await until(has(1));
      await peer.say(2);
      await until(has(2));
      await peer.say(1);
      await until(has(1));
      for (const { newest } of told) if (newest !== undefined) expect(peer.which(newest.data)).toBeDefined();
    });

    it('gives the same data again, no older, while nothing changes', async () => {
      await peer.say(1);
      feed.start();
      const { newest, attempts } = await until(has(1));
      const later = await until((report) => report.attempts >= attempts + 3);
      isSame(later, newest!.data);
      expect(later.newest!.observedAt).toBeGreaterThanOrEqual(newest!.observedAt);
    });

    it('begins with a source that is not there yet', async () => {
      await peer.fail('gone');
      feed.start();
      const { newest, problem } = await until((report) => report.failures >= 2);
      expect(newest).toBeUndefined();
      expect(problem!.why.length).toBeGreaterThan(10);
      await peer.say(1);
      await until(has(1));
    });

    it.each(troubles)('keeps what it has when the source is %s, says so, and goes on after', async (how) => {
      if (!troubles.includes(how)) return;
      await peer.say(1);
      feed.start();
      const { newest } = await until(has(1));
      const before = Date.now();
      await peer.fail(how);
      const first = await until((report) => report.problem !== undefined);
      expect(first.problem!.since).toBeGreaterThanOrEqual(before);
      const { failures } = first;
      const later = await until((report) => report.failures >= failures + 2);
      // Since when it fails is said once, and what it had is still there as it was.
      expect(later.problem!.since).toBe(first.problem!.since);
      isSame(later, newest!.data);
      expect(later.problem!.why).toMatch(/^[^\p{Cc}]+$/u);
      await peer.say(2);
      const { problem } = await until(has(2));
      expect(problem).toBeUndefined();
    });

    it('says nothing once it is stopped, and leaves nothing open', async () => {
      for (const how of ['ok', 'hang'] as const) {
        await feed.stop();
        feed = peer.open(PACE, (report) => told.push(report));
        if (how === 'ok') await peer.say(1);
        else if (troubles.includes(how)) await peer.fail(how);
        feed.start();
        if (how === 'ok') await until(has(1));
        else await sleep(30);
        const ended = feed.stop();
        const { length } = told;
        await ended;
        await peer.say(2);
        await sleep(200);
        expect(told).toHaveLength(length);
        await expect.poll(() => peer.connections()).toBe(0);
      }
    });
  });
}
