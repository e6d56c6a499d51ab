/** Entry of the stream worker thread: wires the tables to TCP connections. */
import { parentPort, workerData } from 'node:worker_threads';
import { Channel } from '../answer/counters.ts';
import { BatchedTcp } from './batched-tcp.ts';
import type { Descriptors } from './descriptors.ts';
import { loadLibc } from './libc.ts';
import { takeShortTurns } from './short-turns.ts';
import { allowedAt, type Listener, type OpenSocket } from './socket-address.ts';
import type { TcpLimits } from './stream.ts';
import { streamHandler } from './stream-handler.ts';
import { TcpListener } from './tcp.ts';
import { Wake } from './wake.ts';
import { Answering, type WorkerTables } from './worker-tables.ts';

export interface StreamWorkerData extends WorkerTables {
  readonly limits: TcpLimits;
  /** Listening sockets opened by the main thread; undefined to open `listen` here through node:net. */
  readonly sockets?: readonly OpenSocket[];
  /** What this worker opens, where the main thread finds it when the worker is dead. Comes with `sockets`. */
  readonly descriptors?: Descriptors;
  readonly listen?: readonly Listener[];
  /** Other workers open the same addresses. */
  readonly reusePort?: boolean;
}

const data = workerData as StreamWorkerData;
const answering = new Answering(data);
const { generation, proxies, updates } = answering;

const streams = streamHandler(answering, Channel.TCP_IPV4, Channel.TCP_IPV6);

if (data.sockets !== undefined && data.descriptors !== undefined) {
  const libc = loadLibc();
  if (libc === undefined) throw new Error('batched TCP needs koffi, which loaded on the main thread but not here');
  takeShortTurns(libc);
  const sockets = data.sockets.map((socket) => ({ ...socket, allow: allowedAt(socket) }));
  const wake = data.updates?.wake === undefined ? undefined : new Wake(libc, data.updates.wake);
  const woken = (): void => {
    if (wake?.hear() === true) updates?.drain();
  };
  const loopHandler = {
    ...streams,
    get stopping() {
      return generation.stopping;
    },
    wake: wake?.fd,
    woken,
  };
  const loop = new BatchedTcp(libc, sockets, data.limits, data.descriptors, loopHandler, proxies);
  parentPort?.postMessage({ ready: [] });
  loop.run();
} else {
  const listener = new TcpListener(data.limits, streams, proxies);
  updates?.listen();
  const ports: number[] = [];
  for (const address of data.listen ?? []) ports.push(await listener.listen(address, data.reusePort === true));
  parentPort?.postMessage({ ready: ports });
  parentPort?.on('message', (message) => {
    if (message === 'stop') {
      listener.close();
      parentPort?.close();
    }
  });
}
