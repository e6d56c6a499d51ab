/** Moves that depend on what came before: If-Match and Idempotency-Key. */
import { describe, expect, it } from 'vitest';
import { ADDRESS, MoveRig, WWW } from '../support/move-rig.ts';

const rig = new MoveRig();

describe('requests that depend on others', () => {
  it('If-Match refuses what was decided on an older state', async () => {
    const { headers } = await rig.api.get('/v1/hosts?zone=example.net');
    const tag = headers.get('etag') as string;
    await rig.api.move({ hosts: [WWW], to: 'europe' }, { 'if-match': tag });
    const late = await rig.api.ask(
      'POST',
      '/v1/moves',
      { hosts: [WWW], to: 'switzerland', reason: 'x' },
      { 'if-match': tag },
    );
    expect([late.status, late.body.code]).toEqual([412, 'precondition-failed']);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.europe);

    const own = (await rig.api.get(`/v1/hosts/${WWW}`)).headers.get('etag') as string;
    await rig.api.move({ hosts: ['shop.example.net'], to: 'europe' });
    // Another host's move does not matter to who looked at this one.
    await rig.api.move({ hosts: [WWW], to: 'switzerland' }, { 'if-match': own });
    expect((await rig.api.ask('DELETE', `/v1/hosts/${WWW}/override`, undefined, { 'if-match': own })).status).toBe(412);

    const state = (await rig.api.get('/v1/groups/zurich/state')).headers.get('etag') as string;
    const drain = { state: 'drained', reason: 'x' };
    expect((await rig.api.ask('PUT', '/v1/groups/zurich/state', drain, { 'if-match': state })).status).toBe(200);
    expect((await rig.api.ask('PUT', '/v1/groups/zurich/state', drain, { 'if-match': state })).status).toBe(412);

    const move = (await rig.api.get('/v1/moves/1')).headers.get('etag') as string;
    expect((await rig.api.ask('POST', '/v1/moves/2/revert', { reason: 'x' }, { 'if-match': move })).status).toBe(412);
  });

  it('of two at once on the same state one is refused', async () => {
    const tag = (await rig.api.get('/v1/hosts')).headers.get('etag') as string;
    const both = await Promise.all(
      ['europe', 'switzerland'].map((to) =>
        rig.api.ask('POST', '/v1/moves', { hosts: [WWW], to, reason: 'x' }, { 'if-match': tag }),
      ),
    );
    expect(both.map((r) => r.status).sort()).toEqual([200, 412]);
  });

  it('Idempotency-Key makes a repeated post one move, also after a restart', async () => {
    const key = { 'idempotency-key': 'job-7' };
    const first = await rig.api.move({ hosts: [WWW], to: 'europe' }, key);
    await rig.restart();
    const again = await rig.api.ask('POST', '/v1/moves', { reason: 'test', hosts: [WWW], to: 'europe' }, key);
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([200, first.id, 'true']);
    expect((await rig.api.get('/v1/moves')).body.items).toHaveLength(1);
    const other = await rig.api.ask('POST', '/v1/moves', { reason: 'test', hosts: [WWW], to: 'zurich' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-mismatch']);
    const twice = await Promise.all(
      [1, 2].map(() => rig.api.move({ hosts: [WWW], to: 'zurich' }, { 'idempotency-key': 'b' })),
    );
    expect(twice[0].id).toBe(twice[1].id);
    const revert = () =>
      rig.api.ask('POST', `/v1/moves/${twice[0].id}/revert`, { reason: 'x' }, { 'idempotency-key': 'c' });
    expect((await revert()).body.id).toBe((await revert()).body.id);
  });
});
