/** Guards of a running server: what they hold, how it is seen, how an operator passes them, what a restart keeps. */
import { afterEach, describe, expect, it } from 'vitest';
import { ADDRESSES, HealthRig, HOST } from '../support/health-rig.ts';
import { steerd } from '../support/steerd-process.ts';

const PATIENCE = 60_000;
let rig: HealthRig;

afterEach(async () => {
  await rig?.stop();
});

async function begin(guards: string): Promise<void> {
  rig = await HealthRig.start({ checks: 'hand: { type: manual }', more: guards === '' ? '' : `guards: ${guards}` });
}

/** Zurich's IPv4 is told to be so. */
async function report(state: 'up' | 'down'): Promise<void> {
  const path = '/v1/services/web/checks/hand/zurich/ipv4';
  expect((await rig.api.ask('PUT', path, { state, reason: 'seen by test' })).status).toBe(200);
}

async function flap(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await report('down');
    await report('up');
  }
}

async function answers(): Promise<'zurich' | 'all'> {
  return (await rig.answers()).ipv4 === ADDRESSES.zurich.ipv4 ? 'zurich' : 'all';
}

describe('damping', () => {
  it(
    'holds what comes and goes, says so everywhere, outlives a restart, and gives way to an operator',
    async () => {
      await begin('');
      await flap(1);
      expect(await answers()).toBe('zurich');
      await flap(1);
      expect(await answers()).toBe('all');
      const { body } = await rig.api.get('/v1/guards');
      expect(body).toMatchObject({
        freezes: [],
        holds: [{ target: 'web/zurich/ipv4', guard: 'damping', seen: 'up', counts: 'down' }],
        penalties: [
          { target: 'web/zurich/ipv4', suppressed: true },
          { hosts: { service: 'web', policy: 'default', group: 'zurich', family: 'ipv4' }, suppressed: false },
        ],
      });
      expect((await rig.health())['zurich/ipv4']).toMatchObject({ state: 'up', effective: 'held' });
      const explained = (await rig.api.get(`/v1/explain?name=${HOST}&type=A`)).body.steps[0].families.ipv4;
      expect(explained.candidates[0]).toMatchObject({ reason: 'held', state: 'held', hold: { guard: 'damping' } });
      expect(explained.chain).toMatch(/^zurich: ipv4 up, but counted down by damping until .* -> all: up$/);
      expect((await rig.api.get('/metrics')).body).toContain('\nsteerd_guard_held{guard="damping"} 1\n');
      const shown = steerd(rig.place, ['guards']);
      expect(shown.stdout).toMatch(/^web\/zurich\/ipv4 +up +down +damping /m);

      await rig.restart();
      expect(await answers()).toBe('all');
      expect((await rig.api.get('/v1/guards')).body.holds).toMatchObject([{ guard: 'damping' }]);

      const force = (state: string) => rig.api.ask('PUT', '/v1/groups/zurich/state', { state, reason: 'test' });
      await force('up');
      expect(await answers()).toBe('zurich');
      await force('auto');
      expect(await answers()).toBe('all');
    },
    PATIENCE,
  );

  it(
    'lets hosts come back by itself',
    async () => {
      // Penalties of 1000 and more halve in a second.
      await begin('{ damping: { half_life: 1s, suppress: 900, reuse: 500, maximum: 3s } }');
      await flap(1);
      expect(await answers()).toBe('all');
      await rig.answeredBy('zurich', 'ipv4');
      expect((await rig.api.get('/v1/guards')).body.holds).toEqual([]);
      const { items } = (await rig.api.get('/v1/decisions')).body;
      expect(items[0]).toMatchObject({ before: 'all', after: 'zurich' });
    },
    PATIENCE,
  );
});

describe('a freeze', () => {
  it(
    'keeps answers as they are until it ends, and outlives a restart',
    async () => {
      await begin('');
      const { status, body, headers } = await rig.api.ask('PUT', '/v1/freeze', { for: '1h', reason: 'works' });
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({ group: null, leave_dead: false, reason: 'works', author: 'operator' }),
      ]);
      await report('down');
      expect(await answers()).toBe('zurich');
      await rig.restart();
      expect(await answers()).toBe('zurich');
      expect((await rig.api.get('/v1/guards')).body).toMatchObject({
        freezes: [{ group: null, reason: 'works' }],
        holds: [{ target: 'web/zurich/ipv4', guard: 'freeze', counts: 'up' }],
      });
      const stale = await rig.api.ask('DELETE', '/v1/freeze?reason=x', undefined, { 'if-match': '"other"' });
      expect([stale.status, stale.body.code]).toEqual([412, 'precondition-failed']);
      const ended = await rig.api.ask('DELETE', '/v1/freeze?reason=done', undefined, {
        'if-match': headers.get('etag') as string,
      });
      expect(ended.status).toBe(200);
      expect(await answers()).toBe('all');
      expect((await rig.api.get('/v1/audit')).body.items).toMatchObject([
        { action: 'freeze', about: 'all groups: ended', reason: 'done' },
        { action: 'check-report' },
        { action: 'freeze', reason: 'works' },
      ]);
    },
    PATIENCE,
  );

  it(
    'of a group ends when its time is over, and what waited happens then',
    async () => {
      await begin('');
      const frozen = steerd(rig.place, ['freeze', 'zurich', '--for', '3s', '--reason', 'works']);
      expect(frozen.stdout).toMatch(/^automatic changes of zurich are frozen until /);
      await report('down');
      expect(await answers()).toBe('zurich');
      await rig.answeredBy('all', 'ipv4');
      await rig.until(async () => (await rig.api.get('/v1/guards')).body.freezes.length === 0, 10_000);
      expect((await rig.api.get('/v1/audit')).body.items[0]).toMatchObject({
        author: 'steerd',
        action: 'freeze',
        about: 'zurich: ended',
      });
    },
    PATIENCE,
  );

  it(
    'that makes no sense is refused',
    async () => {
      await begin('');
      const put = async (path: string, body: object) => {
        const reply = await rig.api.ask('PUT', path, { reason: 'x', ...body });
        return [reply.status, reply.body.code];
      };
      expect(await put('/v1/freeze', {})).toEqual([400, 'invalid']);
      expect(await put('/v1/freeze', { for: '1h', until: '2100-01-01T00:00:00Z' })).toEqual([400, 'invalid']);
      expect(await put('/v1/freeze', { until: '2000-01-01T00:00:00Z' })).toEqual([400, 'invalid']);
      expect(await put('/v1/freeze', { for: '32d' })).toEqual([400, 'invalid']);
      expect(await put('/v1/groups/nowhere/freeze', { for: '1h' })).toEqual([404, 'not-found']);
      expect((await rig.api.ask('DELETE', '/v1/freeze?reason=x')).status).toBe(404);
      const cli = steerd(rig.place, ['freeze', '--for', '1h']);
      expect([cli.status, cli.stderr]).toEqual([2, expect.stringContaining('freeze needs --reason')]);
    },
    PATIENCE,
  );
});
