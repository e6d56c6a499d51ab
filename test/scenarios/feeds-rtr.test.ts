/** VRPs from a real cache, StayRTR, whose file changes under way, and which is killed and restarted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FeedRig } from '../support/feed-rig.ts';
import { itNeeds } from '../support/needs.ts';
import { freePort } from '../support/nginx.ts';
import { Program } from '../support/program.ts';
import { replaceFile } from '../support/steerd-process.ts';

const vrps = (asn: number, maxLength: number): string =>
  JSON.stringify({
    metadata: { buildtime: new Date().toISOString() },
    roas: [
      { asn, prefix: '192.0.2.0/24', maxLength: 24, ta: 'test', expires: 4_000_000_000 },
      { asn: 64500, prefix: '2001:db8::/32', maxLength, ta: 'test', expires: 4_000_000_000 },
      { asn: 64999, prefix: '203.0.113.0/25', maxLength: 25, ta: 'test', expires: 4_000_000_000 },
    ],
  });

itNeeds('stayrtr')('VRPs over RTR follow a real cache, hold while it is gone, and follow it again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-stayrtr-'));
  const file = join(folder, 'vrps.json');
  const port = await freePort('127.0.0.1');
  const args = [
    '-bind',
    `127.0.0.1:${port}`,
    '-cache',
    file,
    '-refresh',
    '1',
    '-checktime=false',
    '-metrics.addr',
    '127.0.0.1:0',
  ];
  const cache = new Program('stayrtr', args, port);
  let rig: FeedRig | undefined;
  try {
    replaceFile(file, vrps(64500, 48));
    await cache.run();
    // Longer than the test: what is seen of changes comes by notifications.
    rig = await FeedRig.start(`feeds: { rpki: { rtr: '127.0.0.1:${port}', interval: 1h, stale: 2h } }`);
    const is = (key: string, wanted: string) => rig!.until((now) => rig!.validity(now)[key] === wanted);
    const first = await is('anycast/ipv4', 'valid');
    expect(rig.validity(first)).toMatchObject({ 'zurich/ipv6': 'valid', 'switzerland/ipv4': 'not-found' });
    expect(first.items[0]).toMatchObject({
      source: `RTR 127.0.0.1:${port}`,
      failures: 0,
      notes: { vrps: 3, version: 1 },
    });
    const { session } = first.items[0].notes;

    replaceFile(file, vrps(64501, 48));
    await is('anycast/ipv4', 'invalid');
    replaceFile(file, vrps(64500, 40));
    const third = await is('zurich/ipv6', 'invalid');
    expect(rig.validity(third)['anycast/ipv4']).toBe('valid');
    // All of it as changes of one session, without a failure.
    expect(third.items[0]).toMatchObject({ failures: 0, notes: { session, vrps: 3 } });
    expect(Number(third.items[0].notes['serial'])).toBeGreaterThan(Number(first.items[0].notes['serial']));

    await cache.kill();
    const gone = await rig.until(({ items }) => items[0].state === 'failing');
    expect(rig.validity(gone)).toEqual(rig.validity(third));
    replaceFile(file, vrps(64501, 48));
    await cache.run();
    await is('zurich/ipv6', 'valid');
    const back = await is('anycast/ipv4', 'invalid');
    expect(back.items[0].state).toBe('ok');
    expect(back.items[0].notes['session']).not.toBe(session);
  } finally {
    await rig?.stop();
    await cache.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
