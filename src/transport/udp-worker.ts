/** Entry of a UDP worker thread: wires the tables to a socket loop. */
import type { Socket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { Channel, Counter } from '../answer/counters.ts';
import { countServiceTime } from '../answer/service-time.ts';
import { parseAddress } from '../net/address.ts';
import { BatchedUdp, CLIENT_WORDS, type UdpSocket } from './batched-udp.ts';
import { openDatagram } from './dgram-udp.ts';
import { loadLibc } from './libc.ts';
import type { PeerSample } from './peer-sample.ts';
import { sampleAddress, samplePeer } from './peer-sample.ts';
import type { ListenAddress } from './socket-address.ts';
import { Answering, type WorkerTables } from './worker-tables.ts';

export interface UdpWorkerData extends WorkerTables {
  readonly udpSize: number;
  readonly peers: PeerSample;
  /** Sockets of this worker, opened by the main thread; undefined to open `datagram` addresses here through node:dgram. */
  readonly sockets?: readonly UdpSocket[];
  readonly datagram?: readonly ListenAddress[];
  readonly reusePort?: boolean;
}

const data = workerData as UdpWorkerData;
const answering = new Answering(data);
const { counters, generation, log, resolvers, responder } = answering;
const peers = new Uint32Array(data.peers);
/** Where the address lies in a sockaddr (man 7 ip, man 7 ipv6). */
const IPV4_ADDRESS_AT = 4;
const IPV6_ADDRESS_AT = 8;
/** The octets of the batch's sockaddrs; always the same memory. */
let sockaddrs: Uint8Array = new Uint8Array();

if (data.sockets !== undefined) {
  const libc = loadLibc();
  if (libc === undefined) throw new Error('batched UDP needs koffi, which loaded on the main thread but not here');
  const loop = new BatchedUdp(libc, data.sockets, data.udpSize, {
    batch(messages, stride, lengths, count, ipv6, clients) {
      answering.enter();
      const channel = ipv6 ? Channel.UDP_IPV6 : Channel.UDP_IPV4;
      if (sockaddrs.buffer !== clients.buffer) sockaddrs = new Uint8Array(clients.buffer);
      const first = ipv6 ? IPV6_ADDRESS_AT : IPV4_ADDRESS_AT;
      responder.respondBatch(messages, stride, lengths, count, channel, sockaddrs, first, CLIENT_WORDS * 4);
      if (resolvers.due()) resolvers.noteBatch(clients, ipv6, responder.hosts, count);
      const logged = log.take(count);
      if (logged >= 0)
        log.send(messages, logged * stride, lengths[logged], clientAddress(clients, logged, ipv6), channel);
    },
    idle: () => generation.idle(),
    get stopping() {
      return generation.stopping;
    },
    unsent(count) {
      counters[Counter.UNSENT] += count;
    },
    peer: (sockaddrs, at) => samplePeer(peers, data.worker, sockaddrs, at),
    served: (milliseconds, count) => countServiceTime(counters, milliseconds * 1000, count),
  });
  parentPort?.postMessage({ ready: [] });
  loop.run();
} else {
  const ports: number[] = [];
  const sockets: Socket[] = [];
  for (const address of data.datagram ?? []) {
    const channel = address.host.includes(':') ? Channel.UDP_IPV6 : Channel.UDP_IPV4;
    const { socket, port } = await openDatagram(address, data.udpSize, data.reusePort === true, {
      answer(message, length, client) {
        answering.enter();
        const octets = responder.respond(message, 0, length, data.udpSize, channel, answering.address(client));
        generation.idle();
        answering.note(client, message, octets, channel);
        return octets;
      },
      unsent(count) {
        counters[Counter.UNSENT] += count;
      },
      peer(address) {
        const octets = parseAddress(address);
        if (octets !== undefined) sampleAddress(peers, data.worker, octets);
      },
      served: (milliseconds) => countServiceTime(counters, milliseconds * 1000, 1),
    });
    ports.push(port);
    sockets.push(socket);
  }
  parentPort?.on('message', (message) => {
    if (message !== 'stop') return;
    for (const socket of sockets) socket.close();
    parentPort?.close();
  });
  parentPort?.postMessage({ ready: ports });
}

/** The address in a client's sockaddr. */
function clientAddress(clients: Uint32Array, i: number, ipv6: boolean): Uint8Array {
  const [at, octets] = ipv6 ? [IPV6_ADDRESS_AT, 16] : [IPV4_ADDRESS_AT, 4];
  return new Uint8Array(clients.buffer, clients.byteOffset + i * CLIENT_WORDS * 4 + at, octets);
}
