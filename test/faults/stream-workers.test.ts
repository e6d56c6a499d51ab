/** What breaks connections on our side: a stream worker that dies, a process without descriptors. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { itNeeds } from '../support/needs.ts';
import { inputOf, steer, TestZone } from '../support/records.ts';
import { Rig } from '../support/rig.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

const A = 1;
const query = queryMessage(1, 'www.example.net.', A);
const framed = Buffer.concat([Buffer.from([0, query.length]), query]);

let rig: Rig | undefined;
let server: SteerdProcess | undefined;
let place: Workplace | undefined;
const sockets: Socket[] = [];

/** A connection that has had an answer. @returns undefined when it was closed without one */
function answered(to: { host: string; port: number }): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(to.port, to.host);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('connect', () => socket.write(framed));
    socket.once('data', () => resolve(socket));
    socket.once('close', () => resolve(undefined));
  });
}

const descriptors = (pid: number | 'self'): number => readdirSync(`/proc/${pid}/fd`).length;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rig?.stop();
  await server?.stop();
  if (place !== undefined) remove(place);
  rig = server = place = undefined;
});

describe.each(['batched', 'dgram'] as const)('a stream worker (%s)', (transport) => {
  it.skipIf(process.platform !== 'linux')('that dies leaves no descriptor open, and its connections end', async () => {
    const zone = new TestZone('example.net.', [steer('www.example.net.', 'anycast')]);
    rig = await Rig.start(inputOf([zone]), { transport });
    const { address, workers } = rig;
    const die = async (): Promise<void> => {
      const open = await Promise.all(Array.from({ length: 30 }, () => answered(address)));
      const before = workers.restarts;
      await workers.threads.get(1)?.terminate();
      await expect.poll(() => open.every((socket) => socket?.destroyed)).toBe(true);
      await expect.poll(() => workers.restarts === before + 1 && workers.alive).toBe(true);
    };
    await die();
    const before = descriptors('self');
    for (let i = 0; i < 3; i++) await die();
    await expect.poll(() => descriptors('self')).toBeLessThanOrEqual(before);
    expect(await askTcp(address, [query])).toMatchObject([{ addresses: ['192.0.2.64'] }]);
  });

  it.skipIf(process.platform !== 'linux')('that is stopped leaves none open either', async () => {
    const start = async (): Promise<void> => {
      const zone = new TestZone('example.net.', [steer('www.example.net.', 'anycast')]);
      rig = await Rig.start(inputOf([zone]), { transport });
      await Promise.all(Array.from({ length: 30 }, () => answered(rig!.address)));
      await rig.stop();
      rig = undefined;
      for (const socket of sockets.splice(0)) socket.destroy();
    };
    await start();
    const before = descriptors('self');
    for (let i = 0; i < 3; i++) await start();
    await expect.poll(() => descriptors('self')).toBeLessThanOrEqual(before);
  });

  itNeeds('prlimit')('goes on when there are no descriptors left, and when there are some again', async () => {
    place = workplace();
    server = await SteerdProcess.start(place, { STEERD_TRANSPORT: transport, STEERD_TCP_IDLE_TIMEOUT: '1h' });
    const { pid, address } = server;
    // The soft limit alone: that of the system stays as it is.
    const limit = (most: number): void => void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
    const calm = descriptors(pid);
    limit(calm + 5);
    const open: (Socket | undefined)[] = [];
    for (let i = 0; i < 12; i++) open.push(await answered(address));
    // As many as there are descriptors for. Through node:net the others are turned away; ours makes room for them.
    const alive = open.map((socket) => socket !== undefined && !socket.destroyed);
    expect(alive.filter(Boolean).length).toBeLessThan(12);
    expect(alive.filter(Boolean).length).toBeGreaterThan(0);
    if (transport === 'batched') expect(alive.at(-1)).toBe(true);
    const client = await UdpClient.open();
    expect((await client.ask(address, 'www.example.net', A)).addresses).toEqual(['192.0.2.64']);
    client.close();
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => descriptors(pid)).toBeLessThanOrEqual(calm);
    // None at all, not even one to make room with: who connects waits, and is answered when there are some.
    limit(calm);
    const waits = answered(address);
    await new Promise((resolve) => setTimeout(resolve, 300));
    limit(calm + 100);
    if (transport === 'batched') expect(await waits).toBeDefined();
    await expect.poll(async () => (await answered(address)) !== undefined).toBe(true);
  });
});
