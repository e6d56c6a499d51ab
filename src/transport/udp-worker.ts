/** Entry of a UDP worker thread: wires the tables to a socket loop. */
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { BATCH, type Batch } from '../answer/batch.ts';
import { Channel, Counter } from '../answer/counters.ts';
import { countServiceTime } from '../answer/service-time.ts';
import { SignatureRequests } from '../dnssec/signature-requests.ts';
import { parseAddress } from '../net/address.ts';
import { BatchedUdp, type UdpSocket } from './batched-udp.ts';
import { openDatagram } from './dgram-udp.ts';
import { type Libc, loadLibc } from './libc.ts';
import { ParkedQueries } from './parked-queries.ts';
import type { PeerSample } from './peer-sample.ts';
import { samplePeer } from './peer-sample.ts';
import { ProxiedBatches } from './proxied-batches.ts';
import { unwrapDatagram } from './proxied-datagram.ts';
import { LONGEST_HEADER } from './proxy-header.ts';
import { ReceiveRoom } from './receive-room.ts';
import { takeShortTurns } from './short-turns.ts';
import { SigningTurns } from './signing-turns.ts';
import { allowedAt, type Listener, type OpenSocket } from './socket-address.ts';
import { setReceiveBuffer } from './sockets.ts';
import { type BatchHandler, runUdpLoop, type UdpSource } from './udp-loop.ts';
import { WaitingDatagrams } from './waiting-datagrams.ts';
import { Wake } from './wake.ts';
import { Answering, counterRow, type WorkerTables } from './worker-tables.ts';
import type { XdpQueue } from './xdp/xdp-socket.ts';
import { XdpSource } from './xdp/xdp-source.ts';

export interface UdpWorkerData extends WorkerTables {
  readonly udpSize: number;
  readonly peers: PeerSample;
  /** Sockets of this worker, opened by the main thread; undefined to open `datagram` addresses here through node:dgram. */
  readonly sockets?: readonly (OpenSocket & { readonly wildcard: boolean })[];
  /** Queues of network cards that this worker serves beside its sockets. */
  readonly queues?: readonly XdpQueue[];
  readonly datagram?: readonly Listener[];
  readonly reusePort?: boolean;
  /** Who makes signatures for this worker; undefined where it makes its own, or none. */
  readonly signers?: SignerAccess;
}

/** How a worker asks signer threads for signatures. */
export interface SignerAccess {
  /** dnssec/signature-requests.ts */
  readonly requests: SharedArrayBuffer;
  /** Rung when signatures have been made (wake.ts). */
  readonly wake: number;
  readonly threads: number;
}

const data = workerData as UdpWorkerData;
const parked = parkedQueries();
const answering = new Answering(data, parked);
const { counters, generation, log, proxies, resolvers, responder, updates } = answering;
// Their datagrams are answered by halves of a batch, whose messages have other numbers than the way back goes by.
responder.holds = proxies === undefined;
const peers = new Uint32Array(data.peers);
/** One batch of so many tells of a client (peer-sample.ts). */
const PEER_EVERY = 16;

