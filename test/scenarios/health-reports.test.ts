/** Checks that others make: reports through the API, programs, a Prometheus; and what a restart and a reload keep. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ADDRESSES, HealthRig, type HealthRigOptions } from '../support/health-rig.ts';
import { steerd } from '../support/steerd-process.ts';

let rig: HealthRig;
let started: HealthRig | undefined;

async function begin(options: HealthRigOptions): Promise<HealthRig> {
  started = await HealthRig.start(options);
  return started;
}

afterEach(async () => {
  await started?.stop();
  started = undefined;
});

function report(check: string, state: 'up' | 'down', more: object = {}) {
  const path = `/v1/services/web/checks/${check}/zurich/ipv4`;
  return rig.api.ask('PUT', path, { state, reason: 'seen by test', ...more });
}

describe('reports', () => {
  it('of push checks are followed at once, outlive a restart, and expire', async () => {
    rig = await begin({ checks: 'feed: { type: push, expires: 1h }' });
    expect((await rig.health())['zurich/ipv4']).toMatchObject({ state: 'unknown', cause: 'no report yet' });
    expect((await report('feed', 'down')).body).toMatchObject({
      state: 'down',
      effective: 'down',
      cause: 'push: seen by test (operator)',
    });
    expect(await rig.answers()).toEqual({ ipv4: ADDRESSES.all.ipv4, ipv6: ADDRESSES.zurich.ipv6 });
    await rig.restart();
    expect((await rig.health())['zurich/ipv4'].state).toBe('down');
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
    expect((await report('feed', 'up', { expires_in: 1 })).body.state).toBe('up');
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    await rig.until(async () => (await rig.health())['zurich/ipv4'].state === 'unknown', 5000);
    // What it was last counts meanwhile.
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    const { body } = await rig.api.get('/v1/health/changes?limit=2');
    expect(body.items).toMatchObject([
      { target: 'web/zurich/ipv4', before: 'up', after: 'unknown', cause: 'push: the last report has expired' },
      { target: 'web/zurich/ipv4', before: 'down', after: 'up' },
    ]);
    expect((await rig.api.get(`/v1/health/changes?limit=1&after=${body.next}`)).body.items).toHaveLength(1);
    expect((await rig.api.get('/v1/audit')).body.items).toMatchObject([
      { action: 'check-report', about: 'web/zurich/ipv4 feed up', reason: 'seen by test' },
      { action: 'check-report', about: 'web/zurich/ipv4 feed down' },
    ]);
  }, 60_000);

  it('of manual checks count until the next; what nobody reports is refused', async () => {
    rig = await begin({ checks: 'hand: { type: manual }' });
    expect((await rig.health())['zurich/ipv4'].state).toBe('up');
    await report('hand', 'down');
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
    await rig.restart();
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
    expect((await report('hand', 'up', { expires_in: 5 })).status).toBe(400);
    expect((await report('nothing', 'up')).status).toBe(404);
    await report('hand', 'up');
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    // Checks go with their service's list, and verdicts with them.
    await report('hand', 'down');
    rig.write('page: { type: push }');
    await rig.until(async () => (await rig.health())['zurich/ipv4'].state !== 'down', 10_000);
    expect((await report('hand', 'up')).status).toBe(404);
  }, 60_000);

  it('a target that was down waits for an operator where the policy says so, also over a restart', async () => {
    rig = await begin({ checks: 'hand: { type: manual }', policy: '{ failback: manual }' });
    await report('hand', 'down');
    await report('hand', 'up');
    expect((await rig.health())['zurich/ipv4']).toMatchObject({ state: 'up', latched: true });
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
    await rig.restart();
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.all.ipv4);
    const { stdout } = steerd(rig.place, ['health'], {
      STEERD_URL: rig.api.url,
      STEERD_TOKEN: rig.api.token as string,
    });
    expect(stdout).toMatch(/^web\/zurich\/ipv4 +up +\S+ \S+ +up \(was down\) +manual/m);
    await rig.api.ask('PUT', '/v1/groups/zurich/state', { state: 'auto', reason: 'looked after' });
    expect((await rig.answers()).ipv4).toBe(ADDRESSES.zurich.ipv4);
    expect((await rig.health())['zurich/ipv4'].latched).toBe(false);
  }, 60_000);
});

describe('programs', () => {
  it('are run only when steerd.yaml says so, and end with their time', async () => {
    rig = await begin({
      checks: `own: { type: exec, interval: 1s, fall: 1, rise: 1, command: ['/bin/sh', 'PLACE/check', '{family}', '{group}'] }`,
    });
    expect((await rig.health())['zurich/ipv4']).toMatchObject({ state: 'unknown' });
    expect(await rig.server.logged('warning')).toMatchObject({ msg: expect.stringMatching(/health\.exec/) });
    const script = join(rig.place.folder, 'check');
    const write = (text: string): void => {
      writeFileSync(script, text);
      chmodSync(script, 0o755);
    };
    write('exit 0\n');
    rig.client.close();
    await rig.server.stop();
    rig.env = { STEERD_HEALTH_EXEC: 'true' };
    await rig.run();
    await rig.until(async () => (await rig.health())['zurich/ipv4'].state === 'up', 10_000);
    write('if [ "$1 $2" = "ipv4 zurich" ]; then echo "$2 is broken" >&2; exit 3; fi\n');
    await rig.answeredBy('all', 'ipv4');
    const seen = await rig.health();
    expect(seen['zurich/ipv4'].cause).toBe('exec: exit status 3: zurich is broken');
    expect(seen['zurich/ipv6'].state).toBe('up');
    write('exit 0\n');
    await rig.answeredBy('zurich', 'ipv4');
    write('sleep 1000 & wait\n');
    await rig.until(async () => /no answer within/.test((await rig.health())['zurich/ipv4'].cause), 10_000);
    // Nothing that a check has started outlives the server.
    await rig.server.stop();
    expect(running(script)).toEqual([]);
    rmSync(script);
  }, 60_000);
});

/** Command lines of processes that name a file (man 5 proc); none where there is no /proc. */
function running(file: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(file) ? [line] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

it('the example network probes nothing', async () => {
  const { loadNetwork } = await import('../../src/config/network.ts');
  const { EXAMPLE } = await import('../support/steerd-process.ts');
  const { health } = loadNetwork(join(EXAMPLE, 'network.yaml'));
  expect(health?.services).toEqual({});
  expect(health?.references).toBeUndefined();
});
