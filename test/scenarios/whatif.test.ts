/** What-ifs of a running server and of its files: what is said comes true when it happens, and asking changes nothing. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as z from 'zod';
import type { whatIfReply } from '../../src/api/schemas/whatif.ts';
import { ApiCaller } from '../support/api.ts';
import { until } from '../support/move-rig.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

/** Commands hold this process up for longer than a connection is kept open. */
const FRESH = { connection: 'close' };

type WhatIf = z.output<typeof whatIfReply>;

/** Gbit/s in and out by link. */
const LOADS = { 'zrh-a': 2, 'zrh-b': 2, 'gva-a': 3, 'fra-a': 3, 'iad-a': 1 };

let place: Workplace;
let server: SteerdProcess;
let api: ApiCaller;
let prometheus: Server;

beforeAll(async () => {
  // Enough of a Prometheus for the feed.
  prometheus = createServer((_request, reply) => {
    const at = Date.now() / 1000;
    const result = Object.entries(LOADS).map(([link, gigabits]) => ({
      metric: { link },
      value: [at, String(gigabits * 1e9)],
    }));
    reply.writeHead(200, { 'content-type': 'application/json' });
    reply.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  await new Promise<void>((listening) => prometheus.listen(0, '127.0.0.1', listening));
  const { port } = prometheus.address() as AddressInfo;
  place = workplace();
  editFile(join(place.zones, 'network.yaml'), (text) =>
    text.replace('web: { vip: 64 }', 'web: { vip: 64, checks: { hand: { type: manual } } }').concat(`links:
  zrh-a: { site: zrh, capacity: 10G }
  zrh-b: { site: zrh, capacity: 10G }
  gva-a: { site: gva, capacity: 10G }
  fra-a: { site: fra, capacity: 10G }
  iad-a: { site: iad, capacity: 10G }
feeds:
  load: { url: 'http://127.0.0.1:${port}', in: in, out: out, interval: 1s, timeout: 5s, stale: 10m }
`),
  );
  const hosts = Array.from({ length: 40 }, (_, i) => `h${i}: { type: STEER, service: web, group: zurich }\n`);
  writeFileSync(
    join(place.zones, 'many.example.yaml'),
    `---\n'': { type: NS, value: ns1.example.net. }\n${hosts.join('')}`,
  );
  server = await SteerdProcess.start(place);
  api = ApiCaller.of(server, place);
  await until(
    async () => (await api.ask('GET', '/v1/feeds', undefined, FRESH)).body.links.length,
    (links) => links === 10,
  );
});
afterAll(async () => {
  await server?.stop();
  remove(place);
  prometheus?.close();
});

async function ask(...changes: object[]): Promise<WhatIf> {
  const { status, body } = await api.ask('POST', '/v1/whatif', { changes }, FRESH);
  expect(body.detail ?? '', 'a problem').toBe('');
  expect(status).toBe(200);
  return body;
}

/** Hosts answered by each group, as the server says. */
async function answered(): Promise<Record<string, [a: number, aaaa: number]>> {
  const { items } = (await api.ask('GET', '/v1/groups', undefined, FRESH)).body as {
    items: { id: string; answers: { ipv4: number; ipv6: number } }[];
  };
  return Object.fromEntries(items.map(({ id, answers }) => [id, [answers.ipv4, answers.ipv6]]));
}

const said = ({ groups }: WhatIf, at: 'before' | 'after') =>
  Object.fromEntries(groups.map(({ group, ipv4, ipv6 }) => [group, [ipv4[at].hosts, ipv6[at].hosts]]));

it('says beforehand what a failure, a move and both together do', async () => {
  const before = await answered();
  const failure = await ask({ fail: 'target:web/zurich/ipv6' });
  expect(said(failure, 'before')).toEqual(before);
  expect(failure).toMatchObject({ settled: true, moved: [{ from: 'zurich', to: 'switzerland', hosts: 41 }] });
  expect(await answered()).toEqual(before);

  const select = { zone: 'many.example', glob: 'h1*' };
  const move = { move: { select, to: 'europe' } };
  const moved = await ask(move);
  const both = await ask(move, { fail: 'target:web/zurich/ipv6' });
  expect((await api.ask('POST', '/v1/moves', { select, to: 'europe', reason: 'test' }, FRESH)).body.hosts).toBe(11);
  expect(await answered()).toEqual(said(moved, 'after'));

  const check = '/v1/services/web/checks/hand/zurich/ipv6';
  await api.ask('PUT', check, { state: 'down', reason: 'test' }, FRESH);
  await expect.poll(answered).toEqual(said(both, 'after'));
  await api.ask('PUT', check, { state: 'up', reason: 'test' }, FRESH);
  await expect.poll(answered).toEqual(said(moved, 'after'));
});

it('says where traffic lands, what fails next, and ends with 3 where something speaks against it', async () => {
  const site = await ask({ fail: 'site:zrh' });
  const total = (at: 'before' | 'after'): number => site.sites.reduce((sum, { [at]: load }) => sum + load.in, 0) / 1e9;
  expect(total('before')).toBeCloseTo(11, 6);
  expect(total('after')).toBeCloseTo(11, 6);
  expect(site.sites[0]).toMatchObject({ site: 'zrh', lost: true, after: { in: 0, out: 0 } });
  expect(site.problems).toEqual([]);

  const calm = steerd(place, ['whatif', '--fail', 'link:zrh-a']);
  expect(calm.stderr).toBe('');
  expect(calm.status).toBe(0);
  expect(calm.stdout).toMatch(/zrh +zrh-a +░{10} 20 % -> 0 % +/);
  expect(calm.stdout).toMatch(/ +zrh-b +█{4}░{6} 20 % -> 40 % +/);
  expect(calm.stdout).toContain('nothing moves');

  const over = steerd(place, ['whatif', '--fail', 'link:zrh-a', '--load', '3', '--cascade', 'off']);
  expect(over.status).toBe(3);
  expect(over.stdout).toContain('over-limit: zrh-b in: 120 % of its capacity, now 20 %');
  const cascade = steerd(place, ['whatif', '--fail', 'link:zrh-a', '--load', '3', '--json']);
  const { steps, problems } = JSON.parse(cascade.stdout) as WhatIf;
  expect(steps[1]).toMatchObject({ at: 90, cascades: [{ link: 'zrh-b', ratio: expect.closeTo(1.2, 6) }] });
  expect(problems.map(({ kind }) => kind)).toContain('cascade');
});

it('ranks single failures, on the server and on the files', async () => {
  const { stdout, status } = steerd(place, ['whatif', '--n-1']);
  expect(status).toBe(0);
  const rows = stdout.split('\n');
  expect(rows[0]).toMatch(/^SINGLE FAILURE +UNSERVED +FAILS NEXT +HIGHEST LOAD +TRAFFIC LOST +MOVED$/);
  expect(rows[1]).toMatch(/^group:anycast/);
  const { singles } = (await api.ask('POST', '/v1/whatif', { n_1: true }, FRESH)).body as WhatIf;
  expect(singles!.map(({ failure }) => failure)).toHaveLength(4 + 5 + 4 + 7);
  const offline = steerd(place, ['whatif', '--n-1', '--offline', '--json']);
  expect((JSON.parse(offline.stdout) as WhatIf).singles!.map(({ failure }) => failure).sort()).toEqual(
    singles!.map(({ failure }) => failure).sort(),
  );
});

it('reads files alone, without what was moved there and measured', () => {
  const { stdout, status, stderr } = steerd(place, ['whatif', '--fail', 'group:zurich', '--offline', '--json']);
  expect([status, stderr]).toEqual([0, '']);
  const reply = JSON.parse(stdout) as WhatIf;
  expect(reply.moved).toMatchObject([{ from: 'zurich', to: 'switzerland', hosts: 41, queries: 0 }]);
  expect(reply.links.every(({ before, after }) => before === 0 && after === 0)).toBe(true);
});

it('takes changes as a document, and tells mistakes', async () => {
  const file = join(place.folder, 'changes.json');
  writeFileSync(file, '[{ "fail": "site:zrh" }, { "add_ipv4": "zurich" }]');
  expect(steerd(place, ['whatif', '--changes', file, '--json']).status).toBe(0);
  const wrong = (...args: string[]) => {
    const { status, stderr } = steerd(place, ['whatif', ...args]);
    return [status, stderr.trim()];
  };
  expect(wrong()).toEqual([2, 'steerd: whatif needs a change, as --fail site:zrh, or --n-1 for every single failure']);
  expect(wrong('--fail', 'site:zhr')).toEqual([1, 'steerd: there is no site zhr; known: zrh, gva, fra, iad']);
  expect(wrong('--fail', 'site:zhr', '--offline')).toEqual([
    1,
    'steerd: there is no site zhr; known: zrh, gva, fra, iad',
  ]);
  expect(wrong('--load', 'much')[0]).toBe(2);
  expect(wrong('--move', 'zrh')[0]).toBe(2);
  expect(wrong('--changes', join(place.folder, 'nothing'))[0]).toBe(1);
  writeFileSync(file, '[{ "fial": "site:zrh" }]');
  expect(wrong('--changes', file)[0]).toBe(2);
  for (const [changes, code] of [
    [[{ fail: 'group:paris' }], 'unknown-group'],
    [[{ move: { select: { service: 'x' }, to: 'europe' } }], 'unknown-service'],
    [[{ move: { hosts: ['nobody.example.net'], to: 'europe' } }], 'not-found'],
    [[{ load: -1 }], 'invalid'],
    [[{ nothing: 'x' }], 'invalid'],
  ] as const)
    expect((await api.ask('POST', '/v1/whatif', { changes }, FRESH)).body).toMatchObject({ code });
});
