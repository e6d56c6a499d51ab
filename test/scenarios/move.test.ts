/** Hosts moved through the HTTP API, and what DNS clients see of it. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ADDRESS, MoveRig, until, WWW } from '../support/move-rig.ts';
import { editFile } from '../support/steerd-process.ts';

const rig = new MoveRig();

describe('a move', () => {
  it('of one host is served when the reply comes, and says what it did', async () => {
    const before = Date.now();
    const move = await rig.api.move({ hosts: [WWW], to: 'europe', reason: 'maintenance' });
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.europe);
    expect(await rig.addresses('shop.example.net')).toEqual(ADDRESS.zurich);
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
    expect(Date.parse(move.switch_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(move.switch_at)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(move.settles_at) - Date.parse(move.switch_at)).toBe(60_000);
    expect(Date.parse(move.done_at) - Date.parse(move.settles_at)).toBe(900_000);
    const { body } = await rig.api.get(`/v1/hosts/${WWW}`);
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
    await rig.api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv6'] });
    expect(await rig.addresses(WWW)).toEqual([ADDRESS.anycast[0], ADDRESS.switzerland[1]]);
  });

  it('of a wildcard moves all it answers for', async () => {
    await rig.api.move({ hosts: ['*.apps.example.net'], to: 'europe' });
    expect(await rig.addresses('whatever.apps.example.net')).toEqual(ADDRESS.europe);
  });

  it('takes hints along', async () => {
    await rig.api.move({ hosts: [WWW], to: 'europe' });
    const { message } = await rig.client.ask(rig.server.address, WWW, 65);
    expect(message.includes(Buffer.from([198, 51, 100, 64]))).toBe(true);
    expect(message.includes(Buffer.from([192, 0, 2, 64]))).toBe(false);
  });

  it('to a group without an address of the family falls back as a declaration would', async () => {
    await rig.api.move({ hosts: [WWW], to: 'zurich' });
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.zurich);
  });

  it('that would take a record away is refused, and says which family can go alone', async () => {
    // A ladder of its own, with IPv6 alone.
    editFile(rig.file('network.yaml'), (text) =>
      text.replace(
        '\nservices:',
        "  lab: { routing: lazy, instances: [zrh], prefixes: { ipv6: '2001:db8:21::/48' } }\n\nservices:",
      ),
    );
    await until(
      async () => (await rig.api.get('/v1/groups/lab/state')).status,
      (status) => status === 200,
    );
    const { status, body } = await rig.api.ask('POST', '/v1/moves', {
      hosts: [WWW, 'shop.example.net'],
      to: 'lab',
      reason: 'x',
    });
    expect([status, body.code]).toEqual([422, 'no-address']);
    expect(body.errors.map((e: { about: string }) => e.about)).toEqual([WWW, 'shop.example.net']);
    expect(body.detail).toMatch(/no IPv4 address in lab .* move only ipv6/);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    await rig.api.move({ hosts: [WWW], to: 'lab', families: ['ipv6'] });
    expect(await rig.addresses(WWW)).toEqual([ADDRESS.anycast[0], '20010db8002100000000000000000064']);
  });

  it('is all or nothing, and names what is wrong', async () => {
    const { status: code, body } = await rig.api.ask('POST', '/v1/moves', {
      hosts: [WWW, 'nobody.example.net', 'ns1.example.net'],
      to: 'europe',
      reason: 'x',
    });
    expect(code).toBe(404);
    expect(body.errors.map((e: { about: string }) => e.about)).toEqual(['nobody.example.net', 'ns1.example.net']);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    expect((await rig.api.get('/v1/moves')).body.items).toEqual([]);
  });

  it('dry, says what the real one then does, and changes nothing', async () => {
    const body = { select: { zone: 'quick.example', glob: 'h1*' }, to: 'europe', reason: 'look first' };
    const dry = (await rig.api.ask('POST', '/v1/moves', { ...body, dry_run: true })).body;
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.zurich);
    expect((await rig.api.get('/v1/moves')).body.items).toEqual([]);
    const real = await rig.api.move(body);
    expect(real.hosts).toBe(11);
    const timeless = ({ id, created_at, switch_at, settles_at, done_at, progress, ...rest }: Record<string, unknown>) =>
      rest;
    expect(timeless(dry)).toEqual(timeless(real));
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    expect(await rig.addresses('h2.quick.example')).toEqual(ADDRESS.zurich);
  });

  it('selects by the group a host is in now, service, zone and pattern', async () => {
    await rig.api.move({ hosts: ['h3.quick.example'], to: 'switzerland' });
    const moved = await rig.api.move({
      select: { zone: 'quick.example', group: 'switzerland', service: 'web' },
      to: 'anycast',
    });
    expect(moved.changes.map((c: { name: string }) => c.name)).toEqual(['h3.quick.example']);
    const nothing = await rig.api.ask('POST', '/v1/moves', { select: { glob: 'nothing*' }, to: 'europe', reason: 'x' });
    expect([nothing.status, nothing.body.code]).toEqual([422, 'no-hosts']);
  });

  it('survives a restart and a reload', async () => {
    await rig.api.move({ hosts: [WWW], to: 'europe' });
    await rig.restart();
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.europe);
    editFile(rig.file('example.net.yaml'), (text) =>
      text.replace('blog:', 'blog2: { type: CNAME, value: www }\nblog:'),
    );
    await until(
      async () => (await rig.client.ask(rig.server.address, 'blog2.example.net', 5)).counts[1],
      (answers) => answers === 1,
    );
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.europe);
    // A moved host that is declared elsewhere stays where it was moved; its declaration comes back with a revert.
    editFile(rig.file('example.net.yaml'), (text) => text.replace('group: anycast, ttl: 60', 'group: zurich, ttl: 60'));
    await until(
      async () => (await rig.api.get(`/v1/hosts/${WWW}`)).body.declared.ipv4,
      (group) => group === 'zurich',
    );
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.europe);
    expect((await rig.api.ask('POST', '/v1/moves/1/revert', { reason: 'back' })).status).toBe(200);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.zurich);
  });

  it('ends with its host', async () => {
    await rig.api.move({ hosts: ['h5.quick.example'], to: 'europe' });
    editFile(rig.file('quick.example.yaml'), (text) => text.replace(/h5: .*\n/, ''));
    await until(
      () => rig.status(1),
      (now) => now === 'superseded',
    );
    editFile(
      rig.file('quick.example.yaml'),
      (text) => `${text}h5: { type: STEER, service: web, group: zurich, ttl: 1 }\n`,
    );
    await until(
      () => rig.addresses('h5.quick.example'),
      ([a]) => a !== undefined,
    );
    expect(await rig.addresses('h5.quick.example')).toEqual(ADDRESS.zurich);
  });
});

describe('many hosts', () => {
  it('move together by one call of a selector: 10,000, and the rest is paged', async () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `m${i}: { type: STEER, service: web, group: anycast }\n`);
    writeFileSync(rig.file('many.example.yaml'), `---\n'': { type: NS, value: ns1.example.net. }\n${lines.join('')}`);
    await until(
      () => rig.addresses('m9999.many.example'),
      ([a]) => a === ADDRESS.anycast[0],
    );
    const move = await rig.api.move({ select: { zone: 'many.example' }, to: 'europe' });
    expect([move.hosts, move.changes.length, move.kinds.length]).toEqual([10_000, 100, 1]);
    for (const i of [0, 1, 4999, 9999]) expect(await rig.addresses(`m${i}.many.example`)).toEqual(ADDRESS.europe);
    const names = new Set<string>();
    for (let after = '', pages = 0; pages < 11; pages++) {
      const { body } = await rig.api.get(`/v1/moves/${move.id}/hosts?limit=1000${after}`);
      for (const { name } of body.items) names.add(name);
      if (body.next === undefined) break;
      after = `&after=${body.next}`;
    }
    expect(names.size).toBe(10_000);
    const listed = new Set<string>();
    for (let after = ''; ; ) {
      const { body } = await rig.api.get(`/v1/hosts?zone=many.example&group=europe&limit=1000${after}`);
      for (const { name } of body.items) listed.add(name);
      if (body.next === undefined) break;
      after = `&after=${body.next}`;
    }
    expect(listed).toEqual(names);
    await rig.server.kill();
    await rig.start();
    for (const i of [0, 5000, 9999]) expect(await rig.addresses(`m${i}.many.example`)).toEqual(ADDRESS.europe);
    await rig.api.ask('POST', `/v1/moves/${move.id}/revert`, { reason: 'back' });
    for (const i of [0, 5000, 9999]) expect(await rig.addresses(`m${i}.many.example`)).toEqual(ADDRESS.anycast);
  });
});
