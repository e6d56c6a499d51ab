/** The sampled log of queries. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

let place: Workplace;
let server: SteerdProcess;
let client: UdpClient;

beforeEach(async () => {
  place = workplace();
  client = await UdpClient.open();
});

afterEach(async () => {
  client.close();
  await server.stop();
  remove(place);
});

const queries = () => server.log.filter(({ event }) => event === 'query');

describe.each(['batched', 'dgram'])('over %s', (transport) => {
  it('tells of queries: who asked what, how, and what came of it', async () => {
    server = await SteerdProcess.start(place, { STEERD_LOG_QUERIES: '1', STEERD_TRANSPORT: transport });
    await client.ask(server.address, 'Shop.example.NET', 28);
    await client.ask(server.address, 'nobody.example.net', 257);
    await askTcp(server.address, [queryMessage(7, 'www.example.net', 1)]);
    await expect.poll(queries).toHaveLength(3);
    // Several threads tell of them: in any order.
    expect(new Set(queries().map(({ msg }) => msg))).toEqual(
      new Set([
        '127.0.0.1 Shop.example.NET. AAAA NOERROR',
        '127.0.0.1 nobody.example.net. CAA NXDOMAIN',
        '127.0.0.1 www.example.net. A NOERROR',
      ]),
    );
    const overTcp = queries().find(({ msg }) => msg.includes('www.'));
    expect(overTcp).toMatchObject({ client: '127.0.0.1', transport: 'tcp', family: 'ipv4', answers: 1 });
  });

  it('is one of so many, and none by default', async () => {
    server = await SteerdProcess.start(place, {
      STEERD_LOG_QUERIES: '10',
      STEERD_TRANSPORT: transport,
      // Each worker counts for itself.
      STEERD_WORKERS: '1',
    });
    for (let i = 0; i < 50; i++) await client.ask(server.address, 'www.example.net', 1);
    await expect.poll(queries).toHaveLength(5);
    await server.stop();
    server = await SteerdProcess.start(place, { STEERD_TRANSPORT: transport });
    for (let i = 0; i < 50; i++) await client.ask(server.address, 'www.example.net', 1);
    await new Promise((later) => setTimeout(later, 200));
    expect(queries()).toEqual([]);
  });
});
