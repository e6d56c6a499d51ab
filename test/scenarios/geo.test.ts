/** Answers by where clients are, in a running server: from the packet's source to the database, which is replaced while it runs. */
import { renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiCaller } from '../support/api.ts';
import { askTcp, type ClientSubnet, queryMessage, scopeOf, UdpClient } from '../support/ask.ts';
import { prefixOf } from '../support/client-oracle.ts';
import { writeMmdb } from '../support/mmdb-writer.ts';
import { editFile, remove, SteerdProcess, steerd, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const ANYCAST = '192.0.2.64';
const EUROPE = '198.51.100.64';
const SWITZERLAND = '203.0.113.64';

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === '::1'));

let place: Workplace;
let server: SteerdProcess;
let database: string;
const clients: UdpClient[] = [];

/** Puts a database in place that has these countries, by the third octet of 127.0.x.0/24. */
function put(countries: Record<number, string>): void {
  const networks = Object.entries(countries).map(([octet, country]) => ({
    prefix: prefixOf('ipv4', [127, 0, Number(octet)], 24),
    record: { country: { iso_code: country } },
  }));
  writeFileSync(`${database}.new`, writeMmdb(networks));
  renameSync(`${database}.new`, database);
}

async function ask(name: string, from = '127.0.0.1', ecs?: ClientSubnet): Promise<string> {
  const client = await UdpClient.open(4, from);
  clients.push(client);
  const message = queryMessage(clients.length, `${name}.example.net`, A, {
    edns: 1232,
    ...(ecs === undefined ? {} : { ecs }),
  });
  const { addresses, message: reply } = await client.send(server.address, message);
  return ecs === undefined ? addresses[0] : `${addresses[0]} ${scopeOf(reply)}`;
}

const about = (third: number): ClientSubnet => ({ address: Uint8Array.of(127, 0, third, 0), source: 24 });
const located = (): number => server.log.filter(({ event }) => event === 'located').length;

beforeEach(() => {
  place = workplace();
  database = join(place.folder, 'geo.mmdb');
  editFile(join(place.zones, 'network.yaml'), (text) =>
    text.replace(
      /^policies:$/m,
      'policies:\n  near: { choice: nearest }\n  halves: { choice: { weighted: { europe: 1, switzerland: 1 }, by: client } }',
    ),
  );
  editFile(
    join(place.zones, 'example.net.yaml'),
    (text) =>
      `${text}near: { type: STEER, service: web, group: anycast, policy: near }\nhalves: { type: STEER, service: web, group: anycast, policy: halves }\n`,
  );
  put({ 0: 'CH', 1: 'DE' });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
  remove(place);
});

describe.each(['batched', 'dgram'])('over %s', (transport) => {
  it('the client is where its packet comes from, or whom a trusted resolver tells', async () => {
    editFile(join(place.zones, 'network.yaml'), (text) =>
      text.replace(/^services:/m, "clients:\n  - { networks: ['::/56'], country: DE }\n\nservices:"),
    );
    server = await SteerdProcess.start(place, {
      STEERD_LISTEN: hasIpv6 ? '127.0.0.1:0,[::1]:0' : '127.0.0.1:0',
      STEERD_GEO_COUNTRY_DATABASE: database,
      STEERD_TRANSPORT: transport,
      STEERD_ECS_TRUST: '127.0.0.0/24',
    });
    expect(await ask('near')).toBe(SWITZERLAND);
    expect(await ask('near', '127.0.1.1')).toBe(EUROPE);
    expect(await ask('near', '127.0.2.1')).toBe(ANYCAST);
    expect(await ask('www')).toBe(ANYCAST);
    if (hasIpv6) {
      const client = await UdpClient.open(6);
      clients.push(client);
      const reply = await client.ask(server.addresses[1], 'near.example.net', A);
      expect(reply.addresses).toEqual([EUROPE]);
      const [tcp] = await askTcp(server.addresses[1], [queryMessage(8, 'near.example.net', A)]);
      expect(tcp.addresses).toEqual([EUROPE]);
    }
    expect(await ask('near', '127.0.0.1', about(1))).toBe(`${EUROPE} 24`);
    expect(await ask('near', '127.0.0.1', about(2))).toBe(`${ANYCAST} 23`);
    // 127.0.1.1 is not trusted.
    expect(await ask('near', '127.0.1.1', about(0))).toBe(`${EUROPE} 0`);
    const [tcp] = await askTcp(server.address, [queryMessage(9, 'near.example.net', A, { edns: 1232, ecs: about(1) })]);
    expect([tcp.addresses, scopeOf(tcp.message)]).toEqual([[EUROPE], 24]);
    expect((await askTcp(server.address, [queryMessage(9, 'near.example.net', A)]))[0].addresses).toEqual([
      SWITZERLAND,
    ]);
  });
});

