/** The life of a move: until old answers have run out, back again, scheduled, prepared, expired. */
import { describe, expect, it } from 'vitest';
import { A, ADDRESS, MoveRig, until, WWW } from '../support/move-rig.ts';
import { editFile } from '../support/steerd-process.ts';

const rig = new MoveRig();

describe('the life of a move', () => {
  it('goes from moving to settling to done as old answers run out', async () => {
    const move = await rig.api.move({ hosts: ['s1.steady.example'], to: 'anycast', hold: 6 });
    expect(move.status).toBe('moving');
    const seen = new Set<string>();
    await until(
      async () => {
        const now = await rig.status(move.id);
        seen.add(now);
        return now;
      },
      (now) => now === 'done',
    );
    expect([...seen]).toEqual(['moving', 'settling', 'done']);
    expect((await rig.api.get(`/v1/moves/${move.id}`)).body.progress.elapsed).toBe(1);
    // Told in the log too, each once.
    const told = async () =>
      rig.server.log
        .filter(({ event }) => event === 'moved')
        .map((line) => (line as unknown as { status: string }).status);
    expect(await until(told, (lines) => lines.length >= 3)).toEqual(['moving', 'settling', 'done']);
  });

  it('can be taken back, once', async () => {
    await rig.api.move({ hosts: [WWW, 'shop.example.net'], to: 'europe' });
    await rig.api.move({ hosts: ['shop.example.net'], to: 'switzerland' });
    const back = await rig.api.ask('POST', '/v1/moves/1/revert', { reason: 'wrong' });
    expect(back.body).toMatchObject({ id: 3, kind: 'revert', of: 1, hosts: 1 });
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    // Moved again since, so it stays.
    expect(await rig.addresses('shop.example.net')).toEqual(ADDRESS.switzerland);
    expect(await rig.status(1)).toBe('reverted');
    expect((await rig.api.ask('POST', '/v1/moves/1/revert', { reason: 'again' })).status).toBe(409);
    expect((await rig.api.ask('POST', '/v1/moves/99/revert', { reason: 'x' })).status).toBe(404);
    // A revert puts back what was there before the move, be it another move's.
    expect((await rig.api.ask('POST', '/v1/moves/2/revert', { reason: 'wrong too' })).status).toBe(200);
    expect(await rig.addresses('shop.example.net')).toEqual(ADDRESS.europe);
  });

  it('is superseded when nothing of it is left', async () => {
    await rig.api.move({ hosts: [WWW], to: 'europe' });
    await rig.api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv4'] });
    expect(await rig.status(1)).toBe('moving');
    await rig.api.move({ hosts: [WWW], to: 'switzerland', families: ['ipv6'] });
    expect(await rig.status(1)).toBe('superseded');
    expect((await rig.api.get('/v1/moves/1')).body.ended).toMatchObject({ how: 'superseded', by: 3 });
  });

  it('returns a host to its zone file', async () => {
    await rig.api.move({ hosts: [WWW], to: 'europe' });
    const { status: code, body } = await rig.api.ask('DELETE', `/v1/hosts/${WWW}/override?reason=enough`);
    expect([code, body.kind, body.reason]).toEqual([200, 'return', 'enough']);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    expect((await rig.api.get(`/v1/hosts/${WWW}`)).body.override).toBe(null);
    expect((await rig.api.ask('DELETE', `/v1/hosts/${WWW}/override`)).status).toBe(404);
  });

  it('begins when it was scheduled, also after a restart, and a selector is resolved then', async () => {
    // How long a restart takes is the machine's business: if the time had come before the server was back, once more with more of it.
    for (let seconds = 5; ; seconds *= 2) {
      const name = `late${seconds}.quick.example`;
      const at = new Date(Date.now() + seconds * 1000).toISOString();
      const move = await rig.api.move({ select: { glob: `late${seconds}*` }, to: 'europe', at });
      expect(move).toMatchObject({ status: 'pending', hosts: 0, at });
      editFile(
        rig.file('quick.example.yaml'),
        (text) => `${text}late${seconds}: { type: STEER, service: web, group: zurich, ttl: 60 }\n`,
      );
      await until(
        () => rig.addresses(name),
        ([a]) => a !== undefined,
      );
      await rig.restart();
      const seen = await rig.addresses(name);
      const inTime = Date.now() < Date.parse(at);
      if (inTime) expect(seen).toEqual(ADDRESS.zurich);
      await until(
        () => rig.addresses(name),
        ([a]) => a === ADDRESS.europe[0],
      );
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
      expect((await rig.api.get(`/v1/moves/${move.id}`)).body).toMatchObject({ status: 'moving', hosts: 1 });
      if (inTime) return;
    }
  });

  it('scheduled, can be cancelled, and what can not be done then is said', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const later = await rig.api.move({ hosts: [WWW], to: 'europe', at });
    await rig.api.ask('POST', `/v1/moves/${later.id}/revert`, { reason: 'not needed' });
    expect(await rig.status(later.id)).toBe('reverted');
    const soon = await rig.api.move({
      select: { glob: 'nobody*' },
      to: 'europe',
      at: new Date(Date.now() + 5000).toISOString(),
    });
    const { body } = await until(
      () => rig.api.get(`/v1/moves/${soon.id}`),
      ({ body: seen }) => seen.problem !== undefined,
    );
    expect([body.status, body.problem]).toEqual(['pending', 'no host matches, so nothing would move']);
  });

  it('prepares with a short TTL for one old TTL, then switches', async () => {
    const ttl = async (): Promise<number> =>
      (await rig.client.ask(rig.server.address, WWW, A)).message.readUInt32BE(12 + 17 + 4 + 6);
    expect(await ttl()).toBe(60);
    const before = Date.now();
    const move = await rig.api.move({ hosts: [WWW, 'h1.quick.example'], to: 'europe', prepare: 2 });
    expect(move.status).toBe('pending');
    expect(Date.parse(move.switch_at) - before).toBeGreaterThanOrEqual(60_000);
    expect(await ttl()).toBe(2);
    expect(await rig.addresses(WWW)).toEqual(ADDRESS.anycast);
    // A host's own TTL is never raised.
    expect((await rig.api.get('/v1/hosts/h1.quick.example')).body.ttl).toBe(1);
    await rig.api.ask('POST', `/v1/moves/${move.id}/revert`, { reason: 'changed my mind' });
    expect(await ttl()).toBe(60);

    const quick = await rig.api.move({ hosts: ['s2.steady.example'], to: 'anycast', prepare: true });
    expect(await rig.addresses('s2.steady.example')).toEqual(ADDRESS.europe);
    await until(
      () => rig.addresses('s2.steady.example'),
      ([a]) => a === ADDRESS.anycast[0],
    );
    expect(await rig.status(quick.id)).toBe('moving');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(quick.switch_at));
  });

  it('expires: hosts go back to where they were, also when the time passed while the server was down', async () => {
    await rig.api.move({ hosts: ['h1.quick.example', 'h2.quick.example'], to: 'switzerland' });
    const move = await rig.api.move({ hosts: ['h1.quick.example'], to: 'europe', expires_in: 6 });
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.europe);
    await until(
      () => rig.status(move.id),
      (now) => now === 'expired',
    );
    expect(await rig.addresses('h1.quick.example')).toEqual(ADDRESS.switzerland);
    const missed = await rig.api.move({ hosts: ['h3.quick.example'], to: 'europe', expires_in: 3 });
    await rig.server.stop();
    const left = Date.parse(missed.expires_at) - Date.now();
    await new Promise((later) => setTimeout(later, Math.max(0, left) + 100));
    await rig.start();
    await until(
      () => rig.addresses('h3.quick.example'),
      ([a]) => a === ADDRESS.zurich[0],
    );
  });

  it('about to expire has a short TTL, so that caches follow within seconds', async () => {
    const TTL = 20;
    const name = 's7.steady.example';
    editFile(
      rig.file('steady.example.yaml'),
      (text) => `${text}s7: { type: STEER, service: web, group: europe, ttl: ${TTL} }\n`,
    );
    await until(
      () => rig.addresses(name),
      ([a]) => a === ADDRESS.europe[0],
    );
    /** Address and TTL. */
    const answer = async (): Promise<readonly [string, number]> => {
      // Header, question, then name (a pointer), type and class of the first answer.
      const { addresses, message } = await rig.client.ask(rig.server.address, name, A);
      return [addresses[0], message.readUInt32BE(12 + name.length + 2 + 4 + 6)];
    };
    const move = await rig.api.move({ hosts: [name], to: 'anycast', expires_in: TTL + 4 });
    const end = Date.parse(move.expires_at);
    expect(await answer()).toEqual([ADDRESS.anycast[0], TTL]);
    await until(answer, ([, ttl]) => ttl < TTL);
    const short = Date.now();
    expect(await answer()).toEqual([ADDRESS.anycast[0], 10]);
    expect(short).toBeGreaterThanOrEqual(end - TTL * 1000);
    expect((await rig.api.get(`/v1/hosts/${name}`)).body.ttl).toBe(10);
    // Not longer again before the addresses are the old ones.
    await until(answer, ([address, ttl]) => {
      if (address === ADDRESS.anycast[0]) expect(ttl).toBe(10);
      return address === ADDRESS.europe[0];
    });
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    expect(await answer()).toEqual([ADDRESS.europe[0], TTL]);
    const back = (await rig.api.get(`/v1/moves/${move.id + 1}`)).body;
    expect([back.kind, back.of]).toEqual(['expiry', move.id]);
    // Within the short TTL, or when the last longer answer has run out, should the server have been late.
    const settled = Math.max(Date.parse(back.switch_at) + 10_000, short + TTL * 1000);
    expect(Date.parse(back.settles_at)).toBeLessThanOrEqual(settled);
  });

  it('is in the audit trail, with what the server did by itself', async () => {
    await rig.api.move({ hosts: ['h1.quick.example'], to: 'europe', reason: 'demo', expires_in: 1 });
    await until(
      () => rig.status(1),
      (now) => now === 'expired',
    );
    const { items } = (await rig.api.get('/v1/audit')).body;
    expect(items.map(({ at: _, ...entry }: { at: string }) => entry)).toEqual([
      { author: 'steerd', action: 'expiry', about: 'move 2 of move 1: 1 host', reason: 'move 1 expired' },
      { author: 'operator', action: 'move', about: 'move 1: 1 host to europe', reason: 'demo' },
    ]);
  });
});
