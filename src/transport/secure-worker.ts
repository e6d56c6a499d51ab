/** Entry of the thread that speaks TLS: wires the tables to DNS over TLS and over HTTPS. On node's own sockets and event loop, as OpenSSL comes with those. */
import type { TLSSocket } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { Channel } from '../answer/counters.ts';
import { Doh, type DohHandler } from './doh.ts';
import { FramedStreams } from './framed-streams.ts';
import { SigningTurns } from './signing-turns.ts';
import type { Listener } from './socket-address.ts';
import type { TcpLimits } from './stream.ts';
import { type Guest, StreamGate } from './stream-gate.ts';
import { streamHandler } from './stream-handler.ts';
import { beginTls, makeContext, type TlsMaterial } from './tls.ts';
import { Answering, type WorkerTables } from './worker-tables.ts';

/** Where encrypted queries are listened for. */
export interface SecureListen {
  /** DNS over TLS. */
  readonly dot: readonly Listener[];
  /** DNS over HTTPS. */
  readonly doh: readonly Listener[];
  /** Of DNS over HTTPS: the path of its URLs. */
  readonly dohPath: string;
}

export interface SecureWorkerData extends WorkerTables, SecureListen {
  readonly limits: TcpLimits;
  readonly tls: TlsMaterial;
  /** Other workers open the same addresses. */
  readonly reusePort: boolean;
}

/** Sent to the worker: another certificate, or to end. */
export type ToSecureWorker = { readonly tls: TlsMaterial } | 'stop';

const data = workerData as SecureWorkerData;
const { limits, reusePort } = data;
const answering = new Answering(data);
const { proxies, responder } = answering;
const overTls = streamHandler(answering, Channel.TLS_IPV4, Channel.TLS_IPV6);
const https = streamHandler(answering, Channel.HTTPS_IPV4, Channel.HTTPS_IPV6);
const overHttps: DohHandler = {
  ...https,
  answer(...message) {
    responder.isRestricted = false;
    return https.answer(...message);
  },
  // Which VIP a client gets may depend on where it is, and not everybody may ask for every zone.
  get isTailored() {
    return responder.host !== 0 || responder.isRestricted;
  },
};

let context = makeContext(data.tls);
const gate = new StreamGate(limits, overTls, proxies);
answering.updates?.listen();
const turns = new SigningTurns(overTls);
const streams = new FramedStreams(limits, overTls, gate, turns);
const doh = new Doh(limits, data.dohPath, overHttps, gate, turns);

/** Listens where TLS is spoken. @param serve what is done with connections whose client is known */
async function listen(
  address: Listener,
  protocol: string,
  serve: (guest: Guest, stream: TLSSocket) => void,
): Promise<number> {
  const secure = (guest: Guest): void =>
    beginTls(guest.socket, context, [protocol], (stream) => gate.tell(guest, stream, () => serve(guest, stream)));
  return gate.listen(address, reusePort, (guest) => {
    if (data.proxies?.tlsHeader === 'before') gate.tell(guest, guest.socket, () => secure(guest));
    else secure(guest);
  });
}

const ports: number[] = [];
for (const address of data.dot)
  ports.push(await listen(address, 'dot', (guest, stream) => streams.serve(guest, stream)));
for (const address of data.doh) {
  const port = await listen(address, 'h2', (guest, stream) => {
    // Without ALPN a client may not speak HTTP/2 (RFC 9113 §3.2).
    if (stream.alpnProtocol === 'h2') doh.serve(guest, stream);
    else stream.destroy();
  });
  ports.push(port);
}
parentPort?.on('message', (message: ToSecureWorker) => {
  if (message === 'stop') {
    gate.close();
    parentPort?.close();
  } else context = makeContext(message.tls);
});
parentPort?.postMessage({ ready: ports });