describe('the database', () => {
  const env = () => ({ STEERD_GEO_COUNTRY_DATABASE: database });

  it('is read again when it changes; a broken one is told, and the last good one goes on', async () => {
    server = await SteerdProcess.start(place, env());
    expect(await ask('near')).toBe(SWITZERLAND);
    put({ 0: 'DE', 1: 'CH' });
    await expect.poll(() => ask('near'), { timeout: 5000 }).toBe(EUROPE);
    expect(await ask('near', '127.0.1.1')).toBe(SWITZERLAND);
    expect(located()).toBe(2);
    writeFileSync(database, 'broken');
    await expect.poll(() => server.log.filter(({ event }) => event === 'warning').length, { timeout: 5000 }).toBe(1);
    expect(server.log.find(({ event }) => event === 'warning')?.msg).toMatch(/geo\.mmdb can't be used.*used on$/);
    expect(await ask('near')).toBe(EUROPE);
    expect(located()).toBe(2);
    put({ 0: 'CH' });
    await expect.poll(() => ask('near'), { timeout: 5000 }).toBe(SWITZERLAND);
  });

  it('and the network are put together anew when one of them changes, and not when a zone does', async () => {
    server = await SteerdProcess.start(place, env());
    expect(located()).toBe(1);
    editFile(join(place.zones, 'example.net.yaml'), (text) => text.replace('192.0.2.53', '192.0.2.54'));
    await server.logged('loaded');
    expect(located()).toBe(1);
    // What has nothing to do with clients.
    const lines = server.log.length;
    editFile(join(place.zones, 'network.yaml'), (text) => text.replace('default: { ttl: 60 }', 'default: { ttl: 61 }'));
    await server.logged('loaded', lines);
    expect(located()).toBe(1);
    expect(await ask('near')).toBe(SWITZERLAND);
    editFile(join(place.zones, 'network.yaml'), (text) =>
      text.replace(/^services:/m, 'clients:\n  - { networks: [127.0.0.0/24], country: DE }\n\nservices:'),
    );
    await expect.poll(() => ask('near'), { timeout: 5000 }).toBe(EUROPE);
    expect(located()).toBe(2);
  });

  it('is not read while no policy looks at clients', async () => {
    editFile(join(place.zones, 'network.yaml'), (text) => text.replace('near: { choice: nearest }', 'near: {}'));
    server = await SteerdProcess.start(place, { STEERD_GEO_COUNTRY_DATABASE: '/nowhere/geo.mmdb' });
    expect(await ask('near')).toBe(ANYCAST);
    expect(server.log.filter(({ event }) => event === 'located' || event === 'warning')).toEqual([]);
  });
});

describe('explain', () => {
  it('tells the class of a client, who serves it, how far that holds, and its answer: what it gets', async () => {
    server = await SteerdProcess.start(place, { STEERD_GEO_COUNTRY_DATABASE: database });
    const api = ApiCaller.of(server, place);
    const explained = async (name: string, client: string) => {
      const { body } = await api.ask('GET', `/v1/explain?name=${name}.example.net&type=A&client=${client}`);
      const [{ client: told, families }] = (
        body as { steps: { client?: object; families: { ipv4: { address: string } } }[] }
      ).steps;
      return { told, address: families.ipv4.address };
    };
    expect(await explained('near', '127.0.0.9')).toEqual({
      told: { class: expect.any(Number), groups: ['zurich'], holds_for: '127.0.0.0/24' },
      address: SWITZERLAND,
    });
    expect(await explained('near', '127.0.1.9')).toMatchObject({
      told: { groups: ['europe'], holds_for: '127.0.1.0/24' },
      address: EUROPE,
    });
    expect(await explained('near', '192.0.2.9')).toEqual({
      told: { class: 0, groups: [], holds_for: '128.0.0.0/1' },
      address: ANYCAST,
    });
    expect(await explained('near', 'ch')).toEqual({ told: { groups: ['zurich'] }, address: SWITZERLAND });
    expect(await explained('near', 'JP')).toEqual({ told: { groups: [] }, address: ANYCAST });
    expect(await explained('www', 'CH')).toEqual({ told: undefined, address: ANYCAST });
    // Shares of clients: the very bucket the answer is made of.
    for (let third = 0; third < 20; third++) {
      const [address, scope] = (await ask('halves', '127.0.0.1', about(third))).split(' ');
      const { told, address: explains } = await explained('halves', `127.0.${third}.7`);
      expect(explains).toBe(address);
      expect([scope, told]).toEqual(['24', { class: 0, groups: [], holds_for: `127.0.${third}.0/24` }]);
    }
    expect((await api.ask('GET', '/v1/explain?name=near.example.net&client=Mars')).status).toBe(400);

    const env = { STEERD_GEO_COUNTRY_DATABASE: database };
    const { stdout } = steerd(
      place,
      ['explain', 'near.example.net', '--type', 'A', '--client', '127.0.1.9', '--offline'],
      env,
    );
    expect(stdout).toMatch(
      /\n {2}client 127\.0\.1\.9 is of class \d, served by europe; what it gets holds for 127\.0\.1\.0\/24\n {2}A {4}198\.51\.100\.64, TTL 60\n/,
    );
    expect(steerd(place, ['explain', 'www.example.net', '--client', 'CH', '--offline'], env).stdout).toContain(
      'client CH makes no difference here',
    );
  });
});
