import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { authorization } from './credentials.ts';
import { FeedError, type FeedReport } from './feed.ts';
import { PolledFeed, type PolledSource } from './polled-feed.ts';

const PACE = { interval: 20, timeout: 100 };

async function firstOf<T>(
  source: Partial<PolledSource<T>> & Pick<PolledSource<T>, 'read'>,
  reports = 1,
): Promise<FeedReport<T>> {
  const told: FeedReport<T>[] = [];
  const feed = new PolledFeed<T>({ close: async () => undefined, ...source }, PACE, (report) => told.push(report));
  feed.start();
  while (told.length < reports) await sleep(5);
  await feed.stop();
  return told[reports - 1];
}

it('does not believe a source whose clock is ahead', async () => {
  const ahead = await firstOf({ read: async () => ({ data: 1, observedAt: Date.now() + 120_000 }) });
  expect(ahead.newest).toBeUndefined();
  expect(ahead.problem!.why).toMatch(/^it says it is of .*, ahead of this clock$/);
  // A little is no more than clocks differ, and nothing is from the future.
  const little = await firstOf({ read: async () => ({ data: 1, observedAt: Date.now() + 5000 }) });
  expect(little.newest!.observedAt).toBeLessThanOrEqual(Date.now());
});

it('takes nothing of what comes too late', async () => {
  const late = await firstOf({
    read: async () => {
      await sleep(150);
      return { data: 1, observedAt: Date.now() };
    },
  });
  expect(late.newest).toBeUndefined();
  expect(late.problem!.why).toBe('nothing whole came within 0.1 s');
});

it('counts attempts and failures', async () => {
  let tries = 0;
  const report = await firstOf(
    {
      read: async () => {
        if (++tries === 2) throw new FeedError('no');
        return { data: tries, observedAt: 1000 };
      },
    },
    3,
  );
  expect(report).toMatchObject({ attempts: 3, failures: 1, newest: { data: 3, observedAt: 1000 } });
  expect(report.problem).toBeUndefined();
});

it('shows its secret as a token or a password, and tells where one is missing', async () => {
  process.env['FEED_TEST_SECRET'] = 'abc\n';
  expect(await authorization({ secret: { env: 'FEED_TEST_SECRET' } })).toBe('Bearer abc');
  expect(await authorization({ user: 'me', secret: { env: 'FEED_TEST_SECRET' } })).toBe('Basic bWU6YWJj');
  process.env['FEED_TEST_SECRET'] = 'a\nx-other: b';
  await expect(authorization({ secret: { env: 'FEED_TEST_SECRET' } })).rejects.toThrow(
    new FeedError(
      'the secret in variable FEED_TEST_SECRET is empty, or has spaces or characters that no header can have',
    ),
  );
  delete process.env['FEED_TEST_SECRET'];
  await expect(authorization({ secret: { env: 'FEED_TEST_SECRET' } })).rejects.toThrow('is not set');
  await expect(authorization({ secret: { file: '/nonexistent/secret' } })).rejects.toThrow(
    "its secret can't be read: /nonexistent/secret: there is no such file",
  );
});
