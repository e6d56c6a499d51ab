/** The generation protocol under torture, with real workers and sockets. */
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { parseName } from '../../src/wire/name.ts';
import { askTcp, queryMessage, readReply, UdpClient } from '../support/ask.ts';
import { inputOf, steer, TestZone } from '../support/records.ts';
import { Rig, type RigOptions } from '../support/rig.ts';

const GROUPS = ['anycast', 'europe', 'switzerland'] as const;
const ADDRESS = { anycast: '192.0.2.64', europe: '198.51.100.64', switzerland: '203.0.113.64' } as const;
const TYPE_A = 1;
const www = parseName('www.example.net.');

let rig: Rig | undefined;
const clients: UdpClient[] = [];
const connections: Socket[] = [];
let load: Worker | undefined;

async function start(zone: TestZone, options: RigOptions = {}): Promise<Rig> {
  rig = await Rig.start(inputOf([zone]), options);
  return rig;
}

/** Asks until there is a reply: under a flood a socket's queue overflows now and then, which loses queries but must not age answers. */
async function askUntil(c: UdpClient, to: { host: string; port: number }, name: string): Promise<readonly string[]> {
  for (let tries = 0; ; tries++) {
    try {
      return (await c.ask(to, name, TYPE_A, { timeout: 500 })).addresses;
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

async function client(): Promise<UdpClient> {
  const c = await UdpClient.open();
  clients.push(c);
  return c;
}

/** Queries as fast as one thread can send them, from ten sockets, until it is ended. */
function flood(port: number): Worker {
  load = new Worker(
    `const { createSocket } = require('node:dgram');
     const { workerData } = require('node:worker_threads');
     const q = Buffer.from('000101000001000000000000' + '0377777707' + Buffer.from('example').toString('hex') + '036e65740000010001', 'hex');
     const sockets = Array.from({ length: 10 }, () => createSocket('udp4'));
     let i = 0;
     (function more() { for (let k = 0; k < 200; k++) sockets[i++ % 10].send(q, workerData, '127.0.0.1'); setImmediate(more); })();`,
    { eval: true, workerData: port },
  );
  return load;
}

afterEach(async () => {
  for (const c of clients.splice(0)) c.close();
  for (const socket of connections.splice(0)) socket.destroy();
  await load?.terminate();
  load = undefined;
  await rig?.stop();
  rig = undefined;
});

describe.each(['batched', 'dgram'] as const)('freshness over %s', (transport) => {
  const zoneIn = (group: string): TestZone =>
    new TestZone(
      'example.net.',
      GROUPS.map((g) => steer(`${g}.example.net.`, g)).concat(steer('www.example.net.', group)),
    );

  it.each([
    ['idle', 1, false],
    ['loaded', 2, true],
  ])('the first query after a move is fresh, 300 of 300, on %s workers', async (_name, udpWorkers, loaded) => {
    const server = await start(zoneIn('anycast'), { transport, udpWorkers });
    if (loaded) flood(server.address.port);
    const c = await client();
    for (let i = 0; i < 300; i++) {
      const group = GROUPS[i % GROUPS.length];
      expect(server.move(www, group)).toBe(true);
      expect(await askUntil(c, server.address, 'www.example.net.')).toEqual([ADDRESS[group]]);
    }
  });

  it.each([
    ['idle', 1, false],
    ['loaded', 2, true],
  ])('the first query after a reload is fresh, 300 of 300, on %s workers', async (_name, udpWorkers, loaded) => {
    const zone = zoneIn('anycast');
    const server = await start(zone, { transport, udpWorkers });
    if (loaded) flood(server.address.port);
    const c = await client();
    for (let i = 0; i < 300; i++) {
      const group = GROUPS[i % GROUPS.length];
      zone.set(zoneIn(group).records);
      await server.load(inputOf([zone]));
      expect(await askUntil(c, server.address, 'www.example.net.')).toEqual([ADDRESS[group]]);
    }
  });

  it.each([
    'move',
    'reload',
  ] as const)('the first answer on an open connection after a %s is fresh, 300 of 300', async (change) => {
    const zone = zoneIn('anycast');
    const server = await start(zone, { transport });
    const socket = connect(server.address.port, server.address.host);
    connections.push(socket);
    const message = queryMessage(1, 'www.example.net.', TYPE_A);
    const framed = Buffer.concat([Buffer.from([0, message.length]), message]);
    for (let i = 0; i < 300; i++) {
      const group = GROUPS[i % GROUPS.length];
      if (change === 'move') server.move(www, group);
      else {
        zone.set(zoneIn(group).records);
        await server.load(inputOf([zone]));
      }
      socket.write(framed);
      const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      expect(readReply(reply.subarray(2)).addresses).toEqual([ADDRESS[group]]);
    }
  });
});

describe('publication', () => {
  it('keeps a move made while a reload was being built', async () => {
    const zone = new TestZone('example.net.', [
      steer('www.example.net.', 'anycast'),
      steer('e.example.net.', 'europe'),
    ]);
    const server = await start(zone);
    const c = await client();
    // Small enough for an overlay, then large enough for a new base.
    for (const hosts of [3, 3000]) {
      zone.set([
        ...zone.records.slice(0, 2),
        ...Array.from({ length: hosts }, (_, i) => steer(`n${i}.example.net.`, 'anycast')),
      ]);
      await server.load(inputOf([zone]), () => server.move(www, 'europe'));
      expect((await c.ask(server.address, 'www.example.net.', TYPE_A)).addresses).toEqual([ADDRESS.europe]);
      expect((await c.ask(server.address, 'n0.example.net.', TYPE_A)).addresses).toEqual([ADDRESS.anycast]);
    }
    server.move(www);
    expect((await c.ask(server.address, 'www.example.net.', TYPE_A)).addresses).toEqual([ADDRESS.anycast]);
  });

  it('keeps memory flat over 100 reloads under load', async () => {
    const hosts = (group: string): TestZone['records'] =>
      Array.from({ length: 20_000 }, (_, i) => steer(`host${i}.example.net.`, group)).concat(
        steer('www.example.net.', group),
      );
    const versions = GROUPS.map(hosts);
    const zone = new TestZone('example.net.', versions[0]);
    const server = await start(zone, { udpWorkers: 2 });
    flood(server.address.port);
    const reload = async (i: number): Promise<void> => {
      zone.set(versions[i % versions.length]);
      await server.load(inputOf([zone]));
    };
    for (let i = 1; i <= 20; i++) await reload(i);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const tables = server.publisher.arenas.octets;
    for (let i = 21; i <= 120; i++) await reload(i);
    globalThis.gc?.();
    expect(server.publisher.arenas.octets).toBe(tables);
    // Tables of this size take 2 MiB; a hundred kept ones would be 200.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(64);
  });

  it('replaces a worker that dies, on its own sockets: no client is left without an answer', async () => {
    const server = await start(new TestZone('example.net.', [steer('www.example.net.', 'anycast')]), { udpWorkers: 2 });
    const askAll = async (): Promise<void> => {
      // Many source ports, so that both workers' sockets get their share.
      for (let i = 0; i < 40; i++) {
        const c = await UdpClient.open();
        try {
          expect((await c.ask(server.address, 'www.example.net.', TYPE_A)).addresses).toEqual([ADDRESS.anycast]);
        } finally {
          c.close();
        }
      }
    };
    await askAll();
    for (const worker of [0, 1]) {
      await server.workers.threads.get(worker)?.terminate();
      await askAll();
    }
    await expect.poll(() => server.restarts).toEqual(['udp-0', 'udp-1']);
    // And they still follow the writer.
    const c = await client();
    server.move(www);
    expect((await c.ask(server.address, 'www.example.net.', TYPE_A)).addresses).toEqual([ADDRESS.anycast]);
  });

  it('replaces a stream worker that dies, on the same listening socket', async () => {
    const server = await start(new TestZone('example.net.', [steer('www.example.net.', 'anycast')]));
    const ask = (): Promise<unknown> => askTcp(server.address, [queryMessage(1, 'www.example.net', TYPE_A)]);
    await ask();
    await server.workers.threads.get(1)?.terminate();
    // What connects before the new worker accepts waits in the socket's queue.
    expect(await ask()).toMatchObject([{ addresses: [ADDRESS.anycast] }]);
    await expect.poll(() => server.restarts).toEqual(['stream-0']);
  });

  it('refuses a port another server has, and says so', async () => {
    const zone = new TestZone('example.net.', [steer('www.example.net.', 'anycast')]);
    // Two workers each: with SO_REUSEPORT on both sides the kernel would let them share.
    const server = await start(zone, { udpWorkers: 2 });
    const { port } = server.address;
    await expect(Rig.start(inputOf([zone]), { udpWorkers: 2, listen: [{ host: '127.0.0.1', port }] })).rejects.toThrow(
      `UDP 127.0.0.1:${port} is in use by another program, perhaps another steerd`,
    );
  });
});
