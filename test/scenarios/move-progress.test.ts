/** Real workers, real sockets: who asked before a move and who has asked again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MoveProgress } from '../../src/control/progress.ts';
import { readClock, readResolvers } from '../../src/transport/resolver-sample.ts';
import { parseName } from '../../src/wire/name.ts';
import { hashName } from '../../src/zone/suffixes.ts';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { inputOf, steer, TestZone } from '../support/records.ts';
import { Rig } from '../support/rig.ts';
import { SEED } from '../support/tables.ts';

const A = 1;
const RESOLVERS = 16;
const HOST = 'www.example.net.';
const www = parseName(HOST);
const hash = hashName(SEED, www, 0, www.length);
const zone = new TestZone('example.net.', [steer(HOST, 'anycast'), steer('other.example.net.', 'anycast')]);

let rig: Rig;
const clients: UdpClient[] = [];

afterEach(async () => {
  for (const c of clients.splice(0)) c.close();
  await rig.stop();
});

/** Asks one after another, so that each query is a batch of its own. */
async function ask(client: UdpClient, times: number, name = HOST): Promise<void> {
  for (let i = 0; i < times; i++) await client.ask(rig.address, name, A);
}

/** The workers note a later second than now. */
async function nextSecond(): Promise<void> {
  const second = readClock(rig.workers.resolvers);
  while (readClock(rig.workers.resolvers) === second) await sleep(20);
}

describe.each(['batched', 'dgram'] as const)('progress of a move over %s', (transport) => {
  it.each([1, 2])('half of it when half of the resolvers have asked again, %d workers', async (udpWorkers) => {
    rig = await Rig.start(inputOf([zone]), { transport, udpWorkers });
    for (let r = 0; r < RESOLVERS; r++) clients.push(await UdpClient.open(4, `127.0.0.${r + 10}`));
    // Of every eight queries a worker notes one: of so many in a row it notes some of every resolver.
    for (const client of clients) await ask(client, 40);
    await ask(clients[0], 20, 'other.example.net.');

    const progress = new MoveProgress(rig.workers.resolvers);
    progress.begin(1, new Set([hash]));
    expect(rig.move(www, 'europe')).toBe(true);
    expect(progress.askedAgain(1)).toEqual({ share: 0, sampled: RESOLVERS });
    await nextSecond();
    // Once is enough now, also in a letter case of the resolver's own.
    for (const client of clients.slice(0, RESOLVERS / 2)) await ask(client, 1, 'WwW.example.net.');
    const { share } = progress.askedAgain(1);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
    for (const client of clients) await ask(client, 1);
    expect(progress.askedAgain(1).share).toBe(1);
    progress.end(1);
  });

  it('a resolver is the same over TCP, and answers of the complete path count', async () => {
    rig = await Rig.start(inputOf([zone]), { transport });
    const client = await UdpClient.open(4, '127.0.0.1');
    clients.push(client);
    // Class ANY is for the complete path.
    for (let i = 0; i < 16; i++) await client.send(rig.address, queryMessage(i, HOST, A, { rclass: 255 }));
    const progress = new MoveProgress(rig.workers.resolvers);
    progress.begin(1, new Set([hash]));
    await nextSecond();
    await askTcp(rig.workers.addresses[0], [queryMessage(99, HOST, A)]);
    expect(progress.askedAgain(1)).toEqual({ share: 1, sampled: 1 });
    expect(new Set([...readResolvers(rig.workers.resolvers)].map((p) => p.resolver)).size).toBe(1);
  });
});
