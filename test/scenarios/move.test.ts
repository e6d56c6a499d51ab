/** Hosts moved through the HTTP API, and what DNS clients see of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { editFile, remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const AAAA = 28;
const ADDRESS = {
  anycast: ['192.0.2.64', '20010db8001600000000000000000064'],
  europe: ['198.51.100.64', '20010db8001700000000000000000064'],
  switzerland: ['203.0.113.64', '20010db8001800000000000000000064'],
  zurich: ['203.0.113.64', '20010db8001900000000000000000064'],
} as const;
const WWW = 'www.example.net';

let place: Workplace;
let server: SteerdProcess;
let client: UdpClient;
let api: ApiCaller;

async function start(): Promise<void> {
  server = await SteerdProcess.start(place);
  api = ApiCaller.of(server, place);
}

beforeEach(async () => {
  place = workplace();
  // Hosts with a TTL of a second, so that lives of moves fit into a test.
  const hosts = Array.from({ length: 20 }, (_, i) => `h${i}: { type: STEER, service: web, group: zurich, ttl: 1 }\n`);
  writeFileSync(
    join(place.zones, 'quick.example.yaml'),
    `---\n'': { type: NS, value: ns1.example.net. }\n${hosts.join('')}`,
  );
  await start();
  client = await UdpClient.open();
});

afterEach(async () => {
  client.close();
  await server.stop();
  remove(place);
});

async function addresses(name: string): Promise<(string | undefined)[]> {
  const of = async (type: number) => (await client.ask(server.address, name, type)).addresses[0];
  return [await of(A), await of(AAAA)];
}

async function until<T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const seen = await look();
    if (good(seen)) return seen;
    if (tries === 200) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

const status = async (id: number): Promise<string> => (await api.get(`/v1/moves/${id}`)).body.status;

describe('a move', () => {
  it('of one host is served when the reply comes, and says what it did', async () => {
    const before = Date.now();
    const move = await api.move({ hosts: [WWW], to: 'europe', reason: 'maintenance' });
    expect(await addresses(WWW)).toEqual(ADDRESS.europe);
    expect(await addresses('shop.example.net')).toEqual(ADDRESS.zurich);
    expect(move).toMatchObject({
      id: 1,
      kind: 'move',
      status: 'moving',
      to: 'europe',
      families: ['ipv4', 'ipv6'],
      reason: 'maintenance',
      author: 'operator',
      hosts: 1,
      hold: 900,
      changes: [
        {
          name: WWW,
          before: { ipv4: { group: 'anycast', address: '192.0.2.64' }, ttl: 60 },
          after: { ipv4: { group: 'europe', address: '198.51.100.64' }, ipv6: { address: '2001:db8:17::64' } },
        },
      ],
    });
    // The old answer had 60 s to live.
    expect(Date.parse(move.settles_at) - before).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(move.settles_at) - before).toBeLessThan(62_000);
    expect(Date.parse(move.done_at) - Date.parse(move.settles_at)).toBe(900_000);
    const { body } = await api.get(`/v1/hosts/${WWW}`);
    expect(body).toMatchObject({
      declared: { ipv4: 'anycast', ipv6: 'anycast' },
      effective: { ipv4: 'europe', ipv6: 'europe' },
      override: { ipv4: { group: 'europe', move: 1, reason: 'maintenance', author: 'operator' } },
      a: ['198.51.100.64'],
      aaaa: ['2001:db8:17::64'],
      ttl: 60,
    });
    expect(body.reasons.ipv4).toBe(
      'anycast by its zone file -> europe by move 1 (operator: maintenance) -> europe: up',
    );
  });

  it('of one family leaves the other', async () => {
    await api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv6'] });
    expect(await addresses(WWW)).toEqual([ADDRESS.anycast[0], ADDRESS.switzerland[1]]);
  });

  it('of a wildcard moves all it answers for', async () => {
    await api.move({ hosts: ['*.apps.example.net'], to: 'europe' });
    expect(await addresses('whatever.apps.example.net')).toEqual(ADDRESS.europe);
  });

  it('takes hints along', async () => {
    await api.move({ hosts: [WWW], to: 'europe' });
    const { message } = await client.ask(server.address, WWW, 65);
    expect(message.includes(Buffer.from([198, 51, 100, 64]))).toBe(true);
    expect(message.includes(Buffer.from([192, 0, 2, 64]))).toBe(false);
  });

  it('to a group without an address of the family falls back as a declaration would', async () => {
    await api.move({ hosts: [WWW], to: 'zurich' });
    expect(await addresses(WWW)).toEqual(ADDRESS.zurich);
  });

  it('is all or nothing, and names what is wrong', async () => {
    const { status: code, body } = await api.ask('POST', '/v1/moves', {
      hosts: [WWW, 'nobody.example.net', 'ns1.example.net'],
      to: 'europe',
      reason: 'x',
    });
    expect(code).toBe(404);
    expect(body.errors.map((e: { about: string }) => e.about)).toEqual(['nobody.example.net', 'ns1.example.net']);
    expect(await addresses(WWW)).toEqual(ADDRESS.anycast);
    expect((await api.get('/v1/moves')).body.items).toEqual([]);
  });

  it('dry, says what the real one then does, and changes nothing', async () => {
    const body = { select: { zone: 'quick.example', glob: 'h1*' }, to: 'europe', reason: 'look first' };
    const dry = (await api.ask('POST', '/v1/moves', { ...body, dry_run: true })).body;
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.zurich);
    expect((await api.get('/v1/moves')).body.items).toEqual([]);
    const real = await api.move(body);
    expect(real.hosts).toBe(11);
    const timeless = ({ id, created_at, switch_at, settles_at, done_at, progress, ...rest }: Record<string, unknown>) =>
      rest;
    expect(timeless(dry)).toEqual(timeless(real));
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    expect(await addresses('h2.quick.example')).toEqual(ADDRESS.zurich);
  });

  it('selects by the group a host is in now, service, zone and pattern', async () => {
    await api.move({ hosts: ['h3.quick.example'], to: 'switzerland' });
    const moved = await api.move({
      select: { zone: 'quick.example', group: 'switzerland', service: 'web' },
      to: 'anycast',
    });
    expect(moved.changes.map((c: { name: string }) => c.name)).toEqual(['h3.quick.example']);
    const nothing = await api.ask('POST', '/v1/moves', { select: { glob: 'nothing*' }, to: 'europe', reason: 'x' });
    expect([nothing.status, nothing.body.code]).toEqual([422, 'no-hosts']);
  });

  it('survives a restart and a reload', async () => {
    await api.move({ hosts: [WWW], to: 'europe' });
    await server.stop();
    await start();
    expect(await addresses(WWW)).toEqual(ADDRESS.europe);
    editFile(join(place.zones, 'example.net.yaml'), (text) =>
      text.replace('blog:', 'blog2: { type: CNAME, value: www }\nblog:'),
    );
    await until(
      async () => (await client.ask(server.address, 'blog2.example.net', 5)).counts[1],
      (answers) => answers === 1,
    );
    expect(await addresses(WWW)).toEqual(ADDRESS.europe);
    // A moved host that is declared elsewhere stays where it was moved; its declaration comes back with a revert.
    editFile(join(place.zones, 'example.net.yaml'), (text) =>
      text.replace('group: anycast, ttl: 60', 'group: zurich, ttl: 60'),
    );
    await until(
      async () => (await api.get(`/v1/hosts/${WWW}`)).body.declared.ipv4,
      (group) => group === 'zurich',
    );
    expect(await addresses(WWW)).toEqual(ADDRESS.europe);
    expect((await api.ask('POST', '/v1/moves/1/revert', { reason: 'back' })).status).toBe(200);
    expect(await addresses(WWW)).toEqual(ADDRESS.zurich);
  });

  it('ends with its host', async () => {
    await api.move({ hosts: ['h5.quick.example'], to: 'europe' });
    editFile(join(place.zones, 'quick.example.yaml'), (text) => text.replace(/h5: .*\n/, ''));
    await until(
      () => status(1),
      (now) => now === 'superseded',
    );
    editFile(
      join(place.zones, 'quick.example.yaml'),
      (text) => `${text}h5: { type: STEER, service: web, group: zurich, ttl: 1 }\n`,
    );
    await until(
      () => addresses('h5.quick.example'),
      ([a]) => a !== undefined,
    );
    expect(await addresses('h5.quick.example')).toEqual(ADDRESS.zurich);
  });
});

describe('the life of a move', () => {
  it('goes from moving to settling to done as old answers run out', async () => {
    const move = await api.move({ hosts: ['h1.quick.example'], to: 'europe', hold: 1 });
    expect(move.status).toBe('moving');
    const seen = new Set<string>();
    await until(
      async () => {
        const now = await status(move.id);
        seen.add(now);
        return now;
      },
      (now) => now === 'done',
    );
    expect([...seen]).toEqual(['moving', 'settling', 'done']);
    expect((await api.get(`/v1/moves/${move.id}`)).body.progress.elapsed).toBe(1);
    // Told in the log too, each once.
    const told = async () =>
      server.log.filter(({ event }) => event === 'moved').map((line) => (line as unknown as { status: string }).status);
    expect(await until(told, (lines) => lines.length >= 3)).toEqual(['moving', 'settling', 'done']);
  });

  it('can be taken back, once', async () => {
    await api.move({ hosts: [WWW, 'shop.example.net'], to: 'europe' });
    await api.move({ hosts: ['shop.example.net'], to: 'switzerland' });
    const back = await api.ask('POST', '/v1/moves/1/revert', { reason: 'wrong' });
    expect(back.body).toMatchObject({ id: 3, kind: 'revert', of: 1, hosts: 1 });
    expect(await addresses(WWW)).toEqual(ADDRESS.anycast);
    // Moved again since, so it stays.
    expect(await addresses('shop.example.net')).toEqual(ADDRESS.switzerland);
    expect(await status(1)).toBe('reverted');
    expect((await api.ask('POST', '/v1/moves/1/revert', { reason: 'again' })).status).toBe(409);
    expect((await api.ask('POST', '/v1/moves/99/revert', { reason: 'x' })).status).toBe(404);
    // A revert puts back what was there before the move, be it another move's.
    expect((await api.ask('POST', '/v1/moves/2/revert', { reason: 'wrong too' })).status).toBe(200);
    expect(await addresses('shop.example.net')).toEqual(ADDRESS.europe);
  });

  it('is superseded when nothing of it is left', async () => {
    await api.move({ hosts: [WWW], to: 'europe' });
    await api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv4'] });
    expect(await status(1)).toBe('moving');
    await api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv6'] });
    expect(await status(1)).toBe('superseded');
    expect((await api.get('/v1/moves/1')).body.ended).toMatchObject({ how: 'superseded', by: 3 });
  });

  it('returns a host to its zone file', async () => {
    await api.move({ hosts: [WWW], to: 'europe' });
    const { status: code, body } = await api.ask('DELETE', `/v1/hosts/${WWW}/override?reason=enough`);
    expect([code, body.kind, body.reason]).toEqual([200, 'return', 'enough']);
    expect(await addresses(WWW)).toEqual(ADDRESS.anycast);
    expect((await api.get(`/v1/hosts/${WWW}`)).body.override).toBe(null);
    expect((await api.ask('DELETE', `/v1/hosts/${WWW}/override`)).status).toBe(404);
  });

  it('begins when it was scheduled, also after a restart, and a selector is resolved then', async () => {
    const at = new Date(Date.now() + 2500).toISOString();
    const move = await api.move({ select: { glob: 'late*' }, to: 'europe', at });
    expect(move).toMatchObject({ status: 'pending', hosts: 0, at });
    editFile(
      join(place.zones, 'quick.example.yaml'),
      (text) => `${text}late: { type: STEER, service: web, group: zurich, ttl: 1 }\n`,
    );
    await until(
      () => addresses('late.quick.example'),
      ([a]) => a === ADDRESS.zurich[0],
    );
    await server.stop();
    await start();
    expect(await addresses('late.quick.example')).toEqual(ADDRESS.zurich);
    await until(
      () => addresses('late.quick.example'),
      ([a]) => a === ADDRESS.europe[0],
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    expect((await api.get(`/v1/moves/${move.id}`)).body).toMatchObject({ status: 'moving', hosts: 1 });
  });

  it('scheduled, can be cancelled, and what can not be done then is said', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const later = await api.move({ hosts: [WWW], to: 'europe', at });
    await api.ask('POST', `/v1/moves/${later.id}/revert`, { reason: 'not needed' });
    expect(await status(later.id)).toBe('reverted');
    const soon = await api.move({
      select: { glob: 'nobody*' },
      to: 'europe',
      at: new Date(Date.now() + 300).toISOString(),
    });
    const { body } = await until(
      () => api.get(`/v1/moves/${soon.id}`),
      ({ body: seen }) => seen.problem !== undefined,
    );
    expect([body.status, body.problem]).toEqual(['pending', 'no host matches, so nothing would move']);
  });

  it('prepares with a short TTL for one old TTL, then switches', async () => {
    const ttl = async (): Promise<number> =>
      (await client.ask(server.address, WWW, A)).message.readUInt32BE(12 + 17 + 4 + 6);
    expect(await ttl()).toBe(60);
    const move = await api.move({ hosts: [WWW, 'h1.quick.example'], to: 'europe', prepare: 2 });
    expect(move.status).toBe('pending');
    expect(Date.parse(move.switch_at) - Date.now()).toBeGreaterThan(58_000);
    expect(await ttl()).toBe(2);
    expect(await addresses(WWW)).toEqual(ADDRESS.anycast);
    // A host's own TTL is never raised.
    expect((await api.get('/v1/hosts/h1.quick.example')).body.ttl).toBe(1);
    await api.ask('POST', `/v1/moves/${move.id}/revert`, { reason: 'changed my mind' });
    expect(await ttl()).toBe(60);

    const quick = await api.move({ hosts: ['h2.quick.example'], to: 'europe', prepare: true });
    expect(await addresses('h2.quick.example')).toEqual(ADDRESS.zurich);
    await until(
      () => addresses('h2.quick.example'),
      ([a]) => a === ADDRESS.europe[0],
    );
    expect(await status(quick.id)).toBe('moving');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(quick.switch_at));
  });

  it('expires: hosts go back to where they were, also when the time passed while the server was down', async () => {
    await api.move({ hosts: ['h1.quick.example', 'h2.quick.example'], to: 'switzerland' });
    const move = await api.move({ hosts: ['h1.quick.example'], to: 'europe', expires_in: 1 });
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    await until(
      () => status(move.id),
      (now) => now === 'expired',
    );
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    await api.move({ hosts: ['h3.quick.example'], to: 'europe', expires_in: 1 });
    await server.stop();
    await new Promise((later) => setTimeout(later, 1200));
    await start();
    await until(
      () => addresses('h3.quick.example'),
      ([a]) => a === ADDRESS.zurich[0],
    );
  });

  it('is in the audit trail, with what the server did by itself', async () => {
    await api.move({ hosts: ['h1.quick.example'], to: 'europe', reason: 'demo', expires_in: 1 });
    await until(
      () => status(1),
      (now) => now === 'expired',
    );
    const { items } = (await api.get('/v1/audit')).body;
    expect(items.map(({ at: _, ...entry }: { at: string }) => entry)).toEqual([
      { author: 'steerd', action: 'expiry', about: 'move 2 of move 1: 1 host', reason: 'move 1 expired' },
      { author: 'operator', action: 'move', about: 'move 1: 1 host to europe', reason: 'demo' },
    ]);
  });
});

describe('a forced state', () => {
  it('drains a group: hosts leave it, those that had climbed into it too, and come back', async () => {
    // Zurich down: its hosts climb to Switzerland. Switzerland drained: they leave that as well.
    expect((await api.ask('PUT', '/v1/groups/zurich/state', { state: 'down', reason: 'power' })).status).toBe(200);
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    const drained = await api.ask('PUT', '/v1/groups/switzerland/state', { state: 'drained', reason: 'works' });
    expect(drained.body).toMatchObject({ state: 'drained', reason: 'works', author: 'operator' });
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    expect(await addresses('x.apps.example.net')).toEqual(ADDRESS.europe);
    const groups = (await api.get('/v1/groups')).body.items;
    expect(groups.find((g: { id: string }) => g.id === 'switzerland').answers).toEqual({ ipv4: 0, ipv6: 0 });
    await server.stop();
    await start();
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    await api.ask('PUT', '/v1/groups/switzerland/state', { state: 'auto', reason: 'done' });
    expect(await addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    expect((await api.get('/v1/groups/switzerland/state')).body).toBe(null);
  });

  it('expires, and may be of one service or family', async () => {
    await api.ask('PUT', '/v1/targets/web/anycast/state?family=ipv6', { state: 'down', reason: 'x', expires_in: 1 });
    expect(await addresses(WWW)).toEqual(ADDRESS.anycast);
    const target = async () =>
      (await api.get('/v1/services')).body.items[0].targets.find(
        (t: { group: string; family: string }) => t.group === 'anycast' && t.family === 'ipv6',
      ).state;
    expect(await target()).toBe('down');
    await until(target, (state) => state === 'up');
    const refused = await api.ask('PUT', '/v1/targets/web/nowhere/state', { state: 'down', reason: 'x' });
    expect([refused.status, refused.body.code]).toEqual([404, 'not-found']);
  });
});

describe('withdrawing routes', () => {
  const blockers = async (group: string): Promise<string[]> => {
    const { body } = await api.get(`/v1/groups/${group}/withdrawable`);
    expect(body.withdrawable).toBe(body.blockers.length === 0);
    return [...new Set<string>(body.blockers.map((b: { family: string; kind: string }) => `${b.family} ${b.kind}`))];
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
    await api.move({ hosts: ['shop.example.net'], to: 'europe', hold: 0 });
    await api.move({ select: { zone: 'quick.example' }, to: 'europe', hold: 1 });
    expect(await blockers('zurich')).toEqual(['ipv6 recent']);
    editFile(join(place.zones, 'example.net.yaml'), (text) => text.replace('2001:db8:18::53', '2001:db8:19::53'));
    await until(
      () => blockers('zurich'),
      (found) => found.includes('ipv6 record'),
    );
  });

  it('is free when all of that is over', async () => {
    await api.move({ hosts: ['shop.example.net'], to: 'europe' });
    await api.ask('POST', '/v1/moves/1/revert', { reason: 'for the other test of time' });
    await api.move({ select: { zone: 'quick.example' }, to: 'europe', hold: 0 });
    const { body } = await api.get('/v1/groups/zurich/withdrawable');
    expect(body.blockers.map((b: { kind: string }) => b.kind)).toEqual(['answers', 'recent']);
    expect((await api.get('/v1/groups/nowhere/withdrawable')).status).toBe(404);
  });
});

describe('requests that depend on others', () => {
  it('If-Match refuses what was decided on an older state', async () => {
    const { headers } = await api.get('/v1/hosts?zone=example.net');
    const tag = headers.get('etag') as string;
    await api.move({ hosts: [WWW], to: 'europe' }, { 'if-match': tag });
    const late = await api.ask(
      'POST',
      '/v1/moves',
      { hosts: [WWW], to: 'switzerland', reason: 'x' },
      { 'if-match': tag },
    );
    expect([late.status, late.body.code]).toEqual([412, 'precondition-failed']);
    expect(await addresses(WWW)).toEqual(ADDRESS.europe);

    const own = (await api.get(`/v1/hosts/${WWW}`)).headers.get('etag') as string;
    await api.move({ hosts: ['shop.example.net'], to: 'europe' });
    // Another host's move does not matter to who looked at this one.
    await api.move({ hosts: [WWW], to: 'switzerland' }, { 'if-match': own });
    expect((await api.ask('DELETE', `/v1/hosts/${WWW}/override`, undefined, { 'if-match': own })).status).toBe(412);

    const state = (await api.get('/v1/groups/zurich/state')).headers.get('etag') as string;
    const drain = { state: 'drained', reason: 'x' };
    expect((await api.ask('PUT', '/v1/groups/zurich/state', drain, { 'if-match': state })).status).toBe(200);
    expect((await api.ask('PUT', '/v1/groups/zurich/state', drain, { 'if-match': state })).status).toBe(412);

    const move = (await api.get('/v1/moves/1')).headers.get('etag') as string;
    expect((await api.ask('POST', '/v1/moves/2/revert', { reason: 'x' }, { 'if-match': move })).status).toBe(412);
  });

  it('of two at once on the same state one is refused', async () => {
    const tag = (await api.get('/v1/hosts')).headers.get('etag') as string;
    const both = await Promise.all(
      ['europe', 'switzerland'].map((to) =>
        api.ask('POST', '/v1/moves', { hosts: [WWW], to, reason: 'x' }, { 'if-match': tag }),
      ),
    );
    expect(both.map((r) => r.status).sort()).toEqual([200, 412]);
  });

  it('Idempotency-Key makes a repeated post one move, also after a restart', async () => {
    const key = { 'idempotency-key': 'job-7' };
    const first = await api.move({ hosts: [WWW], to: 'europe' }, key);
    await server.stop();
    await start();
    const again = await api.ask('POST', '/v1/moves', { reason: 'test', hosts: [WWW], to: 'europe' }, key);
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([200, first.id, 'true']);
    expect((await api.get('/v1/moves')).body.items).toHaveLength(1);
    const other = await api.ask('POST', '/v1/moves', { reason: 'test', hosts: [WWW], to: 'zurich' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-mismatch']);
    const twice = await Promise.all(
      [1, 2].map(() => api.move({ hosts: [WWW], to: 'zurich' }, { 'idempotency-key': 'b' })),
    );
    expect(twice[0].id).toBe(twice[1].id);
    const revert = () =>
      api.ask('POST', `/v1/moves/${twice[0].id}/revert`, { reason: 'x' }, { 'idempotency-key': 'c' });
    expect((await revert()).body.id).toBe((await revert()).body.id);
  });
});

describe('many hosts', () => {
  it('move together by one call of a selector: 10,000, and the rest is paged', async () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `m${i}: { type: STEER, service: web, group: anycast }\n`);
    writeFileSync(
      join(place.zones, 'many.example.yaml'),
      `---\n'': { type: NS, value: ns1.example.net. }\n${lines.join('')}`,
    );
    await until(
      () => addresses('m9999.many.example'),
      ([a]) => a === ADDRESS.anycast[0],
    );
    const move = await api.move({ select: { zone: 'many.example' }, to: 'europe' });
    expect([move.hosts, move.changes.length, move.kinds.length]).toEqual([10_000, 100, 1]);
    for (const i of [0, 1, 4999, 9999]) expect(await addresses(`m${i}.many.example`)).toEqual(ADDRESS.europe);
    const names = new Set<string>();
    for (let after = '', pages = 0; pages < 11; pages++) {
      const { body } = await api.get(`/v1/moves/${move.id}/hosts?limit=1000${after}`);
      for (const { name } of body.items) names.add(name);
      if (body.next === undefined) break;
      after = `&after=${body.next}`;
    }
    expect(names.size).toBe(10_000);
    const listed = new Set<string>();
    for (let after = ''; ; ) {
      const { body } = await api.get(`/v1/hosts?zone=many.example&group=europe&limit=1000${after}`);
      for (const { name } of body.items) listed.add(name);
      if (body.next === undefined) break;
      after = `&after=${body.next}`;
    }
    expect(listed).toEqual(names);
    await server.kill();
    await start();
    for (const i of [0, 5000, 9999]) expect(await addresses(`m${i}.many.example`)).toEqual(ADDRESS.europe);
    await api.ask('POST', `/v1/moves/${move.id}/revert`, { reason: 'back' });
    for (const i of [0, 5000, 9999]) expect(await addresses(`m${i}.many.example`)).toEqual(ADDRESS.anycast);
  });
});

describe('after the reply', () => {
  it('10,000 queries over all workers and both transports show only the new address', async () => {
    await server.stop();
    server = await SteerdProcess.start(place, { STEERD_WORKERS: '2', STEERD_STREAM_WORKERS: '2' });
    api = ApiCaller.of(server, place);
    const clients = await Promise.all(Array.from({ length: 16 }, () => UdpClient.open()));
    let asked = 0;
    try {
      for (const to of ['europe', 'anycast', 'europe', 'switzerland'] as const) {
        await api.move({ hosts: [WWW], to });
        const udp = clients.map(async (c) => {
          for (let i = 0; i < 150; i++)
            expect((await c.ask(server.address, WWW, A)).addresses).toEqual([ADDRESS[to][0]]);
          asked += 150;
        });
        const tcp = Array.from({ length: 4 }, async () => {
          const replies = await askTcp(
            server.address,
            Array.from({ length: 50 }, (_, i) => queryMessage(i, WWW, A)),
          );
          for (const { addresses: seen } of replies) expect(seen).toEqual([ADDRESS[to][0]]);
          asked += replies.length;
        });
        await Promise.all([...udp, ...tcp]);
      }
    } finally {
      for (const c of clients) c.close();
    }
    expect(asked).toBeGreaterThanOrEqual(10_000);
  });
});
