/** Entry of the stream worker thread: wires the tables to TCP listeners. */
import { parentPort, workerData } from 'node:worker_threads';
import { Channel, Counter } from '../answer/counters.ts';
import { countServiceTime } from '../answer/service-time.ts';
import { type TcpLimits, TcpListener } from './tcp.ts';
import { Answering, type WorkerTables } from './worker-tables.ts';

export interface StreamWorkerData extends WorkerTables {
  readonly limits: TcpLimits;
  /** Listening sockets opened by the main thread, or addresses to open here. */
  readonly listen: readonly ({ fd: number } | { host: string; port: number })[];
  /** Other workers open the same addresses. */
  readonly reusePort: boolean;
}

const data = workerData as StreamWorkerData;
const answering = new Answering(data);
const MAX_MESSAGE = 0xffff;

const listener = new TcpListener(data.limits, {
  answer(buffer, length, ipv6, client) {
    answering.enter();
    const channel = ipv6 ? Channel.TCP_IPV6 : Channel.TCP_IPV4;
    const address = answering.address(client);
    const octets = answering.responder.respond(buffer, 0, length, MAX_MESSAGE, channel, address);
    answering.generation.idle();
    answering.note(client, buffer, octets, channel);
    return octets;
  },
  opened() {
    answering.counters[Counter.CONNECTIONS]++;
  },
  refused() {
    answering.counters[Counter.CONNECTIONS_REFUSED]++;
  },
  served: (milliseconds) => countServiceTime(answering.counters, milliseconds * 1000, 1),
});
const ports: number[] = [];
for (const on of data.listen) ports.push(await listener.listen(on, data.reusePort));
parentPort?.postMessage({ ready: ports });
parentPort?.on('message', (message) => {
  if (message === 'stop') {
    listener.close();
    parentPort?.close();
  }
});
