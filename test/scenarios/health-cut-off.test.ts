/** A server that sees everything fail at once takes itself to be cut off, and moves nothing. */
import { afterEach, describe, expect } from 'vitest';
import { ADDRESSES, HealthRig } from '../support/health-rig.ts';
import { itNeeds } from '../support/needs.ts';

let rig: HealthRig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

const QUICK = 'interval: 250ms, rise: 1';

async function held(): Promise<{ since: string; cause: string } | null> {
  return (await rig!.api.get('/v1/health')).body.held;
}

describe('the observer is cut off', () => {
  itNeeds('nginx')(
    'when targets of two sites fail at once: verdicts are held, and count again when all is well',
    async () => {
      rig = await HealthRig.start({ check: QUICK, more: 'health: { cut_off: { window: 5s, release: 1s } }' });
      const { zurich, all } = rig.targets;
      const before = await rig.answers();
      await Promise.all([zurich.ipv4.kill(), all.ipv4.kill(), zurich.ipv6.kill(), all.ipv6.kill()]);
      await rig.until(async () => (await held()) !== null, 10_000);
      // Seen as down, but what was seen before counts.
      const all4 = async () => Object.values(await rig!.health());
      await rig.until(async () => (await all4()).every(({ state }) => state === 'down'), 10_000);
      for (const each of await all4()) expect(each.effective).toBe('up');
      expect(await rig.answers()).toEqual(before);
      expect((await rig.api.get('/metrics')).body).toMatch(/^steerd_health_held 1$/m);
      expect(await rig.server.logged('cut_off')).toMatchObject({
        held: true,
        cause: expect.stringMatching(/^targets of several sites failed at once: web\//),
      });
      // Operators go on as always.
      await rig.api.ask('PUT', '/v1/targets/web/zurich/state', { state: 'down', reason: 'by hand' });
      expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
      await rig.api.ask('PUT', '/v1/targets/web/zurich/state', { state: 'auto', reason: 'by hand' });
      expect(await rig.answers()).toEqual(before);
      const lines = rig.server.log.length;
      for (const nginx of [zurich.ipv4, all.ipv4, zurich.ipv6, all.ipv6]) await nginx.run();
      await rig.until(async () => (await held()) === null, 20_000);
      expect(await rig.server.logged('cut_off', lines)).toMatchObject({ held: false });
      expect((await rig.api.get('/metrics')).body).toMatch(/^steerd_health_held 0$/m);
      // And what fails alone then is left.
      await zurich.ipv4.kill();
      await rig.answeredBy('all', 'ipv4');
    },
    60_000,
  );

  itNeeds('nginx')(
    'when the reference checks fail',
    async () => {
      // Nothing is on port 1; a check that was never up is down all the same.
      rig = await HealthRig.start({
        check: QUICK,
        more: "health: { references: { upstream: { type: tcp, address: '127.0.0.1:1', interval: 100ms } } }",
      });
      await rig.until(async () => (await held()) !== null, 10_000);
      expect((await held())?.cause).toBe('reference checks fail: tcp: connection refused');
      await rig.targets.zurich.ipv4.kill();
      await rig.until(async () => (await rig!.health())['zurich/ipv4'].state === 'down', 10_000);
      expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    },
    60_000,
  );

  itNeeds('nginx')(
    'never when the rule is switched off',
    async () => {
      rig = await HealthRig.start({ check: QUICK, more: 'health: { cut_off: { enabled: false } }' });
      await Promise.all([rig.targets.zurich.ipv4.kill(), rig.targets.all.ipv6.kill()]);
      await rig.answeredBy('all', 'ipv4');
      expect(await held()).toBeNull();
    },
    60_000,
  );
});
