/** Groups drained through the API, and when their routes may be withdrawn. */
import { describe, expect, it } from 'vitest';
import { ADDRESS, MoveRig, until, WWW } from '../support/move-rig.ts';
import { editFile } from '../support/steerd-process.ts';

const rig = new MoveRig();

describe('a forced state', () => {
  it('drains a group: hosts leave it, those that had climbed into it too, and come back', async () => {
    // Zurich down: its hosts climb to Switzerland. Switzerland drained: they leave that as well.
    expect((await rig.api.ask('PUT', '/v1/groups/zurich/state', { state: 'down', reason: 'power' })).status).toBe(200);
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    const drained = await rig.api.ask('PUT', '/v1/groups/switzerland/state', { state: 'drained', reason: 'works' });
    expect(drained.body).toMatchObject({ state: 'drained', reason: 'works', author: 'operator' });
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    expect(await rig.addresses('x.apps.example.net')).toEqual(ADDRESS.europe);
    const groups = (await rig.api.get('/v1/groups')).body.items;
    expect(groups.find((g: { id: string }) => g.id === 'switzerland').answers).toEqual({ ipv4: 0, ipv6: 0 });
    await rig.restart();
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    await rig.api.ask('PUT', '/v1/groups/switzerland/state', { state: 'auto', reason: 'done' });
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    expect((await rig.api.get('/v1/groups/switzerland/state')).body).toBe(null);
  });

  it('expires, and may be of one service or family', async () => {
    await rig.api.ask('PUT', '/v1/targets/web/anycast/state?family=ipv6', {
      state: 'down',
      reason: 'x',
      expires_in: 6,
    });
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    const target = async () =>
      (await rig.api.get('/v1/services')).body.items[0].targets.find(
        (t: { group: string; family: string }) => t.group === 'anycast' && t.family === 'ipv6',
      ).state;
    expect(await target()).toBe('down');
    await until(target, (state) => state === 'up');
    const refused = await rig.api.ask('PUT', '/v1/targets/web/nowhere/state', { state: 'down', reason: 'x' });
    expect([refused.status, refused.body.code]).toEqual([404, 'not-found']);
  });
});

describe('withdrawing routes', () => {
  const blockers = async (group: string): Promise<string[]> => {
    const { body } = await rig.api.get(`/v1/groups/${group}/withdrawable`);
    expect(body.withdrawable).toBe(body.blockers.length === 0);
    return [...new Set<string>(body.blockers.map((b: { family: string; kind: string }) => `${b.family} ${b.kind}`))];
  };

  /** Adds a group that nothing is declared in. */
  const basel = async (): Promise<void> => {
    editFile(rig.file('network.yaml'), (text) =>
      text.replace(
        '\nservices:',
        "  basel: { parent: switzerland, routing: lazy, instances: [zrh], prefixes: { ipv6: '2001:db8:20::/48' } }\n\nservices:",
      ),
    );
    await until(
      async () => (await rig.api.get('/v1/groups/basel/withdrawable')).status,
      (status) => status === 200,
    );
  };

  it('waits for names, old answers and the hold', async () => {
    expect(await blockers('zurich')).toEqual(['ipv6 answers']);
    // Zurich has no IPv4: its hosts fell back to Switzerland's.
    expect(await blockers('switzerland')).toEqual([
      'ipv4 answers',
      'ipv4 fallback',
      'ipv6 answers',
      'ipv4 record',
      'ipv6 record',
    ]);
    await rig.api.move({ hosts: ['shop.example.net'], to: 'europe', hold: 0 });
    await rig.api.move({ select: { zone: 'quick.example' }, to: 'europe', hold: 1 });
    expect(await blockers('zurich')).toEqual(['ipv6 recent']);
    editFile(rig.file('example.net.yaml'), (text) => text.replace('2001:db8:18::53', '2001:db8:19::53'));
    await until(
      () => blockers('zurich'),
      (found) => found.includes('ipv6 record'),
    );
  });

  it('is free when all of that is over', async () => {
    await basel();
    expect(await blockers('basel')).toEqual([]);
    await rig.api.move({ hosts: ['s1.steady.example', 's2.steady.example'], to: 'basel' });
    expect(await blockers('basel')).toEqual(['ipv6 answers']);
    await rig.api.ask('POST', '/v1/moves/1/revert', { reason: 'look' });
    // The default hold is 15 minutes.
    const recent = (await rig.api.get('/v1/groups/basel/withdrawable')).body.blockers;
    expect(recent).toMatchObject([{ family: 'ipv6', kind: 'recent' }]);
    expect(Date.parse(recent[0].until)).toBeGreaterThan(Date.now() + 800_000);
    expect((await rig.api.get('/v1/groups/nowhere/withdrawable')).status).toBe(404);
  });

  it('is free again after the hold that was asked for', async () => {
    await basel();
    await rig.api.move({ hosts: ['s1.steady.example'], to: 'basel' });
    const back = await rig.api.move({ hosts: ['s1.steady.example'], to: 'europe', hold: 4 });
    expect(await blockers('basel')).toEqual(['ipv6 recent']);
    await until(
      () => blockers('basel'),
      (found) => found.length === 0,
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(back.done_at));
  });
});
