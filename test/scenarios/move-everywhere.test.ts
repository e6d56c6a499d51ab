/** What a 200 of a move promises, of every worker and both transports: in this process, so that each worker's counters can be read. */
import { expect, it } from 'vitest';
import { COUNTER_WORDS, Counter } from '../../src/answer/counters.ts';
import type { Server } from '../../src/control/server.ts';
import { loadLibc } from '../../src/transport/libc.ts';
import { askTcp, queryMessage, UdpClient } from '../support/ask.ts';
import { A, ADDRESS, WWW } from '../support/move-rig.ts';
import { WholeServer } from '../support/whole-server.ts';

const UDP_WORKERS = 2;
const STREAM_WORKERS = 2;
/** Clients and connections enough for the kernel to give some to each worker, and queries of each. */
const UDP = { clients: 40, each: 200 };
const TCP = { clients: 40, each: 50 };
/** One stream worker may take all connections that come at once: some more are made until each has had one. */
const MORE_CONNECTIONS = 400;

/** NOERROR replies of each worker so far. */
function answered({ workers }: Server): number[] {
  const rows = new Uint32Array(workers.counters);
  const count = UDP_WORKERS + STREAM_WORKERS;
  return Array.from({ length: count }, (_, worker) => rows[worker * COUNTER_WORDS + Counter.RCODE_0]);
}

it.each([
  'batched',
  'dgram',
] as const)('10,000 queries after a 200 get the new address alone, over %s', async (transport) => {
  if (transport === 'batched' && loadLibc() === undefined) return;
  const whole = await WholeServer.start({ transport, udpWorkers: UDP_WORKERS, streamWorkers: STREAM_WORKERS });
  const { server, caller } = whole;
  const clients = await Promise.all(Array.from({ length: UDP.clients }, () => UdpClient.open()));
  try {
    const [to] = server.workers.addresses;
    for (const group of ['europe', 'switzerland'] as const) {
      // Every worker has answered the old address just before.
      await Promise.all(clients.map((client) => client.ask(to, WWW, A)));
      await caller.move({ hosts: [WWW], to: group });
      const before = answered(server);
      const seen = new Map<string, number>();
      const see = ([address]: readonly string[]): void => void seen.set(address, (seen.get(address) ?? 0) + 1);
      const overUdp = clients.map(async (client) => {
        for (let i = 0; i < UDP.each; i++) see((await client.ask(to, WWW, A)).addresses);
      });
      const messages = Array.from({ length: TCP.each }, (_, i) => queryMessage(i, WWW, A));
      const connection = async (): Promise<void> => {
        for (const { addresses } of await askTcp(to, messages)) see(addresses);
      };
      await Promise.all([...overUdp, ...Array.from({ length: TCP.clients }, connection)]);
      const shares = (): number[] => answered(server).map((count, worker) => count - before[worker]);
      let connections = TCP.clients;
      for (; Math.min(...shares()) === 0 && connections < MORE_CONNECTIONS; connections++) await connection();
      const asked = UDP.clients * UDP.each + connections * TCP.each;
      expect([...seen]).toEqual([[ADDRESS[group][0], asked]]);
      expect(Math.min(...shares()), `answers of each worker: ${shares().join(', ')}`).toBeGreaterThan(0);
      expect(shares().reduce((a, b) => a + b)).toBe(asked);
    }
  } finally {
    for (const client of clients) client.close();
    await whole.stop();
  }
});
