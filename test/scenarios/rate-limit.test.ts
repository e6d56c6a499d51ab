/** Response rate limiting on a running server: networks of 127.0.0.0/8 ask more than they may, others and TCP are answered as ever. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { remove, SteerdProcess, type Workplace, workplace } from '../support/steerd-process.ts';

/** Queries at once: even a machine that needs a minute for them sees most of them over a rate of one a second. */
const FLOOD = 400;
const A = 1;

let place: Workplace;
let server: SteerdProcess;
const clients: UdpClient[] = [];

beforeEach(() => {
  place = workplace();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
  remove(place);
});

const start = (transport: string, more: Record<string, string> = {}): Promise<SteerdProcess> =>
  SteerdProcess.start(place, {
    STEERD_TRANSPORT: transport,
    STEERD_RATE_LIMIT_ENABLED: 'true',
    STEERD_RATE_LIMIT_ANSWERS: '1',
    STEERD_RATE_LIMIT_NEGATIVE: '0',
    STEERD_RATE_LIMIT_EXEMPT: '127.0.9.0/24',
    ...more,
  });

async function client(local: string): Promise<UdpClient> {
  const one = await UdpClient.open(4, local);
  clients.push(one);
  return one;
}

/** Values of a metric by their labels. */
async function metric(name: string): Promise<Map<string, number>> {
  const { host, port } = server.api[0];
  const text = await (await fetch(`http://${host}:${port}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\d+)$`, 'gm'));
  return new Map([...lines].map(([, labels, value]) => [labels, Number(value)]));
}

async function limited(kind: string, result: string): Promise<number> {
  return (await metric('steerd_rate_limited_total')).get(`kind="${kind}",result="${result}"`) ?? Number.NaN;
}

async function asked(): Promise<number> {
  return [...(await metric('steerd_queries_total'))]
    .filter(([labels]) => labels.startsWith('transport="udp"'))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Asks without waiting. @returns what has come so far: answers, and replies that lead to TCP */
function flood(from: UdpClient, name: string): { answers: number; truncated: number } {
  const came = { answers: 0, truncated: 0 };
  for (let id = 0; id < FLOOD; id++) {
    void from
      .send(server.address, queryMessage(id, name, A), 120_000)
      .then((reply) => {
        if (reply.tc) came.truncated++;
        else came.answers++;
      })
      .catch(() => {});
  }
  return came;
}

describe.each(['batched', 'dgram'])('over %s', (transport) => {
  it('a network gets its rate, and a truncated reply for every other one over it', async () => {
    server = await start(transport);
    const busy = await client('127.0.1.1');
    const neighbour = await client('127.0.1.99');
    const came = flood(busy, 'www.example.net');
    // Some may be lost in the socket's queue; what arrived is counted.
    await expect.poll(asked, { timeout: 120_000 }).toBeGreaterThan(FLOOD / 2);
    await expect.poll(() => limited('answers', 'truncated'), { timeout: 120_000 }).toBeGreaterThan(FLOOD / 8);
    // Another network, TCP, what is of another kind, and whoever is exempt are as ever.
    const others = await client('127.0.2.1');
    const exempt = await client('127.0.9.1');
    expect(await others.ask(server.address, 'www.example.net', A)).toMatchObject({
      tc: false,
      addresses: ['192.0.2.64'],
    });
    expect((await askTcp(server.address, [queryMessage(1, 'www.example.net', A)]))[0].addresses).toHaveLength(1);
    expect((await busy.ask(server.address, 'nope.example.net', A)).rcode).toBe(3);
    for (let i = 0; i < 20; i++)
      expect((await exempt.ask(server.address, 'www.example.net', A)).addresses).toHaveLength(1);
    // The neighbour is of the limited network: sooner or later it is sent to TCP.
    await expect
      .poll(
        async () =>
          (await neighbour.ask(server.address, 'www.example.net', A, { timeout: 1000 }).catch(() => undefined))?.tc,
        {
          timeout: 120_000,
          interval: 10,
        },
      )
      .toBe(true);
    await expect.poll(() => came.truncated, { timeout: 120_000 }).toBeGreaterThan(FLOOD / 8);
    expect(came.answers).toBeGreaterThan(0);
    // The operator is told, by the next look at the counters.
    const said = await server.logged('rate_limited');
    expect(said).toMatchObject({
      over: false,
      msg: expect.stringMatching(
        /^replies are limited by rate: [1-9]\d* dropped and [1-9]\d* truncated in \d+ s \(\d+ of answers\)$/,
      ),
    });
    const dropped = await limited('answers', 'dropped');
    const truncated = await limited('answers', 'truncated');
    expect(Math.abs(dropped - truncated)).toBeLessThanOrEqual(1);
  });
});

it('is off unless it is wished for', async () => {
  server = await SteerdProcess.start(place);
  const came = flood(await client('127.0.1.1'), 'www.example.net');
  await expect.poll(() => came.answers, { timeout: 120_000 }).toBeGreaterThan(FLOOD / 2);
  expect(came.truncated).toBe(0);
  expect(await limited('answers', 'dropped')).toBe(0);
});