if (data.sockets !== undefined) {
  const libc = loadLibc();
  if (libc === undefined) throw new Error('batched UDP needs koffi, which loaded on the main thread but not here');
  takeShortTurns(libc);
  let batches = 0;
  const answer = (batch: Batch): void => {
    answering.enter();
    if (batches++ % PEER_EVERY === 0)
      samplePeer(peers, data.worker, batch.clients, batch.clientAt[0], batch.addressSize);
    responder.respondBatch(batch);
    if (resolvers.due()) resolvers.noteBatch(batch, responder.hosts);
    const logged = log.take(batch.count);
    if (logged >= 0) logOne(batch, logged);
  };
  const proxied = proxies && new ProxiedBatches(proxies, counters, answer);
  const handler: BatchHandler = {
    batch: proxied === undefined ? answer : (batch) => proxied.answer(batch),
    later(wayBack) {
      for (const { message, update } of responder.held) updates?.begin(update, true, wayBack(message));
    },
    idle: () => generation.idle(),
    get stopping() {
      return generation.stopping;
    },
    get isAwaited() {
      return generation.isAwaited;
    },
    unsent(count) {
      counters[Counter.UNSENT] += count;
    },
    served: (milliseconds, count) => countServiceTime(counters, milliseconds * 1000, count),
  };
  // A header is in front of what may be as long as any message.
  const sockets = new BatchedUdp(libc, data.udpSize + (proxies === undefined ? 0 : LONGEST_HEADER), handler);
  const queues = data.queues ?? [];
  const sources: UdpSource[] = [
    ...queues.map((queue, number) => countedQueue(new XdpSource(libc, queue, handler, number))),
    ...data.sockets.map((socket, i) =>
      socketSource(libc, sockets, { ...socket, allow: allowedAt(socket) }, queues.length + i),
    ),
  ];
  if (parked !== undefined) parked.sources = sources;
  parentPort?.postMessage({ ready: [] });
  const late = data.updates?.wake === undefined ? [] : [replies(new Wake(libc, data.updates.wake))];
  runUdpLoop(libc, [...sources, ...(parked === undefined ? [] : [parked]), ...late], handler);
} else {
  const ports: number[] = [];
  const sockets: Socket[] = [];
  const turns = new SigningTurns({
    allow(signatures) {
      responder.allowance = signatures;
    },
    maySign: () => responder.allowance > 0,
  });
  const waiting = new WaitingDatagrams(turns, counters, randomInt(2 ** 32));
  for (const address of data.datagram ?? []) {
    const isIpv6 = address.host.includes(':');
    const allow = allowedAt(address);
    const { socket, port } = await openDatagram(address, data.udpSize, data.reusePort === true, {
      ...(proxies && { unwrap: (message, from) => unwrapDatagram(proxies, counters, message, from) }),
      answer(message, length, client, back) {
        answering.enter();
        const ipv6 = typeof client === 'string' ? isIpv6 : client.length !== 4;
        const channel = ipv6 ? Channel.UDP_IPV6 : Channel.UDP_IPV4;
        const octets = responder.respond(message, 0, length, data.udpSize, channel, client, 0, allow);
        generation.idle();
        const update = responder.takeUpdate();
        if (update !== undefined) updates?.begin(update, true, back);
        else answering.note(client, message, 0, octets, channel);
        return octets;
      },
      isAwaiting: () => responder.isAwaiting,
      wait: (client, again) => waiting.wait(client, again),
      unsent(count) {
        counters[Counter.UNSENT] += count;
      },
      peer(client) {
        const octets = typeof client === 'string' ? parseAddress(client) : client;
        if (octets !== undefined) samplePeer(peers, data.worker, octets, 0, octets.length);
      },
      served: (milliseconds) => countServiceTime(counters, milliseconds * 1000, 1),
    });
    ports.push(port);
    sockets.push(socket);
  }
  updates?.listen();
  parentPort?.on('message', (message) => {
    if (message !== 'stop') return;
    for (const socket of sockets) socket.close();
    parentPort?.close();
  });
  parentPort?.postMessage({ ready: ports });
}

/** Where queries wait for signer threads; undefined where there are none. */
function parkedQueries(): ParkedQueries | undefined {
  const libc = data.sockets === undefined || data.signers === undefined ? undefined : loadLibc();
  if (libc === undefined || data.signers === undefined) return undefined;
  const { requests, wake, threads } = data.signers;
  const row = counterRow(data);
  return new ParkedQueries(
    new SignatureRequests(requests, data.worker),
    new Wake(libc, wake),
    row,
    threads,
    randomInt(2 ** 32),
  );
}

function socketSource(libc: Libc, sockets: BatchedUdp, socket: UdpSocket, number: number): UdpSource {
  const room = new ReceiveRoom((octets) => setReceiveBuffer(libc, socket.fd, octets));
  return {
    fd: socket.fd,
    serve() {
      const count = sockets.serve(socket, number);
      room.received(count === BATCH);
      return count;
    },
    again: (places, count) => sockets.again(socket, number, places, count),
  };
}

/** Where replies to updates come from. */
function replies(wake: Wake): UdpSource {
  return {
    fd: wake.fd,
    serve() {
      if (wake.hear()) updates?.drain();
      return 0;
    },
  };
}

/** A queue whose messages count as those of XDP. Its frames are the card's again after the batch, so no reply to an update may come later. */
function countedQueue(source: XdpSource): UdpSource {
  const { holds } = responder;
  return {
    fd: source.fd,
    again(places, count) {
      responder.holds = false;
      source.again(places, count);
      responder.holds = holds;
    },
    serve() {
      responder.holds = false;
      const count = source.serve();
      responder.holds = holds;
      counters[Counter.XDP] += count;
      return count;
    },
  };
}

function logOne({ messages, at, lengths, clients, clientAt, addressSize, channel }: Batch, i: number): void {
  const client = clients.subarray(clientAt[i], clientAt[i] + addressSize);
  log.send(messages, at[i], lengths[i], client, channel);
}
