/** Guards of a running server: what they hold, how it is seen, how an operator passes them, what a restart keeps. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FeedRig } from '../support/feed-rig.ts';
import { ADDRESSES, HealthRig, HOST } from '../support/health-rig.ts';
import { editFile, replaceFile, steerd } from '../support/steerd-process.ts';

const PATIENCE = 60_000;
let rig: HealthRig;
let started: HealthRig | undefined;

afterEach(async () => {
  await started?.stop();
  started = undefined;
});

async function begin(guards: string): Promise<void> {
  started = rig = await HealthRig.start({
    checks: 'hand: { type: manual }',
    more: guards === '' ? '' : `guards: ${guards}`,
  });
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

describe('the blast radius', () => {
  it(
    'lets hosts come back part by part, shows how much has moved, outlives a restart, and gives way to an operator',
    async () => {
      await begin('{ damping: { enabled: false }, blast_radius: { hosts: 25, queries: 100, interval: 1h } }');
      await flap(1);
      const looks = async () => (await rig.api.get('/v1/guards')).body;
      const seen = await looks();
      expect(seen.holds).toMatchObject([
        { target: 'web/zurich/ipv4', guard: 'blast-radius', seen: 'up', counts: 'down' },
      ]);
      expect(seen.blast_radius).toMatchObject({ interval: 3600, most: { hosts: 0.25, queries: 1 } });
      expect(seen.blast_radius.moved.ipv4.hosts).toBeCloseTo(0.25, 4);
      expect(seen.blast_radius.moved.ipv6.hosts).toBe(0);
      expect((await rig.api.get('/metrics')).body).toMatch(
        /\nsteerd_guard_moved_ratio\{family="ipv4",of="hosts"\} 0\.2/,
      );
      expect(steerd(rig.place, ['guards']).stdout).toMatch(/^ipv4 +25 % +\d/m);
      const explained = (await rig.api.get(`/v1/explain?name=${HOST}&type=A`)).body.steps[0].families.ipv4;
      expect(explained.chain).toMatch(/; under way: 25 % of names so far, by blast-radius$/);
      const before = await answers();
      expect(before === 'zurich').toBe(explained.group === 'zurich');

      await rig.restart();
      await rig.answeredBy(before, 'ipv4');
      expect((await looks()).blast_radius.moved.ipv4.hosts).toBeCloseTo(0.25, 4);
      expect((await looks()).holds).toMatchObject([{ guard: 'blast-radius' }]);
      await rig.api.ask('PUT', '/v1/groups/zurich/state', { state: 'up', reason: 'test' });
      expect(await answers()).toBe('zurich');
    },
    PATIENCE,
  );
});

describe('what a site can take', () => {
  it(
    'is warned of when it is near, and refuses files that go beyond it',
    async () => {
      const server = await FeedRig.start('');
      try {
        const { place, api } = server;
        const change = (from: string, to: string): void =>
          editFile(join(place.zones, 'network.yaml'), (text) => text.replace(from, to));
        const limits = 'prefix_limits: { transit: { ipv4: { maximum: 3 } } }';
        const nodes = 'announcing_nodes: 24, ecmp_max_next_hops: { leaf: 16 }';
        change('location: [46.20', `${limits}, ${nodes}, location: [46.20`);
        const checked = steerd(place, ['check']);
        expect(checked.status).toBe(0);
        expect(checked.stdout + checked.stderr).toContain('gva announces 3 IPv4 prefixes to transit, which accepts 3');
        server.server.signal('SIGHUP');
        expect((await server.server.logged('zone_warning')).msg).toContain('network.yaml');
        await server.server.logged('loaded');
        expect((await api.get('/v1/guards')).body.limits).toMatchObject([
          { guard: 'prefix-limit', site: 'gva', groups: ['anycast', 'europe', 'switzerland'], exceeded: false },
          { guard: 'ecmp', site: 'gva', exceeded: true },
        ]);
        expect(steerd(place, ['guards']).stdout).toMatch(/^gva +prefix-limit +near +gva announces 3 IPv4 prefixes/m);
        const move = ['move', HOST, '--to', 'europe', '--reason', 'test', '--dry-run'];
        expect(steerd(place, move).stdout).toMatch(/^warning of ecmp: a VIP has 24 next hops at leaf of gva/m);
        const diff = steerd(place, ['diff']);
        expect(diff.status).toBe(0);
        change('maximum: 3', 'maximum: 2');
        expect(steerd(place, ['check']).status).toBe(1);
        server.server.signal('SIGHUP');
        expect((await server.server.logged('reload_refused')).detail).toContain('the session would be ended');
        expect((await api.get('/v1/guards')).body.limits).toHaveLength(2);
      } finally {
        await server.stop();
      }
    },
    PATIENCE,
  );
});

/** VRPs in which an AS may originate europe's IPv4; all other prefixes have no ROA. */
const vrpsOf = (asn: number): string =>
  JSON.stringify({
    metadata: {},
    roas: [{ asn, prefix: '198.51.100.0/24', maxLength: 24, ta: 'test', expires: 4_000_000_000 }],
  });

