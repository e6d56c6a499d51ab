/** Addresses on a running server and on the files alone: moves and queries count for one, and not for the other. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as z from 'zod';
import type { ipamReply } from '../../src/api/schemas/ipam.ts';
import { ApiCaller } from '../support/api.ts';
import { UdpClient } from '../support/ask.ts';
import { AAAA } from '../support/move-rig.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

type Ipam = z.output<typeof ipamReply>;

let place: Workplace;
let server: SteerdProcess;
let api: ApiCaller;
beforeAll(async () => {
  place = workplace();
  editFile(join(place.zones, 'network.yaml'), (text) =>
    text.replace(
      '  zurich:',
      '  geneva: { parent: switzerland, routing: lazy, instances: [gva], prefixes: { ipv6: 2001:db8:20::/48 } }\n  zurich:',
    ),
  );
  editFile(
    join(place.zones, 'example.net.yaml'),
    (text) =>
      `${text}lac: { type: STEER, service: web, group: geneva }\njet: { type: STEER, service: web, group: geneva }\n`,
  );
  server = await SteerdProcess.start(place);
  api = ApiCaller.of(server, place);
});
afterAll(async () => {
  await server?.stop();
  remove(place);
});

const gains = ({ gains: all }: Ipam): [string, number][] => all.map(({ group, hosts }) => [group, hosts]);
const live = async (): Promise<Ipam> => (await api.get('/v1/ipam')).body as Ipam;
const offline = (): Ipam => JSON.parse(steerd(place, ['ipam', '--offline', '--json']).stdout) as Ipam;

it('ranks groups by hosts on the files, and by queries where they are counted', async () => {
  expect(gains(offline())).toEqual([
    ['geneva', 2],
    ['zurich', 1],
  ]);
  expect(offline().gains[0]).not.toHaveProperty('queries');
  const client = await UdpClient.open();
  try {
    for (let i = 0; i < 30; i++) await client.ask(server.address, 'shop.example.net', AAAA);
    for (let i = 0; i < 10; i++) await client.ask(server.address, 'lac.example.net', AAAA);
  } finally {
    client.close();
  }
  const counted = await live();
  expect(gains(counted)).toEqual([
    ['zurich', 1],
    ['geneva', 2],
  ]);
  expect(counted.gains.map(({ queries, share }) => [queries, share])).toEqual([
    [30, 0.75],
    [10, 0.25],
  ]);
  const { stdout } = steerd(place, ['ipam']);
  expect(stdout).toMatch(/zurich +a \/24 +1 +75 % +switzerland \(1 host\)/);
});

it('goes by where hosts were moved to, on the server alone', async () => {
  expect(steerd(place, ['move', 'lac.example.net', '--to', 'europe', '--reason', 'test']).status).toBe(0);
  expect((await live()).broader.map(({ ipv6, hosts }) => [ipv6, hosts])).toEqual([
    ['geneva', 1],
    ['zurich', 1],
  ]);
  expect(offline().broader.map(({ ipv6, hosts }) => [ipv6, hosts])).toEqual([
    ['geneva', 2],
    ['zurich', 1],
  ]);
});

it('tells what to announce and register, and of mistakes', () => {
  expect(steerd(place, ['ipam', '--sites']).stdout).toContain(
    'gva:\n  192.0.2.0/24  to transits and peers (anycast)\n',
  );
  expect(steerd(place, ['ipam', '--objects', '--offline']).stdout).toContain(
    'route6:  2001:db8:20::/48\norigin:  AS64500\n',
  );
  expect(steerd(place, ['ipam', 'x'])).toMatchObject({ status: 2, stderr: 'steerd: ipam takes no argument\n' });
  expect(steerd(place, ['ipam', '--sites', '--objects'])).toMatchObject({ status: 2 });
});