describe('a group whose prefix is RPKI-invalid', () => {
  it(
    'takes no new hosts by itself, says so, takes them again as soon as the feed says otherwise, and is warned of at a reload',
    async () => {
      const feeds = await FeedRig.start('feeds: { rpki: { file: PLACE/vrps.json, interval: 100ms } }', {
        'vrps.json': vrpsOf(64501),
      });
      const { api, server, place } = feeds;
      const answered = async (): Promise<{ group: string; chain: string }> =>
        (await api.get('/v1/explain?name=shop.example.net&type=A')).body.steps[0].families.ipv4;
      const closed = async (): Promise<unknown[]> => (await api.get('/v1/guards')).body.closed;
      const until = async (good: () => Promise<boolean>): Promise<void> => {
        for (let i = 0; i < 600; i++) {
          if (await good()) return;
          await new Promise((again) => setTimeout(again, 50));
        }
        throw new Error('it never was so');
      };
      try {
        await until(async () => (await closed()).length === 1);
        expect(await closed()).toMatchObject([
          { group: 'europe', family: 'ipv4', prefix: '198.51.100.0/24', guard: 'rpki' },
        ]);
        expect(await feeds.metric('steerd_guard_closed')).toEqual({ rpki: 1, announcement: 0 });
        expect(steerd(place, ['guards']).stdout).toMatch(/^europe +ipv4 +rpki +.* 198\.51\.100\.0\/24 of europe is/m);
        expect((await server.logged('guard')).msg).toMatch(/^europe takes no new hosts by itself, by rpki: /);
        await api.ask('PUT', '/v1/groups/switzerland/state', { state: 'down', reason: 'test' });
        expect(await answered()).toMatchObject({
          group: 'anycast',
          chain: expect.stringMatching(
            /europe: ipv4 up, but takes no new hosts by rpki \(198\.51\.100\.0\/24 .*\) -> anycast: up/,
          ),
        });
        // Files are done as they are written.
        editFile(
          join(place.zones, 'example.net.yaml'),
          (text) => `${text}more: { type: STEER, service: web, group: europe }\n`,
        );
        expect(steerd(place, ['check']).status).toBe(0);
        server.signal('SIGHUP');
        expect(await server.logged('guard_passed')).toMatchObject({
          group: 'europe',
          family: 'ipv4',
          hosts: 1,
          guard: 'rpki',
        });
        replaceFile(join(place.folder, 'vrps.json'), vrpsOf(64500));
        await until(async () => (await answered()).group === 'europe');
        expect(await closed()).toEqual([]);
      } finally {
        await feeds.stop();
      }
    },
    PATIENCE,
  );
});

describe('a move', () => {
  const body = { hosts: [HOST], reason: 'test' };

  it(
    'to a group whose prefix is RPKI-invalid is refused, shown by a dry run, and forced by an operator',
    async () => {
      const roa = (asn: number, prefix: string) => ({ asn, prefix, maxLength: 24, ta: 'test', expires: 4_000_000_000 });
      const vrps = { metadata: {}, roas: [roa(64501, '198.51.100.0/24'), roa(64500, '192.0.2.0/24')] };
      const feeds = await FeedRig.start('feeds: { rpki: { file: PLACE/vrps.json } }', {
        'vrps.json': JSON.stringify(vrps),
      });
      try {
        await feeds.until((now) => feeds.validity(now)['europe/ipv4'] === 'invalid');
        const { api } = feeds;
        const refused = await api.ask('POST', '/v1/moves', { ...body, to: 'europe' });
        expect([refused.status, refused.body.code]).toEqual([409, 'guarded']);
        expect(refused.body.detail).toMatch(
          /^refused by rpki: 198\.51\.100\.0\/24 of europe is RPKI-invalid for AS64500/,
        );
        expect(refused.body.errors.map(({ about }: { about: string }) => about)).toEqual(['rpki']);
        const tried = steerd(feeds.place, ['move', HOST, '--to', 'europe', '--reason', 'test', '--dry-run']);
        expect(tried.stdout).toMatch(/^would be refused \(unless forced\) by rpki: /m);
        // What RPKI does not know is only told.
        expect(tried.stdout).toMatch(/^warning of rpki: 2001:db8:17::\/48 of europe has no ROA/m);
        // IPv6 alone goes nowhere that is invalid.
        const six = await api.move({ hosts: [HOST], to: 'europe', families: ['ipv6'] });
        expect(six.guards).toMatchObject([{ guard: 'rpki', refuses: false }]);
        const forced = steerd(feeds.place, ['move', HOST, '--to', 'europe', '--reason', 'test', '--force']);
        expect(forced.stdout).toMatch(/^forced past rpki: /m);
        const [entry] = (await api.get('/v1/audit')).body.items;
        expect(entry.about).toBe('move 2: 1 host to europe, past rpki by force');
        // Back to where it was is no new place.
        const back = await api.ask('POST', '/v1/moves/2/revert', { reason: 'test' });
        expect(back.status).toBe(200);
      } finally {
        await feeds.stop();
      }
    },
    PATIENCE,
  );

  it(
    'of a host that was moved again and again is refused',
    async () => {
      const server = await FeedRig.start('guards: { host_damping: { suppress: 2500, reuse: 1500 } }');
      try {
        const { api } = server;
        for (const to of ['europe', 'anycast', 'europe']) await api.move({ hosts: [HOST], to });
        const refused = await api.ask('POST', '/v1/moves', { ...body, to: 'anycast' });
        expect([refused.status, refused.body.code]).toEqual([409, 'guarded']);
        expect(refused.body.detail).toContain(`refused by damping: ${HOST} was moved too often lately`);
        // Nothing stands in the way of taking it back, nor of other hosts.
        expect((await api.ask('POST', '/v1/moves/3/revert', { reason: 'test' })).status).toBe(200);
        await api.move({ ...body, to: 'europe', force: true });
        const later = await api.move({ ...body, to: 'anycast', at: new Date(Date.now() + 500).toISOString() });
        for (let i = 0; i < 200; i++) {
          const { problem } = (await api.get(`/v1/moves/${later.id}`)).body;
          if (problem !== undefined) return expect(problem).toContain('refused by damping');
          await new Promise((again) => setTimeout(again, 50));
        }
        throw new Error('the scheduled move was not refused');
      } finally {
        await server.stop();
      }
    },
    PATIENCE,
  );
});
